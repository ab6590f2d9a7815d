"""A market beside its payment provider: what people and banks do there, and what must be true in the end.

Each deed takes numbers that a test draws, so that any order of deeds can be tried. Webhooks are not sent:
`hear` tells some of the events that have happened, in any order and more than once.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from itertools import count, product
from typing import Any

import httpx
from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from marketplace.accounts.organizations import personal_organization
from marketplace.accounts.services import appoint_finance, appoint_moderator
from marketplace.creators.models import Creator
from marketplace.licensing import coupons, plans
from marketplace.licensing.models import Licence, Order
from marketplace.licensing.orders import place_order
from marketplace.licensing.renewals import order_renewal, order_upgrade
from marketplace.listings.models import Listing
from marketplace.listings.services import resume_listing, suspend_listing
from marketplace.money import Money
from marketplace.payouts import provider_events, stripe_api
from marketplace.payouts.books import adjustments, differences, proof, reconciliation
from marketplace.payouts.books.adjustments import Posting
from marketplace.payouts.books.reports import finance_report
from marketplace.payouts.creators import earnings, onboarding, plan_shares, transfers
from marketplace.payouts.incoming import checkout, credits, plan_changes, plan_years, subscriptions
from marketplace.payouts.models import (
    LedgerAccount,
    LedgerLine,
    Payment,
    ProviderEvent,
    Refund,
    Transfer,
    TransferReversal,
)
from marketplace.payouts.returning import refunds, reversals, unused
from marketplace.refusals import PaymentProviderUnavailable, ProviderRefused, Refused
from tests import factories
from tests.market_rules import nothing_is_payable_before_its_hold_is_over, require_rules
from tests.money import open_debt
from tests.sandbox import http, listed, press, tell
from tests.standing_orders import StandingOrders

_numbers = count()
OPEN = ("needs_response", "under_review")
DECISIONS = ("won", "lost", "under_review", "appeal_under_review", "prevented")


class World(StandingOrders):
    """Two creators with payout accounts, one buyer, and the provider of a running sandbox."""

    def __init__(self) -> None:
        tell("clear")
        stripe_api.forget_client()
        self.since = timezone.now() - timedelta(seconds=1)
        self.now = timezone.now()
        self.creators = [factories.make_creator() for _ in range(2)]
        self.listings = [self._listing(creator) for creator in self.creators]
        self.buyer = factories.make_user(f"buyer{next(_numbers)}")
        self.organization = personal_organization(self.buyer)
        self.finance, self.second = (
            appoint_finance(user=factories.make_user(f"finance{next(_numbers)}")) for _ in range(2)
        )
        self.moderator = appoint_moderator(user=factories.make_user(f"moderator{next(_numbers)}"))
        self.unheard: list[tuple[str, str, str]] = []
        self.told: set[str] = set()
        for creator in self.creators:
            press(onboarding.begin_onboarding(creator=creator, by=creator.user))
            onboarding.refresh(creator.payout_account.provider_id)

    def _listing(self, creator: Creator) -> Listing:
        voice = factories.make_voice(creator)
        listing = factories.make_listing(
            voice, characters=1_000, price=4_000, also={"JPY": 6_400, "EUR": 3_600}
        )
        dearer = listing.offers.create(
            tier="commercial", price_minor=9_000, currency="USD", characters=9_000, term_months=12
        )
        for currency, minor in (("JPY", 14_000), ("EUR", 8_100)):
            dearer.prices.create(currency=currency, price_minor=minor)
        return listing

    def _pick(self, found: list[Any], place: int) -> Any:
        return found[place % len(found)] if found else None

    # What buyers do

    def order(self, who: int, deed: str, currency: str = "USD") -> None:
        """A licence is ordered, and its page is paid on, left, or left until it closes."""
        offer = self.listings[who].offers.get(tier="personal")
        made = place_order(buyer=self.buyer, offer=offer, currency=currency)
        self._at_the_page(checkout.begin_checkout(order=made), deed)

    def pay_while_the_voice_leaves(self, who: int, dice: random.Random) -> None:
        """A voice is off sale when the payment of an order is heard of, and on sale again afterwards."""
        offer = self.listings[who].offers.get(tier="personal")
        page = checkout.begin_checkout(order=place_order(buyer=self.buyer, offer=offer))
        suspend_listing(listing=self.listings[who], by=self.moderator, reason="A question is open.")
        try:
            press(page)
            self.hear(dice, 1.0)
        finally:
            resume_listing(listing=self.listings[who], by=self.moderator)

    def renew_licence(self, place: int, deed: str) -> None:
        licence = self._pick(list(Licence.objects.order_by("pk")), place)
        if licence is not None:
            made = order_renewal(licence=licence, by=self.buyer)
            self._at_the_page(checkout.begin_checkout(order=made), deed)

    def order_for_less(self, who: int, deed: str) -> None:
        """With a code of its own, since a buyer uses each once."""
        code, now = f"CODE{next(_numbers)}", timezone.now()
        maker = appoint_finance(user=factories.make_user(f"maker{next(_numbers)}"))
        coupons.make(
            code=code, percent=50, amount_minor=None, most_minor=2_000, uses=1, begins_at=now,
            ends_at=now + timedelta(days=1), first_only=False, by=maker,
        )  # fmt: skip
        made = place_order(
            buyer=self.buyer, offer=self.listings[who].offers.get(tier="personal"), coupon=code
        )
        self._at_the_page(checkout.begin_checkout(order=made), deed)

    def upgrade_licence(self, place: int, deed: str) -> None:
        licence = self._pick(list(Licence.objects.order_by("pk")), place)
        if licence is not None:
            offer = licence.order.offer.listing.offers.get(tier="commercial")
            made = order_upgrade(licence=licence, offer=offer, by=self.buyer)
            self._at_the_page(checkout.begin_checkout(order=made), deed)

    def buy_credit(self, minor: int, deed: str) -> None:
        page = credits.begin_credit_checkout(
            organization=self.organization, minor=minor, by=self.buyer
        )
        self._at_the_page(page, deed)

    def subscribe(self, plan: str, yearly: bool = False) -> None:
        page = subscriptions.begin_plan_checkout(
            organization=self.organization, plan=plan, by=self.buyer, yearly=yearly
        )
        press(page)

    def change_plan(self, plan: str) -> None:
        """Another plan, chosen in the shop."""
        shown = plan_changes.show(organization=self.organization, plan=plan, by=self.buyer)
        plan_changes.change(
            organization=self.organization, plan=plan, by=self.buyer, at=shown.at,
            shown_minor=shown.cost.total.minor if shown.cost else 0,
        )  # fmt: skip

    def switch_in_the_portal(self, place: int, plan: str) -> None:
        """The customer gives a subscription another price on the provider's own page."""
        living = [s for s in listed("subscriptions") if s["status"] in ("active", "past_due")]
        if found := self._pick(living, place):
            chosen = plans.PLANS[plan]
            price = stripe_api.ensure_price(
                plan=plan, name=chosen.name, price=Money(chosen.price_minor, settings.CURRENCY)
            )
            self._try_to_tell(f"subscriptions/{found['id']}/switch", price=price)

    def go_to_a_cheaper_plan_in_the_portal(self, dice: random.Random, renewals: int) -> None:
        """A dearer plan is switched and renewed from what is left of it: the whole way at once."""
        self.subscribe("pro")
        self.hear(dice, 1.0)
        place = dice.randrange(99)
        self.switch_in_the_portal(place, "basic")
        for _ in range(renewals):
            self.renew_plan(place, True)

    def _at_the_page(self, page: str, deed: str) -> None:
        if deed == "pay":
            press(page)
        elif deed == "expire":
            self._try_to_tell(f"sessions/{page.rsplit('/', 1)[1]}/expire")

    def come_back(self, place: int) -> None:
        """A buyer returns from the page where they paid, before or after the webhook."""
        order = self._pick(list(Order.objects.order_by("pk")), place)
        if order is not None:
            checkout.confirm_payment(order=order)

    def take_back(self, place: int) -> None:
        """Whatever a payment was for, if it is unused."""
        payment = self._pick(list(Payment.objects.order_by("pk")), place)
        if payment is not None:
            unused.take_back(payment=payment, by=self.buyer)

    # What happens at the provider and at banks

    def settle_session(self, place: int, paid: bool) -> None:
        waiting = [s for s in listed("checkout/sessions") if s["payment_status"] == "unpaid"
                   and s["payment_intent"]]  # fmt: skip
        if session := self._pick(waiting, place):
            tell(f"sessions/{session['id']}/settle", paid=paid)

    def authenticate(self, place: int, paid: bool) -> None:
        open_ones = [s for s in listed("checkout/sessions") if s["status"] == "open"
                     and s["mode"] == "subscription"]  # fmt: skip
        if session := self._pick(open_ones, place):
            self._try_to_tell(f"sessions/{session['id']}/authenticate", passed=paid)

    def renew_plan(self, place: int, paid: bool) -> None:
        living = [s for s in listed("subscriptions") if s["status"] in ("active", "past_due")]
        if found := self._pick(living, place):
            self._try_to_tell(f"subscriptions/{found['id']}/renew", paid=paid)

    def collect(self, place: int, paid: bool) -> None:
        unpaid = [i for i in listed("invoices") if i["status"] in ("draft", "open")]
        if found := self._pick(unpaid, place):
            self._try_to_tell(f"invoices/{found['id']}/collect", paid=paid)

    def refund_at_the_provider(self, place: int, share: float) -> None:
        paid = [
            c for c in listed("charges") if c["amount_refunded"] < c["amount"] and not c["disputed"]
        ]
        if charge := self._pick(paid, place):
            left = charge["amount"] - charge["amount_refunded"]
            http.post(  # an answer that is lost here is nobody's
                f"{settings.STRIPE_API_BASE}/v1/refunds",
                data={"charge": charge["id"], "amount": max(1, int(left * share))},
                headers={"Authorization": f"Bearer {settings.STRIPE_SECRET_KEY}"},
            )

    def settle_refund(self, place: int, arrives: bool) -> None:
        if found := self._pick(listed("refunds"), place):
            tell(f"refunds/{found['id']}/{'settle' if arrives else 'return'}")

    def dispute(self, place: int, whole: bool, status: str) -> str:
        """The dispute that a bank opened, "" if it has nothing to dispute."""
        paid = [c for c in listed("charges") if not c["disputed"] and not c["refunded"]]
        charge = self._pick(paid, place)
        if charge is None:
            return ""
        made: str = tell("disputes", charge=charge["id"], whole=whole, status=status)["id"]
        return made

    def decide_dispute(self, place: int, decision: str) -> None:
        if found := self._pick(listed("disputes"), place):
            self._try_to_tell(f"disputes/{found['id']}", status=decision)

    def win_a_dispute(self, place: int, dice: random.Random) -> None:
        """A bank takes a payment back, and returns it once that was heard: the whole way at once."""
        if made := self.dispute(place, whole=False, status="needs_response"):
            self.hear(dice, 1.0)
            tell(f"disputes/{made}", status="won")

    def book(self, place: int) -> None:
        late = [c for c in listed("charges") if not c["balance_transaction"]]
        if charge := self._pick(late, place):
            tell(f"charges/{charge['id']}/book")

    def give_credit_by_hand(self, place: int, minor: int) -> None:
        """Somebody of ours gives a subscriber credit in the provider's dashboard, or takes it."""
        customers = sorted({each["customer"] for each in listed("subscriptions")})
        if customer := self._pick(customers, place):
            http.post(  # an answer that is lost here is nobody's
                f"{settings.STRIPE_API_BASE}/v1/customers/{customer}/balance_transactions",
                data={"amount": -minor, "currency": "usd"},
                headers={"Authorization": f"Bearer {settings.STRIPE_SECRET_KEY}"},
            )

    def correct_the_balance(self, kind: str, minor: int) -> None:
        """The provider moves money of its own accord, which is about nothing of ours."""
        tell("balance/correct", type=kind, amount=minor, currency="usd")

    def days_pass_at_the_provider(self) -> None:
        tell("balance/settle")

    def restrict(self, who: int, restricted: bool) -> None:
        account = self.creators[who].payout_account.provider_id
        tell(f"accounts/{account}/{'restrict' if restricted else 'onboard'}")

    def _try_to_tell(self, path: str, **what: Any) -> None:
        """What the provider refuses there, as a second decision, changes nothing."""
        try:
            tell(path, **what)
        except httpx.HTTPStatusError as refused:
            assert refused.response.status_code < 500, refused.response.text

    # What we do

    def refund(self, place: int, share: float) -> None:
        """A refund by finance, that may go out at once or stay in the queue."""
        paid = list(Payment.objects.filter(amount_minor__gt=0).order_by("pk"))
        payment = self._pick(paid, place)
        if payment is not None and payment.refundable.minor:
            minor = max(1, int(payment.refundable.minor * share))
            refunds.request_refund(
                payment=payment, amount_minor=minor, reason="asked", by=self.finance
            )

    def decide_refund(self, place: int, approve: bool) -> None:
        """The second person of finance decides on a large refund."""
        waiting = list(Refund.objects.filter(state=Refund.State.PROPOSED).order_by("pk"))
        if found := self._pick(waiting, place):
            refunds.decide_proposed(refund=found, approve=approve, by=self.second)

    def mend_events(self) -> None:
        """Finance gives back what granted nothing, and has its event tried again."""
        for event in ProviderEvent.objects.filter(error__contains="grants nothing"):
            for owed in Payment.objects.filter(kind=Payment.Kind.TOO_LATE, refunds=None):
                refunds.request_refund(
                    payment=owed, amount_minor=owed.refundable.minor, reason="A fraction of a month",
                    by=self.finance,
                )  # fmt: skip
            provider_events.try_again(event=event, by=self.finance)
            self._process(event.pk)

    def send_what_waits(self) -> None:
        """The workers do what is queued; what the provider can't be asked now stays."""
        for work, rows in (
            (lambda pk: refunds.send_refund(refund_id=pk), Refund.objects.filter(state="requested")),
            (lambda pk: transfers.send_transfer(transfer_id=pk),
             Transfer.objects.filter(state__in=["ready", "sending"])),
            (lambda pk: reversals.send_reversal(reversal_id=pk),
             TransferReversal.objects.filter(state="requested")),
        ):  # fmt: skip
            for pk in list(rows.order_by("pk").values_list("pk", flat=True)):
                try:
                    work(pk)
                except PaymentProviderUnavailable:
                    continue

    def pay_creators(self, days: int, *, alone: bool = False) -> None:
        """What is done every hour, once days have passed; alone: nobody moves money meanwhile."""
        self.now += timedelta(days=days)
        plan_years.grant_due_months(self.now)
        plan_shares.share_ended_months(self.now)
        earnings.release_due(self.now)
        nothing_is_payable_before_its_hold_is_over(self.now)
        before = set(Transfer.objects.values_list("pk", flat=True))
        transfers.begin_payouts()
        if alone:
            self._require_no_debt_of_the_paid(before)
        for payment in Payment.objects.order_by("pk"):
            reversals.claim_reversals(payment=payment)

    def _require_no_debt_of_the_paid(self, before: set[int]) -> None:
        """Nobody is sent anything while they owe what nobody asks back of them."""
        for transfer in Transfer.objects.exclude(pk__in=before).select_related("creator"):
            assert not open_debt(transfer.creator, transfer.currency)

    def lose_a_payouts_answer(self) -> None:
        """A transfer is sent, its answer is lost, and a day passes: its key is forgotten.

        The whole way at once, because few examples get as far otherwise.
        """
        tell("faults", fail_after=3, only="/v1/transfers")  # the client tries three times
        self.pay_creators(31, alone=True)
        self.send_what_waits()
        tell("faults")
        tell("forget", of="transfer-")

    def hear(self, dice: random.Random, share: float) -> None:
        """Some of the events that happened arrive, in any order, some again."""
        for event in stripe_api.list_events(self.since):
            if event[0] not in self.told:
                self.told.add(event[0])
                self.unheard.append(event)
        dice.shuffle(self.unheard)
        told = self.unheard[: round(len(self.unheard) * share)]
        self.unheard = self.unheard[len(told) :]
        for event in told + [each for each in told if dice.random() < 0.2]:
            self._process(provider_events.store_event(*event).pk)

    def book_corrections(self) -> None:
        """Finance books by hand what is about nothing of ours, and nothing else."""
        until = timezone.now() + timedelta(seconds=2)
        reconciliation.reconcile(since=self.since, until=until)
        for found in differences.standing():
            if found.source.startswith("txn_"):
                minor = found.missing.minor
                entry = adjustments.propose(
                    currency=found.missing.currency, dated=until.date(), document="Their letter",
                    postings=[Posting(LedgerAccount.Kind.OTHER_COSTS, max(0, -minor), max(0, minor))],
                    reason="A correction", by=self.finance, difference=found,
                )  # fmt: skip
                adjustments.decide(adjustment=entry, post=True, by=self.second)

    def _process(self, pk: int) -> None:
        try:
            provider_events.process_event(event_pk=pk)
        except PaymentProviderUnavailable:
            return

    # What is true when everything was heard and done

    def come_to_rest(self, dice: random.Random) -> None:
        """Everything outstanding happens: the provider behaves, all is heard, all is sent."""
        tell("faults")
        for charge in listed("charges"):
            if not charge["balance_transaction"]:
                tell(f"charges/{charge['id']}/book")
        tell("balance/settle")
        for currency in ("usd", "jpy", "eur"):
            tell("balance/top_up", amount=10_000_000, currency=currency)
        for _ in range(4):
            self.hear(dice, 1.0)
            waiting = ProviderEvent.objects.filter(processed_at=None)
            for pk in list(waiting.values_list("pk", flat=True)):
                self._process(pk)
            Transfer.objects.update(retry_at=None)
            provider_events.resume_waiting()
            self.mend_events()
            self.finish_standing_orders()
            for refund in Refund.objects.filter(state=Refund.State.PROPOSED):
                refunds.decide_proposed(refund=refund, approve=True, by=self.second)
            self.send_what_waits()
            self.pay_creators(0, alone=True)
        self.book_corrections()

    def require_agreement(self) -> None:
        """Our books are those of the provider, object by object."""
        assert not list(ProviderEvent.objects.exclude(error="").values_list("kind", "error"))
        compared = reconciliation.reconcile(
            since=self.since, until=timezone.now() + timedelta(seconds=2)
        )
        assert compared.differences == []
        for report in finance_report(timezone.now().year, timezone.now().month):
            assert report.adds_up, report.proofs
        proof.prove_balances()
        require_rules(self.now)
        charges = {charge["id"]: charge for charge in listed("charges")}
        charged = Payment.objects.exclude(charge=None).filter(amount_minor__gt=0)
        assert {payment.charge for payment in charged} == set(charges)
        for payment in charged:
            charge = charges[str(payment.charge)]
            assert payment.amount_minor == charge["amount"]
            assert payment.currency == charge["currency"].upper()
        self._require_credit()
        self._require_refunds()
        self._require_transfers()

    def _require_credit(self) -> None:
        """What buyers of plans have left at the provider, which no charge tells."""
        theirs = sum(each["balance"] for each in listed("customers"))
        ours = LedgerLine.objects.filter(account__kind=LedgerAccount.Kind.PROVIDER_CREDIT)
        assert (ours.aggregate(sum=Sum("amount_minor"))["sum"] or 0) == theirs

    def _require_refunds(self) -> None:
        theirs: Counter[str] = Counter()
        for refund in listed("refunds"):
            if refund["status"] != "failed":
                theirs[refund["charge"]] += refund["amount"]
        ours: Counter[str] = Counter()
        for refund in Refund.objects.filter(state=Refund.State.DONE).select_related("payment"):
            ours[str(refund.payment.charge)] += refund.amount_minor
        assert ours == theirs

    def _require_transfers(self) -> None:
        theirs: Counter[tuple[str, str]] = Counter()
        for transfer in listed("transfers"):
            kept = transfer["amount"] - transfer["amount_reversed"]
            theirs[transfer["destination"], transfer["currency"].upper()] += kept
        for creator, currency in product(self.creators, ("USD", "JPY", "EUR")):
            sent = Transfer.objects.filter(creator=creator, currency=currency)
            sent = sent.exclude(provider_id=None)
            back = TransferReversal.objects.filter(transfer__in=sent, state="done")
            kept = (sent.aggregate(sum=Sum("amount_minor"))["sum"] or 0) - (
                back.aggregate(sum=Sum("amount_minor"))["sum"] or 0
            )
            assert kept == theirs[creator.payout_account.provider_id, currency]


REFUSALS = (Refused, ProviderRefused, PaymentProviderUnavailable)
