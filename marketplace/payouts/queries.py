"""Reads on money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, Sum

from marketplace.creators.models import Creator
from marketplace.money import Money
from marketplace.payouts.models import LedgerAccount, LedgerEntry, LedgerLine


@dataclass(frozen=True)
class Sale:
    """One licence sold, as its creator sees it."""

    at: datetime
    voice: str
    tier: str
    licence: str
    price: Money
    commission: Money
    share: Money


def creator_lines(creator: Creator) -> QuerySet[LedgerLine]:
    """Lines on a creator's accounts, newest first."""
    return (
        LedgerLine.objects.filter(account__creator=creator)
        .select_related("entry__order__licence", "entry__order__offer")
        .order_by("-id")
    )


def sales_of(creator: Creator) -> list[Sale]:
    """What was sold, what the platform kept, what the creator is owed, to the cent."""
    sales = []
    for line in creator_lines(creator).filter(entry__kind=LedgerEntry.Kind.SALE):
        order = line.entry.order
        assert order is not None
        share = Money(-line.amount_minor, line.currency)
        sales.append(
            Sale(
                at=line.entry.at,
                voice=order.terms["voice_name"],
                tier=order.offer.get_tier_display(),
                licence=order.licence.number,
                price=order.price,
                commission=order.price - share,
                share=share,
            )
        )
    return sales


def balances_of(creator: Creator) -> list[Money]:
    """What a creator is owed, one amount a currency."""
    rows = (
        LedgerLine.objects.filter(
            account__creator=creator, account__kind=LedgerAccount.Kind.CREATOR_PENDING
        )
        .values("currency")
        .annotate(total=Sum("amount_minor"))
        .order_by("currency")
    )
    return [Money(-row["total"], row["currency"]) for row in rows]
