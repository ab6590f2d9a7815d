"""Prepaid credit: bought through checkout, a liability until it is used."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext

from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import Right, require
from marketplace.billing import vat_checks
from marketplace.compliance import audit
from marketplace.licensing import credit, settlement
from marketplace.payouts import stripe_api
from marketplace.payouts.books import ledger
from marketplace.payouts.books.ledger import Kind, Line
from marketplace.payouts.incoming import payers
from marketplace.payouts.incoming.sales import (
    Charge,
    post_settlement,
    record_surplus_payment,
    write_invoice,
)
from marketplace.payouts.models import CreditOrder, LedgerEntry, Payment, Refund
from marketplace.refusals import Refused

PACKS_MINOR = (1_000, 2_500, 10_000)


def begin_credit_checkout(*, organization: Organization, minor: int, by: User) -> str:
    """The page where a buyer pays for credit.

    Raises:
        Refused: not_a_member, role_too_small, pack.
        PaymentProviderUnavailable: try again.
    """
    require(by, organization, Right.BUY)
    if minor not in PACKS_MINOR:
        raise Refused("pack", gettext("Choose one of the amounts."))
    order = CreditOrder.objects.create(
        organization=organization, buyer=by, amount_minor=minor, currency=settings.CURRENCY
    )
    checkout = stripe_api.create_checkout(
        reference=str(order.public_id),
        name=f"{settings.PLATFORM_NAME} credit",
        price=order.amount,
        email=by.email,
        success_url=settings.BASE_URL + reverse("storefront:credit-paid", args=[order.public_id]),
        cancel_url=settings.BASE_URL
        + reverse("storefront:credit")
        + f"?organization={organization.public_id}",
        key=f"credit-{order.public_id}",
        for_whom=payers.for_whom(organization),
        asks_tax_number=not vat_checks.is_refused(organization),
    )
    CreditOrder.objects.filter(pk=order.pk).update(checkout_session=checkout.id)
    assert checkout.url is not None
    return checkout.url


def grant_credit(
    *, order_id: int, checkout: stripe_api.Checkout | stripe_api.OffSessionPayment
) -> Payment:
    """Post a payment for credit and make the credit usable; a repeat changes nothing.

    A second payment of an order is posted as owed to its buyer, for the caller to refund.
    checkout: what was paid, on a page or by itself.
    """
    currency = checkout.amount.currency
    with transaction.atomic():
        order = (
            CreditOrder.objects.select_for_update(of=("self",), no_key=True)
            .select_related("organization", "buyer")
            .get(pk=order_id)
        )
        booked = Payment.objects.filter(charge=checkout.charge).first()
        if booked is not None:
            return booked
        if order.state == CreditOrder.State.PAID:
            return record_surplus_payment(
                organization=order.organization, charge=Charge.of(checkout)
            )[0]
        payment = Payment.objects.create(
            kind=Payment.Kind.CREDITS,
            organization=order.organization,
            payment_intent=checkout.payment_intent,
            charge=checkout.charge,
            amount_minor=checkout.amount.minor,
            tax_minor=checkout.tax.minor,
            fee_minor=checkout.fee.minor,
            currency=currency,
        )
        # before the books, as where it goes back: each locks what this organization has
        credit.add(organization=order.organization, minor=checkout.price.minor, currency=currency)
        ledger.post(
            kind=LedgerEntry.Kind.CREDIT_BOUGHT,
            idempotency_key=f"credit-{order.public_id}",
            provider_reference=checkout.charge,
            happened_at=checkout.settled.at if checkout.settled else None,
            lines=[
                (ledger.account(Kind.STRIPE_CLEARING, currency), checkout.amount.minor),
                (ledger.account(Kind.TAX, currency), -checkout.tax.minor),
                (
                    ledger.account(Kind.BUYER_CREDITS, currency, organization=order.organization),
                    -checkout.price.minor,
                ),
            ],
        )
        post_settlement(payment, checkout.fee, checkout.settled)
        write_invoice(
            payment,
            description=f"{settings.PLATFORM_NAME} credit",
            billed=checkout.billed,
            taxes=checkout.taxes,
        )
        order.transition(CreditOrder.State.PAID)
        audit.record(actor=order.buyer, action="credit.bought", subject=payment)
    return payment


def lines_of(payment: Payment, minor: int) -> list[Line]:
    """The lines that take unused credit out of the books (negative: put it back)."""
    unused = ledger.account(Kind.BUYER_CREDITS, payment.currency, organization=payment.organization)
    return [(unused, minor)]


def take_unused(payment: Payment, minor: int) -> int:
    """Take a payment's credit out of use, as far as it is unused, in the caller's transaction.

    Returns how much, in minor units; zero for a payment that is not for credit.
    """
    if payment.kind != Payment.Kind.CREDITS:
        return 0
    return credit.take(organization=payment.organization, at_most=minor, currency=payment.currency)


def hold(payment: Payment, minor: int) -> int:
    """Take credit that is to be refunded out of use, in the caller's transaction; returns how much.

    Raises:
        Refused: credit_used.
    """
    held = take_unused(payment, minor)
    if payment.kind == Payment.Kind.CREDITS and held < minor:
        raise Refused(
            "credit_used",
            gettext("Only %(held)s minor units of this credit are unused.") % {"held": held},
        )
    return held


def take_disputed(payment: Payment, minor: int) -> int:
    """Take disputed credit out of use, including what now impossible refunds had taken before.

    Where too little is unused, texts that wait for it in the background are not spoken. In the caller's
    transaction. Returns how much, in minor units.
    """
    if payment.kind == Payment.Kind.CREDITS:
        unused = credit.account(payment.organization, payment.currency).left.minor
        if unused < minor:
            settlement.release_waiting(
                organization_id=payment.organization_id,
                currency=payment.currency,
                failure="credit_disputed",
            )
    requested = payment.refunds.select_for_update(no_key=True).filter(state__in=Refund.WAITING)
    restore_credit(payment, sum(refund.held_minor for refund in requested))
    requested.update(held_minor=0)
    return take_unused(payment, minor)


def restore_credit(payment: Payment, minor: int) -> None:
    """Restore credit that was taken out of use, in the caller's transaction."""
    if minor:
        credit.add(organization=payment.organization, minor=minor, currency=payment.currency)


def take_back(payment: Payment, minor: int, held: int) -> list[Line]:
    """The part of a refund that comes from unused credit, in the caller's transaction.

    held: what the refund took out of use before. The platform bears what was used in between,
    because the money has already gone back.
    """
    taken = held + take_unused(payment, max(0, minor - held))
    restore_credit(payment, max(0, taken - minor))
    return lines_of(payment, min(taken, minor))
