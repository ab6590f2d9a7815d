"""Each subscriber's own payment, shared among the voices they used.

There is no common pool: what a subscriber pays, less the commission, goes to the creators of the
voices that this subscriber used, by rate-weighted characters. Speech goes on for a few days after a
month, until the next is paid, so a month is shared out after those. One without speech is held for
the period that follows; if that is silent too, it is shared among the licences that the subscriber
holds.

The commission on a month is deferred until then, too: the platform has earned it when the month
that it was paid for is over.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from fractions import Fraction

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from marketplace.accounts.models import Organization
from marketplace.compliance import audit
from marketplace.creators.models import Creator
from marketplace.licensing import plans
from marketplace.licensing.models import PlanMonth, PlanSubscription
from marketplace.payouts.books import ledger
from marketplace.payouts.books.ledger import Kind, Line
from marketplace.payouts.creators import earnings, share_weights
from marketplace.payouts.models import (
    Dispute,
    Earning,
    LedgerAccount,
    LedgerEntry,
    LedgerLine,
    Payment,
)

_log = logging.getLogger(__name__)
SETTLED_AFTER = plans.GRACE + timedelta(days=1)  # jobs may be spoken for a day after they are asked
RENEWED_WITHIN = timedelta(days=30)  # after a month's end: its renewal is paid by then, or never
WAITING = ("share", "discount", "deferred")  # what a month has until it is shared out


def unshared_account(organization: Organization, currency: str) -> LedgerAccount:
    """The account where the creators' part of a subscriber's payments waits."""
    return ledger.account(Kind.PLAN_SHARES, currency, organization=organization)


def share_ended_months(now: datetime | None = None) -> int:
    """Share out every plan month that is over; returns how many."""
    now = now or timezone.now()
    over = PlanMonth.objects.filter(
        shared_at=None, share_minor__gt=0, ends_at__lte=now - SETTLED_AFTER
    ).order_by("ends_at")
    over = over.exclude(payment__disputes__state=Dispute.State.OPEN)  # nobody knows whose it is
    over = over.exclude(year__payment__disputes__state=Dispute.State.OPEN)
    count = 0
    for month in over.select_related("organization"):
        try:
            count += not _awaits_renewal(month, now) and share_month(month_id=month.pk)
        except Exception:
            _log.exception("month not shared", extra={"fields": {"month": month.pk}})
    return count


def _awaits_renewal(month: PlanMonth, now: datetime) -> bool:
    """Whether a silent month is to be carried into one that is not paid yet."""
    if month.carried_minor or month.ends_at <= now - RENEWED_WITHIN or _following(month):
        return False
    alive = month.organization.subscriptions.exclude(state=PlanSubscription.State.ENDED)
    return alive.exists() and not share_weights.by_use(month)


def _following(month: PlanMonth) -> PlanMonth | None:
    """The next paid month of the same subscriber, unless it has been shared out."""
    return (
        month.organization.plan_months.filter(
            starts_at__gte=month.ends_at, shared_at=None, invoice__isnull=False
        )
        .order_by("starts_at")
        .first()
    )


def share_month(*, month_id: int) -> bool:
    """Share one month out, or carry it over to the next; False if that was already done."""
    with transaction.atomic():
        organization_id = PlanMonth.objects.values_list("organization_id", flat=True).get(
            pk=month_id
        )
        organization = Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
        month = PlanMonth.objects.select_for_update(no_key=True).get(pk=month_id)
        if month.shared_at is not None:
            return False
        month.shared_at = timezone.now()
        month.save(update_fields=["shared_at"])
        _earn_commission(month)
        currency = month.currency
        pot = month.share_minor - month.returned_minor + month.carried_minor
        unshared = -ledger.balance(unshared_account(organization, currency)).minor
        pot = min(pot, unshared)  # refunds of earlier releases reduced the balance alone
        if pot <= 0:
            return True
        shares = share_weights.by_use(month)
        if not shares and not month.carried_minor:
            following = _following(month)
            if following is not None:
                following.carried_minor += pot
                following.save(update_fields=["carried_minor"])
                month.carried_into = following
                month.save(update_fields=["carried_into"])
                audit.record(actor=None, action="plan.carried", subject=month, minor=pot)
                return True
        shares = shares or share_weights.by_licences(organization)
        _post(month, organization, pot, shares)
        audit.record(actor=None, action="plan.shared", subject=month, minor=pot)
    return True


def _post(
    month: PlanMonth, organization: Organization, pot: int, shares: share_weights.Shares
) -> None:
    """Post one entry; what nobody earned stays with the platform."""
    currency = month.currency
    names = sorted(shares)
    parts = share_weights.largest_remainder(pot, [shares[name] for name in names]) if names else []
    creators = Creator.objects.in_bulk([creator for creator, _ in names])
    lines: list[Line] = [(unshared_account(organization, currency), pot)]
    if not names:
        lines.append((ledger.account(Kind.COMMISSION, currency), -pot))
    lines += [
        (ledger.account(Kind.CREATOR_PENDING, currency, creators[creator]), -part)
        for (creator, _), part in zip(names, parts, strict=True)
    ]
    entry, _ = ledger.post(
        kind=LedgerEntry.Kind.PLAN_SHARED, idempotency_key=f"plan-shared-{month.pk}", lines=lines
    )
    for (creator, voice_name), part in zip(names, parts, strict=True):
        if part:
            earnings.add_earning(
                creator=creators[creator],
                entry=entry,
                source=Earning.Source.PLAN,
                voice_name=voice_name,
                description=f"A {plans.PLANS[month.plan].name} subscriber's month",
                gross_minor=round(Fraction(part * 10_000, 10_000 - month.commission_bps)),
                share_minor=part,
                currency=currency,
            )


def _earn_commission(month: PlanMonth) -> None:
    """Post the commission that was deferred until the month was over, less what refunds took."""
    minor = unearned_of(month, Payment.objects.filter(plan_month=month).first())
    if not minor:
        return
    ledger.post(
        kind=LedgerEntry.Kind.PLAN_EARNED,
        idempotency_key=f"plan-earned-{month.pk}",
        belongs_to=month.ends_at,
        lines=[
            (ledger.account(Kind.DEFERRED, month.currency), minor),
            (ledger.account(Kind.COMMISSION, month.currency), -minor),
        ],
    )


def _unearned(payment: Payment) -> int:
    """The commission on a payment that is still deferred, minor units; the caller locked its month."""
    return unearned_of(_month_of(payment), payment)


def unearned_of(month: PlanMonth, payment: Payment | None) -> int:
    """The same of a month, which has no payment of its own where a whole year was paid at once."""
    returns = keys_of_returns(payment) if payment is not None else []
    lines = LedgerLine.objects.filter(
        moves_of(month) | Q(entry__idempotency_key__in=returns), account__kind=Kind.DEFERRED
    )
    return -int(lines.aggregate(total=Sum("amount_minor"))["total"] or 0)


def moves_of(month: PlanMonth) -> Q:
    """The lines of a month's own entries: what was paid for it, earned, credited, and had waited."""
    keys = [f"plan-{month.invoice}", f"plan-earned-{month.pk}", f"plan-credited-{month.pk}"]
    return (
        Q(entry__idempotency_key__in=keys)
        | Q(entry__idempotency_key__startswith=f"plan-returned-{month.pk}-")
        | Q(entry__idempotency_key__startswith=balance_key(month))
    )


def balance_key(month: PlanMonth) -> str:
    """How the keys of entries begin with which a month gave credit at the provider, or took it."""
    return f"plan-balance-{month.pk}-"


def keys_of_returns(payment: Payment) -> list[str]:
    """The keys of the entries with which refunds and disputes of a payment are posted."""
    refunded = payment.refunds.exclude(provider_id=None).values_list("provider_id", flat=True)
    disputed = payment.disputes.values_list("provider_id", flat=True)
    return [
        *(f"refund-{provider_id}" for provider_id in refunded),
        *(f"{kind}-{each}" for each in disputed for kind in ("dispute", "dispute-won")),
    ]


def unearned_lines(payment: Payment, minor: int) -> list[Line]:
    """What a refund takes from commission that is not earned yet, after `refund_lines`."""
    part = min(minor, unearned) if (unearned := _unearned(payment)) else 0
    return [(ledger.account(Kind.DEFERRED, payment.currency), part)]


def _month_of(payment: Payment) -> PlanMonth:
    assert payment.plan_month is not None, "every payment of a plan has its month"
    return payment.plan_month


def refund_lines(payment: Payment, before: int, minor: int) -> list[Line]:
    """What a refund takes from the creators' part of its own month, in the caller's transaction.

    In proportion to what was paid, so that a whole refund takes all of it, and with it the discount
    that the platform had added; a part that credit at the provider paid stays. What was shared out
    stays with the creators; other months are not touched.
    before: what earlier refunds of the payment gave back.
    """
    month = PlanMonth.objects.select_for_update(no_key=True).get(pk=_month_of(payment).pk)
    whole = whole_of(payment)

    def part(of: int) -> int:
        return earnings.proportion(of, before + minor, whole) - earnings.proportion(
            of, before, whole
        )

    share = part(month.share_minor)
    taken = take_unshared(month, share)
    discount = earnings.proportion(part(_discount_of(month)), taken, share) if taken else 0
    return [
        (unshared_account(payment.organization, payment.currency), taken),
        (ledger.account(Kind.PROMOTIONS, payment.currency), -discount),
    ]


def credit_unused(month: PlanMonth, minor: int) -> None:
    """End the month that a dearer plan replaces, and take from it what its buyer was credited.

    In the caller's transaction, which granted `month` for less by the credit, so that this balances
    the platform's discount: creators and commission have the days that the earlier plan ran, and the
    whole of the new one. A repeat changes nothing.
    """
    running = plans.paid_months_at(month.organization, month.starts_at)
    earlier = running.select_for_update(no_key=True).filter(shared_at=None).first()
    payment = Payment.objects.filter(plan_month=earlier).first() if earlier else None
    if earlier is None or payment is None:
        return
    earlier.ends_at = month.starts_at
    earlier.save(update_fields=["ends_at"])
    share, deferred = take_credited(earlier, payment, minor)
    ledger.post(
        kind=LedgerEntry.Kind.PLAN_PAID,
        idempotency_key=f"plan-credited-{earlier.pk}",
        lines=[
            (unshared_account(month.organization, month.currency), share),
            (ledger.account(Kind.DEFERRED, month.currency), deferred),
            (ledger.account(Kind.PROMOTIONS, month.currency), -share - deferred),
        ],
    )


def take_credited(month: PlanMonth, payment: Payment | None, minor: int) -> tuple[int, int]:
    """Take what a buyer was credited from a locked month; returns the creators' part and the commission.

    Both together are less than `minor` where some of it was shared out or had gone back.
    payment: its own, None for a month of a year.
    """
    price = _price_of(month)
    credited = min(minor, price)
    share = take_unshared(month, earnings.proportion(month.share_minor, credited, price))
    return share, min(credited - share, unearned_of(month, payment))


def _price_of(month: PlanMonth) -> int:
    """The whole price of a month without tax, whoever paid it."""
    lines = LedgerLine.objects.filter(
        entry__idempotency_key=f"plan-{month.invoice}",
        account__kind__in=[Kind.PLAN_SHARES, Kind.DEFERRED],
    )
    return -int(lines.aggregate(total=Sum("amount_minor"))["total"] or 0)


def whole_of(payment: Payment) -> int:
    """What was charged for a month or a year, with what credit at the provider paid of it."""
    month, year = payment.plan_month, payment.plan_year
    key = f"year-{year.invoice}" if year is not None else f"plan-{month.invoice if month else ''}"
    lines = LedgerLine.objects.filter(
        entry__idempotency_key=key, account__kind=Kind.PROVIDER_CREDIT
    )
    used = int(lines.aggregate(total=Sum("amount_minor"))["total"] or 0)
    return payment.amount_minor + max(0, used)


def take_disputed(payment: Payment, minor: int) -> tuple[list[Line], dict[str, int]]:
    """What a dispute takes of a month that is not shared out, in the caller's transaction.

    Returns the debits, and the same by `WAITING`, for `restore_disputed`.
    """
    month = PlanMonth.objects.select_for_update(no_key=True).get(pk=_month_of(payment).pk)
    whole = whole_of(payment)
    share = earnings.proportion(month.share_minor, minor, whole)
    taken = take_unshared(month, share)
    discount = earnings.proportion(_discount_of(month), minor, whole)
    discount = earnings.proportion(discount, taken, share) if taken else 0
    unearned = _unearned(payment)
    deferred = min(unearned, earnings.proportion(unearned, minor, whole - payment.refunded_minor))
    waiting = dict(zip(WAITING, (taken, -discount, deferred), strict=True))
    return _waiting_lines(payment, waiting), waiting


def restore_disputed(payment: Payment, waiting: dict[str, int]) -> list[Line]:
    """Give a month back what a dispute had taken; the credits, in the caller's transaction.

    A month of which nothing was left to share is shared out after all. One of which a part was
    shared meanwhile is over: the platform keeps what comes back on appeal.
    """
    month = PlanMonth.objects.select_for_update(no_key=True).get(pk=_month_of(payment).pk)
    again = {name: -minor for name, minor in waiting.items()}
    if put_back(month, waiting["share"]):
        return _waiting_lines(payment, again)
    commission = ledger.account(Kind.COMMISSION, payment.currency)
    return [(commission, sum(again.values()))]


def put_back(month: PlanMonth, share: int) -> bool:
    """Let a share wait again in a locked month, or where it was carried to; False if that is over."""
    if month.carried_into_id is not None:
        following = PlanMonth.objects.select_for_update(no_key=True).get(pk=month.carried_into_id)
        if following.shared_at is not None:
            return False
        following.carried_minor += share
        following.save(update_fields=["carried_minor"])
        return True
    if LedgerEntry.objects.filter(idempotency_key=f"plan-shared-{month.pk}").exists():
        return False
    month.shared_at = None
    month.returned_minor -= share
    month.save(update_fields=["shared_at", "returned_minor"])
    return True


def _waiting_lines(payment: Payment, waiting: dict[str, int]) -> list[Line]:
    accounts = (
        unshared_account(payment.organization, payment.currency),
        ledger.account(Kind.PROMOTIONS, payment.currency),
        ledger.account(Kind.DEFERRED, payment.currency),
    )
    return [(to, waiting[name]) for to, name in zip(accounts, WAITING, strict=True)]


def take_unshared(month: PlanMonth, share: int) -> int:
    """Take at most `share` from what waits of a locked month, here or where it was carried to."""
    if month.shared_at is None:
        taken = min(share, unshared_of(month))
        month.returned_minor += taken
        month.save(update_fields=["returned_minor"])
        return taken
    if month.carried_into_id is None:
        return 0
    following = PlanMonth.objects.select_for_update(no_key=True).get(pk=month.carried_into_id)
    if following.shared_at is not None:
        return 0
    taken = min(share, following.carried_minor)
    following.carried_minor -= taken
    following.save(update_fields=["carried_minor"])
    return taken


def unshared_of(month: PlanMonth) -> int:
    """What `take_unshared` may take of a month, at most."""
    own = month.share_minor - month.returned_minor
    if month.shared_at is None:
        return own
    following = month.carried_into
    if following is None or following.shared_at is not None:
        return 0
    return min(own, following.carried_minor)


def _discount_of(month: PlanMonth) -> int:
    lines = LedgerLine.objects.filter(
        entry__idempotency_key=f"plan-{month.invoice}", account__kind=Kind.PROMOTIONS
    )
    return int(lines.aggregate(total=Sum("amount_minor"))["total"] or 0)
