"""The currencies that licences are sold in, and the limits of prices and payouts in each."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel import Locale
from django.conf import settings
from stdnum.eu import vat as eu_vat

from marketplace.money import Money

MAX_PRICE_MINOR = 10_000_00  # in the platform's own currency
_FILE = Path(__file__).with_suffix(".toml")
_WITHOUT_EURO = {  # member states of the European Union, and their own currencies
    "CZ": "CZK", "DK": "DKK", "HU": "HUF", "PL": "PLN", "RO": "RON", "SE": "SEK",
}  # fmt: skip
NATIONAL = frozenset({"EUR", *_WITHOUT_EURO.values()})


@dataclass(frozen=True)
class Limits:
    """In minor units: what an offer that anybody may buy costs, the least that is paid out, and about how
    much a US dollar is.
    """

    min_price: int
    max_price: int
    min_payout: int
    a_dollar: int


@cache
def known() -> dict[str, Limits]:
    """Every currency that licences can be sold in beside the platform's own, by its code."""
    table = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {code: Limits(**values) for code, values in table.items()}


def sold_in() -> tuple[str, ...]:
    """The currencies that buyers can choose; the first is the platform's own."""
    return tuple(dict.fromkeys((settings.CURRENCY, *settings.CURRENCIES)))


def others() -> tuple[str, ...]:
    """The currencies that buyers can choose beside the platform's own."""
    return sold_in()[1:]


def name_of(currency: str, locale: str = "en") -> str:
    """What people who speak a language call a currency; locale: as CLDR's zh_Hans."""
    return str(Locale.parse(locale).currencies.get(currency, currency))


def national(country: str) -> str:
    """The national currency of a member state of the European Union; "" of any other country."""
    if country.lower() not in eu_vat.MEMBER_STATES or country == "XI":
        return ""
    return _WITHOUT_EURO.get(country, "EUR")


def _limits(currency: str) -> Limits:
    """The limits of a currency; the platform's own has those of its settings."""
    if currency != settings.CURRENCY and currency in known():
        return known()[currency]
    own = known().get(settings.CURRENCY)
    return Limits(
        settings.MIN_PRICE_MINOR,
        MAX_PRICE_MINOR,
        settings.PAYOUT_MINIMUM_MINOR,
        own.a_dollar if own else 100,
    )


def min_price(currency: str) -> Money:
    """What an offer costs at least: below it, the provider's fee takes all of the commission."""
    return Money(_limits(currency).min_price, currency)


def max_price(currency: str) -> Money:
    """What an offer that anybody may buy costs at most."""
    return Money(_limits(currency).max_price, currency)


def max_overage(currency: str) -> Money:
    """What a thousand characters beyond a licence cost at most."""
    return Money(_limits(currency).max_price // 100, currency)


def min_payout(currency: str) -> Money:
    """From what on a creator's money is sent to them."""
    return Money(_limits(currency).min_payout, currency)


def about(minor: int, currency: str) -> int:
    """About how much a sum is in the platform's own currency, for comparing it with a limit; minor units.

    At a fixed proportion: nothing is charged, credited or booked by it.
    """
    if currency == settings.CURRENCY:
        return minor
    return minor * _limits(settings.CURRENCY).a_dollar // _limits(currency).a_dollar
