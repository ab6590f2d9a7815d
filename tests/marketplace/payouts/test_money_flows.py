"""What a sale, a refund, a dispute and a transfer do to everyone's balances."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from marketplace.accounts.services import appoint_finance
from marketplace.creators.models import Creator
from marketplace.licensing.models import Licence
from marketplace.payouts.books import ledger
from marketplace.payouts.creators import debts, earnings
from marketplace.payouts.models import (
    LedgerAccount,
    LedgerEntry,
    PayoutAccount,
    TransferReversal,
    WriteOff,
)
from marketplace.payouts.queries import balances_of, month_bounds, statement
from marketplace.payouts.returning import disputes, refunds, reversals
from marketplace.refusals import InvalidTransition, Refused
from tests import factories
from tests.money import check_now, dispute, owed, pay_everything, refund, sell

Kind = LedgerAccount.Kind
pytestmark = pytest.mark.django_db


def test_a_sale_with_tax_shares_only_the_price() -> None:
    creator = factories.make_creator()
    payment = sell(creator, price=1999, tax=400)
    assert payment.amount_minor == 2399
    assert owed(creator, Kind.CREATOR_PENDING) == 1699
    assert ledger.balance(ledger.account(Kind.TAX, "USD")).minor == -400


def test_refunds_in_parts_give_back_exactly_everything() -> None:
    creator = factories.make_creator()
    payment = sell(creator, price=1999, tax=401)
    for minor in (799, 800, 801):
        refund(payment, minor)
    assert owed(creator, Kind.CREATOR_PENDING) == 0
    assert ledger.balance(ledger.account(Kind.COMMISSION, "USD")).minor == 0
    assert ledger.balance(ledger.account(Kind.TAX, "USD")).minor == 0
    licence = Licence.objects.get(order__payment=payment)
    assert licence.state == Licence.State.REFUNDED


def test_a_refund_told_twice_is_posted_once() -> None:
    payment = sell(factories.make_creator())
    for _ in range(2):
        refunds.record_refund(payment=payment, provider_id="re_same", amount_minor=500)
    payment.refresh_from_db()
    assert payment.refunded_minor == 500
    assert LedgerEntry.objects.filter(kind="refund").count() == 1


def test_a_refund_after_the_payout_is_a_debt_set_off_against_the_next_sale() -> None:
    creator = factories.make_creator()
    PayoutAccount.objects.create(creator=creator, provider_id="acct_1", transfers_active=True)
    payment = sell(creator, price=5000)
    [transfer] = pay_everything(creator)
    assert transfer.amount_minor == 4250
    refund(payment, 5000)
    assert owed(creator, Kind.CREATOR_DEBT) == 4250
    assert owed(creator, Kind.CREATOR_AVAILABLE) == 0
    sell(creator, price=10_000)
    [second] = pay_everything(creator)
    assert second.amount_minor == 8500 - 4250
    assert owed(creator, Kind.CREATOR_DEBT) == 0
    [balances] = balances_of(creator)
    assert balances.total.minor == 0


def test_money_taken_back_from_a_transfer_lessens_the_debt() -> None:
    creator = factories.make_creator()
    PayoutAccount.objects.create(creator=creator, provider_id="acct_1", transfers_active=True)
    payment = sell(creator, price=5000)
    pay_everything(creator)
    refund(payment, 2500)
    [reversal] = reversals.claim_reversals(payment=payment)
    assert reversal.amount_minor == 2125
    assert reversals.claim_reversals(payment=payment) == []
    reversals.record_reversal(reversal_id=reversal.pk, provider_id="trr_1")
    assert owed(creator, Kind.CREATOR_DEBT) == 0


def test_a_dispute_suspends_the_licence_and_winning_gives_everything_again() -> None:
    creator = factories.make_creator()
    payment = sell(creator)
    found = dispute(payment)
    licence = Licence.objects.get(order__payment=payment)
    assert (licence.state, owed(creator, Kind.CREATOR_PENDING)) == ("suspended", 0)
    disputes.close_dispute(dispute=found, won=True)
    licence.refresh_from_db()
    assert (licence.state, owed(creator, Kind.CREATOR_AVAILABLE)) == ("active", 1699)
    assert ledger.balance(ledger.account(Kind.DISPUTE_COSTS, "USD")).minor == 1500


def test_a_lost_dispute_ends_the_licence_for_good() -> None:
    payment = sell(factories.make_creator())
    disputes.close_dispute(dispute=dispute(payment), won=False)
    licence = Licence.objects.get(order__payment=payment)
    assert licence.state == Licence.State.REVOKED


def test_new_creators_wait_longer_for_their_money() -> None:
    new, known = factories.make_creator(), factories.make_creator()
    Creator.objects.filter(pk=known.pk).update(created_at=timezone.now() - timedelta(days=91))
    known.refresh_from_db()
    for creator in (new, known):
        sell(creator)
    earnings.release_due(timezone.now() + timedelta(days=15))
    assert owed(new, Kind.CREATOR_AVAILABLE) == 0
    assert owed(known, Kind.CREATOR_AVAILABLE) == 1699


def test_less_than_the_minimum_is_not_paid_out() -> None:
    creator = factories.make_creator()
    sell(creator, price=2900)  # 24.65 for the creator
    assert pay_everything(creator) == []
    assert owed(creator, Kind.CREATOR_AVAILABLE) == 2465


def test_the_database_refuses_a_transfer_larger_than_what_is_payable() -> None:
    creator = factories.make_creator()
    sell(creator, price=5000)
    earnings.release_due(timezone.now() + timedelta(days=60))
    with pytest.raises(IntegrityError, match="than there is"), transaction.atomic():
        ledger.post(
            kind=LedgerEntry.Kind.TRANSFER_BEGUN,
            idempotency_key="too-much",
            lines=[
                (ledger.account(Kind.CREATOR_AVAILABLE, "USD", creator), 4251),
                (ledger.account(Kind.CREATOR_IN_TRANSIT, "USD", creator), -4251),
            ],
        )
        check_now()
    assert owed(creator, Kind.CREATOR_AVAILABLE) == 4250


def test_the_database_lets_only_refunds_and_disputes_make_a_creator_owe() -> None:
    creator = factories.make_creator()
    with pytest.raises(DatabaseError, match="leaves a creator owing"), transaction.atomic():
        ledger.post(
            kind=LedgerEntry.Kind.FEE,
            idempotency_key="debt",
            lines=[
                (ledger.account(Kind.CREATOR_DEBT, "USD", creator), 1),
                (ledger.account(Kind.STRIPE_CLEARING, "USD"), -1),
            ],
        )


def test_a_statement_is_opening_plus_lines_to_the_cent() -> None:
    creator = factories.make_creator()
    payment = sell(creator, price=5000)
    refund(payment, 1000)
    now = timezone.now()
    found = statement(creator, now.year, now.month, "USD")
    assert [line.amount.minor for line in found.lines] == [4250, -850]
    assert (found.opening.minor, found.closing.minor) == (0, 3400)
    following = month_bounds(now.year, now.month)[1]
    assert statement(creator, following.year, following.month, "USD").opening.minor == 3400


def test_a_dispute_of_the_whole_after_a_refund_gives_back_no_more_tax_than_was_collected() -> None:
    creator = factories.make_creator()
    payment = sell(creator, price=2_000, tax=400)
    refund(payment, 1_200)
    found = dispute(payment, whole=True)
    for kind in (Kind.TAX, Kind.COMMISSION):
        assert ledger.balance(ledger.account(kind, "USD")).minor == 0
    assert owed(creator, Kind.CREATOR_PENDING) == 0
    # the bank took 12.00 that had gone back already, and its fee
    assert ledger.balance(ledger.account(Kind.DISPUTE_COSTS, "USD")).minor == 1_200 + 1_500
    disputes.close_dispute(dispute=found, won=True)
    assert ledger.balance(ledger.account(Kind.TAX, "USD")).minor == -200
    assert ledger.balance(ledger.account(Kind.DISPUTE_COSTS, "USD")).minor == 1_500
    check_now()


def test_a_dispute_that_is_won_on_appeal_restores_everyones_part() -> None:
    creator = factories.make_creator()
    payment = sell(creator)
    found = dispute(payment)
    disputes.close_dispute(dispute=found, won=False)
    for _ in range(2):
        disputes.close_dispute(dispute=found, won=True)
    found.refresh_from_db()
    assert (found.state, owed(creator, Kind.CREATOR_AVAILABLE)) == ("won", 1699)
    licence = Licence.objects.get(order__payment=payment)
    assert licence.state == Licence.State.ACTIVE  # it is paid for again


def test_a_debt_that_will_not_be_paid_is_written_off_by_finance_with_a_reason() -> None:
    finance = appoint_finance(user=factories.make_user())
    creator = factories.make_creator()
    PayoutAccount.objects.create(creator=creator, provider_id="acct_1", transfers_active=True)
    payment = sell(creator, price=5000)
    pay_everything(creator)
    refund(payment, 5000)
    with pytest.raises(Refused) as refusal:
        debts.write_off(creator=creator, currency="USD", reason="Gone.", by=factories.make_user())
    assert refusal.value.code == "not_allowed"
    debts.write_off(creator=creator, currency="USD", reason="Gone.", by=finance)
    assert owed(creator, Kind.CREATOR_DEBT) == 0
    assert ledger.balance(ledger.account(Kind.BAD_DEBTS, "USD")).minor == 4250
    with pytest.raises(Refused) as refusal:
        debts.write_off(creator=creator, currency="USD", reason="Gone.", by=finance)
    assert refusal.value.code == "no_debt"
    check_now()


def _owing(prices: list[int]) -> Creator:
    creator = factories.make_creator()
    PayoutAccount.objects.create(creator=creator, provider_id="acct_1", transfers_active=True)
    payments = [sell(creator, price=price) for price in prices]
    pay_everything(creator)
    for payment in payments:
        refund(payment, payment.amount_minor)
    return creator


def test_a_large_debt_is_written_off_by_two_people_of_finance() -> None:
    first, second = (appoint_finance(user=factories.make_user()) for _ in range(2))
    creator = _owing([100_000])
    proposed = debts.write_off(creator=creator, currency="USD", reason="Gone.", by=first)
    assert proposed is not None
    assert (proposed.state, owed(creator, Kind.CREATOR_DEBT)) == (WriteOff.State.PROPOSED, 85_000)
    with pytest.raises(Refused) as refusal:
        debts.write_off(creator=creator, currency="USD", reason="Gone.", by=first)
    assert refusal.value.code == "already_proposed"
    with pytest.raises(Refused) as refusal:
        debts.decide_write_off(write_off=proposed, approve=True, by=first)
    assert refusal.value.code == "second_person"
    with pytest.raises(Refused) as refusal:
        debts.decide_write_off(write_off=proposed, approve=True, by=factories.make_user())
    assert refusal.value.code == "not_allowed"
    assert owed(creator, Kind.CREATOR_DEBT) == 85_000
    debts.decide_write_off(write_off=proposed, approve=True, by=second)
    assert owed(creator, Kind.CREATOR_DEBT) == 0
    assert ledger.balance(ledger.account(Kind.BAD_DEBTS, "USD")).minor == 85_000
    with pytest.raises(InvalidTransition):
        debts.decide_write_off(write_off=proposed, approve=True, by=second)
    check_now()


def test_small_debts_of_one_creator_that_make_a_large_one_need_a_second_person_too() -> None:
    finance = appoint_finance(user=factories.make_user())
    creator = _owing([40_000])
    done = debts.write_off(creator=creator, currency="USD", reason="Gone.", by=finance)
    assert done is not None
    assert done.state == WriteOff.State.DONE
    again = sell(creator, price=40_000)
    pay_everything(creator)
    refund(again, 40_000)
    second = debts.write_off(creator=creator, currency="USD", reason="Gone.", by=finance)
    assert second is not None
    assert second.state == WriteOff.State.PROPOSED
    debts.decide_write_off(write_off=second, approve=False, by=finance)
    assert owed(creator, Kind.CREATOR_DEBT) == 34_000


def test_no_more_is_written_off_than_was_proposed_and_than_is_owed() -> None:
    first, second = (appoint_finance(user=factories.make_user()) for _ in range(2))
    creator = _owing([100_000])
    proposed = debts.write_off(creator=creator, currency="USD", reason="Gone.", by=first)
    assert proposed is not None
    sell(creator, price=20_000)
    earnings.release_due(timezone.now() + timedelta(days=60))
    debts.decide_write_off(write_off=proposed, approve=True, by=second)
    proposed.refresh_from_db()
    assert proposed.amount_minor == 85_000 - 17_000
    assert owed(creator, Kind.CREATOR_DEBT) == 0
    check_now()


def test_what_could_not_be_taken_back_is_tried_again_a_day_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queued: list[int] = []
    monkeypatch.setattr(reversals, "at_once", lambda work, pk: queued.append(pk))
    creator = factories.make_creator()
    PayoutAccount.objects.create(creator=creator, provider_id="acct_1", transfers_active=True)
    payment = sell(creator, price=5000)
    pay_everything(creator)
    refund(payment, 5000)
    [refused] = reversals.claim_reversals(payment=payment)
    refused.transition(TransferReversal.State.REFUSED)
    assert reversals.reclaim_refused() == 0
    TransferReversal.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert reversals.reclaim_refused() == 1
    assert queued == [payment.pk]
    [again] = reversals.claim_reversals(payment=payment)
    assert again.amount_minor == 4250
    TransferReversal.objects.update(created_at=timezone.now() - timedelta(days=40))
    assert reversals.reclaim_refused() == 0
