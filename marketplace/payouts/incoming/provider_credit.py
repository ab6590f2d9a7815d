"""Credit of plans' buyers at the provider: what a cheaper price in its portal gives, and invoices take.

The provider pays invoices with it before it charges a card. It is owed to the buyers, on an account of
its own, and it is for the month whose rest was given back.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.models import Organization
from marketplace.billing import invoices
from marketplace.compliance import audit
from marketplace.licensing import plans
from marketplace.licensing.models import PlanMonth
from marketplace.money import Money
from marketplace.payouts import finance_letters, stripe_api
from marketplace.payouts.books import ledger
from marketplace.payouts.books.ledger import Kind, Line
from marketplace.payouts.creators import earnings, plan_shares, year_shares
from marketplace.payouts.incoming import sales
from marketplace.payouts.models import LedgerEntry, Payment
from marketplace.refusals import PaymentProviderUnavailable

HEARD_WITHIN = timedelta(days=1)  # of an invoice: the one of the month that it changes, or never


def record_proration(
    organization: Organization, invoice: stripe_api.ProviderInvoice, charge: sales.Charge
) -> None:
    """Post what a fraction of a month moved on its buyer's credit; a repeat changes nothing.

    What it gives comes from the month that runs, and is taken off that month's invoice; what it takes
    goes to that month, as far as credit paid it.

    Raises:
        PaymentProviderUnavailable: the month is not known yet; try again.
    """
    if not invoice.from_credit:
        return
    at = datetime.fromtimestamp(invoice.prorated_at or invoice.paid_at, UTC) + timedelta(seconds=1)
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        posted = LedgerEntry.objects.filter(
            kind=LedgerEntry.Kind.PLAN_PAID, provider_reference=invoice.id
        )
        if posted.exists():
            return
        running = plans.paid_months_at(organization, at)
        month = running.select_for_update(of=("self",), no_key=True).first()
        if month is None and timezone.now() - at < HEARD_WITHIN:
            raise PaymentProviderUnavailable(
                f"The month that {invoice.id} changes is not known yet."
            )
        tax = earnings.proportion(
            charge.tax.minor, invoice.from_credit, charge.amount.minor + invoice.from_credit
        )
        moved = invoice.from_credit - tax
        lines = _lines(month, -moved) if month is not None else []
        currency = charge.amount.currency
        ledger.post(
            kind=LedgerEntry.Kind.PLAN_PAID,
            idempotency_key=f"{plan_shares.balance_key(month) if month else 'plan-balance-'}{invoice.id}",
            provider_reference=invoice.id,
            lines=[
                (ledger.account(Kind.PROVIDER_CREDIT, currency), invoice.from_credit),
                (ledger.account(Kind.TAX, currency), -tax),
                *lines,
                (
                    ledger.account(Kind.PROMOTIONS, currency),
                    -moved - sum(minor for _, minor in lines),
                ),
            ],
        )
        if month is not None:
            _write_document(month, invoice, charge, Money(moved, currency), tax)
        audit.record(
            actor=None,
            action="plan.credit_moved",
            subject=month or organization,
            minor=-invoice.from_credit,
            provider=invoice.id,
        )


def record_unused(
    organization: Organization, invoice: stripe_api.ProviderInvoice, charge: sales.Charge
) -> bool:
    """Post what an invoice that buys nothing moved on its buyer's credit, and tell finance; once.

    It is about no month of ours, so it is the platform's; what a card paid goes back besides. Returns
    whether it was posted now.
    """
    if not invoice.from_credit:
        return False
    currency = charge.amount.currency
    with transaction.atomic():
        _, is_new = ledger.post(
            kind=LedgerEntry.Kind.PLAN_PAID,
            idempotency_key=_unused_key(invoice.id),
            provider_reference=invoice.id,
            lines=[
                (ledger.account(Kind.PROVIDER_CREDIT, currency), invoice.from_credit),
                (ledger.account(Kind.PROMOTIONS, currency), -invoice.from_credit),
            ],
        )
        if not is_new:
            return False
        audit.record(
            actor=None,
            action="plan.credit_moved",
            subject=organization,
            minor=-invoice.from_credit,
            provider=invoice.id,
        )
        moved = Money(-invoice.from_credit, currency)
        finance_letters.tell(partial(_words, str(organization), invoice.id, moved))
    return True


def is_unused(invoice: str) -> bool:
    """Whether an invoice moved credit and was recorded as one that buys nothing."""
    return LedgerEntry.objects.filter(idempotency_key=_unused_key(invoice)).exists()


def _unused_key(invoice: str) -> str:
    return f"plan-unused-{invoice}"


def _words(whom: str, invoice: str, moved: Money) -> tuple[str, str]:
    named = {"whom": whom, "invoice": invoice, "amount": Money(abs(moved.minor), moved.currency)}
    if moved.minor > 0:
        subject = gettext("An invoice that bought nothing gave credit of %(amount)s")
        text = gettext(
            "Invoice %(invoice)s at the payment provider gave %(whom)s credit there, and buys nothing here, "
            "as for a second plan, whose payment goes back whole by itself. The credit is booked as a "
            "discount of the platform's: if they are not to have it as well, take it in the provider's "
            "dashboard."
        )
    else:
        subject = gettext("An invoice that bought nothing took credit of %(amount)s")
        text = gettext(
            "Invoice %(invoice)s at the payment provider took credit that %(whom)s had there, and buys "
            "nothing here, as for a second plan. What a card paid of it goes back by itself; the credit "
            "does not: if it was theirs, give it again in the provider's dashboard."
        )
    return subject % named, text % named + "\n"


def _lines(month: PlanMonth, minor: int) -> list[Line]:
    """Take what was given without tax from a locked month and, if it is of one, its year; or add to it."""
    currency = month.currency
    unshared = plan_shares.unshared_account(month.organization, currency)
    deferred = ledger.account(Kind.DEFERRED, currency)
    if minor < 0:
        if month.shared_at is not None:
            return []
        commission, share = Money(-minor, currency).split(month.commission_bps)
        month.share_minor += share.minor
        month.save(update_fields=["share_minor"])
        return [(unshared, -share.minor), (deferred, -commission.minor)]
    payment = _payment_of(month)
    lines = list[Line]()
    if month.year_id is not None and payment is not None:
        of_year = min(minor, year_shares.waiting(payment))
        lines.append((year_shares.account(currency), of_year))
        minor, payment = minor - of_year, None
    share_taken, commission_taken = plan_shares.take_credited(month, payment, minor)
    return [*lines, (unshared, share_taken), (deferred, commission_taken)]


def _payment_of(month: PlanMonth) -> Payment | None:
    of = {"plan_year": month.year_id} if month.year_id is not None else {"plan_month": month}
    return Payment.objects.filter(**of).first()


def _write_document(
    month: PlanMonth,
    invoice: stripe_api.ProviderInvoice,
    charge: sales.Charge,
    net: Money,
    tax_minor: int,
) -> None:
    """Take what was given off the month's invoice, or write one of what credit paid."""
    payment = _payment_of(month)
    if net.minor < 0 and payment is not None:
        invoices.write_credit_note(
            charge=payment.charge, refund=invoice.id, net_minor=-net.minor, tax_minor=-tax_minor
        )
    elif net.minor > 0:
        name = plans.PLANS[invoice.plan or month.plan].name
        invoices.write_invoice(
            organization=month.organization,
            charge=invoice.id,
            description=f"{settings.PLATFORM_NAME} {name} plan, the rest of a month",
            net=net,
            tax_minor=tax_minor,
            taxes=charge.taxes,
            supplied=(timezone.localdate(), (month.ends_at - timedelta(seconds=1)).date()),
            billed=charge.billed,
        )


def correct_invoice(
    month: PlanMonth, invoice: stripe_api.ProviderInvoice, charge: sales.Charge
) -> None:
    """Take off the invoice of what a month replaces what that gave beyond the month's own price.

    In the caller's transaction; only where a cheaper month begins anew, as after a year.
    """
    if charge.net_minor >= 0:
        return
    earlier = plans.paid_months_at(month.organization, month.starts_at).first()
    payment = _payment_of(earlier) if earlier is not None else None
    if payment is not None:
        invoices.write_credit_note(
            charge=payment.charge, refund=invoice.id, net_minor=-charge.net_minor,
            tax_minor=max(0, -charge.tax.minor),
        )  # fmt: skip
