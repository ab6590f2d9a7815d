"""When a creator's money is sent: chosen by them, and moved on after each payout run."""

from __future__ import annotations

from datetime import UTC, date, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.creators.models import Creator
from marketplace.payouts.models import PayoutSchedule
from marketplace.refusals import Refused

Rhythm = PayoutSchedule.Rhythm
# creators to whom a payout run sends nothing on a day
BY_HAND = Q(creator__payout_schedule__rhythm=Rhythm.BY_HAND)


def today() -> date:
    """The day by which payouts go, in UTC."""
    return timezone.now().astimezone(UTC).date()


def not_due(day: date) -> Q:
    """Picks the rows of creators whose day has not come, or who ask for payouts themselves."""
    return BY_HAND | Q(creator__payout_schedule__next_on__gt=day)


def next_day(rhythm: str, after: date) -> date | None:
    """The first day of a rhythm after a day; None for one without days.

    >>> next_day("weekly", date(2026, 11, 30)), next_day("monthly", date(2026, 12, 1))
    (datetime.date(2026, 12, 7), datetime.date(2027, 1, 1))
    """
    if rhythm == Rhythm.WEEKLY:
        return after + timedelta(days=7 - after.weekday())
    if rhythm == Rhythm.MONTHLY:
        return (after.replace(day=1) + timedelta(days=31)).replace(day=1)
    return None


def schedule_of(creator: Creator) -> PayoutSchedule:
    """A creator's schedule, the usual one if they chose none."""
    return PayoutSchedule.objects.filter(creator=creator).first() or PayoutSchedule(creator=creator)


def choose(*, creator: Creator, rhythm: str, by: User) -> PayoutSchedule:
    """Change when a creator is paid, from now on.

    Raises:
        Refused: not_allowed, rhythm.
    """
    if by.pk != creator.user_id:
        raise Refused("not_allowed", gettext("Only the creator chooses when they are paid."))
    if rhythm not in Rhythm.values:
        raise Refused("rhythm", gettext("Choose when you want to be paid."))
    with transaction.atomic():
        Creator.objects.select_for_update(no_key=True).get(
            pk=creator.pk
        )  # as `claim_transfers` does
        schedule, _ = PayoutSchedule.objects.update_or_create(
            creator=creator, defaults={"rhythm": rhythm, "next_on": next_day(rhythm, today())}
        )
        audit.record(actor=by, action="payout_schedule.chosen", subject=creator, rhythm=rhythm)
    return schedule


def move_on(day: date) -> int:
    """Set the next day of every schedule whose day has come; returns how many."""
    count = 0
    for rhythm in (Rhythm.WEEKLY, Rhythm.MONTHLY):
        come = PayoutSchedule.objects.filter(rhythm=rhythm, next_on__lte=day)
        count += come.update(next_on=next_day(rhythm, day))
    return count
