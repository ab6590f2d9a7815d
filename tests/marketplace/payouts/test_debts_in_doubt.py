"""A creator's debt is paid once, whichever way it comes back first."""

from __future__ import annotations

import pytest

from marketplace.accounts.services import appoint_finance
from marketplace.creators.models import Creator
from marketplace.payouts.books import ledger
from marketplace.payouts.creators import debts, earnings
from marketplace.payouts.models import (
    LedgerAccount,
    LedgerEntry,
    PayoutAccount,
    TransferReversal,
    WriteOff,
)
from marketplace.payouts.returning import reversals
from tests import factories
from tests.money import check_now, owed, pay_everything, refund, sell

Kind = LedgerAccount.Kind
pytestmark = pytest.mark.django_db


@pytest.fixture
def creator() -> Creator:
    creator = factories.make_creator()
    PayoutAccount.objects.create(creator=creator, provider_id="acct_1", transfers_active=True)
    return creator


def test_a_debt_that_is_being_taken_back_is_not_set_off_as_well(creator: Creator) -> None:
    payment = sell(creator, price=10_000)
    pay_everything(creator)
    refund(payment, 10_000)
    [reversal] = reversals.claim_reversals(payment=payment)
    sell(creator, price=10_000)
    [paid] = pay_everything(creator)
    reversals.record_reversal(reversal_id=reversal.pk, provider_id="trr_1")
    check_now()
    assert (paid.amount_minor, owed(creator, Kind.CREATOR_DEBT)) == (8_500, 0)


def test_a_debt_that_could_not_be_taken_back_is_set_off_again(creator: Creator) -> None:
    payment = sell(creator, price=10_000)
    pay_everything(creator)
    refund(payment, 10_000)
    [reversal] = reversals.claim_reversals(payment=payment)
    reversal.transition(TransferReversal.State.REFUSED)
    sell(creator, price=10_000)
    assert pay_everything(creator) == []
    assert owed(creator, Kind.CREATOR_DEBT) == 0


def test_two_payments_do_not_take_the_same_debt_back(creator: Creator) -> None:
    first, second = sell(creator, price=10_000), sell(creator, price=10_000)
    pay_everything(creator)
    refund(first, 10_000)
    sell(creator, price=10_000)
    assert pay_everything(creator) == []  # the first debt is set off
    refund(second, 10_000)
    claimed = [
        reversal
        for payment in (first, second)
        for reversal in reversals.claim_reversals(payment=payment)
    ]
    assert sum(reversal.amount_minor for reversal in claimed) == 8_500
    assert earnings.open_debt(creator, "USD") == 0


def _owes(creator: Creator, minor: int, currency: str) -> None:
    ledger.post(
        kind=LedgerEntry.Kind.DISPUTE,
        idempotency_key=f"owes-{currency}",
        lines=[
            (ledger.account(Kind.CREATOR_DEBT, currency, creator), minor),
            (ledger.account(Kind.STRIPE_CLEARING, currency), -minor),
        ],
    )


def test_debts_in_several_currencies_that_make_a_large_one_need_a_second_person() -> None:
    creator, finance = factories.make_creator(), appoint_finance(user=factories.make_user())
    states = []
    for currency in ("USD", "EUR"):  # the second alone is below the limit
        _owes(creator, 40_000, currency)
        made = debts.write_off(creator=creator, currency=currency, reason="Gone.", by=finance)
        assert made is not None
        states.append(made.state)
    assert states == [WriteOff.State.DONE, WriteOff.State.PROPOSED]
