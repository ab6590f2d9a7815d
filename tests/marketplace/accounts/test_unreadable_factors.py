"""Second factors whose secret can't be read, as with another `TEMPLATE_KEY`: said in words, and mended."""

from __future__ import annotations

import logging
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client

from marketplace.accounts.models import User
from tests import factories

pytestmark = pytest.mark.django_db
AUTHENTICATE, FACTORS = "/accounts/2fa/authenticate/", "/accounts/2fa/"
LINE = "a second factor can't be read"


@pytest.fixture(autouse=True)
def _no_limit_is_used_up() -> None:
    cache.clear()


@pytest.fixture
def user() -> User:
    return factories.make_user()


def _code(user: User) -> str:
    """Gives a person an authenticator app, and says what it shows now."""
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))


def _is_spoiled(kind: str) -> None:
    [row] = Authenticator.objects.filter(type=kind)
    name = "secret" if kind == "totp" else "seed"
    row.data[name] = row.data[name][:-12] + "AAAAAAAAAAA="
    row.save()


def _asked_for_code(user: User) -> Client:
    client = Client()
    answer = client.post("/accounts/login/", {"login": user.email, "password": factories.PASSWORD})
    assert answer["Location"].startswith(AUTHENTICATE)
    return client


def _is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_with_another_key_a_code_is_answered_in_words_and_with_one_line_for_operators(
    user: User, settings: object, caplog: pytest.LogCaptureFixture
) -> None:
    code = _code(user)
    RecoveryCodes.activate(user)
    settings.TEMPLATE_KEY = "another" * 8  # type: ignore[attr-defined]
    client = _asked_for_code(user)
    with caplog.at_level(logging.ERROR):
        page = client.post(AUTHENTICATE, {"code": code})
    assert page.status_code == 200
    assert "can’t be checked" in page.text
    assert "Use a passkey, or ask whoever runs this site" in page.text
    [line] = [each for each in caplog.records if LINE in each.message]
    assert line.fields == {"user": user.pk, "types": ["recovery_codes", "totp"]}  # type: ignore[attr-defined]
    assert not _is_signed_in(client)


def test_a_recovery_code_still_signs_in_whose_app_cannot_be_read(user: User) -> None:
    code = _code(user)
    [recovery, *_] = RecoveryCodes.activate(user).get_unused_codes()
    _is_spoiled("totp")
    client = _asked_for_code(user)
    assert "Use a recovery code or a passkey" in client.post(AUTHENTICATE, {"code": code}).text
    assert not _is_signed_in(client)
    client.post(AUTHENTICATE, {"code": recovery})
    assert _is_signed_in(client)


def test_a_wrong_code_is_just_wrong_while_everything_can_be_read(
    user: User, caplog: pytest.LogCaptureFixture
) -> None:
    _code(user)
    client = _asked_for_code(user)
    assert "Incorrect code" in client.post(AUTHENTICATE, {"code": "000000"}).text
    assert not [each for each in caplog.records if LINE in each.message]


def test_recovery_codes_that_cannot_be_read_are_none_and_are_made_anew(user: User) -> None:
    code = _code(user)
    RecoveryCodes.activate(user)
    client = _asked_for_code(user)
    client.post(AUTHENTICATE, {"code": code})
    _is_spoiled("recovery_codes")
    for page in ("", "recovery-codes/", "recovery-codes/generate/"):
        assert client.get(FACTORS + page).status_code == 200
    client.post(f"{FACTORS}recovery-codes/generate/")
    [row] = Authenticator.objects.filter(type="recovery_codes")
    assert len(row.wrap().get_unused_codes()) == 10
