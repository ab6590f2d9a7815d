"""The provider's own books."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import stripe

from marketplace.money import Money
from marketplace.payouts.stripe_api.client import client, translate_errors

# Kinds of balance transactions (docs.stripe.com/reports/balance-transaction-types), by how they are booked.
# Those of payments, refunds, disputes and transfers mirror objects of ours, whose events book them
OF_OBJECTS = frozenset(
    "adjustment charge payment payment_failure_refund payment_refund payment_reversal refund "
    "refund_failure transfer transfer_cancel transfer_failure transfer_refund".split()
)
WITH_THE_BANK = frozenset({"payout", "payout_cancel", "payout_failure", "topup", "topup_reversal"})
PROVIDER_FEES = frozenset({"stripe_fee", "stripe_fx_fee", "tax_fee", "network_cost"})
HELD_BACK = frozenset(  # and released
    "payment_network_reserve_hold payment_network_reserve_release payout_minimum_balance_hold "
    "payout_minimum_balance_release reserve_hold reserve_release reserve_transaction "
    "reserved_funds".split()
)
# Nothing here makes these: finance decides what they are. So it does of kinds that are in no list
FOR_FINANCE = frozenset(
    "advance advance_funding anticipation_repayment application_fee application_fee_refund "
    "climate_order_purchase climate_order_refund connect_collection_transfer contribution "
    "fee_credit_funding inbound_transfer inbound_transfer_reversal issuing_authorization_hold "
    "issuing_authorization_release issuing_dispute issuing_dispute_provisional_credit "
    "issuing_dispute_provisional_credit_reversal issuing_transaction obligation_outbound "
    "obligation_reversal_inbound payment_unreconciled stripe_balance_payment_debit "
    "stripe_balance_payment_debit_reversal tax_fund".split()
)
_OWN = "txn_"  # the id of a balance transaction, which stands for one that is about no object


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


@dataclass(frozen=True)
class PayoutSettings:
    """How the platform's balance is sent to its bank.

    interval: "daily", "weekly", "monthly", or "manual" for not by itself; kept: what is left on the
    balance then, in minor units by currency.
    """

    interval: str
    kept: dict[str, int]

    @property
    def is_automatic(self) -> bool:
        return self.interval != "manual"


def payout_settings() -> PayoutSettings:
    """How the balance is paid out, as somebody chose it at the provider.

    Raises:
        PaymentProviderUnavailable: try again, or the key may not read it.
    """
    with (
        translate_errors()
    ):  # the client's own objects can't take the null that Stripe documents in it
        answer: Any = client().raw_request("get", "/v1/balance_settings")
    payouts = answer.data["payments"]["payouts"] or {}
    interval = (payouts.get("schedule") or {}).get("interval")
    if payouts.get("status") == "disabled" or interval is None:
        interval = "manual"  # nothing is sent at all
    kept = payouts.get("minimum_balance_by_currency") or {}
    return PayoutSettings(
        interval, {currency.upper(): int(minor) for currency, minor in kept.items()}
    )


def movements(since: datetime, until: datetime) -> Iterator[Movement]:
    """Balance transactions in a period.

    Raises:
        PaymentProviderUnavailable: try again.
    """
    yield from _transactions(
        {"created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())}, "limit": 100}
    )


def movements_of(source: str) -> Iterator[Movement]:
    """All balance transactions of one object, or the one that has this id.

    Raises:
        PaymentProviderUnavailable: try again.
        ProviderRefused: there is no balance transaction with this id.
    """
    if source.startswith(_OWN):
        with translate_errors():
            one = client().v1.balance_transactions.retrieve(source, {"expand": ["source"]})
        yield _movement(one, one.source)
        return
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
