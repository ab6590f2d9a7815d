"""What became of what payments bought: all that decides whether they can be taken back, for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from marketplace.licensing import plans
from marketplace.licensing.models import CreditAccount, Generation, Licence, Order, PlanMonth
from marketplace.payouts.models import Dispute, Payment, Refund

PLANS = (Payment.Kind.PLAN, Payment.Kind.PLAN_YEAR)


@dataclass(frozen=True)
class Standing:
    """Of some payments, by keys.

    gone_back: payments of which a part went back, or may. spoken, reserved: licences with speech, and their
    characters that are set aside. changes: what was paid for licences later, in the order of payment.
    credit: what is left, by organization and currency. months: of each payment. with_speech: months with
    speech. paid: the paid months of organizations.
    """

    gone_back: frozenset[int]
    spoken: frozenset[int]
    reserved: dict[int, int]
    changes: dict[int, list[Order]]
    credit: dict[tuple[int, str], int]
    months: dict[int, list[PlanMonth]]
    with_speech: frozenset[int]
    paid: dict[int, list[PlanMonth]]


def standing_of(payments: Collection[Payment], licences: Collection[Licence]) -> Standing:
    """What became of these payments, and of the licences that they paid for: as many queries for all as for
    one.
    """
    keys, of_plans = [payment.pk for payment in payments], _of(payments, *PLANS)
    months = _months(of_plans)
    held = [month for found in months.values() for month in found]
    returned = Refund.objects.filter(payment__in=keys).exclude(state=Refund.State.FAILED)
    gone_back = {
        *returned.values_list("payment", flat=True),
        *Dispute.objects.filter(payment__in=keys).values_list("payment", flat=True),
    }
    return Standing(
        gone_back=frozenset(gone_back),
        spoken=_with_speech(
            Licence.objects.filter(pk__in=[each.pk for each in licences]), "licence"
        ),
        reserved=_reserved(licences),
        changes=_changes(licences),
        credit=_credit(_of(payments, Payment.Kind.CREDITS)),
        months=months,
        with_speech=_with_speech(
            PlanMonth.objects.filter(pk__in=[m.pk for m in held]), "plan_month"
        ),
        paid=_paid(of_plans, held),
    )


def _of(payments: Iterable[Payment], *kinds: str) -> list[Payment]:
    return [payment for payment in payments if payment.kind in kinds]


def _with_speech(rows: QuerySet[Any], name: str) -> frozenset[int]:
    speech = Generation.objects.filter(**{name: OuterRef("pk")})
    return frozenset(rows.filter(Exists(speech)).values_list("pk", flat=True))


def _reserved(licences: Collection[Licence]) -> dict[int, int]:
    under_way = Generation.objects.filter(licence__in=licences, state=Generation.State.RESERVED)
    sums = under_way.order_by().values_list("licence").annotate(sum=Sum("characters_reserved"))
    return dict(sums)


def _changes(licences: Collection[Licence]) -> dict[int, list[Order]]:
    paid = Order.objects.filter(changes__in=licences, state=Order.State.PAID)
    found: dict[int, list[Order]] = defaultdict(list)
    for order in paid.select_related("renewal_round").order_by("paid_at", "pk"):
        assert order.changes_id is not None  # by the filter
        found[order.changes_id].append(order)
    return found


def _credit(payments: list[Payment]) -> dict[tuple[int, str], int]:
    accounts = CreditAccount.objects.filter(
        organization__in=[payment.organization_id for payment in payments]
    )
    return {(each.organization_id, each.currency): each.left.minor for each in accounts}


def _months(payments: list[Payment]) -> dict[int, list[PlanMonth]]:
    """The months of each payment, the first one first."""
    alone = {each.plan_month_id: each.pk for each in payments if each.plan_month_id}
    years = {each.plan_year_id: each.pk for each in payments if each.plan_year_id}
    found: dict[int, list[PlanMonth]] = defaultdict(list)
    for month in PlanMonth.objects.filter(Q(pk__in=alone) | Q(year__in=years)).order_by("pk"):
        for payment in {alone.get(month.pk), years.get(month.year_id or 0)}:
            if payment is not None:
                found[payment].append(month)
    return found


def _paid(payments: list[Payment], months: list[PlanMonth]) -> dict[int, list[PlanMonth]]:
    """The paid months of the payments' organizations, as far back as the first payment of a plan asks."""
    since = min((month.starts_at for month in months), default=None)
    if since is None:
        return {}
    found: dict[int, list[PlanMonth]] = defaultdict(list)
    for month in PlanMonth.objects.filter(
        organization__in=[payment.organization_id for payment in payments],
        invoice__isnull=False,
        ends_at__gt=since - 2 * plans.GRACE,
    ):
        found[month.organization_id].append(month)
    return found
