"""A state machine over the services: the books balance whatever happens to money, in any order."""

from __future__ import annotations

from datetime import timedelta
from itertools import count, product
from typing import ClassVar

import pytest
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from marketplace.accounts.organizations import personal_organization
from marketplace.accounts.services import appoint_finance
from marketplace.creators.models import Creator
from marketplace.licensing import (
    api_keys,
    coupons,
    credit,
    plans,
    renewals,
    reservations,
    settlement,
)
from marketplace.licensing.fulfilment import fulfil_order
from marketplace.licensing.models import Generation, Licence, Order, PlanMonth, UsageCharge
from marketplace.licensing.orders import place_order
from marketplace.listings.models import Listing
from marketplace.money import Money
from marketplace.payouts.books import ledger
from marketplace.payouts.books.reports import finance_report
from marketplace.payouts.creators import (
    earnings,
    freezes,
    plan_shares,
    transfers,
    usage_shares,
)
from marketplace.payouts.incoming import credits, plan_months
from marketplace.payouts.incoming.sales import Charge, record_sale
from marketplace.payouts.models import (
    CarriedUsage,
    CreditOrder,
    Dispute,
    Earning,
    LedgerAccount,
    LedgerLine,
    Payment,
    PayoutAccount,
    Refund,
    Transfer,
    TransferReversal,
)
from marketplace.payouts.queries import balances_of
from marketplace.payouts.returning import disputes, refunds, reversals
from marketplace.payouts.stripe_api import Checkout
from marketplace.refusals import Refused, SpeechRefused
from tests import factories
from tests.market_rules import nothing_is_payable_before_its_hold_is_over, require_rules
from tests.money import charge, check_now, dispute, open_debt, owed, refund

Kind = LedgerAccount.Kind
pytestmark = pytest.mark.django_db
_numbers = count()

WHO = st.integers(0, 1)  # of two creators
IN = st.sampled_from(["USD", "JPY"])  # of what is sold: cents, and a currency without any
PLACE = st.integers(0, 99)  # index of a payment or licence, modulo their number
KIND = st.sampled_from(Payment.Kind.values)
TAX, FEE = st.integers(0, 9_000), st.integers(0, 900)
LENGTH = st.integers(1, 3_000) | st.sampled_from([7, 60_000])
HEARD = st.sampled_from([1.0, 0.4, 0.0])


def usd(minor: int) -> Money:
    return Money(minor, "USD")


class Market(RuleBasedStateMachine):
    """One buyer and two creators: sales, renewals, plan months, credit, speech, refunds, disputes,
    clock moves, transfers and reversals, as they may come.
    """

    def __init__(self) -> None:
        super().__init__()
        self._example = (
            transaction.atomic()
        )  # rolled back at its end, so that examples are independent
        self._example.__enter__()
        self.now = timezone.now()
        self.creators = [factories.make_creator(), factories.make_creator()]
        self.listings = [self._listing(creator) for creator in self.creators]
        for listing in self.listings:
            for tier, price in (("commercial", 5_000), ("broadcast", 12_000)):
                offer = listing.offers.create(
                    tier=tier, price_minor=price, currency="USD", characters=price, term_months=12
                )
                offer.prices.create(currency="JPY", price_minor=2 * price)
        self.beyond = [self._listing(creator) for creator in self.creators]
        self.planned = [
            self._listing(creator, in_plans=True, plan_rate=rate)
            for creator, rate in zip(self.creators, (1, 2.5), strict=True)
        ]
        self.buyer = factories.make_user("buyer")
        self.finance = appoint_finance(user=factories.make_user("finance"))
        self.organization = personal_organization(self.buyer)
        self.key, _ = api_keys.create_key(
            organization=self.organization, name="All", use="audiobook", by=self.buyer
        )
        self.subscription = plans.begin_subscription(
            organization=self.organization, buyer_id=self.buyer.pk, plan="basic",
            provider_id=f"sub_{next(_numbers)}", customer="cus_1",
        )  # fmt: skip
        for listing in self.beyond:  # each with a licence that is used up
            factories.make_licence(listing, self.buyer)
            self._speak(listing, 1_000, 1.0)

    def _listing(self, creator: Creator, **fields: object) -> Listing:
        listing = factories.make_listing(
            factories.make_voice(creator), characters=1_000, also={"JPY": None}, **fields
        )  # type: ignore[arg-type]
        listing.offers.update(overage_minor=333)  # 0.333 cents per character
        return listing

    def teardown(self) -> None:
        try:
            require_rules(self.now)  # after each step it would take too long
        finally:
            transaction.set_rollback(True)
            self._example.__exit__(None, None, None)

    def _charge(self, price: int, tax: int, fee: int, currency: str = "USD") -> Charge:
        paid, tax_of_it, kept = (Money(minor, currency) for minor in (price + tax, tax, fee))
        return Charge(f"ch_{next(_numbers)}", "pi_test", paid, tax_of_it, kept)

    def _payment(self, kind: str, place: int) -> Payment | None:
        """One of each kind, so that kinds are equally likely; none if nothing of a kind was charged."""
        found = list(Payment.objects.filter(kind=kind, amount_minor__gt=0).order_by("pk"))
        return found[place % len(found)] if found else None

    def _is_gone(self, payment: Payment) -> bool:
        """Whether a bank has the payment, so that it can't go back another way."""
        return payment.disputes.exclude(state=Dispute.State.WON).exists()

    @initialize()
    def each_creator_sold_and_one_was_paid(self) -> None:
        """Start with money paid out, money still held, and credit, of which some was used."""
        for who in (0, 1):
            for currency in ("USD", "JPY"):
                self.a_licence_is_sold(who, 9_999, 800, 88, currency)
        self._the_longest_hold_is_over_but_for_a_day()  # before the first is paid, which takes months
        for currency in ("USD", "JPY"):
            self.a_creator_is_paid(0, currency)
        self.credit_is_bought(2_500, 200, 90)
        self.speech_goes_beyond_a_licence(0, 1_000, 1.0, posted=True)
        self.a_plan_month_is_paid("basic", 0, 80, 60)

    def _the_longest_hold_is_over_but_for_a_day(self) -> None:
        """Holds begin when rows are made, which this machine's days leave behind."""
        held = Earning.objects.filter(state=Earning.State.HELD).latest("available_at")
        self.now = held.available_at - timedelta(days=1)
        earnings.release_due(self.now)
        self.nothing_is_payable_early()

    # What is bought

    @rule(who=WHO, price=st.integers(100, 60_000) | st.just(9_999), tax=TAX, fee=FEE, currency=IN)
    def a_licence_is_sold(self, who: int, price: int, tax: int, fee: int, currency: str) -> None:
        offer = self.listings[who].offers.get(tier="personal")
        order = place_order(buyer=self.buyer, offer=offer, currency=currency)
        self._fulfil(order, self._charge(price, tax, fee, currency))

    def _fulfil(self, order: Order, charge: Charge) -> Licence:
        licence = fulfil_order(order_id=order.pk, payment_intent="pi_test")
        assert licence is not None
        order.refresh_from_db()
        for _ in range(2):
            record_sale(order=order, licence=licence, charge=charge)
        return licence

    @rule(who=WHO, percent=st.sampled_from([10, 50, 90]), tax=TAX, fee=FEE)
    def a_licence_is_sold_for_less(self, who: int, percent: int, tax: int, fee: int) -> None:
        """Each time with another code, to another buyer, since a buyer uses a code once."""
        code = f"CODE{next(_numbers)}"
        coupons.make(
            code=code, percent=percent, amount_minor=None, most_minor=1_500, uses=1,
            begins_at=timezone.now(), ends_at=timezone.now() + timedelta(days=1),
            first_only=False, by=appoint_finance(user=factories.make_user()),
        )  # fmt: skip
        order = place_order(
            buyer=self.buyer, offer=self.listings[who].offers.get(tier="personal"), coupon=code
        )
        assert order.discount_minor
        self._fulfil(order, self._charge(order.due.minor, tax, fee))

    @rule(place=PLACE, tier=st.sampled_from(["commercial", "broadcast"]), tax=TAX, fee=FEE)
    def a_licence_is_upgraded(self, place: int, tier: str, tax: int, fee: int) -> None:
        sold = Licence.objects.filter(organization=self.organization, order__payment__isnull=False)
        licence = sold.order_by("pk")[place % sold.count()]
        offer = licence.order.offer.listing.offers.get(tier=tier)
        try:
            order = renewals.order_upgrade(licence=licence, offer=offer, by=self.buyer)
        except Refused as refused:
            assert refused.code in ("returned", "not_upgradable")
            return
        upgraded = self._fulfil(order, self._charge(order.due.minor, tax, fee, order.currency))
        assert (upgraded.pk, upgraded.terms["tier"]) == (licence.pk, tier)

    @rule(place=PLACE, tax=TAX, fee=FEE)
    def a_licence_is_renewed(self, place: int, tax: int, fee: int) -> None:
        licences = list(Licence.objects.filter(organization=self.organization).order_by("pk"))
        licence = licences[place % len(licences)]
        ended = licence.ends_at
        try:
            order = renewals.order_renewal(licence=licence, by=self.buyer)
        except Refused as refused:
            assert refused.code == "not_renewable"
            ended_for_good = licence.state in ("suspended", "revoked", "refunded")
            assert ended_for_good or renewals.is_paid_ahead(licence)
            return
        assert order.currency == licence.terms["currency"]
        renewed = self._fulfil(order, self._charge(order.price_minor, tax, fee, order.currency))
        assert renewed.pk == licence.pk
        assert renewed.ends_at > ended

    @rule(minor=st.sampled_from(credits.PACKS_MINOR), tax=TAX, fee=FEE)
    def credit_is_bought(self, minor: int, tax: int, fee: int) -> None:
        order = CreditOrder.objects.create(
            organization=self.organization, buyer=self.buyer, amount_minor=minor, currency="USD"
        )
        paid = Checkout(
            id=f"cs_{order.pk}", url=None, paid=True, expired=False,
            reference=str(order.public_id), payment_intent="pi_test",
            charge=f"ch_{next(_numbers)}", amount=usd(minor + tax), tax=usd(tax), fee=usd(fee),
        )  # fmt: skip
        for _ in range(2):
            credits.grant_credit(order_id=order.pk, checkout=paid)

    @rule(plan=st.sampled_from(["basic", "pro"]), discount=st.integers(0, 100), tax=TAX, fee=FEE)
    def a_plan_month_is_paid(self, plan: str, discount: int, tax: int, fee: int) -> None:
        """The next renewal, which a discount (in percent) may make free."""
        plans.apply_subscription(
            provider_id=self.subscription.provider_id, status="active", cancels=False, plan=plan
        )
        self.subscription.refresh_from_db()
        latest = self.organization.plan_months.exclude(invoice=None).order_by("ends_at").last()
        starts = latest.ends_at if latest else timezone.now()
        price = plans.PLANS[plan].price_minor * (100 - discount) // 100
        tax = tax if price else 0
        number = next(_numbers)
        for _ in range(2):
            plan_months.grant_month(
                subscription=self.subscription, invoice=f"in_{number}",
                charge=charge(f"ch_{number}", price + tax, tax=tax, fee=fee),
                starts_at=starts, ends_at=starts + timedelta(days=30),
            )  # fmt: skip

    # What is spoken

    @rule(who=WHO, characters=LENGTH, heard=HEARD, posted=st.booleans())
    def speech_goes_beyond_a_licence(
        self, who: int, characters: int, heard: float, posted: bool
    ) -> None:
        self._speak(self.beyond[who], characters, heard)
        if posted:
            self.charges_are_posted()

    @rule(who=WHO, characters=LENGTH, heard=HEARD)
    def speech_is_of_a_plan(self, who: int, characters: int, heard: float) -> None:
        self._speak(self.planned[who], characters, heard)

    def _speak(self, listing: Listing, characters: int, heard: float) -> None:
        try:
            wanted = factories.wanted(listing.voice.slug, "x" * characters)
            made = reservations.reserve(key=self.key, wanted=wanted)
        except SpeechRefused as refused:
            licence = Licence.objects.filter(voice=listing.voice).first()
            stopped = licence is not None and licence.state != Licence.State.ACTIVE
            assert refused.code == (f"licence_{licence.state}" if stopped else "quota_exceeded")
            return
        if heard:
            settlement.settle(
                generation_id=made.pk, characters=int(characters * heard), seconds=1.0
            )
        else:
            settlement.release(generation_id=made.pk, failure="no audio")

    @rule()
    def charges_are_posted(self) -> None:
        for _ in range(2):
            for pk in UsageCharge.objects.values_list("pk", flat=True):
                usage_shares.post_usage(charge_id=pk)

    # What goes back

    @rule(
        kind=KIND, place=PLACE, share=st.sampled_from([1.0, 0.5, 0.33, 0.01]),
        elsewhere=st.booleans(),
    )  # fmt: skip
    def a_part_is_refunded(self, kind: str, place: int, share: float, elsewhere: bool) -> None:
        """A refund requested here, or made at the provider, which does not check usage."""
        payment = self._payment(kind, place)
        if payment is None or not payment.refundable.minor or self._is_gone(payment):
            return
        minor = max(1, int(payment.refundable.minor * share))
        if elsewhere:
            refund(payment, minor)
            return
        try:
            asked = refunds.request_refund(
                payment=payment, amount_minor=minor, reason="", by=factories.make_user()
            )
        except Refused as refused:
            assert refused.code in (
                "credit_used", "too_much", "nothing_to_refund", "used_for_upgrade",
            )  # fmt: skip
        else:
            assert payment.kind == Payment.Kind.CREDITS or not asked.held_minor
            waiting = payment.refunds.filter(state__in=Refund.WAITING, provider_id=None)
            assert sum(each.amount_minor for each in waiting) <= payment.refundable.minor

    @rule(works=st.booleans())
    def a_refund_ends(self, works: bool) -> None:
        asked = Refund.objects.filter(state=Refund.State.REQUESTED).first()
        if asked is None:
            return
        left = (
            asked.payment.refundable.minor
        )  # the provider refuses more, e.g. after one of its own
        works = works and asked.amount_minor <= left and not self._is_gone(asked.payment)
        for _ in range(2):
            if works:
                refunds.record_refund(
                    payment=asked.payment, provider_id=f"re_{asked.pk}",
                    amount_minor=asked.amount_minor, ours=asked,
                )  # fmt: skip
            else:
                refunds.fail_refund(refund_id=asked.pk, problem="The card is closed.")

    @rule()
    def a_bank_sends_a_refund_back(self) -> None:
        done = Refund.objects.filter(state=Refund.State.DONE).first()
        for _ in range(2):
            if done is not None:
                refunds.record_return(refund_id=done.pk)

    @rule()
    def a_returned_refund_is_paid_another_way(self) -> None:
        returned = Refund.objects.filter(state=Refund.State.RETURNED).first()
        if returned is not None:
            refunds.record_paid_elsewhere(refund=returned, reference="B 1", by=self.finance)

    @rule(kind=KIND, place=PLACE, whole=st.booleans())
    def a_bank_takes_a_payment_back(self, kind: str, place: int, whole: bool) -> None:
        payment = self._payment(kind, place)
        if payment is None or not payment.refundable.minor or self._is_gone(payment):
            return
        dispute(payment, whole=whole)

    @rule(place=PLACE)
    def a_bank_takes_back_whole_what_was_refunded_in_part(self, place: int) -> None:
        """Few examples come to both for one payment by themselves."""
        partly = Payment.objects.filter(refunded_minor__gt=0, tax_minor__gt=1).order_by("pk")
        found = [each for each in partly if each.refundable.minor and not self._is_gone(each)]
        if found:
            dispute(found[place % len(found)], whole=True)

    @rule(won=st.booleans())
    def a_dispute_is_decided(self, won: bool) -> None:
        found = Dispute.objects.filter(state=Dispute.State.OPEN).first()
        if found is None:
            return
        currency = found.payment.currency
        clearing = ledger.account(Kind.STRIPE_CLEARING, currency)
        left = credit.account(self.organization, "USD").left.minor
        before = ledger.balance(clearing).minor, self._owed_to_all(currency)
        disputes.close_dispute(dispute=found, won=won)
        disputes.close_dispute(dispute=found, won=False)  # lost stays lost, and won stays won
        gained = (
            ledger.balance(clearing).minor - before[0], self._owed_to_all(currency) - before[1],
        )  # fmt: skip
        lost = sum(found.reversed_minor.values())
        assert gained == ((found.amount_minor, lost) if won else (0, 0))
        again = credit.account(self.organization, "USD").left.minor - left
        assert again == (found.credit_minor if won else 0)

    @rule()
    def a_lost_dispute_is_won_on_appeal(self) -> None:
        lost = Dispute.objects.filter(state=Dispute.State.LOST).first()
        for _ in range(2):
            if lost is not None:
                disputes.close_dispute(dispute=lost, won=True)

    def _owed_to_all(self, currency: str) -> int:
        balances = (b for creator in self.creators for b in balances_of(creator))
        return sum(b.total.minor for b in balances if b.total.currency == currency)

    # What creators get

    @rule(who=WHO, currency=IN)
    def a_creator_is_paid(self, who: int, currency: str) -> None:
        """The whole way at once, because few examples get as far as a paid transfer otherwise."""
        self.now += timedelta(days=31)
        earnings.release_due(self.now)
        for claimed in self._claim(who, currency):
            assert claimed.currency == currency
            for _ in range(2):
                transfers.record_transfer(transfer_id=claimed.pk, provider_id=f"tr_{claimed.pk}")

    @rule(who=WHO, currency=IN)
    def a_debt_is_set_off(self, who: int, currency: str) -> None:
        """A licence is sold, paid out and refunded whole, and another one sold: at once, as above."""
        self.a_licence_is_sold(who, 9_999, 0, 0, currency)
        self.a_creator_is_paid(who, currency)
        sold = Payment.objects.filter(kind=Payment.Kind.LICENCE).latest("pk")
        refund(sold, sold.refundable.minor)
        self.a_licence_is_sold(who, 20_000, 0, 0, currency)
        self.a_creator_is_paid(who, currency)

    @rule(who=WHO, currency=IN)
    def a_frozen_creator_is_paid_nothing(self, who: int, currency: str) -> None:
        creator = self.creators[who]
        freezes.freeze(creator=creator, reason="Somebody looks into it.")
        assert transfers.claim_transfers(creator=creator, currency=currency) == []
        freezes.lift(creator=creator, reason="It is right.", by=self.finance)

    @rule(days=st.integers(1, 40))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)
        earnings.release_due(self.now)
        for _ in range(2):
            plan_shares.share_ended_months(self.now)

    @rule(who=WHO, currency=IN)
    def transfers_are_claimed(self, who: int, currency: str) -> None:
        self._claim(who, currency)

    def _claim(self, who: int, currency: str) -> list[Transfer]:
        """Nobody is sent anything while they owe what nobody asks back of them."""
        claimed = transfers.claim_transfers(creator=self.creators[who], currency=currency)
        assert not claimed or not open_debt(self.creators[who], currency)
        return claimed

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

    @rule(place=PLACE, works=st.booleans())
    def transfers_are_asked_back(self, place: int, works: bool) -> None:
        payment = self._payment(Payment.Kind.LICENCE, place)
        assert payment is not None
        for reversal in reversals.claim_reversals(payment=payment):
            if works:
                for _ in range(2):
                    reversals.record_reversal(
                        reversal_id=reversal.pk, provider_id=f"trr_{reversal.pk}"
                    )
            else:
                TransferReversal.objects.filter(pk=reversal.pk).update(state="refused")

    # What holds after each of them

    @invariant()
    def the_books_stand(self) -> None:
        check_now()
        sums = LedgerLine.objects.values_list("currency").annotate(total=Sum("amount_minor"))
        assert not any(total for _, total in sums)
        for report in finance_report(timezone.now().year, timezone.now().month):
            assert report.adds_up, report.proofs

    @invariant()
    def what_creators_are_owed_is_what_they_earned(self) -> None:
        for creator, currency in product(self.creators, ("USD", "JPY")):
            rows = Earning.objects.filter(creator=creator, currency=currency)
            for state, kind in (
                (Earning.State.HELD, Kind.CREATOR_PENDING),
                (Earning.State.PAYABLE, Kind.CREATOR_AVAILABLE),
            ):
                left = sum(e.left_minor for e in rows.filter(state=state))
                assert owed(creator, kind, currency) == left >= 0
            on_the_way = sum(
                t.amount_minor
                for t in Transfer.objects.filter(
                    creator=creator,
                    currency=currency,
                    state__in=[Transfer.State.READY, Transfer.State.SENDING],
                )
            )
            assert owed(creator, Kind.CREATOR_IN_TRANSIT, currency) == on_the_way
            back = sum(r.amount_minor for r in TransferReversal.objects.filter(
                transfer__creator=creator, transfer__currency=currency,
                state=TransferReversal.State.DONE))  # fmt: skip
            debt = sum(e.owed_minor - e.settled_minor for e in rows) - back
            assert owed(creator, Kind.CREATOR_DEBT, currency) == debt >= 0

    @invariant()
    def nothing_is_payable_early(self) -> None:
        """After each step: at the end, a hold that was ended early would be over."""
        nothing_is_payable_before_its_hold_is_over(self.now)

    @invariant()
    def what_banks_sent_back_is_owed(self) -> None:
        for currency in ("USD", "JPY"):
            owed_still = Refund.objects.filter(
                state=Refund.State.RETURNED, payment__currency=currency
            )
            booked = ledger.balance(ledger.account(Kind.REFUNDS_OWED, currency)).minor
            assert booked == -sum(each.amount_minor for each in owed_still)

    @invariant()
    def nobody_gets_more_than_their_share_of_a_licence(self) -> None:
        for payment in Payment.objects.filter(kind=Payment.Kind.LICENCE):
            kept = sum(e.share_minor - e.reversed_minor for e in payment.earnings.all())
            assert payment.order is not None
            price = payment.net_minor + payment.order.discount_minor
            left = price * (payment.amount_minor - payment.refunded_minor)
            assert kept <= 0.85 * left / payment.amount_minor + 1

    @invariant()
    def the_meter_and_the_ledger_know_the_same_credit(self) -> None:
        account = credit.account(self.organization, "USD")
        assert account.reserved_micros == 0
        booked = -ledger.balance(
            ledger.account(Kind.BUYER_CREDITS, "USD", organization=self.organization)
        ).minor
        unposted = UsageCharge.objects.filter(posted_at=None).aggregate(total=Sum("micros"))
        carried = CarriedUsage.objects.filter(organization=self.organization).aggregate(
            total=Sum("micros")
        )
        held = sum(
            asked.held_minor for asked in Refund.objects.filter(state=Refund.State.REQUESTED)
        )
        known = account.balance_micros + (unposted["total"] or 0) + (carried["total"] or 0)
        assert known == (booked - held) * credit.MICROS

    @invariant()
    def a_subscriber_pays_creators_no_more_than_85_percent(self) -> None:
        """Pending and paid shares add up to the months' shares less refunds."""
        waiting = -ledger.balance(plan_shares.unshared_account(self.organization, "USD")).minor
        shared = sum(e.share_minor for e in Earning.objects.filter(source=Earning.Source.PLAN))
        months = PlanMonth.objects.filter(organization=self.organization)
        assert waiting == sum(
            month.share_minor - month.returned_minor + month.carried_minor
            for month in months
            if month.shared_at is None
        )
        assert waiting + shared <= sum(month.share_minor for month in months)
        for month in months:
            spoken = Generation.objects.filter(plan_month=month, state="settled")
            assert month.characters_used >= sum(g.characters_spoken for g in spoken)
            assert month.characters_used <= month.characters_included


class TestMarket(Market.TestCase):  # type: ignore[misc, name-defined]
    """As many examples as a unit test has time for."""

    settings = settings(
        max_examples=6,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


class TestMarketForLong(Market.TestCase):  # type: ignore[misc, name-defined]
    """Many more, for `make test-all`."""

    pytestmark: ClassVar = [pytest.mark.django_db, pytest.mark.slow]
    settings = settings(
        derandomize=False,
        max_examples=150,
        stateful_step_count=50,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
