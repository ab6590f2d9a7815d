"""Whoever has an account is told what was changed about signing in to it."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from django.conf import settings
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import reverse

from marketplace.accounts.models import User
from tests import factories
from tests.mailbox import delivered

pytestmark = pytest.mark.django_db
CHANGES = {
    "account/email/password_changed": "password",
    "account/email/password_reset": "password",
    "account/email/password_set": "password",
    "account/email/email_changed": "new@timbre.example",
    "account/email/email_deleted": "gone@timbre.example",
    "mfa/email/totp_activated": "authenticator app",
    "mfa/email/totp_deactivated": "authenticator app",
    "mfa/email/recovery_codes_generated": "recovery codes",
    "mfa/email/webauthn_added": "passkey",
    "mfa/email/webauthn_removed": "passkey",
}
DETAILS = {
    "from_email": "old@timbre.example",
    "to_email": "new@timbre.example",
    "deleted_email": "gone@timbre.example",
}


@pytest.fixture(autouse=True)
def _no_limit_is_used_up() -> None:
    cache.clear()


def _signed_in(user: User) -> Client:
    client = Client()
    form = {"login": user.email, "password": factories.PASSWORD}
    assert client.post("/accounts/login/", form).status_code == 302
    return client


def test_somebody_is_told_of_their_new_password() -> None:
    user = factories.make_user()
    form = {
        "oldpassword": factories.PASSWORD,
        "password1": "a quite different one",
        "password2": "a quite different one",
    }
    _signed_in(user).post(reverse("account_change_password"), form)
    letters = [letter for letter in delivered() if letter.to == [user.email]]
    assert [letter.subject for letter in letters] == [
        f"Your password was changed on {settings.PLATFORM_NAME}"
    ]
    assert "If it wasn't you" in str(letters[0].body)


def test_the_old_address_is_told_of_the_new_one() -> None:
    user = factories.make_user()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    EmailAddress.objects.create(user=user, email="new@timbre.example", verified=True)
    before = user.email
    form = {"email": "new@timbre.example", "action_primary": ""}
    _signed_in(user).post(reverse("account_email"), form)
    user.refresh_from_db()
    assert user.email == "new@timbre.example"
    assert [(letter.to, "new@timbre.example" in str(letter.body)) for letter in delivered()] == [
        ([before], True)
    ]


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_is_told_in_our_words(change: str) -> None:
    user = factories.make_user()
    with request_context(RequestFactory().get("/", HTTP_USER_AGENT="A browser")):
        adapter: Any = get_adapter()
        adapter.send_notification_mail(change, user, DETAILS)
    letter = delivered()[-1]
    said = f"{letter.subject}\n{letter.body}"
    assert letter.to == [user.email]
    assert CHANGES[change] in str(letter.body)
    assert settings.PLATFORM_NAME in letter.subject
    for foreign in ("{", "IP address", "A browser", "Two-Factor", "You are receiving this mail"):
        assert foreign not in said
