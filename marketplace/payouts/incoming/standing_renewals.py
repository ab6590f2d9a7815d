"""Charging renewals that were agreed to beforehand, while their buyers are away.

`licensing.standing_renewals` says what is due and what follows; here each attempt becomes one payment.
Before any, what is open or unknown of the earlier ones is closed or looked up.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.accounts.organizations import Right, require
from marketplace.billing import vat_checks
from marketplace.licensing import fulfilment, orders, renewal_rounds, standing_renewals
from marketplace.licensing.models import Licence, Order, RenewalRound, StandingRenewal
from marketplace.payouts import stripe_api
from marketplace.payouts.incoming import checkout, payers, sales, saved_methods
from marketplace.payouts.returning import refunds
from marketplace.queue import Work, at_once, lost
from marketplace.refusals import PaymentMismatch, ProviderRefused, Refused

REFUND = "Charged for a renewal that could not be made."
NO_METHOD = "no_payment_method"


def renew_due() -> int:
    """Announce what comes, give up what was not paid, and queue what is due; returns how many.

    Payment methods that nothing is charged to any more are forgotten.
    """
    standing_renewals.give_up_overdue()
    standing_renewals.announce()
    saved_methods.forget_unused()
    due = list(lost(Work.CHARGE_RENEWAL, standing_renewals.due()))
    for pk in due:
        at_once(Work.CHARGE_RENEWAL, pk)
    return len(due)


def charge_renewal(*, round_id: int) -> None:
    """Charge one renewal, once; safe to repeat.

    Raises:
        PaymentProviderUnavailable: the outcome is unknown; try again.
    """
    found = standing_renewals.claim(round_id=round_id)
    if found is None or found.order is None:
        return
    if _was_paid_by_hand(found.order):
        return
    if _is_being_paid(found.order):
        standing_renewals.wait_for_bank(round_id=found.pk, attempt=found.tries)
        return
    attempt, saved = found.tries, saved_methods.method_of(found.order.organization)
    if saved is None:
        _refused(found, attempt, NO_METHOD)
        return
    try:
        payment = _payment(found, found.order, saved.customer, saved.method)
    except ProviderRefused as refusal:
        _refused(found, attempt, refusal.code or "refused")
        return
    follow_payment(payment)


def _was_paid_by_hand(order: Order) -> bool:
    """Close the page where a buyer could pay an order, unless they just did."""
    if not order.checkout_session:
        return False
    if not stripe_api.expire_checkout(order.checkout_session):
        checkout.confirm_payment(order=order)
        order.refresh_from_db()
    return order.state in checkout.SETTLED


def _is_being_paid(order: Order) -> bool:
    """Whether a bank is still sending what the buyer paid on the page."""
    page = order.checkout_session
    return bool(page) and stripe_api.fetch_checkout(page).pending


def _payment(
    found: RenewalRound, order: Order, customer: str, method: str
) -> stripe_api.OffSessionPayment:
    """The payment of a round's present attempt, whether it is made now or was made before."""
    assert found.claimed_at is not None
    reference = str(order.public_id)
    known = stripe_api.find_off_session(
        customer=customer,
        reference=reference,
        attempt=found.tries,
        since=found.claimed_at - timedelta(hours=1),
    )
    return known or stripe_api.charge_off_session(
        customer=customer,
        method=method,
        price=order.price,
        reference=reference,
        attempt=found.tries,
        name=f"{settings.PLATFORM_NAME} {order.terms['voice_name']}, another term",
        key=f"renewal-{reference}-{found.tries}",
    )


def follow_payment(payment: stripe_api.OffSessionPayment) -> None:
    """Grant what a payment made while its buyer was away paid for, or note why it was refused.

    Raises:
        PaymentMismatch: another amount was paid; nothing is granted.
    """
    if not payment.attempt or payment.pending:
        return  # one without an attempt was made on a page, or for a plan: it is followed there
    order = Order.objects.filter(public_id=UUID(payment.reference)).first()
    found = renewal_rounds.round_of(order) if order is not None else None
    if order is None or found is None:
        return
    if payment.paid:
        _grant(order, payment)
        return
    stripe_api.cancel_off_session(payment.id)
    _refused(found, payment.attempt, payment.problem)


def _refused(found: RenewalRound, attempt: int, code: str) -> None:
    standing_renewals.record_refusal(
        round_id=found.pk, attempt=attempt, code=code, needs_buyer=code == stripe_api.NEEDS_BUYER
    )


def _grant(order: Order, payment: stripe_api.OffSessionPayment) -> None:
    """Renew the licence and post the sale together; what came too late goes back."""
    if payment.price != order.price:
        raise PaymentMismatch(f"{order} is for {order.price}, {payment.price} was paid.")
    charge = sales.Charge.of(payment)
    with transaction.atomic():
        order = Order.objects.select_for_update(of=("self",), no_key=True).get(pk=order.pk)
        if order.state in checkout.SETTLED:
            checkout.give_back_second(order=order, charge=charge)
            return
        licence = fulfilment.fulfil_order(order_id=order.pk, payment_intent=payment.id)
        if licence is not None:
            sales.record_sale(order=order, licence=licence, charge=charge)
            return
        late, is_new = sales.record_late_payment(order=order, charge=charge)
        if is_new:
            refunds.request_refund(payment=late, amount_minor=late.amount_minor, reason=REFUND)


def begin_setup(*, standing: StandingRenewal, by: User) -> str:
    """The page where a buyer saves the payment method that a standing renewal waits for.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    page = [standing.licence.public_id]
    return saved_methods.begin_setup(
        organization=standing.licence.organization,
        by=by,
        words=standing.words,
        back=settings.BASE_URL + reverse("storefront:renewal-saved", args=page),
        cancel=settings.BASE_URL + reverse("storefront:licence", args=page),
    )


def begin_due_checkout(*, licence: Licence, by: User) -> str:
    """The page where a buyer pays or confirms a renewal that could not be charged by itself.

    Raises:
        Refused: not_a_member, role_too_small, nothing_due, being_paid.
        PaymentProviderUnavailable: try again.
    """
    require(by, licence.organization, Right.BUY)
    found = renewal_rounds.open_round(licence)
    if found is None or found.state != RenewalRound.State.DUE or found.order is None:
        raise Refused("nothing_due", gettext("There is nothing to pay at present."))
    order, former = found.order, found.order.checkout_session
    if page := checkout.open_page(former):
        return page
    if checkout.confirm_payment(order=order) is not None:
        raise Refused("nothing_due", gettext("It is paid already."))
    session = stripe_api.create_checkout(
        reference=str(order.public_id),
        name=f"{order.terms['voice_name']} · another term",
        price=order.price,
        email=by.email,
        success_url=settings.BASE_URL
        + reverse("storefront:renewal-saved", args=[licence.public_id]),
        cancel_url=settings.BASE_URL + reverse("storefront:licence", args=[licence.public_id]),
        key=f"due-{order.public_id}-{former or 'first'}",  # two clicks at once make one page
        saves=found.standing.words,
        customer=saved_methods.customer_of(licence.organization),
        for_whom=payers.for_whom(licence.organization),
        asks_tax_number=not vat_checks.is_refused(licence.organization),
    )
    orders.attach_checkout(order=order, session_id=session.id)
    assert session.url is not None
    return session.url
