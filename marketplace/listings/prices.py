"""Prices of an offer in other currencies: typed by its creator, or converted when the listing is saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext

from marketplace import currencies
from marketplace.listings.models import Listing, Offer, OfferPrice
from marketplace.listings.rates import Rates, current
from marketplace.money import MINOR_DIGITS, Money
from marketplace.refusals import Refused


def suggested(price: Money, currency: str, rates: Rates) -> Money | None:
    """A price in another currency as people expect one; None without a rate.

    It ends in .99 where the price itself is not whole, and is whole otherwise. Currencies without cents
    and yuan are whole; large prices in yen, which are long numbers, end in 0.

    >>> from datetime import date
    >>> rates = Rates(date(2026, 1, 2), "", {"EUR": Decimal(1), "USD": Decimal("1.1")})
    >>> str(suggested(Money(1999, "USD"), "EUR", rates)), str(suggested(Money(2000, "USD"), "EUR", rates))
    ('€17.99', '€18.00')
    """
    rate = rates.between(price.currency, currency)
    if rate is None:
        return None
    value = price.amount * rate
    least = currencies.min_price(currency)
    unit = Decimal(1) if currency != "JPY" or value < 1_000 else Decimal(10)
    whole = (value / unit).to_integral_value(ROUND_HALF_UP) * unit
    has_cents = MINOR_DIGITS.get(currency, 2) > 0 and currency != "CNY"
    if has_cents and price.amount % 1:
        whole -= Decimal("0.01")
    return min(max(Money.parse(whole, currency), least), currencies.max_price(currency))


def require_sound(price: Money) -> None:
    """Refuse a price that is too low or too high for its currency.

    Raises:
        Refused: price.
    """
    lowest, highest = (
        currencies.min_price(price.currency), currencies.max_price(price.currency),
    )  # fmt: skip
    if not lowest <= price <= highest:
        raise Refused(
            "price",
            gettext("A price must be between %(lowest)s and %(highest)s.")
            % {"lowest": lowest, "highest": highest},
        )


def require_also(also: Mapping[str, int | None], own: str) -> None:
    """Refuse typed prices in other currencies that aren't sold in, or too low or too high.

    Raises:
        Refused: currency, price.
    """
    for currency, minor in also.items():
        if currency == own or currency not in currencies.sold_in():
            raise Refused(
                "currency",
                gettext("Licences are not sold in %(currency)s here.") % {"currency": currency},
            )
        if minor is not None:
            require_sound(Money(minor, currency))


def write(offer: Offer, also: Mapping[str, int | None]) -> None:
    """Replace an offer's prices in other currencies; None: converted now, and frozen.

    Raises:
        Refused: currency, if there is no rate to convert by.
    """
    rates = current()
    offer.prices.all().delete()
    OfferPrice.objects.bulk_create(
        _typed(offer, currency, minor) if minor is not None else _converted(offer, currency, rates)
        for currency, minor in also.items()
    )


def _typed(offer: Offer, currency: str, minor: int) -> OfferPrice:
    return OfferPrice(offer=offer, currency=currency, price_minor=minor)


def _converted(offer: Offer, currency: str, rates: Rates) -> OfferPrice:
    price = suggested(offer.price, currency, rates)
    if price is None:
        raise Refused(
            "currency",
            gettext("No exchange rate is known for %(currency)s: type the price.")
            % {"currency": currency},
        )
    return OfferPrice(
        offer=offer,
        currency=currency,
        price_minor=price.minor,
        rate=rates.between(offer.currency, currency),
        rated_on=rates.dated,
    )


def shown(offer: Offer, currency: str) -> Money:
    """An offer's price in a currency if it has one in it, and otherwise in its own."""
    return offer.price_in(currency) or offer.price


def lowest(offers: Iterable[Offer], currency: str) -> Money | None:
    """The lowest price at which anybody may buy: in a currency if there is one, otherwise their own."""
    offers = list(offers)
    there = [price for offer in offers if (price := offer.price_in(currency))]
    return min(there or [offer.price for offer in offers], default=None)


def in_every_currency(offer: Offer) -> dict[str, int]:
    """An offer's prices by currency, in minor units."""
    return {offer.currency: offer.price_minor} | {
        price.currency: price.price_minor for price in offer.abroad if price.is_sold
    }


def sold_in(listing: Listing) -> list[str]:
    """The currencies that the public offers of a listing, as prefetched, have prices in."""
    found = [set(in_every_currency(offer)) for offer in listing.offers.all()]
    return sorted(set[str]().union(*found))
