"""Closing a month: what stands open is shown, later facts go into the open month, two people reopen it."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.accounts.services import appoint_finance
from marketplace.compliance.models import AuditEvent
from marketplace.payouts import stripe_api
from marketplace.payouts.books import adjustments, closing, ledger
from marketplace.payouts.books.adjustments import Posting
from marketplace.payouts.books.reconciliation import reconcile
from marketplace.payouts.books.reports import finance_report
from marketplace.payouts.models import (
    Adjustment,
    Closing,
    LedgerAccount,
    LedgerEntry,
    ProviderEvent,
    Reconciliation,
)
from marketplace.refusals import InvalidTransition, Refused
from tests import factories
from tests.money import check_now, refund, sell

Kind = LedgerAccount.Kind
pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def _finance() -> User:
    return appoint_finance(user=factories.make_user())


def _months_ago(number: int) -> date:
    """The first day of an earlier month."""
    first = timezone.now().astimezone(UTC).date().replace(day=1)
    for _ in range(number):
        first = (first - timedelta(days=1)).replace(day=1)
    return first


def _noon(day: date) -> datetime:
    return datetime.combine(day, adjustments.NOON)


def _fee(happened_at: datetime, number: int = 1) -> LedgerEntry:
    """A fee of the provider, as the nightly comparison posts it."""
    entry, _ = ledger.post(
        kind=LedgerEntry.Kind.FEE,
        idempotency_key=f"movement-{number}",
        belongs_to=happened_at,
        lines=[
            (ledger.account(Kind.FEES, "USD"), 100),
            (ledger.account(Kind.STRIPE_CLEARING, "USD"), -100),
        ],
    )
    return entry


def _close(months_ago: int = 1) -> Closing:
    """A closed month; something was booked in it."""
    month = _months_ago(months_ago)
    _fee(_noon(month), number=months_ago)
    return closing.close_month(month=month, by=_finance())


def _propose(dated: date) -> Adjustment:
    return adjustments.propose(
        currency="USD", dated=dated, reason="Charges", document="Statement 11",
        postings=[Posting(Kind.OTHER_COSTS, debit_minor=5), Posting(Kind.BANK, credit_minor=5)],
        by=_finance(),
    )  # fmt: skip


@pytest.mark.parametrize("months_ago", [1, 2, 30])
def test_the_database_refuses_entries_in_a_closed_month_and_in_those_before(
    months_ago: int,
) -> None:
    _close()
    with pytest.raises(IntegrityError, match="is closed"), transaction.atomic():
        LedgerEntry.objects.create(
            kind="fee", idempotency_key="x", at=_noon(_months_ago(months_ago))
        )


def test_an_open_month_takes_entries_up_to_its_first_instant() -> None:
    _close()
    midnight = datetime.combine(_months_ago(0), datetime.min.time(), UTC)
    LedgerEntry.objects.create(kind="fee", idempotency_key="first", at=midnight)
    with pytest.raises(IntegrityError, match="is closed"), transaction.atomic():
        LedgerEntry.objects.create(
            kind="fee", idempotency_key="last", at=midnight - timedelta(microseconds=1)
        )


def test_what_happened_in_a_closed_month_is_booked_now_with_the_date_that_it_happened_on() -> None:
    happened = _noon(_months_ago(1))
    assert _fee(happened, number=7).at == happened  # the month is open
    _close()
    late = _fee(happened, number=8)
    check_now()
    assert ledger.month_of(late.at) == _months_ago(0)
    assert late.happened_at == happened


def test_the_provider_tells_when_its_fees_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    happened = _noon(_months_ago(1))
    moved = stripe_api.Movement("txn_1", "stripe_fee", "txn_1", -200, "USD", at=happened)
    monkeypatch.setattr(stripe_api, "movements", lambda since, until: iter([moved]))
    monkeypatch.setattr(stripe_api, "movements_of", lambda source: iter([moved]))
    reconcile(since=happened, until=timezone.now())
    assert LedgerEntry.objects.get().at == happened


def test_what_creators_have_is_booked_now_even_while_the_month_is_open() -> None:
    creator = factories.make_creator()
    entry, _ = ledger.post(
        kind=LedgerEntry.Kind.SALE,
        idempotency_key="sale",
        happened_at=_noon(_months_ago(1)),
        lines=[
            (ledger.account(Kind.STRIPE_CLEARING, "USD"), 100),
            (ledger.account(Kind.CREATOR_PENDING, "USD", creator), -100),
        ],
    )
    assert ledger.month_of(entry.at) == _months_ago(0)
    assert entry.happened_at == _noon(_months_ago(1))


def test_a_month_that_is_not_over_and_one_out_of_order_are_not_closed() -> None:
    _fee(_noon(_months_ago(2)))
    for wrong in (_months_ago(0), _months_ago(1), _months_ago(3)):
        with pytest.raises(Refused) as refusal:
            closing.close_month(month=wrong, by=_finance())
        assert refusal.value.code == "not_next"
    closing.close_month(month=_months_ago(2), by=_finance())
    assert closing.closable_month() == _months_ago(1)
    closing.close_month(month=_months_ago(1), by=_finance())
    assert closing.closable_month() is None


def test_the_database_refuses_to_close_the_month_that_is_running() -> None:
    with pytest.raises(IntegrityError, match="only_past_months"), transaction.atomic():
        Closing.objects.create(month=_months_ago(0), closed_by=_finance())


def test_closing_shows_what_stands_open_and_keeps_it() -> None:
    month = _months_ago(1)
    _fee(_noon(month))
    event = ProviderEvent.objects.create(event_id="evt_1", kind="x", object_id="y", error="failed")
    ProviderEvent.objects.filter(pk=event.pk).update(received_at=_noon(month))
    found = {matter.what: matter.count for matter in closing.open_matters(month)}
    assert found["Events of the provider that failed or wait"] == 1
    assert found["The end of the month was not compared with the provider's books"] == 1
    closed = closing.close_month(month=month, by=_finance())
    assert closed.stood_open == found
    assert AuditEvent.objects.get(action="month.closed").details["stood_open"] == found


def test_nothing_stands_open_of_a_month_that_was_compared_and_finished() -> None:
    _fee(_noon(_months_ago(1)))
    now = timezone.now()
    Reconciliation.objects.create(since=now - timedelta(days=2), until=now, compared=0)
    assert closing.open_matters(_months_ago(1)) == []


def test_an_adjusting_entry_that_waits_keeps_its_month_from_being_closed() -> None:
    month = _months_ago(1)
    _fee(_noon(month))
    adjustment = _propose(month)
    with pytest.raises(Refused, match="Adjusting entries") as refusal:
        closing.close_month(month=month, by=_finance())
    assert refusal.value.code == "unfinished"
    adjustments.decide(adjustment=adjustment, post=False, by=_finance())
    assert closing.close_month(month=month, by=_finance()).state == Closing.State.CLOSED


def test_no_adjusting_entry_is_proposed_for_a_closed_month() -> None:
    _close()
    with pytest.raises(Refused) as refusal:
        _propose(_months_ago(1))
    assert refusal.value.code == "month_closed"


def test_a_month_is_reopened_by_a_second_person_only() -> None:
    closed, first, second = _close(), _finance(), _finance()
    with pytest.raises(InvalidTransition):
        closing.decide_reopening(closing=closed, reopen=True, by=second)
    with pytest.raises(Refused, match="reason"):
        closing.ask_to_reopen(closing=closed, reason=" ", by=first)
    closing.ask_to_reopen(closing=closed, reason="An invoice was missing.", by=first)
    with pytest.raises(Refused, match="somebody else"):
        closing.decide_reopening(closing=closed, reopen=True, by=first)
    with pytest.raises(IntegrityError, match="is closed"), transaction.atomic():
        LedgerEntry.objects.create(kind="fee", idempotency_key="x", at=_noon(closed.month))
    reopened = closing.decide_reopening(closing=closed, reopen=True, by=second)
    assert (reopened.state, reopened.reopened_by) == (Closing.State.REOPENED, second)
    assert _fee(_noon(closed.month), number=9).at == _noon(closed.month)
    again = closing.close_month(month=closed.month, by=first)
    assert again.pk != closed.pk


def test_a_month_that_is_left_closed_stays_so_and_may_be_asked_for_again() -> None:
    closed, first = _close(), _finance()
    closing.ask_to_reopen(closing=closed, reason="An invoice was missing.", by=first)
    left = closing.decide_reopening(closing=closed, reopen=False, by=first)
    assert left.state == Closing.State.CLOSED
    assert closing.ask_to_reopen(closing=closed, reason="Really.", by=first).reason == "Really."


def test_months_are_reopened_last_first() -> None:
    earlier = _close(2)
    closing.close_month(month=_months_ago(1), by=_finance())
    with pytest.raises(Refused) as refusal:
        closing.ask_to_reopen(closing=earlier, reason="An invoice was missing.", by=_finance())
    assert refusal.value.code == "not_last"


def test_nobody_but_finance_closes_or_reopens() -> None:
    closed, moderator = _close(), factories.make_moderator()
    for attempt in (
        lambda: closing.close_month(month=_months_ago(0), by=moderator),
        lambda: closing.ask_to_reopen(closing=closed, reason="Why not?", by=moderator),
        lambda: closing.decide_reopening(closing=closed, reopen=True, by=moderator),
    ):
        with pytest.raises(Refused, match="Only finance"):
            attempt()


def test_sales_and_refunds_go_on_after_a_month_is_closed() -> None:
    _close()
    payment = sell(factories.make_creator())
    refund(payment, 500)
    check_now()
    now = timezone.now()
    for report in finance_report(now.year, now.month):
        assert report.adds_up, report.proofs


def test_finance_closes_and_reopens_on_its_desk() -> None:
    _fee(_noon(_months_ago(1)))
    page, address = reverse("storefront:finance-months"), reverse("storefront:finance-close")
    first, second, moderator = Client(), Client(), Client()
    first.force_login(_finance(), backend=BACKEND)
    second.force_login(_finance(), backend=BACKEND)
    moderator.force_login(factories.make_moderator(), backend=BACKEND)
    month = {"month": _months_ago(1).isoformat(), "reason": "Everything is in."}
    assert moderator.post(address, month).status_code == 403
    shown = first.get(page).text
    assert "was not compared" in shown
    assert "finish it first" not in shown
    adjustment = _propose(_months_ago(1))
    assert "finish it first" in first.get(page).text
    assert "First finish" in first.post(address, month, follow=True).text
    adjustments.decide(adjustment=adjustment, post=False, by=_finance())
    assert not Closing.objects.exists()
    first.post(address, {**month, "reason": ""})
    assert not Closing.objects.exists()
    assert "Closed." in first.post(address, month, follow=True).text
    decide = reverse("storefront:finance-decide-month", args=[Closing.objects.get().pk])
    chosen = {"reason": "An invoice was missing."}
    first.post(decide, {**chosen, "decision": "ask"})
    assert "somebody else" in first.post(decide, {**chosen, "decision": "reopen"}, follow=True).text
    assert "open again" in second.post(decide, {**chosen, "decision": "reopen"}, follow=True).text


@pytest.mark.django_db(transaction=True)
def test_closing_waits_for_an_entry_that_is_being_written(monkeypatch: Any) -> None:
    month, finance = _months_ago(1), _finance()
    _fee(_noon(month))
    monkeypatch.setattr(closing, "PATIENCE", "500ms")
    written, done = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            _fee(_noon(month), number=2)
            written.set()
            done.wait(20)
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    assert written.wait(20)
    with pytest.raises(Refused) as refusal:
        closing.close_month(month=month, by=finance)
    assert refusal.value.code == "books_busy"
    done.set()
    writer.join(20)
    assert closing.close_month(month=month, by=finance).state == Closing.State.CLOSED
    assert LedgerEntry.objects.filter(at__lt=_noon(_months_ago(0))).count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_month_is_not_reopened_while_the_next_one_is_being_closed(monkeypatch: Any) -> None:
    month, first, second = _months_ago(2), _finance(), _finance()
    _fee(_noon(month))
    closed = closing.close_month(month=month, by=first)
    closing.ask_to_reopen(closing=closed, reason="An invoice was missing.", by=first)
    monkeypatch.setattr(closing, "PATIENCE", "500ms")
    being_closed, decided = threading.Event(), threading.Event()
    matters = closing.open_matters

    def look_late(month: date) -> list[closing.Matter]:
        being_closed.set()
        decided.wait(20)
        return matters(month)

    def close() -> None:
        try:
            closing.close_month(month=_months_ago(1), by=first)
        finally:
            connection.close()

    monkeypatch.setattr(closing, "open_matters", look_late)
    closer = threading.Thread(target=close)
    closer.start()
    try:
        assert being_closed.wait(20)
        with pytest.raises(Refused) as refusal:
            closing.decide_reopening(closing=closed, reopen=True, by=second)
    finally:
        decided.set()
        closer.join()
    assert refusal.value.code == "books_busy"
    closed.refresh_from_db()
    assert closed.state == Closing.State.REOPENING
