"""Plans that are paid by the year: recorded once, and granted month by month."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from marketplace.accounts.models import Organization
from marketplace.compliance import audit
from marketplace.licensing import plans
from marketplace.licensing.calendar import months_later
from marketplace.licensing.models import PlanMonth, PlanYear
from marketplace.money import Money
from marketplace.payouts.books import ledger
from marketplace.payouts.books.ledger import Kind
from marketplace.payouts.creators import plan_shares, year_shares
from marketplace.payouts.incoming import sales
from marketplace.payouts.models import LedgerEntry, Payment

_log = logging.getLogger(__name__)


def grant_year(
    *,
    organization: Organization,
    plan: str,
    invoice: str,
    charge: sales.Charge,
    starts_at: datetime,
    ends_at: datetime,
    price_minor: int = 0,
) -> PlanMonth:
    """Post a paid year and grant its first month; a repeat changes nothing.

    price_minor: the year's own price, which may have changed since; 0: the one that it has now.
    """
    bought, currency = plans.PLANS[plan], charge.amount.currency
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        existing = PlanYear.objects.filter(invoice=invoice).first()
        if existing is not None:
            return existing.months.earliest("starts_at")
        year = PlanYear.objects.create(
            organization=organization,
            plan=bought.code,
            invoice=invoice,
            starts_at=starts_at,
            commission_bps=settings.COMMISSION_BPS,
            currency=currency,
        )
        payment = sales.plan_payment(
            charge, kind=Payment.Kind.PLAN_YEAR, organization=organization, plan_year=year
        )
        _post_year(payment, charge, max(price_minor or bought.yearly_minor, charge.net_minor))
        sales.post_settlement(payment, charge.fee, charge.settled)
        sales.write_invoice(
            payment,
            description=f"{settings.PLATFORM_NAME} {bought.name} plan, a year",
            billed=charge.billed,
            taxes=charge.taxes,
            supplied=(starts_at.date(), (ends_at - timedelta(seconds=1)).date()),
            charge=charge,
        )
        audit.record(actor=None, action="plan.year_paid", subject=year, plan=bought.code)
        return _grant_next(year, payment)


def _post_year(payment: Payment, charge: sales.Charge, price: int) -> None:
    """Post what was paid for a year: all of it waits; the platform adds what was discounted."""
    currency = payment.currency
    ledger.post(
        kind=LedgerEntry.Kind.PLAN_PAID,
        idempotency_key=f"year-{year_shares.year_of(payment).invoice}",
        provider_reference=payment.charge,
        happened_at=charge.happened_at,
        lines=[
            (ledger.account(Kind.STRIPE_CLEARING, currency), payment.amount_minor),
            (ledger.account(Kind.PROVIDER_CREDIT, currency), charge.from_credit),
            (ledger.account(Kind.PROMOTIONS, currency), price - charge.net_minor),
            (ledger.account(Kind.TAX, currency), -charge.tax.minor),
            (year_shares.account(currency), -price),
        ],
    )


def _grant_next(year: PlanYear, payment: Payment) -> PlanMonth:
    """Grant the next month of a locked year, with its part of what waits."""
    bought, number = plans.PLANS[year.plan], year.granted
    price = Money(year_shares.next_part(payment), year.currency)
    commission, share = price.split(year.commission_bps)
    month = PlanMonth.objects.create(
        organization=year.organization,
        plan=bought.code,
        invoice=f"{year.invoice}/{number + 1}",
        year=year,
        starts_at=months_later(year.starts_at, number),
        ends_at=months_later(year.starts_at, number + 1),
        characters_included=bought.characters,
        share_minor=share.minor,
        commission_bps=year.commission_bps,
        currency=year.currency,
    )
    ledger.post(
        kind=LedgerEntry.Kind.PLAN_PAID,
        idempotency_key=f"plan-{month.invoice}",
        lines=[
            (year_shares.account(year.currency), price.minor),
            (ledger.account(Kind.DEFERRED, year.currency), -commission.minor),
            (plan_shares.unshared_account(year.organization, year.currency), -share.minor),
        ],
    )
    year.granted = number + 1
    year.save(update_fields=["granted"])
    audit.record(actor=None, action="plan.month_granted", subject=month, year=year.pk)
    return month


def grant_due_months(now: datetime | None = None) -> int:
    """Grant the months of paid years that have begun; returns how many."""
    now, count = now or timezone.now(), 0
    running = PlanYear.objects.filter(stopped_at=None, granted__lt=plans.MONTHS_OF_YEAR)
    for pk in list(running.values_list("pk", flat=True)):
        try:
            while _grant_due(pk, now):
                count += 1
        except Exception:
            _log.exception("month not granted", extra={"fields": {"year": pk}})
    return count


def _grant_due(year_id: int, now: datetime) -> bool:
    with transaction.atomic():
        organization = PlanYear.objects.select_related("organization").get(pk=year_id).organization
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        year = (
            PlanYear.objects.select_for_update(of=("self",), no_key=True)
            .select_related("organization")
            .get(pk=year_id)
        )
        over = year.granted >= plans.MONTHS_OF_YEAR or year.stopped_at is not None
        if over or months_later(year.starts_at, year.granted) > now:
            return False
        _grant_next(year, Payment.objects.get(plan_year=year))
    return True
