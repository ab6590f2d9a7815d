"""Closing a month: what stands open is shown first, and a second person is needed to reopen it.

What a closed month would still have to say is booked in the open one, with the date on which it
happened. A closing closes every month before it, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from marketplace.accounts.impartiality import require_another
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.licensing.models import PlanMonth, UsageCharge
from marketplace.payouts.books.adjustments import RIGHT
from marketplace.payouts.books.reports import finance_report
from marketplace.payouts.models import (
    Adjustment,
    Closing,
    Dispute,
    LedgerEntry,
    ProviderEvent,
    Reconciliation,
    Refund,
    Transfer,
    TransferReversal,
)
from marketplace.payouts.queries import month_bounds
from marketplace.refusals import Refused

LOCK = 7_264_013  # of the books; the guard of entries takes it, too (migration 0017)
PATIENCE = "5s"  # for entries that are being written just now


@dataclass(frozen=True)
class Matter:
    """Something that is not finished; prevents: whether the month can't be closed with it.

    what: in the site's own language, as it is kept with the closing; pages translate it.
    """

    what: str
    count: int
    prevents: bool = False


def closable_month() -> date | None:
    """The month to close next: the one after the last that is closed; None while it is not over."""
    this = timezone.now().astimezone(UTC).date().replace(day=1)
    last = _last_closing()
    if last is not None:
        following = _following(last.month)
    else:
        first = LedgerEntry.objects.order_by("at").values_list("at", flat=True).first()
        if first is None:
            return None
        following = first.astimezone(UTC).date().replace(day=1)
    return following if following < this else None


def open_matters(month: date) -> list[Matter]:
    """What of a month is not finished; what a month may be closed with stays with the next one."""
    _, end = month_bounds(month.year, month.month)
    at_provider = (Transfer.State.READY, Transfer.State.SENDING)
    unhandled = Q(processed_at=None) | ~Q(error="") | ~Q(waits_for="")
    uneven = sum(not report.adds_up for report in finance_report(month.year, month.month))
    adjusting = Adjustment.objects.filter(state=Adjustment.State.PROPOSED, dated__lt=end.date())
    refunds = Refund.objects.filter(created_at__lt=end)
    reversing = TransferReversal.objects.filter(state=TransferReversal.State.REQUESTED)
    unshared = PlanMonth.objects.filter(shared_at=None, share_minor__gt=0, ends_at__lt=end)
    compared = Reconciliation.objects.filter(until__gte=end).order_by("until").first()
    found = [
        Matter(gettext_noop("Currencies whose books don't add up"), uneven, prevents=True),
        Matter(
            gettext_noop("Adjusting entries that wait for a second person"),
            adjusting.count(),
            prevents=True,
        ),
        Matter(
            gettext_noop("The end of the month was not compared with the provider's books"),
            int(not compared),
        ),
        Matter(
            gettext_noop("Differences between the books at the month's end"),
            len(compared.differences) if compared else 0,
        ),
        Matter(
            gettext_noop("Events of the provider that failed or wait"),
            ProviderEvent.objects.filter(unhandled, received_at__lt=end).count(),
        ),
        Matter(
            gettext_noop("Refunds that are being sent"),
            refunds.filter(state__in=Refund.WAITING).count(),
        ),
        Matter(
            gettext_noop("Refunds that a bank sent back, still owed"),
            refunds.filter(state=Refund.State.RETURNED).count(),
        ),
        Matter(
            gettext_noop("Open disputes"),
            Dispute.objects.filter(state=Dispute.State.OPEN, created_at__lt=end).count(),
        ),
        Matter(
            gettext_noop("Transfers that are being sent"),
            Transfer.objects.filter(state__in=at_provider, created_at__lt=end).count(),
        ),
        Matter(
            gettext_noop("Transfers that are being taken back"),
            reversing.filter(created_at__lt=end).count(),
        ),
        Matter(gettext_noop("Plan months that are over and not shared out"), unshared.count()),
        Matter(
            gettext_noop("Speech paid by credit that is not posted"),
            UsageCharge.objects.filter(posted_at=None, created_at__lt=end).count(),
        ),
    ]
    return [matter for matter in found if matter.count]


def close_month(*, month: date, by: User) -> Closing:
    """Close a month: it and every month before it take no more entries.

    Raises:
        Refused: not_allowed, not_next, unfinished, books_busy.
    """
    _require_finance(by)
    with transaction.atomic():
        _lock_books()
        if month != closable_month():
            raise Refused("not_next", gettext("Months are closed in order, each after its end."))
        open_ones = open_matters(month)
        if any(matter.prevents for matter in open_ones):
            named = "; ".join(f"{gettext(m.what)}: {m.count}" for m in open_ones if m.prevents)
            raise Refused(
                "unfinished",
                gettext("First finish what belongs into this month. %(matters)s.")
                % {"matters": named},
            )
        closing = Closing.objects.create(
            month=month,
            stood_open={matter.what: matter.count for matter in open_ones},
            closed_by=by,
        )
        audit.record(
            actor=by,
            action="month.closed",
            subject=closing,
            month=f"{month:%Y-%m}",
            stood_open=closing.stood_open,
        )
    return closing


def ask_to_reopen(*, closing: Closing, reason: str, by: User) -> Closing:
    """Ask for a month to be reopened; it stays closed until a second person agrees.

    Raises:
        Refused: not_allowed, reason_missing, not_last.
        InvalidTransition: it is not closed, or was asked for before.
    """
    _require_finance(by)
    if not reason.strip():
        raise Refused("reason_missing", gettext("Give the reason in a sentence."))
    with transaction.atomic():
        closing = _lock(closing)
        _require_last(closing)
        closing.transition(Closing.State.REOPENING, only_from={Closing.State.CLOSED})
        closing.reason, closing.reopening_asked_by = reason.strip()[:300], by
        closing.save(update_fields=["reason", "reopening_asked_by"])
        audit.record(
            actor=by,
            action="month.reopening_asked",
            subject=closing,
            reason_sha256=audit.digest(closing.reason),
        )
    return closing


def decide_reopening(*, closing: Closing, reopen: bool, by: User) -> Closing:
    """Reopen a month as the second person, or leave it closed as anybody in finance.

    Raises:
        Refused: not_allowed, second_person, not_last, books_busy.
        InvalidTransition: nobody asked for it.
    """
    _require_finance(by)
    with transaction.atomic():
        _lock_books()  # else the month after it could be closed just now
        closing = _lock(closing)
        asked = {Closing.State.REOPENING}
        if reopen:
            require_another(by, closing.reopening_asked_by_id)
            _require_last(closing)
            closing.transition(Closing.State.REOPENED, only_from=asked)
            closing.reopened_by, closing.reopened_at = by, timezone.now()
            closing.save(update_fields=["reopened_by", "reopened_at"])
        else:
            closing.transition(Closing.State.CLOSED, only_from=asked)
        audit.record(
            actor=by,
            action="month.reopened" if reopen else "month.left_closed",
            subject=closing,
            month=f"{closing.month:%Y-%m}",
        )
    return closing


def _require_finance(by: User) -> None:
    if not by.has_perm(RIGHT):
        raise Refused("not_allowed", gettext("Only finance can close and reopen months."))


def _require_last(closing: Closing) -> None:
    last = _last_closing()
    if last is not None and last.month > closing.month:
        raise Refused(
            "not_last",
            gettext("First reopen the months after it: %(month)s is closed.") % {"month": last},
        )


def _last_closing() -> Closing | None:
    closed = Closing.objects.exclude(state=Closing.State.REOPENED)
    return closed.order_by("-month").first()


def _lock(closing: Closing) -> Closing:
    return Closing.objects.select_for_update(no_key=True).get(pk=closing.pk)


def _lock_books() -> None:
    """Wait for entries that are being written, and let none begin until the transaction ends."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    except OperationalError as error:
        raise Refused(
            "books_busy", gettext("Entries are being written; try again in a moment.")
        ) from error


def _following(month: date) -> date:
    _, end = month_bounds(month.year, month.month)
    return datetime.date(end)
