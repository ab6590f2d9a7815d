"""Every address for signing in, signing up and managing an account is one of our pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from marketplace.accounts.models import User
from marketplace.letters.models import Letter
from tests import factories

pytestmark = pytest.mark.django_db
ARGUMENTS: dict[str, dict[str, object]] = {
    "account_confirm_email": {"key": "no-such-key"},
    "account_reset_password_from_key": {"uidb36": "1", "key": "no-such-key"},
    "mfa_edit_webauthn": {"pk": 1},
    "mfa_remove_webauthn": {"pk": 1},
}
NO_PAGES = {  # for scripts and downloads
    "mfa_login_webauthn": "application/json",
    "mfa_download_recovery_codes": "text/plain",
}


def _names(resolver: URLResolver) -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _names(entry)
        elif isinstance(entry, URLPattern) and entry.name:
            yield entry.name


ACCOUNTS = next(
    entry for entry in get_resolver().url_patterns
    if isinstance(entry, URLResolver) and str(entry.pattern) == "accounts/"
)  # fmt: skip
NAMES = sorted(set(_names(ACCOUNTS)))


@pytest.fixture(autouse=True)
def _no_limit_is_used_up(settings: Any) -> None:
    settings.DEBUG = False
    cache.clear()


def _signed_in(user: User) -> Client:
    client = Client()
    form = {"login": user.email, "password": factories.PASSWORD}
    assert client.post("/accounts/login/", form).status_code == 302
    return client


def _protected() -> Client:
    """A user with an authenticator app and recovery codes who has just signed in."""
    user = factories.make_user()
    client = _signed_in(user)
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    return client


def test_the_map_has_passkeys_and_passwords() -> None:
    assert {"account_login", "account_signup", "mfa_index", "mfa_list_webauthn"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_address_is_a_page_of_ours(name: str) -> None:
    address = reverse(name, kwargs=ARGUMENTS.get(name))
    for client in (Client(), _signed_in(factories.make_user()), _protected()):
        answer = client.get(address, follow=True)
        assert answer.status_code < 500
        if answer.headers["Content-Type"].startswith(NO_PAGES.get(name, "nothing")):
            continue
        for part in ('<header class="site">', "css/base.css", "<h1>", "</title>"):
            assert part in answer.text, f"{address} has no {part}"
        assert "<title> " not in answer.text, f"{address} has no title"


@pytest.mark.parametrize("name", NAMES)
def test_no_form_of_an_address_breaks_when_it_is_empty(name: str) -> None:
    address = reverse(name, kwargs=ARGUMENTS.get(name))
    for client in (Client(), _signed_in(factories.make_user())):
        assert client.post(address).status_code < 500


def test_an_account_leads_to_its_password_and_its_passkeys() -> None:
    client = _signed_in(factories.make_user())
    page = client.get(reverse("account_email")).text
    for name in ("account_change_password", "mfa_index", "mfa_list_webauthn"):
        assert f'href="{reverse(name)}"' in page


def test_a_lost_password_writes_to_nobody_without_an_account_and_answers_alike() -> None:
    user = factories.make_user()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    answers = []
    for email in ("stranger@nowhere.example", user.email):
        client = Client()
        answer = client.post("/accounts/password/reset/", {"email": email})
        page = re.search(r"<main.*</main>", client.get(answer["Location"]).text, re.DOTALL)
        assert page is not None
        answers.append((answer.status_code, answer["Location"], page[0]))
    assert answers[0] == answers[1]
    assert [letter.email for letter in Letter.objects.all()] == [user.email]
