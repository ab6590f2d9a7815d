"""Keys that copy or erase an account end when whoever made them may no longer be its owner."""

from __future__ import annotations

import re

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from marketplace.accounts import organizations
from marketplace.accounts.models import User
from marketplace.compliance.models import AuditEvent
from marketplace.licensing import api_keys, key_access
from marketplace.licensing.models import ApiKey
from marketplace.refusals import SpeechRefused
from tests import factories
from tests.mailbox import delivered

pytestmark = pytest.mark.django_db
NEW = "another-long-password-2031"
TOLD = "1 key that could copy or erase your account has ended, too."


def _key(user: User, scope: str = ApiKey.Scope.ACCOUNT) -> str:
    own = organizations.personal_organization(user)
    return api_keys.create_key(organization=own, name="Key", scopes=[scope], by=user)[1]


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _is_over(secret: str) -> bool:
    try:
        key_access.recognize_key(secret)
    except SpeechRefused as refusal:
        return refusal.code == "key_revoked"
    return False


def test_signing_out_everywhere_ends_the_keys_of_the_account() -> None:
    user, other = factories.make_user(), factories.make_user("other")
    secret, theirs = _key(user), _key(other)
    page = _signed_in(user).post(reverse("storefront:end-other-sessions"), follow=True)
    assert TOLD in page.text
    assert _is_over(secret)
    assert not _is_over(theirs)
    event = AuditEvent.objects.get(action="key.revoked")
    assert (event.actor, event.details["reason"]) == (user, "sign_out")


def test_a_new_password_ends_the_keys_of_the_account() -> None:
    user = factories.make_user()
    secret = _key(user)
    form = {"oldpassword": factories.PASSWORD, "password1": NEW, "password2": NEW}
    page = _signed_in(user).post(reverse("account_change_password"), form, follow=True)
    assert TOLD in page.text
    assert _is_over(secret)


def test_a_password_that_the_operator_sets_ends_keys_and_sessions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    user = factories.make_user()
    secret, client = _key(user), _signed_in(user)
    account = reverse("storefront:account")
    assert client.get(account).status_code == 200
    monkeypatch.setattr("getpass.getpass", lambda prompt="": NEW)
    call_command("changepassword", user.email)
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert _is_over(secret)
    assert client.get(account).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_a_password_that_was_forgotten_ends_them_too() -> None:
    user = factories.make_user()
    secret = _key(user)
    client = Client()
    client.post(reverse("account_reset_password"), {"email": user.email})
    link = re.search(r"https?://[^/\s]+(/\S+)", delivered()[-1].body)
    assert link is not None
    page = client.get(link[1], follow=True)
    client.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert _is_over(secret)


def test_keys_that_speak_go_on() -> None:
    user = factories.make_user()
    secret = _key(user, ApiKey.Scope.SPEAK)
    page = _signed_in(user).post(reverse("storefront:end-other-sessions"), follow=True)
    assert not _is_over(secret)
    assert "has ended" not in page.text
