"""Every page answers in every language."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests import factories

pytestmark = pytest.mark.django_db
NO_PAGES = ("admin/", "v1/", "webhooks/", "metrics", "accounts/logout")


def _addresses() -> list[str]:
    """Every address of a page that names nothing."""

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
        for each in patterns:
            here = before + str(each.pattern).lstrip("^").rstrip("$")
            if isinstance(each, URLResolver):
                yield from walk(each.url_patterns, here)
            elif not re.search(r"[<(\\]", here) and not here.startswith(NO_PAGES):
                yield here

    return sorted(set(walk(get_resolver().url_patterns, "")))


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
def test_every_page_answers_in_a_language(language: str) -> None:
    user = factories.make_user()
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.all())
    listing = factories.make_listing()
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    told: dict[str, str] = {}
    for address in [
        *_addresses(),
        f"voices/{listing.voice.slug}",
        f"voices/{listing.voice.slug}/buy",
    ]:
        answer = client.get(f"/{address}", headers={"Accept-Language": language}, follow=True)
        assert answer.status_code < 500, address
        if (
            answer.headers.get("Content-Type", "").startswith("text/html")
            and "<html" in answer.text
        ):
            told[address] = re.findall(r'<html lang="([\w-]+)"', answer.text)[0]
    assert len(told) > 40
    assert {address: code for address, code in told.items() if code != language} == {}
