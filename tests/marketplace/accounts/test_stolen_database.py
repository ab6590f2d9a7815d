"""Whoever can read the database, or a copy of it, signs in as nobody."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from importlib import import_module

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from asgiref.sync import async_to_sync
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from marketplace.accounts import session_store
from marketplace.accounts.models import BrowserSession
from marketplace.refusals import Tampered
from tests import factories

pytestmark = pytest.mark.django_db
MIGRATION = "marketplace.accounts.migrations.0010_nothing_to_sign_in_with"


def test_the_key_of_a_sessions_row_signs_nobody_in() -> None:
    here, thief = Client(), Client()
    here.force_login(factories.make_user())
    row = Session.objects.get()
    thief.cookies[settings.SESSION_COOKIE_NAME] = row.pk
    assert thief.get("/account/sessions").status_code == 302
    assert here.get("/account/sessions").status_code == 200
    assert here.cookies[settings.SESSION_COOKIE_NAME].value not in json.dumps(
        [row.pk, row.session_data]
    )


def test_the_row_of_a_session_is_found_only_with_the_secret(settings: object) -> None:
    rows = set()
    for settings.API_KEY_PEPPER in ("p" * 40, "q" * 40):  # type: ignore[attr-defined]
        rows.add(session_store.row_key("the same"))
    assert len(rows) == 2


def test_what_a_session_holds_is_not_read_in_the_database() -> None:
    session = session_store.SessionStore()
    session["mfa.totp.secret"] = "JBSWY3DPEHPK3PXP"
    session.save()
    row = Session.objects.get()
    assert row.get_decoded() == {}
    assert session_store.data_of(row) == {"mfa.totp.secret": "JBSWY3DPEHPK3PXP"}


@pytest.mark.parametrize(
    "data",
    ["", "é", "QUJD", db.SessionStore().encode({"a": 1})],
    ids=["nothing", "no Base64", "not sealed", "Django's own"],
)
def test_data_that_nobody_sealed_are_no_session(data: str) -> None:
    Session.objects.create(
        pk=session_store.row_key("known" * 2),
        session_data=data,
        expire_date=timezone.now() + timedelta(days=1),
    )
    assert not list(session_store.SessionStore("known" * 2).items())


def test_a_session_is_kept_found_and_ended_by_the_key_of_its_cookie() -> None:
    session = session_store.SessionStore()
    session["n"] = 1
    session.save()
    key = session.session_key
    assert key
    assert session_store.SessionStore(key)["n"] == 1
    assert session.exists(key)
    session.cycle_key()
    assert not session.exists(key)
    assert session_store.SessionStore(session.session_key)["n"] == 1
    session.delete()
    assert not Session.objects.exists()


def test_a_session_that_is_over_is_empty_and_gets_a_new_key() -> None:
    session = session_store.SessionStore()
    session.set_expiry(-1)
    session["n"] = 1
    session.save()
    later = session_store.SessionStore(session.session_key)
    assert later.get("n") is None
    assert later.session_key is None


@pytest.mark.django_db(transaction=True)
def test_a_session_is_the_same_without_a_thread() -> None:
    async def use() -> None:
        session = session_store.SessionStore()
        await session.aset("n", 1)
        await session.asave()
        key = session.session_key
        assert key
        assert await session_store.SessionStore(key).aget("n") == 1
        assert await session.aexists(key)
        await session.adelete(key)
        assert not await session.aexists(key)

    async_to_sync(use)()
    assert not Session.objects.exists()


def test_secrets_of_second_factors_lie_sealed_and_work() -> None:
    user, secret = factories.make_user(), totp.generate_totp_secret()
    app, codes = totp.TOTP.activate(user, secret), RecoveryCodes.activate(user)
    [code, *_] = codes.get_unused_codes()
    stored = {row.type: row.data for row in Authenticator.objects.all()}
    assert secret not in stored["totp"]["secret"]
    assert stored["recovery_codes"]["seed"].startswith("sealed:")
    now = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    assert app.validate_code(now)
    assert codes.validate_code(code)


def test_a_sealed_secret_opens_only_with_the_key_that_sealed_it(settings: object) -> None:
    sealed = get_adapter().encrypt("secret")
    settings.TEMPLATE_KEY = "another" * 8  # type: ignore[attr-defined]
    with pytest.raises(Tampered):
        get_adapter().decrypt(sealed)


def test_secrets_from_before_are_sealed_by_the_migration_and_go_on_working() -> None:
    user = factories.make_user()
    make = Authenticator.objects.create
    app = make(user=user, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    codes = make(user=user, type="recovery_codes", data={"seed": "ab" * 40, "used_mask": 2})
    old = make(
        user=factories.make_user(), type="recovery_codes", data={"migrated_codes": ["12345678"]}
    )
    unused = RecoveryCodes(codes).get_unused_codes()
    module = import_module(MIGRATION)
    for _ in range(2):  # run twice, it changes nothing more
        module.seal(apps, None)
    for row in (app, codes, old):
        row.refresh_from_db()
    assert "JBSWY3DPEHPK3PXP" not in app.data["secret"]
    assert get_adapter().decrypt(app.data["secret"]) == "JBSWY3DPEHPK3PXP"
    assert codes.data["seed"].startswith("sealed:")
    assert RecoveryCodes(codes).get_unused_codes() == unused
    assert old.data["migrated_codes"][0].startswith("sealed:")
    assert RecoveryCodes(old).get_unused_codes() == ["12345678"]


def test_sessions_that_lay_by_their_keys_end_with_the_migration() -> None:
    user = factories.make_user()
    session = db.SessionStore()
    session.create()
    user.browser_sessions.create(session_id=session.session_key, last_used_at=timezone.now())
    import_module(MIGRATION).end_sessions(apps, None)
    assert not Session.objects.exists()
    assert not BrowserSession.objects.exists()
