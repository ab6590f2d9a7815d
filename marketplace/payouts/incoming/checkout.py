"""Buying: from an order to a payment to exactly one licence."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext

from marketplace.billing import vat_checks
from marketplace.licensing import fulfilment, orders, standing_renewals
from marketplace.licensing.models import Licence, Order
from marketplace.listings.models import Offer
from marketplace.money import Money
from marketplace.payouts import stripe_api
from marketplace.payouts.incoming import payers, sales, saved_methods
from marketplace.payouts.models import Payment
from marketplace.payouts.returning import refunds
from marketplace.refusals import PaymentMismatch, Refused

REFUND = "Paid too late: nothing was granted."
SECOND = "Paid twice: another payment of the same order came first."
SETTLED = (Order.State.PAID, Order.State.TOO_LATE)


def begin_checkout(*, order: Order) -> str:
    """The page where the buyer pays for an order; safe to repeat.

    Raises:
        PaymentProviderUnavailable: the order stays; try again.
    """
    if (
        order.checkout_session
    ):  # its customer, or what is known of their number, may be another by now
        page = stripe_api.fetch_checkout(order.checkout_session)
        if page.url is not None:
            return page.url
    back = settings.BASE_URL + reverse("storefront:paid", args=[order.public_id])
    checkout = stripe_api.create_checkout(
        reference=str(order.public_id),
        name=f"{order.terms['voice_name']} · {order.terms['tier']} licence" + _less(order),
        price=order.due,
        email=order.buyer.email,
        success_url=back,
        cancel_url=settings.BASE_URL + _turned_back(order),
        key=f"order-{order.public_id}",
        expires_at=order.payable_until,
        saves=order.renewal_words,
        customer=saved_methods.customer_of(order.organization) if order.renewal_words else "",
        for_whom=payers.for_whom(order.organization),
        asks_tax_number=not vat_checks.is_refused(order.organization),
    )
    orders.attach_checkout(order=order, session_id=checkout.id)
    assert checkout.url is not None
    return checkout.url


def _turned_back(order: Order) -> str:
    """The page of whoever does not pay: the order as they filled it in, or what they ordered from."""
    if order.changes is not None:
        return reverse("storefront:licence", args=[order.changes.public_id])
    if order.terms["tier"] == Offer.Tier.EXCLUSIVE:
        return reverse("storefront:quotes")
    page = reverse("storefront:buy", args=[order.terms["voice"]])
    whose = (
        {} if order.organization.personal_of_id else {"organization": order.organization.public_id}
    )
    return f"{page}?{urlencode({'order': order.public_id, **whose})}"


def _less(order: Order) -> str:
    """What a coupon took off, for the payment page."""
    if order.coupon is None:
        return ""
    return f", {order.coupon.code}: {Money(order.discount_minor, order.currency)} off {order.price}"


def confirm_payment(*, order: Order) -> Licence | None:
    """Grant the licence and post the sale together if the provider was paid; None if it was not.

    What was paid too late is posted as owed to the buyer and refunded; None as well.

    Raises:
        PaymentProviderUnavailable: try again.
        PaymentMismatch: another amount or order was paid; nothing is granted.
    """
    if order.state in SETTLED:
        return order.granted
    if not order.checkout_session:
        return None
    return follow_page(order=order, session_id=order.checkout_session)


def follow_page(*, order: Order, session_id: str) -> Licence | None:
    """The same for one of an order's pages, even where something else has paid: a second payment goes back.

    Raises:
        PaymentProviderUnavailable: try again.
        PaymentMismatch: another amount or order was paid; nothing is granted.
    """
    checkout = stripe_api.fetch_checkout(session_id)
    if not checkout.paid:
        return None
    charge = sales.Charge.of(checkout)
    if checkout.reference != str(order.public_id):
        raise PaymentMismatch(f"{session_id} was not for {order}.")
    with transaction.atomic():
        order = Order.objects.select_for_update(of=("self",), no_key=True).get(pk=order.pk)
        if order.state in SETTLED:
            give_back_second(order=order, charge=charge)
            return order.granted
        if checkout.price != order.due:
            raise PaymentMismatch(f"{order} is for {order.due}, {checkout.price} was paid.")
        licence = fulfilment.fulfil_order(order_id=order.pk, payment_intent=checkout.payment_intent)
        if licence is not None:
            sales.record_sale(order=order, licence=licence, charge=charge)
            kept = saved_methods.keep(organization=order.organization, paid=checkout)
            standing_renewals.begin(licence=licence, order=order, has_method=kept)
        else:
            late, is_new = sales.record_late_payment(order=order, charge=charge)
            if is_new:
                refunds.request_refund(payment=late, amount_minor=late.amount_minor, reason=REFUND)
    return licence


def open_page(session_id: str) -> str:
    """The address of a page that was made before, "" if there is none that is open.

    Raises:
        Refused: being_paid, where another page would have its buyer pay twice.
        PaymentProviderUnavailable: try again.
    """
    if not session_id:
        return ""
    page = stripe_api.fetch_checkout(session_id)
    if page.pending:
        raise Refused(
            "being_paid",
            gettext("Your bank is still sending this payment. That may take some days."),
        )
    return page.url or ""


def give_back_second(*, order: Order, charge: sales.Charge) -> None:
    """Book and refund a payment of a locked order that another one has paid; a repeat changes nothing."""
    if Payment.objects.filter(charge=charge.id).exists():
        return
    second, _ = sales.record_surplus_payment(organization=order.organization, charge=charge)
    refunds.request_refund(payment=second, amount_minor=second.amount_minor, reason=SECOND)
