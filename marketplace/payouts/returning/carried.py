"""Payments whose value was taken by an upgrade or a dearer plan: what of them may still go back.

What an upgrade or a dearer month was credited has been paid out in another form. Its buyer may have
it again with the upgrade, so that goes back first.
"""

from __future__ import annotations

from django.db.models import Q, Sum
from django.utils.translation import gettext

from marketplace.licensing import carried
from marketplace.licensing.models import Order, PlanMonth
from marketplace.money import Money
from marketplace.payouts.creators import earnings, plan_shares
from marketplace.payouts.models import Dispute, LedgerAccount, LedgerLine, Payment, Refund
from marketplace.refusals import Refused


def kept_back(payment: Payment, *, asked: bool) -> int:
    """What of a payment, with its tax, stays here while what it was credited to stands; minor units.

    Locks what might take more of it, in the caller's transaction.
    asked: whether what took it counts as gone when its own payment is only asked back as a whole.
    """
    order, month = payment.order, payment.plan_month
    if payment.kind == Payment.Kind.LICENCE and order is not None:
        used = carried.used_of(carried.lock(order), asked=asked)
        return _with_tax(payment, used, order.due.minor)
    if payment.kind == Payment.Kind.PLAN and month is not None:
        month = PlanMonth.objects.select_for_update(no_key=True).get(pk=month.pk)
        given, dearer = given_at_provider(payment), _payment_after(month)
        if dearer is not None and _is_back(dearer, asked=asked):
            return min(given, payment.amount_minor)
        used = _with_tax(payment, credited_of(month), payment.net_minor)
        return min(used + given, payment.amount_minor)
    if payment.kind == Payment.Kind.PLAN_YEAR and payment.plan_year is not None:
        months = list(payment.plan_year.months.all())
        used = _with_tax(payment, sum(map(credited_of, months)), payment.net_minor)
        return min(used + given_at_provider(payment), payment.amount_minor)
    return 0


def given_at_provider(payment: Payment) -> int:
    """What the months of a payment gave, with tax, to their buyer's credit at the provider."""
    behind = Q(payment=payment) | Q(year__payment=payment)
    months, of_months = list(PlanMonth.objects.filter(behind)), Q()
    for month in months:
        of_months |= Q(entry__idempotency_key__startswith=plan_shares.balance_key(month))
    lines = LedgerLine.objects.filter(of_months, account__kind=LedgerAccount.Kind.PROVIDER_CREDIT)
    return max(0, -int(lines.aggregate(total=Sum("amount_minor"))["total"] or 0)) if months else 0


def refusal(payment: Payment, left: Money) -> Refused:
    """Why more than what is left of a payment can't go back now."""
    if given_at_provider(payment):
        told = gettext(
            "A part of this payment is credit at the payment provider, which pays for the next months. "
            "%(left)s can go back at most."
        )
        return Refused("given_as_credit", told % {"left": left})
    some = gettext(
        "The value of this payment was credited to an upgrade or a dearer plan. Refund that first; until "
        "then, %(left)s of this can go back at most."
    )
    none = gettext(
        "The value of this payment was credited to an upgrade or a dearer plan. Refund that first; until "
        "then, nothing of this can go back."
    )
    return Refused("used_for_upgrade", some % {"left": left} if left.minor else none)


def credited_of(month: PlanMonth) -> int:
    """What a dearer plan took of a month's price when it replaced it, minor units without tax."""
    lines = LedgerLine.objects.filter(
        entry__idempotency_key=f"plan-credited-{month.pk}",
        account__kind=LedgerAccount.Kind.PROMOTIONS,
    )
    return -int(lines.aggregate(total=Sum("amount_minor"))["total"] or 0)


def _with_tax(payment: Payment, used: int, whole: int) -> int:
    """The part of what was charged that a part of the price is, rounded up."""
    return -(-payment.amount_minor * min(used, whole) // whole) if used and whole else 0


def _is_back(payment: Payment, *, asked: bool) -> bool:
    waiting = payment.refunds.filter(state__in=Refund.WAITING) if asked else payment.refunds.none()
    return (
        payment.refunded_minor + sum(each.amount_minor for each in waiting) >= payment.amount_minor
    )


def _payment_after(month: PlanMonth) -> Payment | None:
    """The payment of the dearer month that the rest of a month was credited to."""
    following = months_after(month)
    if not following:
        return None
    year = Q(plan_year__isnull=False, plan_year=following[0].year_id)
    return Payment.objects.filter(Q(plan_month=following[0]) | year).first()


def months_after(month: PlanMonth) -> list[PlanMonth]:
    """The dearer months that were paid with the rest of a month, one after the other."""
    found = list[PlanMonth]()
    while credited_of(month):
        following = _month_of(month, starts_at=month.ends_at)
        if following is None:
            break
        found.append(following)
        month = following
    return found


def months_before(month: PlanMonth) -> list[PlanMonth]:
    """The cheaper months whose rest paid for a month, the latest first."""
    found = list[PlanMonth]()
    while (before := _month_of(month, ends_at=month.starts_at)) and credited_of(before):
        found.append(before)
        month = before
    return found


def _month_of(month: PlanMonth, **when: object) -> PlanMonth | None:
    paid = PlanMonth.objects.filter(organization=month.organization_id, invoice__isnull=False)
    return paid.filter(**when).exclude(pk=month.pk).first()


def goes_back(payment: Payment) -> bool:
    """Whether a payment was refunded or disputed, if only in part, or may be."""
    disputed = payment.disputes.exclude(state=Dispute.State.WON)
    return payment.refunds.exclude(state=Refund.State.FAILED).exists() or disputed.exists()


def lock_bought(payment: Payment) -> Order | None:
    """Lock the order of a licence's payment, the listing and the licence, in the caller's transaction.

    Before anything is posted: who fulfils an order has locked these when they lock accounts.
    """
    if payment.order_id is None or payment.kind != Payment.Kind.LICENCE:
        return None
    return carried.lock(Order.objects.get(pk=payment.order_id))


def tell_licensing(payment: Payment) -> None:
    """Note with an order what went back of its payment, and what may, in the caller's transaction."""
    order = lock_bought(payment)
    if order is None:
        return
    paid = Payment.objects.get(pk=payment.pk)
    asked = paid.refunds.filter(state__in=Refund.WAITING).values_list("amount_minor", flat=True)
    taken = {Dispute.State.OPEN: 0, Dispute.State.LOST: 0, Dispute.State.WON: 0}
    for dispute in paid.disputes.all():
        taken[Dispute.State(dispute.state)] += dispute.amount_minor

    def of_price(minor: int) -> int:
        minor = min(minor, paid.amount_minor)
        return earnings.proportion(order.due.minor, minor, paid.amount_minor)

    back = paid.refunded_minor + taken[Dispute.State.LOST]
    returned = of_price(back)
    returning = of_price(back + sum(asked) + taken[Dispute.State.OPEN]) - returned
    carried.note_returns(order=order, returned_minor=returned, returning_minor=returning)
