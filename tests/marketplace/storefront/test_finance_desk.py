"""The finance desk: what waits, payments with their story, and a reason for whatever is done."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.accounts.services import appoint_finance
from marketplace.billing import invoices
from marketplace.billing.models import Invoice
from marketplace.compliance import audit
from marketplace.compliance.models import AuditEvent
from marketplace.creators.models import Creator
from marketplace.payouts.models import (
    Dispute,
    Payment,
    PayoutFreeze,
    ProviderEvent,
    Reason,
    Reconciliation,
    Refund,
    WriteOff,
)
from marketplace.payouts.story import search_payments, story_of
from marketplace.payouts.waiting import what_waits
from tests import factories
from tests.markup import without_gaps
from tests.money import dispute, pay_everything, refund, sell

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
DIFFERS = {"object": "ch_1", "currency": "USD", "ledger_minor": 0, "provider_minor": 100}


@pytest.fixture
def finance(client: Client) -> User:
    """Somebody in finance, signed in."""
    user = appoint_finance(user=factories.make_user())
    client.force_login(user, backend=BACKEND)
    return user


def test_nothing_waits_at_first(client: Client, finance: User) -> None:
    assert what_waits().is_empty
    assert "Nothing waits for anybody." in client.get(reverse("storefront:finance")).text


def test_whatever_needs_a_person_is_on_the_first_page(client: Client, finance: User) -> None:
    payment = sell(factories.make_creator())
    later, sooner = dispute(payment), dispute(sell(factories.make_creator()))
    now = timezone.now()
    Dispute.objects.filter(pk=later.pk).update(due_by=now + timedelta(days=9))
    Dispute.objects.filter(pk=sooner.pk).update(due_by=now + timedelta(days=2))
    ProviderEvent.objects.create(event_id="evt_1", kind="x", object_id="x", error="No such x")
    Reconciliation.objects.create(since=now, until=now, compared=1, differences=[DIFFERS])
    frozen = factories.make_creator("Ada")
    PayoutFreeze.objects.create(creator=frozen, reason="A bank asked.")
    waiting = what_waits()
    assert [each.pk for each in waiting.disputes] == [sooner.pk, later.pk]
    assert (waiting.events, len(waiting.differences), len(waiting.frozen)) == (1, 1, 1)
    page = client.get(reverse("storefront:finance")).text
    assert "A bank asked." in page
    assert reverse("storefront:finance-dispute", args=[sooner.pk]) in page


def test_a_later_comparison_without_differences_clears_them() -> None:
    now = timezone.now()
    for differences in ([DIFFERS], []):
        Reconciliation.objects.create(since=now, until=now, compared=1, differences=differences)
    assert what_waits().differences == []


def _invoiced() -> Payment:
    payment = sell(factories.make_creator("Ada"), price=10_000, tax=1_900)
    refund(payment, 2_000)
    dispute(payment)
    invoices.number_documents()
    payment.refresh_from_db()
    return payment


def test_a_payment_tells_its_story_in_order() -> None:
    payment = _invoiced()
    told = [chapter.what for chapter in story_of(payment)]
    assert told[:3] == ["Paid", "The provider's fee", "Share of Ada"]
    for what in ("Refunded", "Disputed by the buyer's bank"):
        assert what in told
    assert sum(what.startswith(("Invoice INV-", "Credit note CN-")) for what in told) == 2


def test_it_is_found_by_its_organization_and_by_every_reference() -> None:
    payment, other = _invoiced(), sell(factories.make_creator())
    assert payment.order is not None and payment.order.granted is not None
    document = Invoice.objects.get(reference=payment.charge)
    note = Invoice.objects.get(corrects=document)
    number = f"TR-{payment.paid_at:%Y}-{payment.pk:06d}"
    for words in (
        payment.charge, payment.order.granted.number, str(document.number), str(note.number).lower(),
        str(payment.refunds.get().provider_id), payment.disputes.get().provider_id, number,
        f" {payment.organization.name} ",
    ):  # fmt: skip
        assert payment in search_payments(words), words
        assert other not in search_payments(words), words
    assert not search_payments("TR-2026-9999999999999999").exists()
    assert set(search_payments("")) == {payment, other}


def test_what_is_done_leaves_its_reason_here_and_its_hash_in_the_trail(
    client: Client, finance: User
) -> None:
    event = ProviderEvent.objects.create(event_id="evt_1", kind="x", object_id="x", error="Gone")
    address = reverse("storefront:finance-try-again", args=[event.pk])
    refused = client.post(address, {"reason": "  "}, follow=True).text
    assert "Give your reason" in refused
    event.refresh_from_db()
    assert event.error == "Gone"
    client.post(address, {"reason": "The invoice is there now."})
    reason = Reason.objects.get()
    assert (reason.by, reason.action, reason.words) == (
        finance, "event.retried", "The invoice is there now.",
    )  # fmt: skip
    noted = AuditEvent.objects.get(action="finance.reason")
    assert (noted.actor, noted.subject_id) == (finance, event.pk)
    assert noted.details["reason_sha256"] == audit.digest(reason.words)


def test_what_the_rules_refuse_leaves_no_reason(client: Client, finance: User) -> None:
    asked = Refund.objects.create(
        payment=sell(factories.make_creator()), state="proposed", amount_minor=100,
        requested_by=finance,
    )  # fmt: skip
    address = reverse("storefront:finance-decide-refund", args=[asked.public_id])
    answer = client.post(address, {"decision": "approve", "reason": "Fine."}, follow=True)
    assert "somebody else" in answer.text
    assert not Reason.objects.exists()


def _indebted() -> Creator:
    creator = factories.make_creator()
    payment = sell(creator, price=10_000)
    pay_everything(creator)
    refund(payment, 10_000)
    return creator


def test_a_debt_is_written_off_with_a_reason(client: Client, finance: User) -> None:
    creator = _indebted()
    page = reverse("storefront:finance-creator", args=[creator.pk])
    assert "They owe" in without_gaps(client.get(page).text)
    address = reverse("storefront:finance-decide-creator", args=[creator.pk])
    form = {"decision": "write-off", "reason": "They cannot be found."}
    assert "Written off." in client.post(address, form, follow=True).text
    assert "They cannot be found." in client.get(page).text
    assert "They owe" not in client.get(page).text


def test_a_large_debt_waits_on_the_page_for_a_second_person(
    client: Client, finance: User, settings: Any
) -> None:
    settings.REFUND_ALONE_MINOR = 1_000
    creator = _indebted()
    page = reverse("storefront:finance-creator", args=[creator.pk])
    address = reverse("storefront:finance-decide-creator", args=[creator.pk])
    form = {"decision": "write-off", "reason": "They cannot be found."}
    assert "waits for a second person" in client.post(address, form, follow=True).text
    assert "Debts to write off" in client.get(page).text
    form["decision"], form["shown"] = "approve-write-off", str(creator.write_offs.get().pk)
    assert "somebody else" in client.post(address, form, follow=True).text
    assert "They owe" in without_gaps(client.get(page).text)
    form["decision"] = "drop-write-off"
    assert "Dropped." in client.post(address, form, follow=True).text
    assert "Debts to write off" not in client.get(page).text


def _proposed(creator: Creator, minor: int) -> WriteOff:
    return WriteOff.objects.create(
        creator=creator, currency="USD", amount_minor=minor, reason="Gone.", state="proposed",
        proposed_by=factories.make_user(),
    )  # fmt: skip


def test_a_debt_that_was_proposed_after_the_page_was_loaded_is_not_written_off_unseen(
    client: Client, finance: User
) -> None:
    creator = _indebted()
    seen = _proposed(creator, 100)
    page = client.get(reverse("storefront:finance-creator", args=[creator.pk])).text
    assert f'name="shown" value="{seen.pk}"' in page
    WriteOff.objects.update(state="dropped")
    later = _proposed(creator, 8_500)
    address = reverse("storefront:finance-decide-creator", args=[creator.pk])
    form = {"decision": "approve-write-off", "reason": "Gone.", "shown": str(seen.pk)}
    assert "waits any more" in client.post(address, form, follow=True).text
    later.refresh_from_db()
    assert later.state == "proposed"
    form["shown"] = str(later.pk)
    assert "Written off." in client.post(address, form, follow=True).text


def test_the_admin_shows_the_same_and_does_nothing(client: Client, finance: User) -> None:
    payment = sell(factories.make_creator())
    listed = reverse("admin:payouts_payment_changelist")
    assert payment.charge in client.get(listed).text
    client.post(
        listed, {"action": "refund", "_selected_action": [payment.pk], "confirmed": "yes",
                 "reason": "A slip."},
    )  # fmt: skip
    assert not Refund.objects.exists()


def test_what_is_shown_before_a_refund_is_what_is_sent_and_all_that_is_left_is_named(
    client: Client, finance: User
) -> None:
    payment = sell(factories.make_creator(), price=10_000, tax=1_900)
    address = reverse("storefront:finance-refund", args=[payment.public_id])
    shown = client.post(address, {"amount": "", "reason": "All of it."})
    assert "Refund $119.00?" in shown.text
    assert 'name="amount" value="119.00"' in shown.text
    for written in ("0", "119.01"):
        answer = client.post(address, {"amount": written, "reason": "Too much."})
        assert "At most $119.00" in answer.text, written
    assert not Refund.objects.exists()


def test_a_refund_is_confirmed_on_a_page_that_writes_amounts_with_a_comma(
    client: Client, finance: User
) -> None:
    payment = sell(factories.make_creator(), price=10_000)
    address = reverse("storefront:finance-refund", args=[payment.public_id])
    german = {"Accept-Language": "de"}
    shown = client.post(address, {"amount": "12.50", "reason": "A part."}, headers=german).text
    assert "12,50" in shown
    (written,) = re.findall(r'name="amount" value="([^"]+)"', shown)
    form = {"amount": written, "reason": "A part.", "confirmed": "yes"}
    client.post(address, form, headers=german)
    assert Refund.objects.get().amount_minor == 1_250


def test_a_refund_of_yen_has_no_decimals(client: Client, finance: User) -> None:
    payment = sell(factories.make_creator())
    Payment.objects.filter(pk=payment.pk).update(currency="JPY")
    address = reverse("storefront:finance-refund", args=[payment.public_id])
    for more in ({}, {"confirmed": "yes"}):
        answer = client.post(address, {"amount": "12.50", "reason": "Ours.", **more})
        assert "more decimals than JPY" in answer.text
    assert not Refund.objects.exists()
