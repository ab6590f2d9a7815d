"""Whether the provider's automatic payouts leave on the balance what creators are to be paid from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext

from marketplace.currencies import sold_in
from marketplace.money import Money
from marketplace.payouts import stripe_api
from marketplace.payouts.models import LedgerAccount, Reconciliation
from marketplace.refusals import PaymentProviderUnavailable, ProviderRefused

Kind = LedgerAccount.Kind
FOR_CREATORS = (
    Kind.CREATOR_PENDING,
    Kind.CREATOR_AVAILABLE,
    Kind.CREATOR_IN_TRANSIT,
    Kind.PLAN_SHARES,
)


@dataclass(frozen=True)
class Shortage:
    """A currency in which automatic payouts leave less than creators need; interval: how often they come."""

    interval: str
    left: Money
    needed: Money

    def told(self) -> str:
        """In the language in force."""
        intervals = {
            "daily": gettext("every day"),
            "weekly": gettext("every week"),
            "monthly": gettext("every month"),
        }
        text = gettext(
            "The payment provider sends the balance to your bank %(interval)s and leaves %(left)s there. "
            "Creators are paid from it and are owed %(needed)s: set payouts to manual, or a minimum balance "
            "of more than that."
        )
        return text % {
            "interval": intervals.get(self.interval, self.interval),
            "left": self.left,
            "needed": self.needed,
        }


def read_settings() -> stripe_api.PayoutSettings | None:
    """How the provider pays the balance out; None if that could not be read, as by a restricted key."""
    try:
        return stripe_api.payout_settings()
    except (PaymentProviderUnavailable, ProviderRefused):
        return None


def shortages(found: stripe_api.PayoutSettings) -> list[Shortage]:
    """The currencies in which a payout by itself would take what creators are to be paid.

    A balance of which nothing is kept back is one, too, where licences are sold in its currency.
    """
    if not found.is_automatic:
        return []
    needed = needed_for_creators()
    both = [
        (Money(found.kept.get(currency, 0), currency), needed.get(currency, Money(0, currency)))
        for currency in sorted({*needed, *sold_in()})
    ]
    return [
        Shortage(found.interval, left, owed) for left, owed in both if left < owed or not left.minor
    ]


def last_known() -> list[Shortage]:
    """The same by the settings that the last comparison of the books read."""
    last = Reconciliation.objects.first()
    if last is None or not last.payouts:
        return []
    return shortages(stripe_api.PayoutSettings(**last.payouts))


def as_kept(found: stripe_api.PayoutSettings | None) -> dict[str, Any]:
    """As a comparison keeps them; empty if they could not be read."""
    return vars(found) if found is not None else {}


def needed_for_creators() -> dict[str, Money]:
    """What creators are owed or is yet to be shared out among them, by currency."""
    rows = LedgerAccount.objects.filter(kind__in=FOR_CREATORS).values_list("currency")
    return {
        currency: Money(-minor, currency)
        for currency, minor in rows.annotate(owed=Sum("balance_minor"))
        if minor
    }
