"""The provider's own books."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import stripe

from marketplace.money import Money
from marketplace.payouts.stripe_api.client import client, translate_errors

# kinds of balance transactions (docs.stripe.com/reports/balance-transaction-types)
WITH_THE_BANK = frozenset({"payout", "payout_cancel", "payout_failure", "topup", "topup_reversal"})
PROVIDER_FEES = frozenset({"stripe_fee", "stripe_fx_fee", "tax_fee", "network_cost"})


@dataclass(frozen=True)
class Movement:
    """A balance transaction: the effect of an object (`source`) on the platform's balance.

    net_minor: what it adds, less the fee; both in `currency`, in which it settles; converted: the
    same in the object's own currency, without a fee, where that is another; at: when it happened.
    """

    id: str
    kind: str
    source: str
    net_minor: int
    currency: str
    fee_minor: int = 0
    converted: Money | None = None
    at: datetime | None = None

    @property
    def fee(self) -> Money:
        return Money(self.fee_minor, self.currency)

    @property
    def gross(self) -> Money:
        """What it adds before the fee."""
        return Money(self.net_minor + self.fee_minor, self.currency)


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
    wanted: Any = {**params, "expand": ["data.source"]}
    with translate_errors():
        page = client().v1.balance_transactions.list(wanted)
        for transaction in page.auto_paging_iter():
            yield _movement(transaction, transaction.source)


def _movement(transaction: stripe.BalanceTransaction, source: Any) -> Movement:
    """A balance transaction, with its object if it could be expanded."""
    known = source if not isinstance(source, str) else None
    return Movement(
        id=transaction.id,
        kind=transaction.type,
        source=(known.id if known else source) or transaction.id,
        net_minor=transaction.net,
        currency=transaction.currency.upper(),
        fee_minor=transaction.fee,
        converted=_before_conversion(transaction, known),
        at=datetime.fromtimestamp(transaction.created, UTC),
    )


def _before_conversion(transaction: stripe.BalanceTransaction, source: Any) -> Money | None:
    """What a transaction moved in its object's currency, None where that is the balance's."""
    currency = str(getattr(source, "currency", None) or transaction.currency)
    if transaction.exchange_rate is None or currency == transaction.currency:
        return None
    captured = getattr(source, "amount_captured", None)  # of a charge, perhaps less than its amount
    minor = int(captured or source.amount)
    return Money(minor if transaction.amount > 0 else -minor, currency.upper())


def settlement(charge: stripe.Charge) -> Movement | None:
    """How a charge reached the balance; None while it has not, or was not expanded."""
    transaction = charge.balance_transaction
    if not isinstance(transaction, stripe.BalanceTransaction):
        return None
    return _movement(transaction, charge)


def settlement_of(charge_id: str) -> Movement | None:
    """The same of a charge by its id.

    Raises:
        PaymentProviderUnavailable: try again.
        ProviderRefused: there is no such charge.
    """
    with translate_errors():
        charge = client().v1.charges.retrieve(charge_id, {"expand": ["balance_transaction"]})
    return settlement(charge)
