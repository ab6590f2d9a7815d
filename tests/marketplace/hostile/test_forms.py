"""Whatever a form is sent with, the page says what is wrong; it is never a server error."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from marketplace.accounts.models import User
from marketplace.consent.models import Consent
from marketplace.licensing.models import ApiKey
from tests import factories
from tests.refused_texts import refused

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[3]
VALUES = [
    "²", "٣", str(10**12), "9" * 400, "-1", "1e400", "NaN", "0", "a" * 300 + "@example.com",
    "a" * 300, "Kim\r\nBcc: c@d.example", "%00", "%ED%A0%80", "\u202e", "", "https://[::1", "2026-02-31",
    "US", "en-US", "on",
]  # fmt: skip
BODIES = [
    (b"\xff\xfe=\xff", "application/x-www-form-urlencoded"),
    (b"a" * 1_000, "multipart/form-data"),
    (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
    (b"&".join(b"f%d=1" % number for number in range(2_000)), "application/x-www-form-urlencoded"),
    (b"{}", "application/json"),
]  # fmt: skip


def _routes() -> list[str]:
    def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
        for each in patterns:
            here = before + str(each.pattern)
            if isinstance(each, URLResolver):
                yield from walk(each.url_patterns, here)
            else:
                yield here

    every = set(walk(get_resolver().url_patterns, ""))
    return sorted(
        route
        for route in every
        if not route.startswith(("v1/", "v2/", "admin/", "openapi", "metrics"))
        and not re.search(r"[\^\\]", route)
        and "logout" not in route
    )


def _fields() -> list[str]:
    """Every name that our pages or their forms read."""
    found: dict[str, None] = {}
    for path in (ROOT / "marketplace").rglob("*.py"):
        source = path.read_text()
        found |= dict.fromkeys(re.findall(r'\.(?:POST|GET)\.get(?:list)?\(\s*"(\w+)"', source))
        if path.name == "forms.py":
            found |= dict.fromkeys(re.findall(r"^    (\w+) = forms\.", source, re.M))
    return [
        *found,
        "email",
        "login",
        "password",
        "password1",
        "password2",
        "code",
        "id",
        "credential",
    ]


@pytest.fixture
def user() -> User:
    """Somebody who may open every page."""
    voice = factories.make_voice()
    factories.make_listing(voice)
    user = voice.creator.user
    user.groups.set(Group.objects.all())
    user.user_permissions.set(Permission.objects.all())
    return user


@pytest.fixture
def names(user: User) -> dict[str, list[str]]:
    """What the user has, for the parameters of addresses."""
    key: ApiKey = factories.make_key()[0]
    voice = user.creator.voices.get()
    waiting = factories.make_consent(factories.make_voice(), Consent.State.REVIEW)
    ids = [
        voice.public_id, factories.record(factories.make_recording(voice), b"RIFF").public_id, waiting.public_id,
        factories.make_consent(voice, Consent.State.CHALLENGED).public_id,
        refused(key).public_id, voice.listing.offers.first().public_id
        if hasattr(voice.listing.offers.first(), "public_id") else voice.public_id,
    ]  # fmt: skip
    return {
        "uuid": [str(each) for each in ids],
        "str": [voice.slug, "²", "a" * 300, "x"],
        "slug": [voice.slug, "a" * 300],
        "int": ["1", "99999999999999999999"],
    }


def _addresses(route: str, names: dict[str, list[str]]) -> list[str]:
    kinds = re.findall(r"<(?:(\w+):)?\w+>", route)
    most = max((len(names[kind or "str"]) for kind in kinds), default=1)
    return [
        "/"
        + re.sub(
            r"<(?:(\w+):)?\w+>",
            lambda match, n=number: names[match[1] or "str"][n % len(names[match[1] or "str"])],
            route,
        )
        for number in range(most)
    ]


def _send_hostile_forms(
    routes: list[str],
    names: dict[str, list[str]],
    user: User,
    values: Sequence[str],
    *,
    all_of_them: bool,
) -> None:
    """Every value and body to each address of a route; or one of each, in turn, to its first address."""
    fields = _fields()
    client = Client(raise_request_exception=False)
    client.force_login(user)
    kind = "application/x-www-form-urlencoded"
    for number, route in enumerate(routes):
        addresses = _addresses(route, names)
        turn = number % len(values)
        tried = product(addresses, values) if all_of_them else [(addresses[0], values[turn])]
        for address, value in tried:
            cache.clear()
            form = urlencode(dict.fromkeys(fields, value)).replace("%25", "%")
            for answer in (client.post(address, form, kind), client.get(f"{address}?{form}")):
                assert answer.status_code < 500, (address, value, answer.content[-400:])
        for body, other in BODIES if all_of_them else [BODIES[number % len(BODIES)]]:
            answer = client.post(addresses[0], body, other)
            assert answer.status_code < 500, (route, body[:40], other)


def test_no_form_is_a_server_error(user: User, names: dict[str, list[str]], settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = False
    settings.TRIALS_AT_ONCE = 10_000  # nobody speaks them here, so they stay under way
    values = ("²", "a" * 300 + "@example.com", "%00", "9" * 400)
    _send_hostile_forms(_routes(), names, user, values, all_of_them=False)


@pytest.mark.slow
@pytest.mark.parametrize("route", _routes())
def test_no_form_at_all_is_a_server_error(
    route: str, user: User, names: dict[str, list[str]], settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = False
    settings.TRIALS_AT_ONCE = 10_000  # nobody speaks them here, so they stay under way
    _send_hostile_forms([route], names, user, VALUES, all_of_them=True)
