"""People turn off the letters that they can do without, and no others."""

from __future__ import annotations

import pytest
from django.test import Client

from marketplace.compliance.models import AuditEvent
from marketplace.letters import preferences, services
from marketplace.letters.kinds import Kind
from marketplace.letters.models import Letter
from marketplace.licensing import lifecycle
from tests import factories
from tests.mailbox import delivered

pytestmark = pytest.mark.django_db
PAGE = "/account/emails"


def _write(*to: str, kind: Kind | None = None) -> list[str]:
    services.write(to=to, words=lambda: ("News", "There is news."), kind=kind)
    return [letter.email for letter in Letter.objects.order_by("pk")]


def test_a_kind_that_was_turned_off_is_not_written_to_whoever_did() -> None:
    user, other = factories.make_user(), factories.make_user()
    preferences.choose(user_id=user.pk, wanted=set(Kind.values) - {Kind.INVOICES})
    to = (user.email, other.email, "guest@example.com")
    assert _write(*to, kind=Kind.INVOICES) == [other.email, "guest@example.com"]


def test_other_kinds_and_necessary_letters_still_come() -> None:
    user = factories.make_user()
    preferences.choose(user_id=user.pk, wanted=[Kind.CREDIT_LOW])
    _write(user.email, kind=Kind.CREDIT_LOW)
    assert _write(user.email) == [user.email, user.email]


def test_a_letter_says_where_it_can_be_turned_off_if_it_can() -> None:
    user = factories.make_user()
    _write(user.email, kind=Kind.REMINDERS)
    _write(user.email)
    optional, necessary = delivered()
    assert f"http://127.0.0.1:8000{PAGE}" in optional.body
    assert PAGE not in necessary.body


def test_the_end_of_a_licence_is_written_unless_its_buyer_turned_that_off() -> None:
    off, on = factories.make_licence(), factories.make_licence()
    preferences.choose(user_id=off.buyer_id, wanted=[])
    Letter.objects.all().delete()
    for licence in (off, on):
        lifecycle.expire_licence(licence=licence)
    assert [letter.email for letter in Letter.objects.all()] == [on.buyer.email]


def test_a_suspension_is_written_whatever_was_turned_off() -> None:
    licence = factories.make_licence()
    preferences.choose(user_id=licence.buyer_id, wanted=[])
    Letter.objects.all().delete()
    lifecycle.suspend_licence(licence=licence, reason="test")
    assert [letter.email for letter in Letter.objects.all()] == [licence.buyer.email]


def test_a_choice_is_saved_audited_and_shown() -> None:
    user, client = factories.make_user(), Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.post(PAGE, {"wanted": [Kind.INVOICES, Kind.REMINDERS, "unheard-of"]})
    assert preferences.unwanted_by(user.pk) == {
        Kind.CREDIT_LOW,
        Kind.LATE_PAYMENTS,
        Kind.VOICE_READY,
        Kind.NEW_VOICES,
    }
    event = AuditEvent.objects.get(action="letters.chosen")
    assert event.details == {
        "on": [],
        "off": ["credit_low", "late_payments", "voice_ready", "new_voices"],
    }
    client.post(PAGE, {"wanted": [Kind.INVOICES, Kind.REMINDERS]})
    assert AuditEvent.objects.filter(action="letters.chosen").count() == 1
    assert client.get(PAGE).text.count("checked>") == 2
