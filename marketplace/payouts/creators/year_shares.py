"""Years of plans that were paid at once: what waits for the months to come, and what takes from it.

A month takes its part when it begins: of what is left, divided by the months that are left. So a
refund of a part is borne by all months to come, and the last takes whatever remains.
"""

from __future__ import annotations

from django.db.models import Sum

from marketplace.licensing import plans
from marketplace.licensing.models import PlanMonth, PlanYear
from marketplace.payouts.books import ledger
from marketplace.payouts.books.ledger import Kind, Line
from marketplace.payouts.creators import earnings, plan_shares
from marketplace.payouts.models import LedgerAccount, LedgerLine, Payment


def account(currency: str) -> LedgerAccount:
    """The account where payments of years wait for their months."""
    return ledger.account(Kind.PLAN_YEARS, currency)


def waiting(payment: Payment) -> int:
    """What waits of a year's payment, in minor units; the caller locked the year."""
    year = year_of(payment)
    keys = [
        f"year-{year.invoice}",
        *(f"plan-{month}" for month in year.months.values_list("invoice", flat=True)),
        *plan_shares.keys_of_returns(payment),
    ]
    lines = LedgerLine.objects.filter(
        entry__idempotency_key__in=keys, account__kind=Kind.PLAN_YEARS
    )
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
    """What a refund takes from the months to come, in the caller's transaction.

    In proportion to what is left of the payment, so that a whole refund takes all that waits; the
    months that began stay as they are. before: what earlier refunds gave back; rest: the refund
    without tax, beyond which the platform has its discount again.
    """
    PlanYear.objects.select_for_update().get(pk=year_of(payment).pk)
    taken = earnings.proportion(waiting(payment), minor, payment.amount_minor - before)
    return [
        (account(payment.currency), taken),
        (ledger.account(Kind.PROMOTIONS, payment.currency), min(0, rest - taken)),
    ]


def take_disputed(payment: Payment, minor: int) -> tuple[list[Line], dict[str, int]]:
    """What a dispute takes from the months to come, and from creators' parts of those not shared out.

    In the caller's transaction. Returns the debits, and the same for `restore_disputed`.
    """
    year = PlanYear.objects.select_for_update().get(pk=year_of(payment).pk)
    to_come = min(
        waiting(payment), earnings.proportion(waiting(payment), minor, payment.refundable.minor)
    )
    taken = {"year": to_come}
    for month in year.months.select_for_update().filter(shared_at=None):
        part = earnings.proportion(month.share_minor, minor, payment.amount_minor)
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
        month = PlanMonth.objects.select_for_update().get(pk=int(pk))
        is_again = plan_shares.put_back(month, minor)
        to = unshared if is_again else ledger.account(Kind.COMMISSION, payment.currency)
        lines.append((to, -minor))
    return lines
