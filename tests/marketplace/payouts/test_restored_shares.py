"""What a won dispute gives creators again is theirs once, and is taken back as any other share."""

from __future__ import annotations

import pytest

from marketplace.accounts.services import appoint_finance
from marketplace.creators.models import Creator
from marketplace.payouts.books import ledger
from marketplace.payouts.creators import debts
from marketplace.payouts.models import Dispute, LedgerAccount, Payment, PayoutAccount
from marketplace.payouts.returning import disputes, reversals
from tests import factories
from tests.money import check_now, dispute, owed, pay_everything, refund, sell

Kind = LedgerAccount.Kind
pytestmark = pytest.mark.django_db


@pytest.fixture
def creator() -> Creator:
    creator = factories.make_creator()
    PayoutAccount.objects.create(creator=creator, provider_id="acct_1", transfers_active=True)
    return creator


def _won(payment: Payment, minor: int) -> Dispute:
    found = disputes.open_dispute(
        payment=payment, provider_id=f"du_{payment.pk}_{minor}", amount_minor=minor,
        fee_minor=1_500, reason="fraudulent",
    )  # fmt: skip
    return disputes.close_dispute(dispute=found, won=True)


def _commission() -> int:
    return -ledger.balance(ledger.account(Kind.COMMISSION, "USD")).minor


def test_a_refund_after_a_won_dispute_takes_the_restored_share_back(creator: Creator) -> None:
    payment = sell(creator, price=10_000)
    _won(payment, 10_000)
    refund(payment, 10_000)
    check_now()
    assert (owed(creator, Kind.CREATOR_AVAILABLE), _commission()) == (0, 0)


def test_a_refund_in_parts_after_a_partly_disputed_sale_takes_no_more_than_its_part(
    creator: Creator,
) -> None:
    payment = sell(creator, price=10_000)
    _won(payment, 4_000)
    refund(payment, 5_000)
    kept = owed(creator, Kind.CREATOR_PENDING) + owed(creator, Kind.CREATOR_AVAILABLE)
    assert (kept, _commission()) == (4_250, 750)
    refund(payment, 5_000)
    kept = owed(creator, Kind.CREATOR_PENDING) + owed(creator, Kind.CREATOR_AVAILABLE)
    assert (kept, _commission()) == (0, 0)
    check_now()


def test_a_second_dispute_takes_a_restored_share_and_gives_it_again(creator: Creator) -> None:
    payment = sell(creator, price=10_000)
    _won(payment, 10_000)
    again = dispute(payment)
    assert owed(creator, Kind.CREATOR_AVAILABLE) == 0
    disputes.close_dispute(dispute=again, won=True)
    check_now()
    assert (owed(creator, Kind.CREATOR_AVAILABLE), _commission()) == (8_500, 1_500)


def test_a_restored_share_that_was_paid_out_is_taken_back_from_its_transfer(
    creator: Creator,
) -> None:
    payment = sell(creator, price=10_000)
    _won(payment, 10_000)
    [transfer] = pay_everything(creator)
    refund(payment, 10_000)
    [reversal] = reversals.claim_reversals(payment=payment)
    assert (reversal.transfer, reversal.amount_minor) == (transfer, 8_500)


def _write_off(creator: Creator) -> int:
    by = appoint_finance(user=factories.make_user("finance"))
    done = debts.write_off(creator=creator, currency="USD", reason="Gone.", by=by)
    return 0 if done is None else done.amount_minor


def _bad_debts() -> int:
    return ledger.balance(ledger.account(Kind.BAD_DEBTS, "USD")).minor


def test_a_debt_that_was_written_off_is_made_good_when_the_dispute_is_won_on_appeal(
    creator: Creator,
) -> None:
    payment = sell(creator, price=10_000)
    pay_everything(creator)
    found = dispute(payment)
    disputes.close_dispute(dispute=found, won=False)
    _write_off(creator)
    disputes.close_dispute(dispute=found, won=True)
    check_now()
    assert (pay_everything(creator), _bad_debts()) == ([], 0)
    refund(payment, 10_000)  # what they were paid at first is owed after all
    check_now()
    assert owed(creator, Kind.CREATOR_DEBT) == 8_500


def test_two_won_disputes_make_a_written_off_debt_good_once(creator: Creator) -> None:
    payments = [sell(creator, price=10_000), sell(creator, price=5_000)]
    pay_everything(creator)
    first, second = (dispute(payment) for payment in payments)
    _write_off(creator)
    disputes.close_dispute(dispute=first, won=True)
    assert _bad_debts() == 4_250
    disputes.close_dispute(dispute=second, won=True)
    check_now()
    assert (_bad_debts(), owed(creator, Kind.CREATOR_AVAILABLE)) == (0, 0)


def test_a_dispute_that_began_after_a_write_off_is_restored_in_full(creator: Creator) -> None:
    before = sell(creator, price=10_000)
    pay_everything(creator)
    refund(before, 10_000)
    _write_off(creator)
    _won(sell(creator, price=10_000), 10_000)
    assert (owed(creator, Kind.CREATOR_AVAILABLE), _bad_debts()) == (8_500, 8_500)


def test_only_what_nothing_payable_covers_is_written_off(creator: Creator) -> None:
    payment = sell(creator, price=10_000)
    pay_everything(creator)
    found = dispute(payment)
    disputes.close_dispute(dispute=found, won=True)
    assert _write_off(creator) == 0
    assert (owed(creator, Kind.CREATOR_DEBT), owed(creator, Kind.CREATOR_AVAILABLE)) == (0, 0)
    assert _bad_debts() == 0
