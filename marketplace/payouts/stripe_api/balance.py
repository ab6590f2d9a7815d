"""The provider's own books."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.payouts.stripe_api.client import answers, client

TO_THE_BANK = frozenset({"payout", "payout_cancel", "payout_failure"})


@dataclass(frozen=True)
class Movement:
    """A balance transaction: what an object (`source`) did to the platform's balance."""

    id: str
    kind: str
    source: str
    net_minor: int
    currency: str


def movements(since: datetime, until: datetime) -> Iterator[Movement]:
    """Everything that moved the platform's balance in a time, payouts to its own bank left out.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    yield from _listed(
        {"created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())}, "limit": 100}
    )


def movements_of(source: str) -> Iterator[Movement]:
    """Everything that one object ever did to the platform's balance.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    yield from _listed({"source": source, "limit": 100})


def _listed(asked: Any) -> Iterator[Movement]:
    with answers():
        listed = client().v1.balance_transactions.list(asked)
        for found in listed.auto_paging_iter():
            if found.type in TO_THE_BANK:
                continue
            source = (
                found.source if isinstance(found.source, str) else found.source and found.source.id
            )
            yield Movement(
                id=found.id,
                kind=found.type,
                source=source or found.id,
                net_minor=found.net,
                currency=found.currency.upper(),
            )
