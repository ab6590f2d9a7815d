"""People are told times in their own zone; rules and documents go on in the site's."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.template import engines
from django.test import Client, RequestFactory
from django.urls import resolve
from django.utils import timezone

from marketplace import dates
from marketplace.accounts import time_zones
from marketplace.accounts.models import User
from marketplace.refusals import Refused
from tests import factories

pytestmark = pytest.mark.django_db
MOMENT = datetime(2026, 7, 5, 22, 30, tzinfo=UTC)
TOKYO = "Asia/Tokyo"


def _rendered(user: User | AnonymousUser, at: str = "/", device: str = "") -> str:
    request = RequestFactory().get(at)
    request.user, request.resolver_match = user, resolve(at)
    request.COOKIES.update({"zone": device} if device else {})
    template = engines.all()[0].from_string('{{ at|date:"j M, H:i T" }}')
    return str(template.render({"at": MOMENT}, request))


def test_a_page_tells_times_in_the_zone_that_its_reader_chose() -> None:
    user = factories.make_user()
    assert _rendered(user) == "5 Jul, 22:30 UTC"
    time_zones.choose_zone(user=user, name=TOKYO)
    assert _rendered(user) == "6 Jul, 07:30 JST"
    assert _rendered(factories.make_user()) == "5 Jul, 22:30 UTC"


def test_whoever_chose_no_zone_is_told_times_in_that_of_their_device() -> None:
    user = factories.make_user()
    for reader in (AnonymousUser(), user):
        assert _rendered(reader, device=TOKYO) == "6 Jul, 07:30 JST"
        assert _rendered(reader) == "5 Jul, 22:30 UTC"
        for name in ("Mars/Olympus", "../../etc/passwd", "x" * 5_000, "Asia/Tokyo\0"):
            assert _rendered(reader, device=name) == "5 Jul, 22:30 UTC"
    assert _rendered(AnonymousUser(), at="/admin/", device=TOKYO) == "5 Jul, 22:30 UTC"
    time_zones.choose_zone(user=user, name="UTC")
    assert _rendered(user, device=TOKYO) == "5 Jul, 22:30 UTC"


def test_every_time_on_a_page_names_its_zone() -> None:
    """What names none is the first of a span whose end does."""
    pattern = re.compile(r"\|date:\"[^\"]*[GH]:i[^\"]*\"")
    pages = Path(settings.BASE_DIR, "templates").rglob("*.html")
    bare = {
        f"{page.name}: {found}"
        for page in pages
        for found in pattern.findall(page.read_text())
        if not found.rstrip('"').endswith(" T")
    }
    assert bare == {'finance_differences.html: |date:"j M, H:i"'}


def test_a_zone_ends_with_the_page() -> None:
    user = factories.make_user()
    time_zones.choose_zone(user=user, name=TOKYO)
    _rendered(user)
    assert timezone.get_current_timezone_name() == "UTC"
    assert dates.in_words(MOMENT) == "5 July 2026"


def test_forms_of_the_admin_keep_the_zone_that_reads_them() -> None:
    user = factories.make_user()
    time_zones.choose_zone(user=user, name=TOKYO)
    assert _rendered(user, at="/admin/") == "5 Jul, 22:30 UTC"
    assert _rendered(user, at="/licences") == "6 Jul, 07:30 JST"


def test_a_zone_that_does_not_exist_is_refused() -> None:
    user = factories.make_user()
    for name in ("Mars/Olympus", "../etc/passwd", "x" * 5_000):
        with pytest.raises(Refused) as refusal:
            time_zones.choose_zone(user=user, name=name)
        assert refusal.value.code == "time_zone"
    assert User.objects.get(pk=user.pk).time_zone == ""


def test_a_zone_that_is_no_longer_known_counts_as_none() -> None:
    user = factories.make_user()
    User.objects.filter(pk=user.pk).update(time_zone="Asia/Atlantis")
    assert _rendered(User.objects.get(pk=user.pk)) == "5 Jul, 22:30 UTC"


def test_the_choice_is_saved_and_taken_back_on_its_page() -> None:
    user, client = factories.make_user(), Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/account/region", {"time_zone": TOKYO}, follow=True)
    assert "Times are shown in Asia/Tokyo." in answer.text
    assert '<option value="Asia/Tokyo" selected>' in answer.text
    client.post("/account/region", {"time_zone": ""})
    assert User.objects.get(pk=user.pk).time_zone == ""
    assert client.post("/account/region", {"time_zone": "nowhere"}).status_code == 422
