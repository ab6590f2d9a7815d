"""Differences from the provider's books, each of which stands until both books agree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet, Sum

from marketplace.money import Money
from marketplace.payouts.models import LedgerAccount, LedgerLine, Reconciliation

Key = tuple[str, str]  # (provider's object, currency)


@dataclass(frozen=True)
class Difference:
    """What one of the provider's objects did to both books; source: its id, or that of its movement.

    kind: of its last balance transaction, "" if there is none; since: when it was first found.
    """

    source: str
    ledger: Money
    provider: Money
    kind: str = ""
    since: date | None = None

    @property
    def key(self) -> Key:
        return self.source, self.ledger.currency

    @property
    def missing(self) -> Money:
        """What the ledger lacks of the money at the provider."""
        return self.provider - self.ledger

    def as_row(self) -> dict[str, Any]:
        """As a comparison keeps it."""
        return {
            "object": self.source,
            "currency": self.ledger.currency,
            "ledger_minor": self.ledger.minor,
            "provider_minor": self.provider.minor,
            "kind": self.kind,
            "since": self.since.isoformat() if self.since else "",
        }


def read(row: dict[str, Any]) -> Difference:
    """A difference as a comparison kept it; older ones know neither kind nor day."""
    currency, since = row["currency"], row.get("since")
    return Difference(
        row["object"],
        Money(row["ledger_minor"], currency),
        Money(row["provider_minor"], currency),
        row.get("kind", ""),
        date.fromisoformat(since) if since else None,
    )


def last_found() -> list[Difference]:
    """The differences of the last comparison, which has every earlier one that still stood."""
    last = Reconciliation.objects.first()
    return [read(row) for row in last.differences] if last is not None else []


def standing() -> list[Difference]:
    """The same, without those that have been booked since."""
    found = last_found()
    totals = ledger_totals(each.source for each in found)
    return [each for each in found if totals.get(each.key, 0) != each.provider.minor]


def find(source: str, currency: str) -> Difference | None:
    """The difference of an object that still stands."""
    return next((each for each in standing() if each.key == (source, currency)), None)


def on_clearing() -> QuerySet[LedgerLine]:
    """What the ledger has of the provider's objects."""
    return LedgerLine.objects.filter(account__kind=LedgerAccount.Kind.STRIPE_CLEARING).exclude(
        entry__provider_reference=""
    )


def ledger_totals(sources: Iterable[str]) -> dict[Key, int]:
    """What the ledger has of some of them; minor units."""
    return {
        (row["entry__provider_reference"], row["currency"]): row["total"]
        for row in on_clearing()
        .filter(entry__provider_reference__in=set(sources))
        .values("entry__provider_reference", "currency")
        .annotate(total=Sum("amount_minor"))
    }
