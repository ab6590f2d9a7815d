"""The tax of a payment, as an invoice states it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from marketplace.billing.models import Invoice

Category = Invoice.Category

_UNTAXED = {  # Stripe's reasons for which nothing was added
    "reverse_charge": Category.REVERSE_CHARGE,
    "zero_rated": Category.ZERO,
    "customer_exempt": Category.EXEMPT,
    "product_exempt": Category.EXEMPT,
    "product_exempt_holiday": Category.EXEMPT,
}


@dataclass(frozen=True)
class TaxPart:
    """A tax that the provider worked out; amount in minor units, percent None if it wasn't told.

    reason: Stripe's `taxability_reason`; country: whose tax it is.
    """

    amount_minor: int
    percent: Decimal | None = None
    reason: str = ""
    country: str = ""


@dataclass(frozen=True)
class Tax:
    """What an invoice says of tax: one category (UNCL 5305) and one rate."""

    category: str
    percent: Decimal
    country: str = ""


def stated(net_minor: int, tax_minor: int, parts: Sequence[TaxPart]) -> Tax:
    """The category and rate of a tax; several at once, as of a state and a city, are one rate together."""
    country = next((part.country for part in parts if part.country), "")
    if not tax_minor:
        reasons = [_UNTAXED[part.reason] for part in parts if part.reason in _UNTAXED]
        return Tax(reasons[0] if reasons else Category.OUTSIDE, Decimal(0), country)
    charged = [part for part in parts if part.amount_minor]
    told = [part.percent for part in charged if part.percent is not None]
    percent = sum(told, Decimal(0))
    if len(told) != len(charged) or not _agrees(net_minor, tax_minor, percent):
        percent = _rate(net_minor, tax_minor)
    return Tax(Category.STANDARD, percent, country)


def _agrees(net_minor: int, tax_minor: int, percent: Decimal) -> bool:
    return abs(Decimal(net_minor) * percent / 100 - tax_minor) <= 1


def _rate(net_minor: int, tax_minor: int) -> Decimal:
    """The rate with the fewest decimals that gives this tax."""
    exact = Decimal(tax_minor) * 100 / Decimal(net_minor or 1)
    for places in range(5):
        rate = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        if abs(Decimal(net_minor) * rate / 100 - tax_minor) <= Decimal("0.5"):
            return rate
    return exact.quantize(Decimal("0.0001"))
