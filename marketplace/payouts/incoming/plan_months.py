"""Plans that are paid by the month: each paid month is posted and its characters granted."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from marketplace.accounts.models import Organization
from marketplace.compliance import audit
from marketplace.licensing import plans
from marketplace.licensing.models import PlanMonth, PlanSubscription
from marketplace.money import Money
from marketplace.payouts.books import ledger
from marketplace.payouts.books.ledger import Kind
from marketplace.payouts.creators import plan_shares
from marketplace.payouts.incoming import sales
from marketplace.payouts.models import LedgerEntry, Payment


def _described(bought: plans.Plan, price: Money, credited: Money) -> str:
    """A paid month as its invoice names it, with what was deducted."""
    said = f"{settings.PLATFORM_NAME} {bought.name} plan, a month"
    if not credited.minor:
        return said
    return f"{said}: {price}, less {credited} for the rest of the month of the earlier plan"


def grant_month(
    *,
    subscription: PlanSubscription,
    invoice: str,
    charge: sales.Charge,
    starts_at: datetime,
    ends_at: datetime,
    plan: str = "",
    price_minor: int = 0,
    credited_minor: int = 0,
) -> PlanMonth:
    """Post a paid month and grant its characters; a repeat changes nothing.

    plan: that was paid for; "": the one that the subscription has now. price_minor: its own price, which
    may have changed since; 0: the one that it has now. What was paid beyond its price, as for days of a
    dearer plan before, is shared in the same way. credited_minor: for the rest of an earlier plan's month.
    """
    bought, currency = plans.PLANS[plan or subscription.plan], charge.amount.currency
    organization = subscription.organization
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        existing = PlanMonth.objects.filter(invoice=invoice).first()
        if existing is not None:
            return existing
        price = Money(max(price_minor or bought.price_minor, charge.net_minor), currency)
        month = PlanMonth.objects.create(
            organization=organization,
            plan=bought.code,
            invoice=invoice,
            starts_at=starts_at,
            ends_at=ends_at,
            characters_included=bought.characters,
            share_minor=price.split(settings.COMMISSION_BPS)[1].minor,
            commission_bps=settings.COMMISSION_BPS,
            currency=currency,
        )
        payment = sales.plan_payment(
            charge, kind=Payment.Kind.PLAN, organization=organization, plan_month=month
        )
        _post_month(payment, month, price, charge)
        sales.post_settlement(payment, charge.fee, charge.settled)
        sales.write_invoice(
            payment,
            description=_described(bought, price, Money(credited_minor, currency)),
            billed=charge.billed,
            taxes=charge.taxes,
            supplied=(starts_at.date(), (ends_at - timedelta(seconds=1)).date()),
            charge=charge,
        )
        audit.record(actor=None, action="plan.paid", subject=month, plan=bought.code)
    return month


def _post_month(payment: Payment, month: PlanMonth, price: Money, charge: sales.Charge) -> None:
    """Post a paid month of this price; the platform adds what was discounted.

    The commission is earned when the month is over, as the creators' part is (`plan_shares`).
    """
    currency = payment.currency
    commission = price.minor - month.share_minor
    ledger.post(
        kind=LedgerEntry.Kind.PLAN_PAID,
        idempotency_key=f"plan-{month.invoice}",
        provider_reference=payment.charge,
        happened_at=charge.happened_at,
        lines=[
            (ledger.account(Kind.STRIPE_CLEARING, currency), payment.amount_minor),
            (ledger.account(Kind.PROVIDER_CREDIT, currency), charge.from_credit),
            (ledger.account(Kind.PROMOTIONS, currency), price.minor - charge.net_minor),
            (ledger.account(Kind.TAX, currency), -charge.tax.minor),
            (ledger.account(Kind.DEFERRED, currency), -commission),
            (plan_shares.unshared_account(payment.organization, currency), -month.share_minor),
        ],
    )
