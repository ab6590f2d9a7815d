"""The life of a licence after it is granted: every transition, its audit event and its letter."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.licensing import licence_letters
from marketplace.licensing.models import Licence, Order
from marketplace.queue import Work, at_commit
from marketplace.visible_text import visible

State = Licence.State
IN_FORCE = frozenset({State.ACTIVE, State.PAUSED, State.SUSPENDED})
UNSUSPENDED = IN_FORCE - {State.SUSPENDED}
GRACE = timedelta(days=7)  # for a renewal to be paid, before and after the term ends
UNPAID = gettext_noop(
    "Its renewal is ordered but not paid; after 7 days the licence ends."
)  # GRACE
MAX_REASON = 200
DISPUTE, MODERATION, TAKEN_BACK = "dispute", "moderation", "taken_back"


def _move(
    licence: Licence,
    to: str,
    *,
    allowed_from: frozenset[str],
    action: str,
    by: User | None = None,
    cause: str = "",
    reason: str = "",
) -> Licence:
    """Lock, transition, audit and notify the buyer; do nothing if the licence is in another state."""
    with transaction.atomic():
        licence = Licence.objects.select_for_update(no_key=True).get(pk=licence.pk)
        if licence.state not in allowed_from:
            return licence
        licence.cause, licence.reason = cause, visible(reason)[:MAX_REASON]
        licence.save(update_fields=["cause", "reason"])
        licence.transition(to)
        details = {"reason_sha256": audit.digest(licence.reason)} if reason else {}
        audit.record(actor=by, action=f"licence.{action}", subject=licence, **details)
        licence_letters.tell(licence, action, licence.reason)
        if to in (State.REFUNDED, State.REVOKED):
            at_commit(Work.DROP_REVIEWS)
    return licence


def suspend_licence(
    *, licence: Licence, reason: str, cause: str = DISPUTE, by: User | None = None
) -> Licence:
    """Silence a licence until every cause is gone; its term keeps running.

    One that has ended is suspended, too: it may not be renewed meanwhile.
    cause: without spaces, e.g. `dispute:17`; only `resume_licence` with the same one ends it.
    """
    with transaction.atomic():
        licence = Licence.objects.select_for_update(no_key=True).get(pk=licence.pk)
        if licence.state == State.SUSPENDED or was_taken_by_bank(
            licence
        ):  # an appeal may reopen it
            return _also_suspend(licence, reason, cause, by)
        return _move(
            licence,
            State.SUSPENDED,
            allowed_from=UNSUSPENDED | {State.EXPIRED},
            action="suspended",
            by=by,
            cause=cause,
            reason=reason,
        )


def _also_suspend(licence: Licence, reason: str, cause: str, by: User | None) -> Licence:
    """Add a cause to a locked licence that is suspended for another, or would be after an appeal."""
    if cause not in licence.cause.split():
        licence.cause, licence.reason = (
            f"{licence.cause} {cause}".strip(),
            visible(reason)[:MAX_REASON],
        )
        licence.save(update_fields=["cause", "reason"])
        details = {"reason_sha256": audit.digest(licence.reason)}
        audit.record(actor=by, action="licence.suspended", subject=licence, **details)
    return licence


def resume_licence(*, licence: Licence, cause: str = DISPUTE, by: User | None = None) -> Licence:
    """End one cause of a suspension, and resume the licence if it was the last.

    An expired term does not come back.
    """
    with transaction.atomic():
        licence = Licence.objects.select_for_update(no_key=True).get(pk=licence.pk)
        causes = licence.cause.split()
        # of what a lost dispute took, an appeal needs the dispute's cause, and ends it
        lifted = cause == MODERATION and was_taken_by_bank(licence)
        if not (licence.state == State.SUSPENDED or lifted) or cause not in causes:
            return licence
        if len(causes) > 1:
            licence.cause = " ".join(each for each in causes if each != cause)
            licence.save(update_fields=["cause"])
            audit.record(actor=by, action="licence.cause_ended", subject=licence, cause=cause)
            return licence
        if licence.ends_at <= timezone.now():
            return expire_licence(licence=licence)
        return _move(
            licence,
            State.ACTIVE,
            allowed_from=frozenset({State.SUSPENDED}),
            action="resumed",
            by=by,
        )


def pause_licence(*, licence: Licence) -> Licence:
    """Silence a licence whose term is over until its ordered renewal is paid."""
    return _move(
        licence,
        State.PAUSED,
        allowed_from=frozenset({State.ACTIVE}),
        action="paused",
        reason=UNPAID,
    )


def refund_licence(*, licence: Licence) -> Licence:
    """End a licence whose price was refunded in full."""
    return _move(
        licence,
        State.REFUNDED,
        allowed_from=IN_FORCE | {State.EXPIRED},
        action="refunded",
    )


def revoke_licence(
    *, licence: Licence, reason: str, by: User | None = None, cause: str = ""
) -> Licence:
    """End a licence for good: a lost dispute, or a breach that a moderator found.

    cause: what suspended it, where an appeal may bring it back (`reopen_licence`); without one, not
    even what a lost dispute took before comes back.
    """
    with transaction.atomic():
        licence = Licence.objects.select_for_update(no_key=True).get(pk=licence.pk)
        if not cause and was_taken_by_bank(licence):
            return _revoke_for_good(licence, reason, by)
        return _move(
            licence,
            State.REVOKED,
            allowed_from=IN_FORCE | {State.EXPIRED},
            action="revoked",
            by=by,
            cause=cause,
            reason=reason,
        )


def _revoke_for_good(licence: Licence, reason: str, by: User | None) -> Licence:
    """Leave a locked licence that was revoked without the cause by which an appeal would reopen it."""
    licence.cause, licence.reason = "", visible(reason)[:MAX_REASON]
    licence.save(update_fields=["cause", "reason"])
    details = {"reason_sha256": audit.digest(licence.reason)}
    audit.record(actor=by, action="licence.revoked", subject=licence, **details)
    licence_letters.tell(licence, "revoked", licence.reason)
    return licence


def was_taken_by_bank(licence: Licence) -> bool:
    """Whether a licence was revoked because nothing that stands had paid for it."""
    causes = licence.cause.split()
    return licence.state == State.REVOKED and any(
        each.partition(":")[0] == DISPUTE for each in causes
    )


def reopen_licence(*, licence: Licence, ended: Collection[str], cause: str) -> Licence:
    """Suspend a locked licence again that a lost dispute had revoked, for `resume_licence` to go on.

    ended: causes of its suspension that are over; cause: the one to be ended next.
    """
    stays = [each for each in licence.cause.split() if each not in (*ended, cause)]
    licence.cause = " ".join([*stays, cause])
    licence.save(update_fields=["cause"])
    licence.transition(State.SUSPENDED, only_from={State.REVOKED})
    audit.record(actor=None, action="licence.reopened", subject=licence, cause=cause)
    return licence


def expire_licence(*, licence: Licence) -> Licence:
    """End a licence whose term is over."""
    return _move(licence, State.EXPIRED, allowed_from=IN_FORCE, action="expired")


def expire_licences() -> int:
    """End every licence whose term is over; returns how many.

    A suspended one waits for its cause to end: else it could be renewed, and speak again.
    A licence whose renewal awaits payment (a bank transfer takes days) first pauses for `GRACE`; one
    that renews by itself speaks on meanwhile.
    """
    now, ended = timezone.now(), 0
    waiting = Order.objects.filter(
        changes=OuterRef("pk"),
        kind=Order.Kind.RENEWAL,
        state=Order.State.PENDING,
        created_at__gt=OuterRef("ends_at") - GRACE,
    ).exclude(checkout_session="")
    over = Licence.objects.filter(
        Q(grace_ends_at=None) | Q(grace_ends_at__lte=now), state__in=UNSUSPENDED, ends_at__lte=now
    ).annotate(awaits_payment=Exists(waiting))
    for licence in list(over):
        if licence.awaits_payment and licence.ends_at > now - GRACE:
            pause_licence(licence=licence)
        else:
            ended += expire_licence(licence=licence).state == State.EXPIRED
    return ended
