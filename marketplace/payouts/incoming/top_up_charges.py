"""Charging credit that is bought by itself, once for each order."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.payouts import stripe_api
from marketplace.payouts.incoming import credits, saved_methods, top_ups
from marketplace.payouts.models import CreditOrder, StandingTopUp
from marketplace.queue import Work, at_once, lost
from marketplace.refusals import ProviderRefused


def buy_due() -> int:
    """Order credit where too little is left, and queue every order that is unpaid; returns how many."""
    top_ups.claim_due()
    unpaid = CreditOrder.objects.filter(state=CreditOrder.State.PENDING).exclude(top_up=None)
    found = list(lost(Work.CHARGE_TOP_UP, unpaid.values_list("pk", flat=True)))
    for pk in found:
        at_once(Work.CHARGE_TOP_UP, pk)
    return len(found)


def charge_top_up(*, order_id: int) -> None:
    """Charge one order of credit, once; safe to repeat.

    Raises:
        PaymentProviderUnavailable: the outcome is unknown; try again.
    """
    order = CreditOrder.objects.select_related("organization").get(pk=order_id)
    if order.state != CreditOrder.State.PENDING or order.top_up_id is None:
        return
    saved = saved_methods.method_of(order.organization)
    if saved is None:
        top_ups.refuse(order=order, needs_buyer=False)
        return
    reference = str(order.public_id)
    try:
        payment = stripe_api.find_off_session(
            customer=saved.customer,
            reference=reference,
            attempt=1,
            since=order.created_at - timedelta(hours=1),
        ) or stripe_api.charge_off_session(
            customer=saved.customer,
            method=saved.method,
            price=order.amount,
            reference=reference,
            attempt=1,
            name=f"{settings.PLATFORM_NAME} credit",
            key=f"top-up-{reference}",
        )
    except ProviderRefused:
        top_ups.refuse(order=order, needs_buyer=False)
        return
    follow_payment(payment)


def follow_payment(payment: stripe_api.OffSessionPayment) -> None:
    """Grant the credit that a payment made by itself paid for, or note why it was refused."""
    if not payment.attempt or payment.pending:
        return
    order = CreditOrder.objects.filter(public_id=UUID(payment.reference)).first()
    if order is None:
        return
    if payment.paid:
        credits.grant_credit(order_id=order.pk, checkout=payment)
        return
    stripe_api.cancel_off_session(payment.id)
    top_ups.refuse(order=order, needs_buyer=payment.problem == stripe_api.NEEDS_BUYER)


def begin_setup(*, standing: StandingTopUp, by: User) -> str:
    """The page where an owner saves the payment method that a top-up waits for.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    query = f"?organization={standing.organization.public_id}"
    return saved_methods.begin_setup(
        organization=standing.organization,
        by=by,
        words=standing.words,
        back=settings.BASE_URL + reverse("storefront:credit-card-saved") + query,
        cancel=settings.BASE_URL + reverse("storefront:credit") + query,
    )
