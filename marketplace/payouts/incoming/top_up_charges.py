"""Charging credit that is bought by itself, once for each order."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import Right, require
from marketplace.billing import vat_checks
from marketplace.payouts import stripe_api
from marketplace.payouts.incoming import checkout, credits, saved_methods, top_ups
from marketplace.payouts.models import CreditOrder, Payment, StandingTopUp
from marketplace.payouts.returning import refunds
from marketplace.queue import Work, at_once, lost
from marketplace.refusals import PaymentProviderUnavailable, ProviderRefused, Refused


def buy_due() -> int:
    """Order credit where too little is left, and queue every order that is unpaid; returns how many.

    What its buyer did not confirm in time is given up.
    """
    give_up_unconfirmed()
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
    order = order_of(payment.reference)
    if order is None:
        return
    if payment.paid:
        _grant(order, payment)
        return
    stripe_api.cancel_off_session(payment.id)
    if payment.problem == stripe_api.NEEDS_BUYER:
        top_ups.ask_buyer(order=order)
    else:
        top_ups.refuse(order=order, needs_buyer=False)


def begin_due_checkout(*, order: CreditOrder, by: User) -> str:
    """The page where a buyer confirms a payment for credit that their bank would not make without them.

    Raises:
        Refused: not_a_member, role_too_small, nothing_due, being_paid.
        PaymentProviderUnavailable: try again.
    """
    require(by, order.organization, Right.BUY)
    former = order.checkout_session
    if page := checkout.open_page(former):
        return page
    if order.state != CreditOrder.State.DUE or order.top_up is None or confirm(order=order):
        raise Refused("nothing_due", gettext("There is nothing to pay at present."))
    session = stripe_api.create_checkout(
        reference=str(order.public_id),
        name=f"{settings.PLATFORM_NAME} credit",
        price=order.amount,
        email=by.email,
        success_url=settings.BASE_URL + reverse("storefront:credit-paid", args=[order.public_id]),
        cancel_url=settings.BASE_URL + _page(order.organization, "storefront:credit"),
        key=f"due-{order.public_id}-{former or 'first'}",  # two clicks at once make one page
        saves=order.top_up.words,
        customer=saved_methods.customer_of(order.organization),
        asks_tax_number=not vat_checks.is_refused(order.organization),
    )
    CreditOrder.objects.filter(pk=order.pk).update(checkout_session=session.id)
    assert session.url is not None
    return session.url


def confirm(*, order: CreditOrder) -> bool:
    """Credit what was paid on a page, once, and keep the method that it saved; False while it is unpaid.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    if order.state == CreditOrder.State.PAID:
        return True
    return bool(order.checkout_session) and follow_page(
        order=order, session_id=order.checkout_session
    )


def follow_page(*, order: CreditOrder, session_id: str) -> bool:
    """The same for one of an order's pages, even where something else has paid: a second payment goes back.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    page = stripe_api.fetch_checkout(session_id)
    if not page.paid or page.reference != str(order.public_id):
        return False
    is_new = order.state != CreditOrder.State.PAID
    _grant(order, page)
    if is_new and order.top_up_id is not None:
        saved_methods.keep(organization=order.organization, paid=page)
    return True


def _grant(order: CreditOrder, paid: stripe_api.Checkout | stripe_api.OffSessionPayment) -> Payment:
    """Credit what was paid; what pays for an order that is paid already goes back."""
    with transaction.atomic():
        payment = credits.grant_credit(order_id=order.pk, checkout=paid)
        if payment.kind == Payment.Kind.TOO_LATE and not payment.refunds.exists():
            refunds.request_refund(
                payment=payment, amount_minor=payment.amount_minor, reason=checkout.SECOND
            )
    return payment


def order_of(reference: str) -> CreditOrder | None:
    """The order of credit that a provider's object names; None if it names none."""
    try:
        return CreditOrder.objects.filter(public_id=UUID(reference)).first()
    except ValueError:
        return None


def give_up_unconfirmed() -> int:
    """Refuse the orders that their buyers did not confirm in time; returns how many."""
    late = timezone.now() - top_ups.CONFIRM_WITHIN
    count = 0
    for order in CreditOrder.objects.filter(state=CreditOrder.State.DUE, created_at__lt=late):
        try:
            page = order.checkout_session
            if page and not stripe_api.expire_checkout(page):
                if confirm(order=order):
                    continue  # it was paid in this very moment
                if stripe_api.fetch_checkout(page).pending:
                    continue  # it was confirmed in time, and its bank takes days
        except PaymentProviderUnavailable:
            continue  # the next hour will tell
        top_ups.refuse(order=order, needs_buyer=True)
        count += 1
    return count


def begin_setup(*, standing: StandingTopUp, by: User) -> str:
    """The page where an owner saves the payment method that a top-up waits for.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    return saved_methods.begin_setup(
        organization=standing.organization,
        by=by,
        words=standing.words,
        back=settings.BASE_URL + _page(standing.organization, "storefront:credit-card-saved"),
        cancel=settings.BASE_URL + _page(standing.organization, "storefront:credit"),
    )


def _page(organization: Organization, name: str) -> str:
    return f"{reverse(name)}?organization={organization.public_id}"
