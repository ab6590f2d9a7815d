"""Money: integer minor units with a currency."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import format_currency

# currencies of the payment provider that don't have two digits (docs.stripe.com/currencies)
_NONE = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF".split()
THREE_DIGITS = frozenset("BHD JOD KWD OMR TND".split())  # charged in multiples of ten alone
MINOR_DIGITS = dict.fromkeys(_NONE, 0) | dict.fromkeys(THREE_DIGITS, 3)
MAX_DIGITS = 18  # of an amount in minor units: what the database holds
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CNY": "CN¥"}

_OWN = "en"  # language of documents, audit and API
_READER: ContextVar[str] = ContextVar("reader's language", default=_OWN)


@contextmanager
def written_in(locale: str) -> Iterator[None]:
    """Amounts are written as a language writes them, in a page or a letter; locale: as CLDR's zh_Hans."""
    token = _READER.set(locale)
    try:
        yield
    finally:
        _READER.reset(token)


@dataclass(frozen=True, order=True)
class Money:
    """An amount; arithmetic needs equal currencies."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, written: str | Decimal, currency: str) -> Money:
        """An amount as people write it, in whole units and their decimals; rounds half up.

        Raises:
            ValueError: it is not a number, or a larger one than there is money.

        >>> Money.parse("12.50", "USD"), Money.parse("1500", "JPY")
        (Money(minor=1250, currency='USD'), Money(minor=1500, currency='JPY'))
        """
        try:
            if isinstance(written, str):
                written = written.strip()
            minor = Decimal(written).scaleb(MINOR_DIGITS.get(currency, 2))
            if minor.adjusted() >= MAX_DIGITS:  # 1e900000 is short, and takes half a minute
                raise ValueError("too large")
            return cls(int(minor.to_integral_value(ROUND_HALF_UP)), currency)
        except (ArithmeticError, ValueError) as error:
            raise ValueError(f"{str(written)[:40]!r} is not an amount.") from error

    @classmethod
    def parse_exactly(cls, written: str, currency: str) -> Money:
        """The same, but never rounded.

        Raises:
            ValueError: it is not a number, or has more decimals than its currency.

        >>> Money.parse_exactly("12.505", "USD")
        Traceback (most recent call last):
        ValueError: 12.505 has more decimals than USD.
        """
        found = cls.parse(written, currency)
        if -int(Decimal(written.strip()).as_tuple().exponent) > MINOR_DIGITS.get(currency, 2):
            raise ValueError(f"{written.strip()[:40]} has more decimals than {currency}.")
        return found

    @property
    def amount(self) -> Decimal:
        """The amount in whole units, with the decimals that the currency has."""
        return Decimal(self.minor).scaleb(-MINOR_DIGITS.get(self.currency, 2))

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} can't be added.")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def split(self, basis_points: int) -> tuple[Money, Money]:
        """Divide into (fee, rest); the fee rounds half up and nothing is lost.

        >>> Money(999, "EUR").split(1500)
        (Money(minor=150, currency='EUR'), Money(minor=849, currency='EUR'))
        """
        fee = (self.minor * basis_points + 5_000) // 10_000
        return Money(fee, self.currency), Money(self.minor - fee, self.currency)

    def __str__(self) -> str:
        """The amount in the site's own language, or in the reader's where a page or letter is written for them."""
        language = _READER.get()
        if language != _OWN:
            # Babel's signs tell apart what a reader of that language could mistake: US$, JP¥
            return str(format_currency(self.amount, self.currency, locale=language))
        digits = MINOR_DIGITS.get(self.currency, 2)
        value = self.amount
        sign = SIGNS.get(self.currency)
        minus = "-" if value < 0 else ""
        if sign:
            return f"{minus}{sign}{abs(value):,.{digits}f}"
        return f"{value:,.{digits}f} {self.currency}"
