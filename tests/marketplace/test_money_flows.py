"""Whatever happens to money, in whatever order, the books stand: a state machine over the services."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from marketplace.creators.models import Creator
from marketplace.licensing.models import Licence
from marketplace.money import Money
from marketplace.payouts import disputes, earnings, ledger, refunds, reversals, transfers
from marketplace.payouts.models import (
    Dispute,
    Earning,
    LedgerAccount,
    LedgerEntry,
    LedgerLine,
    Payment,
    PayoutAccount,
    Transfer,
    TransferReversal,
)
from marketplace.payouts.payments import Charge, record_sale
from marketplace.payouts.queries import balances_of, month_bounds, statement
from marketplace.payouts.reports import finance_report
from tests import factories

Kind = LedgerAccount.Kind
pytestmark = pytest.mark.django_db
_numbers = itertools.count()


def check_now() -> None:
    """Run the database's deferred checks, as a commit would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def sell(creator: Creator, price: int = 1999, tax: int = 0, fee: int = 88) -> Payment:
    """A licence of one of the creator's voices, paid."""
    listing = factories.make_listing(factories.make_voice(creator), price=price)
    licence = factories.make_licence(listing)
    charge = Charge(
        f"ch_{next(_numbers)}", "pi_test", Money(price + tax, "USD"), Money(tax, "USD"),
        Money(fee, "USD"),
    )  # fmt: skip
    return record_sale(order=licence.order, licence=licence, charge=charge)


def refund(payment: Payment, minor: int) -> None:
    refunds.record_refund(payment=payment, provider_id=f"re_{next(_numbers)}", amount_minor=minor)


def dispute(payment: Payment) -> Dispute:
    return disputes.open_dispute(
        payment=payment,
        provider_id=f"du_{next(_numbers)}",
        amount_minor=payment.refundable.minor,
        fee_minor=1500,
        reason="fraudulent",
    )


def pay_everything(creator: Creator) -> list[Transfer]:
    earnings.release_due(timezone.now() + timedelta(days=60))
    claimed = transfers.claim_transfers(creator=creator, currency="USD")
    return [transfers.record_transfer(transfer_id=t.pk, provider_id=f"tr_{t.pk}") for t in claimed]


def owed(creator: Creator, kind: str) -> int:
    return ledger.owed_to(creator, kind, "USD").minor


class Market(RuleBasedStateMachine):
    """Sales, refunds, disputes, clock moves, transfers and reversals, as they may come."""

    def __init__(self) -> None:
        super().__init__()
        self._example = transaction.atomic()  # undone at its end, so that none sees another's
        self._example.__enter__()
        self.creators = [factories.make_creator(), factories.make_creator()]
        self.payments: list[Payment] = []
        self.now = timezone.now()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._example.__exit__(None, None, None)

    @initialize()
    def one_creator_was_paid(self) -> None:
        """From the start there is money that has gone, and money that has not."""
        for creator in self.creators:
            self.payments.append(sell(creator, 9_999, 800))
        self.a_creator_is_paid(0)

    def _payment(self, place: int) -> Payment:
        return Payment.objects.get(pk=self.payments[place % len(self.payments)].pk)

    @rule(
        who=st.integers(0, 1), price=st.integers(100, 60_000) | st.just(9_999), tax=st.integers(0, 9_000),
        fee=st.integers(0, 900),
    )  # fmt: skip
    def a_licence_is_sold(self, who: int, price: int, tax: int, fee: int) -> None:
        self.payments.append(sell(self.creators[who], price, tax, fee))

    @precondition(lambda self: self.payments)
    @rule(place=st.integers(0, 99), share=st.sampled_from([1.0, 0.5, 0.33, 0.01]))
    def a_part_is_refunded(self, place: int, share: float) -> None:
        payment = self._payment(place)
        if not payment.disputes.exists():
            minor = max(1, int(payment.refundable.minor * share))
            if minor <= payment.refundable.minor:
                refund(payment, minor)

    @precondition(lambda self: self.payments)
    @rule(place=st.integers(0, 99))
    def a_bank_takes_a_payment_back(self, place: int) -> None:
        payment = self._payment(place)
        if payment.refundable.minor and not payment.disputes.exists():
            dispute(payment)

    @rule(won=st.booleans())
    def a_dispute_is_decided(self, won: bool) -> None:
        found = Dispute.objects.filter(state=Dispute.State.OPEN).first()
        if found is None:
            return
        clearing = ledger.account(Kind.STRIPE_CLEARING, "USD")
        before = ledger.balance(clearing).minor, self._owed_to_all()
        disputes.close_dispute(dispute=found, won=won)
        disputes.close_dispute(dispute=found, won=not won)
        gained = ledger.balance(clearing).minor - before[0], self._owed_to_all() - before[1]
        lost = sum(found.reversed_minor.values())
        assert gained == ((found.amount_minor, lost) if won else (0, 0))

    def _owed_to_all(self) -> int:
        return sum(b.total.minor for creator in self.creators for b in balances_of(creator))

    @rule(who=st.integers(0, 1))
    def a_creator_is_paid(self, who: int) -> None:
        """The whole way at once, without which few examples get as far as a paid transfer."""
        creator = self.creators[who]
        self.now += timedelta(days=31)
        earnings.release_due(self.now)
        for claimed in transfers.claim_transfers(creator=creator, currency="USD"):
            for _ in range(2):
                transfers.record_transfer(transfer_id=claimed.pk, provider_id=f"tr_{claimed.pk}")

    @rule(days=st.integers(1, 40))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)
        earnings.release_due(self.now)

    @rule(who=st.integers(0, 1))
    def transfers_are_claimed(self, who: int) -> None:
        transfers.claim_transfers(creator=self.creators[who], currency="USD")

    @rule(arrives=st.booleans())
    def a_transfer_ends(self, arrives: bool) -> None:
        found = Transfer.objects.filter(state=Transfer.State.READY).first()
        if found is None:
            return
        PayoutAccount.objects.get_or_create(
            creator=found.creator, defaults={"provider_id": f"acct_{found.creator_id}"}
        )
        for _ in range(2):
            if arrives:
                transfers.record_transfer(transfer_id=found.pk, provider_id=f"tr_{found.pk}")
            else:
                transfers.refuse_transfer(transfer_id=found.pk, problem="restricted")

    @precondition(lambda self: self.payments)
    @rule(place=st.integers(0, 99), works=st.booleans())
    def transfers_are_asked_back(self, place: int, works: bool) -> None:
        for reversal in reversals.claim_reversals(payment=self._payment(place)):
            if works:
                for _ in range(2):
                    reversals.record_reversal(
                        reversal_id=reversal.pk, provider_id=f"trr_{reversal.pk}"
                    )
            else:
                TransferReversal.objects.filter(pk=reversal.pk).update(state="refused")

    @invariant()
    def the_books_stand(self) -> None:
        check_now()
        assert not LedgerLine.objects.aggregate(total=Sum("amount_minor"))["total"]
        for creator in self.creators:
            rows = Earning.objects.filter(creator=creator)
            for state, kind in (
                (Earning.State.HELD, Kind.CREATOR_PENDING),
                (Earning.State.PAYABLE, Kind.CREATOR_AVAILABLE),
            ):
                left = sum(e.left_minor for e in rows.filter(state=state))
                assert owed(creator, kind) == left >= 0
            on_the_way = sum(
                t.amount_minor
                for t in Transfer.objects.filter(
                    creator=creator, state__in=[Transfer.State.READY, Transfer.State.SENDING]
                )
            )
            assert owed(creator, Kind.CREATOR_IN_TRANSIT) == on_the_way
            back = sum(r.amount_minor for r in TransferReversal.objects.filter(
                transfer__creator=creator, state=TransferReversal.State.DONE))  # fmt: skip
            debt = sum(e.owed_minor - e.settled_minor for e in rows) - back
            assert owed(creator, Kind.CREATOR_DEBT) == debt >= 0
        for report in finance_report(timezone.now().year, timezone.now().month):
            assert report.adds_up, report.proofs

    @invariant()
    def nobody_gets_more_than_their_share(self) -> None:
        for payment in Payment.objects.all():
            kept = sum(e.share_minor - e.reversed_minor for e in payment.earnings.all())
            left = payment.net_minor * (payment.amount_minor - payment.refunded_minor)
            assert kept <= 0.85 * left / payment.amount_minor + 1


class TestMarket(Market.TestCase):  # type: ignore[misc, name-defined]
    """As many examples as a unit test has time for."""

    settings = settings(
        max_examples=20,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


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
