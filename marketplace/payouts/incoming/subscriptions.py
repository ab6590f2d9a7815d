"""Plans at the provider: subscribing, following changes, and posting each paid month."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import Right, require
from marketplace.billing import vat_checks
from marketplace.compliance import audit
from marketplace.licensing import plan_letters, plans
from marketplace.licensing.models import PlanMonth, PlanSubscription, PlanYear
from marketplace.money import Money
from marketplace.payouts import stripe_api
from marketplace.payouts.creators import year_shares
from marketplace.payouts.incoming import payers, plan_months, plan_years, provider_credit, sales
from marketplace.payouts.models import Payment
from marketplace.payouts.returning import carried, refunds
from marketplace.refusals import (
    PaymentMismatch,
    PaymentProviderUnavailable,
    ProviderRefused,
    Refused,
)

SPOKEN_AHEAD = 0.1  # of a month's characters, that may be spoken ahead of its days,
SPOKEN_MEANWHILE = 0.05  # and more while a change that was agreed to is paid at once
NOT_CREDITED = "What it was to be credited with had gone back."
SPOKEN = "What it was to be credited with was spoken before it was paid."
ENDED_BEFORE = "Paid after its plan had ended."
SURPLUS = "Paid for a second plan: an organization has one."
NOT_BEGUN = ("incomplete", "incomplete_expired")  # its first payment waits, or never came
ENDED = ("canceled", "incomplete_expired")
GRANTING = (
    "subscription_create",
    "subscription_cycle",
)  # reasons for which a whole month is billed
CHANGED = "subscription_update"  # for which one is billed where the change begins a month anew


def begin_plan_checkout(
    *, organization: Organization, plan: str, by: User, yearly: bool = False
) -> str:
    """The page where a buyer subscribes to a plan, by the month or by the year.

    Raises:
        Refused: not_a_member, role_too_small, plan, has_a_plan.
        PaymentProviderUnavailable: try again.
    """
    require(by, organization, Right.BUY)
    chosen = plans.PLANS.get(plan)
    if chosen is None or not chosen.price_minor:
        raise Refused("plan", gettext("Choose one of the paid plans."))
    if plans.subscription_of(organization) is not None:
        raise Refused("has_a_plan", gettext("You already have a plan; change or end that one."))
    price = stripe_api.ensure_price(
        plan=chosen.code,
        name=f"{settings.PLATFORM_NAME} {chosen.name}",
        price=Money(chosen.yearly_minor if yearly else chosen.price_minor, settings.CURRENCY),
        yearly=yearly,
    )
    whose = f"?organization={organization.public_id}"
    paid = settings.BASE_URL + reverse("storefront:plan-paid") + whose
    plans_page = settings.BASE_URL + reverse("storefront:plans") + whose
    asks = not vat_checks.is_refused(organization)
    return stripe_api.create_subscription_checkout(
        price=price,
        plan=chosen.code,
        organization=str(organization.public_id),
        buyer=str(by.pk),
        email=by.email,
        success_url=paid,
        cancel_url=plans_page,
        key=f"plan-{organization.public_id}-{by.pk}-{chosen.code}-{yearly:d}-{asks:d}-"
        f"{timezone.now():%Y%m%d%H%M}",
        for_whom=payers.for_whom(organization),
        asks_tax_number=asks,
    )


def refresh_subscription(subscription_id: str) -> PlanSubscription | None:
    """Update our row from the provider's subscription; None if it is not ours, or has not begun.

    A second one of an organization is ended at the provider; its payment goes back when the
    invoice is recorded.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    reported = stripe_api.fetch_subscription(subscription_id)
    organization = _subscriber(reported)
    if organization is None or reported.status in NOT_BEGUN:
        return None
    if _is_surplus(reported, organization):
        _end_surplus(reported, organization)
        return None
    subscription = plans.begin_subscription(
        organization=organization,
        buyer_id=int(reported.buyer),
        plan=reported.plan,
        provider_id=reported.id,
        customer=reported.customer,
        yearly=reported.yearly,
    )
    if subscription is None:
        _end_surplus(reported, organization)
        return None
    plans.apply_subscription(
        provider_id=reported.id,
        status=reported.status,
        cancels=reported.cancels,
        plan=reported.plan,
    )
    return subscription


def _subscriber(reported: stripe_api.ProviderSubscription) -> Organization | None:
    """The organization that a subscription to one of our plans is for."""
    if reported.plan not in plans.PLANS:
        return None
    try:
        return Organization.objects.filter(public_id=UUID(reported.organization)).first()
    except ValueError:
        return None


def _is_surplus(reported: stripe_api.ProviderSubscription, organization: Organization) -> bool:
    """Whether the organization has another plan than this one, which we don't know."""
    other = plans.subscription_of(organization)
    if other is None or PlanSubscription.objects.filter(provider_id=reported.id).exists():
        return False
    refresh_subscription(other.provider_id)  # it may have ended at the provider
    return plans.subscription_of(organization) is not None


def _end_surplus(reported: stripe_api.ProviderSubscription, organization: Organization) -> None:
    if reported.status in ENDED:
        return
    try:
        stripe_api.cancel_subscription(reported.id)
    except ProviderRefused:
        if stripe_api.fetch_subscription(reported.id).status not in ENDED:
            raise
        return  # another of its events came at the same moment, and tells its buyer
    with transaction.atomic():
        audit.record(
            actor=None, action="plan.surplus_ended", subject=organization, provider=reported.id
        )
        plan_letters.tell_surplus(User.objects.get(pk=int(reported.buyer)), reported.plan)


def record_invoice(invoice_id: str) -> PlanMonth | None:
    """Post an invoice's payment and grant its month; a repeat changes nothing.

    Creators' shares come from the plan's full price; the platform bears discounts. Only an invoice
    for a whole period grants a month: a proration is a fraction of a price. It is posted as owed to its
    buyer, for a person to refund. What was paid for a second plan goes back by itself.

    Raises:
        PaymentProviderUnavailable: try again.
        PaymentMismatch: it was paid, but for no whole period.
    """
    invoice = stripe_api.fetch_invoice(invoice_id)
    if invoice is None:
        return None
    charge = sales.Charge(
        id=invoice.charge or f"free-{invoice.id}",
        payment_intent=invoice.payment_intent,
        amount=invoice.amount,
        tax=invoice.tax,
        fee=invoice.fee,
        billed=invoice.billed,
        taxes=invoice.taxes,
        settled=invoice.settled,
        from_credit=invoice.from_credit,
    )
    owed = Payment.objects.filter(charge=charge.id, kind=Payment.Kind.TOO_LATE).first()
    if provider_credit.is_unused(invoice.id) or (owed is not None and owed.refunds.exists()):
        return None
    subscription = refresh_subscription(invoice.subscription)
    if subscription is None or _is_too_late(subscription, invoice):
        _give_back(invoice, charge, ENDED_BEFORE if subscription else SURPLUS)
        return None
    begins_anew = invoice.reason == CHANGED and invoice.credited > 0
    if invoice.period is None or not (invoice.reason in GRANTING or begins_anew):
        provider_credit.record_proration(subscription.organization, invoice, charge)
        if not invoice.amount.minor:
            return None
        sales.record_surplus_payment(organization=subscription.organization, charge=charge)
        raise PaymentMismatch(
            f"Invoice {invoice.id} ({invoice.reason or 'without a reason'}) took {invoice.amount} for "
            "less than a whole month of a plan, so it grants nothing: give the payment back."
        )
    return _record_period(subscription, invoice, charge, begins_anew=begins_anew)


def _is_too_late(subscription: PlanSubscription, invoice: stripe_api.ProviderInvoice) -> bool:
    """Whether a card paid an invoice after its plan had ended, so that it would buy nothing.

    One that was paid before, and is heard of late, is booked as it would have been.
    """
    subscription.refresh_from_db()
    if subscription.state != PlanSubscription.State.ENDED or not invoice.amount.minor:
        return False
    if invoice.from_credit or Payment.objects.filter(charge=invoice.charge).exists():
        return False
    ended_at = stripe_api.fetch_subscription(subscription.provider_id).ended_at
    return not ended_at or invoice.paid_at > ended_at


def _is_granted(invoice: str) -> bool:
    months, years = PlanMonth.objects.filter(invoice=invoice), PlanYear.objects
    return months.exists() or years.filter(invoice=invoice).exists()


def _record_period(
    subscription: PlanSubscription,
    invoice: stripe_api.ProviderInvoice,
    charge: sales.Charge,
    *,
    begins_anew: bool,
) -> PlanMonth | None:
    """Grant the month or year of a paid invoice; None where what it was to be credited with has gone back."""
    assert invoice.period is not None
    starts, ends = (datetime.fromtimestamp(at, UTC) for at in invoice.period)
    with transaction.atomic():
        if begins_anew and (lost := _lost_credit(subscription.organization, invoice.id, starts)):
            _give_credit_back(subscription, invoice, charge, reason=lost)
            return None
        if invoice.yearly:
            month = plan_years.grant_year(
                organization=subscription.organization,
                plan=invoice.plan,
                invoice=invoice.id,
                charge=charge,
                starts_at=starts,
                ends_at=ends,
                price_minor=invoice.unit_minor,
            )
        else:
            month = plan_months.grant_month(
                subscription=subscription,
                plan=invoice.plan,
                invoice=invoice.id,
                charge=charge,
                starts_at=starts,
                ends_at=ends,
                price_minor=invoice.unit_minor,
                credited_minor=invoice.credited if begins_anew else 0,
            )
        if invoice.reason == CHANGED:
            provider_credit.correct_invoice(month, invoice, charge)
            year_shares.credit_unused(month, invoice.credited)
    return month


def _lost_credit(organization: Organization, invoice: str, starts: datetime) -> str:
    """Why a dearer month can't be credited with the rest of the earlier one any more; empty if it can.

    The bank may have asked its customer, who took a day: the payment may have been refunded or disputed
    meanwhile, or the characters spoken. Locks those payments in the caller's transaction, so that no
    refund is asked for at the same time.
    """
    if _is_granted(invoice):
        return ""
    earlier = plans.paid_months_at(organization, starts).first()
    if earlier is None:
        return ""
    behind = Payment.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
    paid = behind.filter(plan_month__in=[earlier, *carried.months_before(earlier)])
    if any(carried.goes_back(payment) for payment in paid):
        return NOT_CREDITED
    ahead = plans.is_spoken_ahead(earlier, starts, SPOKEN_AHEAD + SPOKEN_MEANWHILE)
    return SPOKEN if ahead else ""


def _give_credit_back(
    subscription: PlanSubscription,
    invoice: stripe_api.ProviderInvoice,
    charge: sales.Charge,
    *,
    reason: str,
) -> None:
    """Post what a card paid of a dearer month as owed to its buyer, refund it, and tell them.

    Where credit paid all of it, they are told that the month has not begun.
    """
    organization, is_spoken = subscription.organization, reason == SPOKEN
    plan = plans.PLANS[invoice.plan].name
    is_new = provider_credit.record_unused(organization, invoice, charge)
    if not charge.amount.minor:
        if is_new:
            used = Money(invoice.from_credit, charge.amount.currency)
            plan_letters.tell_not_begun(subscription, plan, used, is_spoken=is_spoken)
        return
    payment, is_new = sales.record_surplus_payment(organization=organization, charge=charge)
    if is_new:
        plan_letters.tell_not_credited(subscription, plan, is_spoken=is_spoken)
        refunds.request_refund(payment=payment, amount_minor=payment.amount_minor, reason=reason)


def _give_back(invoice: stripe_api.ProviderInvoice, charge: sales.Charge, reason: str) -> None:
    """Post what was paid for a second plan, or for one that has ended, as owed to its buyer, and refund it.

    What it moved on their credit at the provider is posted, too.
    """
    reported = stripe_api.fetch_subscription(invoice.subscription)
    organization = _subscriber(reported)
    if organization is None or not (charge.amount.minor or charge.from_credit):
        return
    if reported.status in NOT_BEGUN:
        raise PaymentProviderUnavailable(f"{reported.id} is paid, but has not begun yet.")
    with transaction.atomic():
        provider_credit.record_unused(organization, invoice, charge)
        if not charge.amount.minor:
            return
        payment, is_new = sales.record_surplus_payment(organization=organization, charge=charge)
        if is_new:
            refunds.request_refund(
                payment=payment, amount_minor=payment.amount_minor, reason=reason
            )
