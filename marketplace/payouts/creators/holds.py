"""Why a creator's money is not on its way yet, in words, and until when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext, gettext_noop

from marketplace.creators.models import Creator
from marketplace.currencies import min_payout
from marketplace.money import Money
from marketplace.payouts.creators import schedules, seller_details
from marketplace.payouts.models import Earning, PayoutAccount, Transfer
from marketplace.payouts.queries import balances_of

A_DAY = timedelta(days=1)
_CHOSEN: dict[str, str] = {
    schedules.Rhythm.AT_ONCE: gettext_noop("You chose to be paid as soon as it is payable."),
    schedules.Rhythm.WEEKLY: gettext_noop("You chose to be paid every Monday."),
    schedules.Rhythm.MONTHLY: gettext_noop("You chose to be paid on the first of the month."),
}


@dataclass(frozen=True)
class Hold:
    """An amount that waits; until: the day (UTC) it ends, None where that depends on somebody."""

    amount: Money
    why: str
    until: date | None = None


def holds_of(creator: Creator) -> list[Hold]:
    """Everything of a creator's that waits, what ends first at the top."""
    found = [*_held(creator), *_payable(creator), *_put_off(creator)]
    return sorted(found, key=lambda hold: (hold.until is None, hold.until or date.max))


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _held(creator: Creator) -> Iterator[Hold]:
    sums: dict[tuple[date, str, int], int] = defaultdict(int)
    held = creator.earnings.filter(state=Earning.State.HELD, share_minor__gt=F("taken_back_minor"))
    for earning in held:
        begins = earning.created_at
        if earning.day is not None:  # usage is held from the end of its day
            begins = datetime.combine(earning.day + A_DAY, time(), UTC)
        days = round((earning.available_at - begins) / A_DAY)
        sums[_day(earning.available_at), earning.currency, days] += earning.left_minor
    for (until, currency, days), minor in sums.items():
        told = gettext(
            "Every sale is held for %(days)s days, in case the buyer is refunded or disputes it."
        )
        if days > settings.HOLD_DAYS:
            told = gettext(
                "In your first 90 days here, every sale is held for %(days)s days, in case the "
                "buyer is refunded or disputes it."
            )
        if minor:
            yield Hold(Money(minor, currency), told % {"days": days}, until)


def _payable(creator: Creator) -> Iterator[Hold]:
    for balance in balances_of(creator):
        if balance.available.minor > 0:
            why, until = _obstacle(creator, balance.available)
            yield Hold(balance.available, why, until)


def _obstacle(creator: Creator, amount: Money) -> tuple[str, date | None]:
    """Why a payable amount was not sent, and until when."""
    schedule = schedules.schedule_of(creator)
    minimum = min_payout(amount.currency)
    if missing := _missing(creator):
        return missing, None
    if seller_details.are_needed(creator, amount):
        asks = gettext("Tax law asks for more about you first: complete your details as a seller.")
        return asks, None
    if amount.minor < minimum.minor:
        return gettext("It is sent once it reaches %(least)s.") % {"least": minimum}, None
    if schedule.rhythm == schedules.Rhythm.BY_HAND:
        return gettext("You asked to be paid only when you say so: use the button."), None
    if schedule.next_on is not None and schedule.next_on > schedules.today():
        return gettext(_CHOSEN[schedule.rhythm]), schedule.next_on
    return gettext("It is sent within the hour."), schedules.today()


def _missing(creator: Creator) -> str:
    """What somebody has to do before anything is sent; "" if nothing."""
    freeze = creator.payout_freezes.filter(lifted_at=None).first()
    if freeze is not None:
        told = gettext("Your payouts are on hold until somebody has looked into this: %(reason)s")
        return told % {"reason": freeze.reason}
    account = PayoutAccount.objects.filter(creator=creator).first()
    if account is None:
        return gettext("Set up payouts first: we don't know yet where to send it.")
    if not account.transfers_active:
        needs = ", ".join(account.requirements)
        told = gettext("The payment provider still needs: %(needs)s.")
        return told % {"needs": needs or gettext("a moment to check")}
    return ""


def _put_off(creator: Creator) -> Iterator[Hold]:
    unsent = (Transfer.State.READY, Transfer.State.SENDING)
    for transfer in creator.transfers.filter(state__in=unsent, put_off__gt=0):
        why = gettext("Our own balance at the payment provider was too small; we are adding to it.")
        yield Hold(transfer.amount, why, _day(transfer.retry_at) if transfer.retry_at else None)
