"""What happens by itself beside the payment provider: renewals, top-ups and years of plans.

For `tests.provider_world`: each deed takes numbers that a test draws.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from marketplace.accounts.models import Organization, User
from marketplace.licensing import standing_renewals
from marketplace.licensing.models import Licence, Order, RenewalRound, StandingRenewal
from marketplace.licensing.orders import place_order
from marketplace.listings.models import Listing
from marketplace.payouts.incoming import (
    checkout,
    plan_years,
    saved_methods,
    top_up_charges,
    top_ups,
)
from marketplace.payouts.incoming import standing_renewals as charging
from marketplace.payouts.models import CreditOrder, SavedMethod, StandingTopUp
from marketplace.refusals import PaymentProviderUnavailable
from tests.sandbox import listed, press, tell

NOTICED = timedelta(days=16)  # before the end of a term: then its renewal is announced
NOTICE = timedelta(days=14, hours=2)  # later it is charged


class StandingOrders:
    """The deeds of a world whose buyer agreed to charges beforehand."""

    buyer: User
    organization: Organization
    listings: list[Listing]
    now: datetime
    _at_the_page: Callable[[str, str], None]
    _pick: Callable[[list[Any], int], Any]

    def order_to_renew(self, who: int, deed: str) -> None:
        """A licence is ordered with the box ticked that has it renewed by itself."""
        offer = self.listings[who].offers.get(tier="personal")
        words = standing_renewals.words_for(offer.price, offer.term_months)
        made = place_order(buyer=self.buyer, offer=offer, renewal_words=words)
        self._at_the_page(checkout.begin_checkout(order=made), deed)

    def end_a_term(self, place: int) -> None:
        """A licence comes near its end: its renewal is announced, and charged in time."""
        standing = StandingRenewal.objects.filter(state=StandingRenewal.State.ON).order_by("pk")
        found = self._pick(list(standing.select_related("licence")), place)
        if found is None or renewal_is_open(found):
            return
        let_pass(found.licence, found.licence.ends_at - timezone.now() - NOTICED)
        standing_renewals.announce()
        for licence in Licence.objects.filter(standing_renewal__rounds__state="announced"):
            let_pass(licence, NOTICE)
        self.charge_renewals()

    def wait_for_renewals(self, days: float) -> None:
        """Days pass for what could not be charged: it is tried again, or given up."""
        for licence in Licence.objects.filter(
            standing_renewal__rounds__state__in=["charging", "due"]
        ).distinct():
            let_pass(licence, timedelta(days=days))
        standing_renewals.give_up_overdue()
        self.charge_renewals()

    def charge_renewals(self) -> None:
        for pk in standing_renewals.due():
            with suppress(PaymentProviderUnavailable):
                charging.charge_renewal(round_id=pk)

    def top_up(self) -> None:
        """Credit is bought by itself, once its owner has agreed and saved a card."""
        standing = top_ups.top_up_of(self.organization)
        if standing is None or standing.state == StandingTopUp.State.OFF:
            standing = top_ups.ask(
                organization=self.organization, by=self.buyer, agreed=True, amount_minor=1_000,
                below_minor=100_000, monthly_minor=1_000_000,
                has_method=saved_methods.method_of(self.organization) is not None,
            )  # fmt: skip
        if standing.state == StandingTopUp.State.WAITING:
            press(top_up_charges.begin_setup(standing=standing, by=self.buyer))
            saved = SavedMethod.objects.get(organization=self.organization)
            saved_methods.confirm_setup(saved=saved)
        top_ups.claim_due()
        self.charge_top_ups()

    def charge_top_ups(self) -> None:
        unpaid = CreditOrder.objects.filter(state=CreditOrder.State.PENDING).exclude(top_up=None)
        for pk in list(unpaid.values_list("pk", flat=True)):
            with suppress(PaymentProviderUnavailable):
                top_up_charges.charge_top_up(order_id=pk)

    def confirm_by_hand(self, renewal: bool) -> None:
        """A buyer pays on a page what their bank wanted them for."""
        if renewal:
            standing = StandingRenewal.objects.filter(rounds__state="due").first()
            if standing is not None:
                press(charging.begin_due_checkout(licence=standing.licence, by=self.buyer))
            return
        order = top_ups.due_order_of(self.organization)
        if order is not None:
            press(top_up_charges.begin_due_checkout(order=order, by=self.buyer))

    def settle_off_session(self, place: int, paid: bool) -> None:
        """A bank that took its time pays, or does not."""
        waiting = [each for each in listed("payment_intents") if each["status"] == "processing"]
        if intent := self._pick(waiting, place):
            tell(f"payment_intents/{intent['id']}/settle", paid=paid)

    def finish_standing_orders(self) -> None:
        """Whatever was claimed is charged, and the months of paid years are granted."""
        self.charge_renewals()
        self.charge_top_ups()
        plan_years.grant_due_months(self.now)


def renewal_is_open(standing: StandingRenewal) -> bool:
    return standing.rounds.filter(state__in=RenewalRound.OPEN).exists()


def let_pass(licence: Licence, time: timedelta) -> None:
    """Let time pass for one licence, for what was paid for it and for what is announced of it.

    What others write of them meanwhile stays.
    """
    if time <= timedelta(0):
        return
    paid = Q(changes=licence, state=Order.State.PAID) | Q(pk=licence.order_id)
    for rows, names in (
        (Licence.objects.filter(pk=licence.pk), ("starts_at", "ends_at", "grace_ends_at")),
        (Order.objects.filter(paid), ("created_at", "paid_at")),
        (
            RenewalRound.objects.filter(standing__licence=licence),
            ("term_ends_at", "charge_at"),
        ),
    ):
        rows.update(**{name: F(name) - time for name in names})
    licence.refresh_from_db()
