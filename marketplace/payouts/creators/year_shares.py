"""Years of plans that were paid at once: what waits for the months to come, and what takes from it.

A month takes its part when it begins: of what is left, divided by the months that are left. So a
refund of a part is borne by all months to come, and the last takes whatever remains.
"""

from __future__ import annotations

from django.db.models import Q, Sum

from marketplace.licensing import plans
from marketplace.licensing.models import PlanMonth, PlanYear
from marketplace.payouts.books import ledger
from marketplace.payouts.books.ledger import Kind, Line
from marketplace.payouts.creators import earnings, plan_shares
from marketplace.payouts.models import LedgerAccount, LedgerEntry, LedgerLine, Payment


def account(currency: str) -> LedgerAccount:
    """The account where payments of years wait for their months."""
    return ledger.account(Kind.PLAN_YEARS, currency)


def waiting(payment: Payment) -> int:
    """What waits of a year's payment, in minor units; the caller locked the year."""
    year = year_of(payment)
    keys = [
        f"year-{year.invoice}",
        *plan_shares.keys_of_returns(payment),
    ]
    of_year = Q(entry__idempotency_key__in=keys)
    for month in year.months.all():
        of_year |= plan_shares.moves_of(month)
    lines = LedgerLine.objects.filter(of_year, account__kind=Kind.PLAN_YEARS)
    return -int(lines.aggregate(total=Sum("amount_minor"))["total"] or 0)


def year_of(payment: Payment) -> PlanYear:
    """The year that a payment bought."""
    assert payment.plan_year is not None, "every payment of a year has one"
    return payment.plan_year


def next_part(payment: Payment) -> int:
    """What the next month of a locked year takes of what waits."""
    left = plans.MONTHS_OF_YEAR - year_of(payment).granted
    return waiting(payment) // left


def refund_lines(payment: Payment, before: int, minor: int, rest: int) -> list[Line]:
    """What a refund takes from the months to come and from those not shared out, in the caller's transaction.

    In proportion to what is left of the payment, so that a whole refund takes all that waits; what
    was shared out stays with the creators. before: what earlier refunds gave back; rest: the refund
    without tax, beyond which the platform has its discount again.
    """
    PlanYear.objects.select_for_update(no_key=True).get(pk=year_of(payment).pk)
    left, waits = plan_shares.whole_of(payment) - before, waiting(payment)
    taken, began = _wait_again(payment, before, minor, left)
    to_come = (
        earnings.proportion(waits + began, minor, left) - taken
    )  # so that parts sum to the whole
    taken += max(0, min(to_come, waits))
    return [
        (account(payment.currency), taken),
        (ledger.account(Kind.PROMOTIONS, payment.currency), min(0, rest - taken)),
    ]


def _wait_again(payment: Payment, before: int, minor: int, left: int) -> tuple[int, int]:
    """Have a refund's part of the months that began, and are not shared out, wait again.

    Returns that part, and all that it is a part of.
    An entry for each month, since what is left of a month's commission is told from its own entries.
    """
    again = began = 0
    for month in year_of(payment).months.select_for_update(no_key=True).order_by("pk"):
        has, unearned = plan_shares.unshared_of(month), plan_shares.unearned_of(month, None)
        share = plan_shares.take_unshared(month, earnings.proportion(has, minor, left))
        deferred = earnings.proportion(unearned, minor, left)
        unshared = plan_shares.unshared_account(payment.organization, payment.currency)
        ledger.post(
            kind=LedgerEntry.Kind.PLAN_PAID,
            idempotency_key=f"plan-returned-{month.pk}-{before}",
            lines=[
                (unshared, share),
                (ledger.account(Kind.DEFERRED, payment.currency), deferred),
                (account(payment.currency), -share - deferred),
            ],
        )
        again += share + deferred
        began += has + unearned
    return again, began


def credit_unused(month: PlanMonth, minor: int) -> None:
    """End what a dearer or longer plan replaces, a month or a year, as `plan_shares.credit_unused` does.

    Nothing more is granted of a year that ends so: what was not credited of it is the platform's.
    """
    running = plans.paid_months_at(month.organization, month.starts_at)
    earlier = running.select_for_update(of=("self",), no_key=True).first()
    if earlier is None or earlier.year_id is None:
        plan_shares.credit_unused(month, minor)
        return
    year = PlanYear.objects.select_for_update(no_key=True).get(pk=earlier.year_id)
    key = f"plan-credited-{earlier.pk}"
    if LedgerEntry.objects.filter(idempotency_key=key).exists():
        return
    waits, currency = waiting(Payment.objects.get(plan_year=year)), year.currency
    to_come = min(minor, waits)
    share, deferred = plan_shares.take_credited(earlier, None, minor - to_come)
    year.granted = plans.MONTHS_OF_YEAR
    year.save(update_fields=["granted"])
    earlier.ends_at = month.starts_at
    earlier.save(update_fields=["ends_at"])
    ledger.post(
        kind=LedgerEntry.Kind.PLAN_PAID,
        idempotency_key=key,
        lines=[
            (account(currency), waits),
            (plan_shares.unshared_account(year.organization, currency), share),
            (ledger.account(Kind.DEFERRED, currency), deferred),
            (ledger.account(Kind.PROMOTIONS, currency), -to_come - share - deferred),
            (ledger.account(Kind.COMMISSION, currency), to_come - waits),
        ],
    )


def take_disputed(payment: Payment, minor: int) -> tuple[list[Line], dict[str, int]]:
    """What a dispute takes from the months to come, and from creators' parts of those not shared out.

    In the caller's transaction. Returns the debits, and the same for `restore_disputed`.
    """
    year = PlanYear.objects.select_for_update(no_key=True).get(pk=year_of(payment).pk)
    whole, waits = plan_shares.whole_of(payment), waiting(payment)
    to_come = min(waits, earnings.proportion(waits, minor, whole - payment.refunded_minor))
    taken = {"year": to_come}
    for month in year.months.select_for_update(no_key=True).filter(shared_at=None):
        part = earnings.proportion(month.share_minor, minor, whole)
        taken[str(month.pk)] = plan_shares.take_unshared(month, part)
    unshared = plan_shares.unshared_account(payment.organization, payment.currency)
    of_months = sum(taken.values()) - to_come
    return [(account(payment.currency), to_come), (unshared, of_months)], taken


def restore_disputed(payment: Payment, taken: dict[str, int]) -> list[Line]:
    """Give back what a dispute had taken; the credits. What was shared meanwhile stays the platform's."""
    unshared = plan_shares.unshared_account(payment.organization, payment.currency)
    lines = [(account(payment.currency), -taken["year"])]
    for pk, minor in taken.items():
        if pk == "year":
            continue
        month = PlanMonth.objects.select_for_update(no_key=True).get(pk=int(pk))
        is_again = plan_shares.put_back(month, minor)
        to = unshared if is_again else ledger.account(Kind.COMMISSION, payment.currency)
        lines.append((to, -minor))
    return lines
