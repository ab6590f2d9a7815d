"""Exchange rates, for proposing prices and stating VAT in a seller's own currency; nothing is charged by them.

They are the euro foreign exchange reference rates of the European Central Bank, as loaded last, or those
that came with this release.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any
from xml.parsers import expat

import httpx
from django.conf import settings
from django.db import transaction

from marketplace.currencies import NATIONAL, known
from marketplace.listings.models import ExchangeRate
from marketplace.refusals import Refused

SOURCE = "European Central Bank, euro foreign exchange reference rates"
MAX_BYTES = 100_000  # of the bank's file, which has 2,000
_PATIENCE = 10.0  # seconds
_UP_TO_DATE = timedelta(days=6)  # the bank publishes none from Good Friday until Easter Tuesday
_FILE = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True)
class Rates:
    """What one euro was worth on a day, by currency."""

    dated: date
    source: str
    per_euro: dict[str, Decimal]

    def between(self, one: str, other: str) -> Decimal | None:
        """How much of another currency one unit of a currency was worth; None if it isn't known."""
        if one not in self.per_euro or other not in self.per_euro:
            return None
        return (self.per_euro[other] / self.per_euro[one]).quantize(Decimal("0.00000001"))


@cache
def _released() -> Rates:
    table = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    per_euro = {code: Decimal(rate) for code, rate in table["per_euro"].items()}
    return Rates(table["dated"], table["source"], {"EUR": Decimal(1), **per_euro})


def current() -> Rates:
    """The newest rates that are known."""
    newest = ExchangeRate.objects.order_by("-dated").values_list("dated", flat=True).first()
    if newest is None or newest <= _released().dated:
        return _released()
    return _loaded(newest)


def _loaded(day: date) -> Rates:
    loaded = ExchangeRate.objects.filter(dated=day).values_list("currency", "per_euro")
    return Rates(day, SOURCE, {"EUR": Decimal(1), **dict(loaded)})


def published_by(day: date) -> Rates | None:
    """The latest rates that the bank had published on a day; None where they are not known.

    Those of working days long before are not the latest, even if nothing was loaded since.
    """
    days = ExchangeRate.objects.filter(dated__lte=day, dated__gte=day - _UP_TO_DATE)
    newest = days.order_by("-dated").values_list("dated", flat=True).first()
    if newest is not None:
        return _loaded(newest)
    released = _released()
    return released if day - _UP_TO_DATE <= released.dated <= day else None


def published_from(day: date) -> Rates | None:
    """The rates of a day, or of the next one on which the bank publishes any; None: they are not known."""
    while not _publishes(day):
        day += timedelta(days=1)
    if ExchangeRate.objects.filter(dated=day).exists():
        return _loaded(day)
    return _released() if _released().dated == day else None


def _publishes(day: date) -> bool:
    """Whether the bank publishes rates on a day: on all on which its payment system (TARGET) is open."""
    closed = ((1, 1), (5, 1), (12, 25), (12, 26))
    since_easter = (day - _easter(day.year)).days  # it is closed on Good Friday and Easter Monday
    return day.weekday() < 5 and (day.month, day.day) not in closed and since_easter not in (-2, 1)


def _easter(year: int) -> date:
    """Easter Sunday of a year, by Gauss's rule as Lichtenberg completed it."""
    century = year // 100
    moon = 15 + (3 * century + 3) // 4 - (8 * century + 13) // 25
    sun = 2 - (3 * century + 3) // 4
    golden = year % 19
    seed = (19 * golden + moon) % 30
    full_moon = 21 + seed - (seed + golden // 11) // 29
    sunday = 7 - (year + year // 4 + sun) % 7
    return date(year, 3, 1) + timedelta(days=full_moon + 6 - (full_moon - sunday) % 7)


def load(content: bytes) -> Rates:
    """Keep the rates of the bank's XML file, of one day; the same day again changes nothing.

    Raises:
        Refused: rates, if it is not such a file.
    """
    rates = _RatesReader().read(content)
    with transaction.atomic():
        ExchangeRate.objects.bulk_create(
            (
                ExchangeRate(dated=rates.dated, currency=code, per_euro=rate)
                for code, rate in rates.per_euro.items()
                if code != "EUR"
            ),
            ignore_conflicts=True,
        )
    return rates


def fetch() -> bytes:
    """The bank's file, from the address in the settings.

    Raises:
        Refused: rates, if no https address is set, or it does not answer.
    """
    address = settings.RATES_URL
    if not address.startswith("https://"):
        raise Refused(
            "rates", "Set RATES_URL to the https:// address of the rates, or name a file."
        )
    try:
        with httpx.stream("GET", address, timeout=_PATIENCE) as answer:
            answer.raise_for_status()
            content = b""
            for piece in answer.iter_bytes():
                content += piece
                if len(content) > MAX_BYTES:
                    break  # `load` refuses it
            return content
    except httpx.HTTPError as error:
        raise Refused("rates", f"{address} can't be read: {error}") from error


class _RatesReader:
    """Collects the first day of the file, and of it what is sold in, and what VAT is stated in."""

    def __init__(self) -> None:
        self._dated: date | None = None
        self._days = 0
        self._rates: dict[str, Decimal] = {}

    def read(self, content: bytes) -> Rates:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.StartDoctypeDeclHandler = self._refuse
        try:
            if len(content) > MAX_BYTES:
                raise ValueError("too large")
            parser.Parse(content, True)
            if self._dated is None or not self._rates:
                raise ValueError("no rates")
        except (expat.ExpatError, ValueError, InvalidOperation) as error:
            raise Refused("rates", f"These are no reference rates of the bank: {error}.") from error
        return Rates(self._dated, SOURCE, {"EUR": Decimal(1), **self._rates})

    def _refuse(self, *_: Any) -> None:
        raise ValueError("a document type")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] != "Cube":
            return
        if "time" in attributes:
            self._days += 1
            if self._days == 1:
                self._dated = date.fromisoformat(attributes["time"])
        code, written = attributes.get("currency", ""), attributes.get("rate", "")
        if self._days == 1 and (code in known() or code in NATIONAL):
            rate = Decimal(written)
            if not (rate.is_finite() and Decimal("0.0001") < rate < 1_000_000):
                raise ValueError(f"{code} at {written}")
            self._rates[code] = rate
