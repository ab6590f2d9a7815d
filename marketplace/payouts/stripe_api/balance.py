"""The provider's own books."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import stripe

from marketplace.money import Money
from marketplace.payouts.stripe_api.client import client, translate_errors

# kinds of balance transactions (docs.stripe.com/reports/balance-transaction-types)
TO_THE_BANK = frozenset({"payout", "payout_cancel", "payout_failure"})
PROVIDER_FEES = frozenset({"stripe_fee", "stripe_fx_fee", "tax_fee", "network_cost"})


@dataclass(frozen=True)
class Movement:
    """A balance transaction: the effect of an object (`source`) on the platform's balance."""

    id: str
    kind: str
    source: str
    net_minor: int
    currency: str


def movements(since: datetime, until: datetime) -> Iterator[Movement]:
    """Balance transactions in a period.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    yield from _transactions(
        {"created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())}, "limit": 100}
    )


def movements_of(source: str) -> Iterator[Movement]:
    """All balance transactions of one object.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    yield from _transactions({"source": source, "limit": 100})


def _transactions(params: Any) -> Iterator[Movement]:
    with translate_errors():
        page = client().v1.balance_transactions.list(params)
        for transaction in page.auto_paging_iter():
            source = (
                transaction.source
                if isinstance(transaction.source, str)
                else transaction.source and transaction.source.id
            )
            yield Movement(
                id=transaction.id,
                kind=transaction.type,
                source=source or transaction.id,
                net_minor=transaction.net,
                currency=transaction.currency.upper(),
            )


def fee_of(charge_id: str) -> Money | None:
    """What the provider keeps of a charge; None while it is not known.

    Raises:
        PaymentProviderUnavailable: try again.
        ProviderRefused: there is no such charge.
    """
    with translate_errors():
        charge = client().v1.charges.retrieve(charge_id, {"expand": ["balance_transaction"]})
    transaction = charge.balance_transaction
    if not isinstance(transaction, stripe.BalanceTransaction):
        return None
    return Money(transaction.fee, transaction.currency.upper())
