"""What waits for a person in finance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date

from django.db.models import Q, QuerySet
from django.utils import timezone

from marketplace.billing import home_tax
from marketplace.licensing.models import Coupon
from marketplace.payouts.books import bank_payouts, closing, differences
from marketplace.payouts.books.bank_payouts import Shortage
from marketplace.payouts.books.differences import Difference
from marketplace.payouts.models import (
    Adjustment,
    Closing,
    Dispute,
    PayoutFreeze,
    ProviderEvent,
    Reconciliation,
    Refund,
    Transfer,
)
from marketplace.payouts.queries import month_bounds

_MOST_MONTHS = 24


@dataclass(frozen=True)
class Waiting:
    """Everything that needs a person today.

    differences: from the provider's books, which nobody has booked; months: that are over and open;
    no_rate: documents of late that lack their VAT in the national currency; shortages: where automatic
    payouts take what creators are to be paid from the balance.
    """

    differences: list[Difference]
    compared: Reconciliation | None
    events: int
    disputes: list[Dispute]
    frozen: list[PayoutFreeze]
    adjustments: int
    refunds: int
    returned: int
    transfers: int
    reopening: int
    coupons: int
    months: list[date]
    no_rate: int
    shortages: list[Shortage]

    @property
    def is_empty(self) -> bool:
        """Whether nobody has anything to do."""
        return not any(
            (self.differences, self.events, self.disputes, self.frozen, self.adjustments,
             self.refunds, self.returned, self.transfers, self.reopening, self.coupons,
             self.months, self.no_rate, self.shortages)
        )  # fmt: skip


def what_waits() -> Waiting:
    """What needs a person now, the most urgent disputes first."""
    compared = Reconciliation.objects.first()
    refunds = Refund.objects.order_by()
    unanswered = Dispute.objects.filter(state=Dispute.State.OPEN).exclude(evidence__state="sent")
    disputes = unanswered.select_related("payment__organization", "evidence").order_by(
        "due_by", "pk"
    )
    return Waiting(
        differences=differences.standing(),
        compared=compared,
        events=failed_events().count(),
        disputes=list(disputes[:100]),
        frozen=list(PayoutFreeze.objects.filter(lifted_at=None).select_related("creator")[:100]),
        adjustments=Adjustment.objects.filter(state=Adjustment.State.PROPOSED).count(),
        refunds=refunds.filter(state=Refund.State.PROPOSED).count(),
        returned=refunds.filter(state=Refund.State.RETURNED).count(),
        transfers=Transfer.objects.filter(put_off__gt=0, state=Transfer.State.SENDING).count(),
        reopening=Closing.objects.filter(state=Closing.State.REOPENING).count(),
        coupons=Coupon.objects.filter(state=Coupon.State.PROPOSED).count(),
        months=months_to_close(),
        no_rate=home_tax.missing().count(),
        shortages=bank_payouts.last_known(),
    )


def failed_events() -> QuerySet[ProviderEvent]:
    """Events of the provider that failed, newest first."""
    return ProviderEvent.objects.exclude(error="")


def unhandled_events() -> QuerySet[ProviderEvent]:
    """Events of the provider that failed or wait for their payment, newest first."""
    return ProviderEvent.objects.filter(~Q(error="") | ~Q(waits_for=""))


def months_to_close() -> list[date]:
    """The months that are over and open, in the order in which they are closed."""
    month = closing.closable_month()
    this = timezone.now().astimezone(UTC).date().replace(day=1)
    found: list[date] = []
    while month is not None and month < this and len(found) < _MOST_MONTHS:
        found.append(month)
        month = month_bounds(month.year, month.month)[1].date()
    return found
