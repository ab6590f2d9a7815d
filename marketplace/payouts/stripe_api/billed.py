"""What Stripe was told of a buyer, and which taxes it worked out."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from marketplace.billing.parties import Party
from marketplace.billing.tax import TaxPart
from marketplace.payouts.stripe_api.client import client

VAT_TYPES = ("vat", "_trn", "_gst", "_abn", "_nit", "_cnpj", "jp_trn")  # of numbers on invoices


def party(
    *, name: str | None, email: str | None, address: Any, tax_ids: Iterable[Any] | None
) -> Party:
    """A buyer as typed at checkout; a company's name goes before its card holder's."""
    numbers = [
        str(each.value)
        for each in tax_ids or []
        if each.value and any(kind in each.type for kind in VAT_TYPES)
    ]
    return Party(
        name=name or "",
        street=_of(address, "line1"),
        street_2=_of(address, "line2"),
        postal_code=_of(address, "postal_code"),
        city=_of(address, "city"),
        region=_of(address, "state"),
        country=_of(address, "country"),
        vat_number=numbers[0] if numbers else "",
        email=email or "",
    )


def _of(address: Any, name: str) -> str:
    return str(getattr(address, name, None) or "")


def of_session(session: Any) -> Party | None:
    """The buyer of a checkout session; None before they typed anything."""
    details = session.customer_details
    if details is None:
        return None
    return party(
        name=getattr(details, "business_name", None) or getattr(details, "name", None),
        email=details.email,
        address=getattr(details, "address", None),
        tax_ids=getattr(details, "tax_ids", None),
    )


def of_invoice(invoice: Any) -> Party:
    """The buyer of a subscription's invoice."""
    return party(
        name=invoice.customer_name,
        email=invoice.customer_email,
        address=invoice.customer_address,
        tax_ids=invoice.customer_tax_ids,
    )


def taxes_of_session(session: Any) -> tuple[TaxPart, ...]:
    """The taxes of a checkout session that was fetched with `total_details.breakdown`."""
    breakdown = getattr(session.total_details, "breakdown", None)
    return tuple(
        _part(each.amount, each.rate, each.taxability_reason)
        for each in (breakdown.taxes if breakdown else [])
    )


def taxes_of_invoice(invoice: Any) -> tuple[TaxPart, ...]:
    """The taxes of a subscription's invoice, whose rates are looked up.

    Raises:
        stripe.StripeError: a rate can't be fetched.
    """
    parts = []
    for each in invoice.total_taxes or []:
        details = each.tax_rate_details
        rate = client().v1.tax_rates.retrieve(details.tax_rate) if details else None
        parts.append(_part(each.amount, rate, each.taxability_reason))
    return tuple(parts)


def _part(amount: int, rate: Any, reason: str | None) -> TaxPart:
    percent = rate.effective_percentage if rate and rate.effective_percentage is not None else None
    if rate and percent is None:
        percent = rate.percentage
    return TaxPart(
        amount_minor=amount,
        percent=None if percent is None else Decimal(str(percent)),
        reason=reason or "",
        country=str((rate.country if rate else None) or ""),
    )
