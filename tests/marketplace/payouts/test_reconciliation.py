"""The nightly comparison: what only the provider tells of is posted, and finance is told of the rest."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace.accounts.services import appoint_finance
from marketplace.payouts import stripe_api
from marketplace.payouts.books import ledger
from marketplace.payouts.books.reconciliation import reconcile
from marketplace.payouts.books.reports import finance_report
from marketplace.payouts.models import LedgerAccount, LedgerEntry
from tests import factories
from tests.mailbox import delivered
from tests.money import check_now

Kind = LedgerAccount.Kind
pytestmark = pytest.mark.django_db


def _provider_has(monkeypatch: pytest.MonkeyPatch, *moved: stripe_api.Movement) -> None:
    monkeypatch.setattr(stripe_api, "movements", lambda since, until: iter(moved))
    monkeypatch.setattr(
        stripe_api, "movements_of", lambda source: (m for m in moved if m.source == source)
    )


def _reconcile() -> list[dict[str, object]]:
    now = timezone.now()
    run = reconcile(since=now - timedelta(days=2), until=now + timedelta(seconds=1))
    return list(run.differences)


def test_fees_of_the_provider_and_payouts_to_our_bank_are_posted_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    movement = stripe_api.Movement
    _provider_has(
        monkeypatch,
        movement("txn_1", "stripe_fee", "txn_1", -200, "USD"),
        movement("txn_2", "payout", "po_1", -5_000, "USD"),
        movement("txn_3", "payout_failure", "po_1", 5_000, "USD"),
        movement("txn_4", "payout", "po_2", -4_000, "USD"),
    )
    for _ in range(2):
        assert _reconcile() == []
    assert ledger.balance(ledger.account(Kind.FEES, "USD")).minor == 200
    assert ledger.balance(ledger.account(Kind.BANK, "USD")).minor == 4_000
    assert LedgerEntry.objects.filter(kind="payout").count() == 3
    check_now()
    now = timezone.now()
    [report] = finance_report(now.year, now.month)
    assert report.adds_up, report.proofs


def test_finance_gets_a_letter_about_differences_and_none_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    finance = appoint_finance(user=factories.make_user())
    _provider_has(monkeypatch)
    assert _reconcile() == []
    assert delivered() == []
    _provider_has(monkeypatch, stripe_api.Movement("txn_1", "charge", "ch_lost", 1_911, "USD"))
    assert len(_reconcile()) == 1
    [letter] = delivered()
    assert letter.to == [finance.email]
    assert "ch_lost: the ledger has $0.00, the provider $19.11" in letter.body
