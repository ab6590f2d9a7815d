"""Documents as PDF take the web server's own time, so nobody gets many at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from marketplace import sending
from marketplace.accounts.models import User
from marketplace.licensing import certificates
from marketplace.storefront.views import papers
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_limit_is_used_up() -> None:
    cache.clear()


def _asked(user: User, make: Callable[[], bytes] = lambda: b"%PDF") -> HttpResponse:
    request = RequestFactory().get("/")
    request.user = user
    return papers.paper(request, make, name="x")


def test_a_buyer_gets_so_many_certificates_a_minute_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = []
    monkeypatch.setattr(certificates, "pdf", lambda licence: made.append(licence) or b"%PDF")
    licence = factories.make_licence()
    client = Client()
    client.force_login(licence.buyer)
    address = reverse("storefront:certificate", args=[licence.public_id])
    answers = [client.get(address).status_code for _ in range(papers.A_MINUTE + 2)]
    assert answers == [200] * papers.A_MINUTE + [429] * 2
    assert len(made) == papers.A_MINUTE


def test_a_second_document_waits_until_the_first_is_made() -> None:
    user, inner = factories.make_user(), []

    def make() -> bytes:
        inner.append(_asked(user).status_code)
        return b"%PDF"

    assert _asked(user, make).status_code == 200
    assert inner == [429]
    assert _asked(user).status_code == 200


def test_a_document_that_can_not_be_made_keeps_nobody_from_the_next() -> None:
    user = factories.make_user()

    def fail() -> bytes:
        raise ValueError

    with pytest.raises(ValueError):
        _asked(user, fail)
    assert _asked(user).status_code == 200
    assert not [name for name in sending._taken if name.startswith("paper")]


def test_no_other_view_sends_a_document() -> None:
    views = Path(papers.__file__).parent
    senders = {path.name for path in views.rglob("*.py") if "application/pdf" in path.read_text()}
    assert senders == {"papers.py"}
