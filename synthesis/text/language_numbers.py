"""Numbers, months, currencies and parts of a whole in the words of a language, by its table."""

from __future__ import annotations

import re
from collections.abc import Iterable

from synthesis.text.language_table import LanguageTable
from synthesis.text.language_units import LanguageUnits
from synthesis.text.scan import Scan

MAX_DIGITS = (
    18  # what is longer is said digit by digit: there are no names for it in every language
)
SYMBOLS = {
    "$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "R$": "BRL",
    "₩": "KRW", "₽": "RUB", "₺": "TRY", "₴": "UAH", "₫": "VND", "₱": "PHP", "฿": "THB", "₪": "ILS",
    "₦": "NGN", "৳": "BDT", "₡": "CRC", "₲": "PYG", "₵": "GHS", "₸": "KZT", "zł": "PLN", "Kč": "CZK",
    "C$": "CAD", "CA$": "CAD", "A$": "AUD", "AU$": "AUD", "NZ$": "NZD", "HK$": "HKD", "S$": "SGD",
    "MX$": "MXN", "Mex$": "MXN", "MEX$": "MXN", "mex$": "MXN", "us$": "USD", "r$": "BRL", "Rs": "INR",
    "rs": "INR",
}  # fmt: skip
_CODES = (
    "USD EUR GBP JPY CHF CAD AUD NZD HKD SGD CNY INR BRL MXN ARS CLP COP PEN UYU PYG BOB VES CRC GTQ "
    "HNL NIO PAB DOP CUP TTD JMD ZAR NGN KES EGP MAD TND DZD TRY RUB UAH PLN CZK HUF RON BGN SEK NOK "
    "DKK ISK KRW TWD THB VND IDR MYR PHP PKR BDT LKR NPR ILS SAR AED QAR KWD "
    "AWG BBD BZD GYD SRD HTG XCD JOD BHD OMR LBP IQD AFN UGX TZS XOF XAF MZN AOA CVE GHS KZT"
).split()
_IN_SMALL_LETTERS = "USD EUR GBP JPY CHF MXN BRL ARS CLP INR CNY"  # others are no money in them
CODES = {code: code for code in _CODES} | {code.lower(): code for code in _IN_SMALL_LETTERS.split()}

Names = tuple[str, str, str, str]


def either(names: Iterable[str]) -> str:
    """A pattern of any of some names, the longest first; of none, what never matches."""
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) or "(?!)"


class LanguageNumbers(LanguageUnits):
    """What a language says for numbers and what they count."""

    def __init__(self, table: LanguageTable) -> None:
        super().__init__(table)
        self.months = self._month_names()
        groups = re.escape(table.groups)
        self.grouped = rf"\d{{1,3}}(?:[{groups}]\d{{2,3}})*[{groups}]\d{{3}}(?!\d)"
        self.pattern = rf"(?:{self.grouped}|\d+)(?:{re.escape(table.decimal)}\d+)?"
        self.currency_pattern = either({*SYMBOLS, *CODES, *table.currencies})
        self.scales = {short.lower(): said for short, said in table.scales.items()} | dict(
            table.scales
        )
        self.scale_pattern = either(self.scales)
        self._currency_names: dict[str, Names] = {}

    def _month_names(self) -> dict[str, str]:
        from babel.dates import get_month_names

        found: dict[str, str] = {}
        for width in ("abbreviated", "wide"):
            for number, name in get_month_names(width, "format", self.table.locale).items():
                wide = get_month_names("wide", "format", self.table.locale)[number]
                found[name.rstrip(".").lower()] = wide
        return found | {
            short: get_month_names("wide", "format", self.table.locale)[number]
            for short, number in self.table.short_months.items()
        }

    def month(self, number: int) -> str:
        """The name of a month by its number."""
        from babel.dates import get_month_names

        return str(get_month_names("wide", "format", self.table.locale)[number])

    def value(self, written: str) -> int:
        """A whole number by its digits, whatever groups them."""
        return int("".join(str(int(each)) for each in written if each.isdecimal()) or 0)

    def whole(self, written: str) -> str:
        """A whole number in words."""
        digits = "".join(each for each in written if each.isdecimal())
        if len(digits) > MAX_DIGITS:
            return self.digits(digits)
        return self.table.cardinal(self.value(digits))

    def digits(self, text: str) -> str:
        """Digits one by one."""
        return " ".join(self.table.cardinal(int(each)) for each in text if each.isdecimal())

    def number(self, written: str) -> str:
        """A number that may have decimals."""
        table = self.table
        whole, _, fraction = written.partition(table.decimal)
        if not fraction:
            return self.whole(whole)
        by_digits = (
            table.digits_after_point
            or fraction.startswith("0")
            or len(fraction) > table.number_after_point
        )
        after = self.digits(fraction) if by_digits else self.whole(fraction)
        return f"{self.whole(whole)} {table.point} {after}"

    def is_one(self, written: str) -> bool:
        """Whether what is counted stands in the singular."""
        whole, _, fraction = written.partition(self.table.decimal)
        if self.table.singular_below_two:
            return len(whole) == 1 and self.value(whole) < 2
        return not fraction and len(whole) == 1 and self.value(whole) == 1

    def before_noun(self, written: str, noun: str) -> str:
        """A number as it is said before what it counts."""
        if self.table.decimal in written:
            return self.number(written)
        digits = "".join(each for each in written if each.isdecimal())
        if self.table.counted is None or len(digits) > MAX_DIGITS:
            return self.whole(written)
        head = noun.split(" ", maxsplit=1)[0]  # "un kilovatio hora"
        return self.table.counted(self.value(digits), head)

    def with_noun(self, written: str, noun: str) -> str:
        """A number and what it counts: "due ore", "un'ora"."""
        said = self.before_noun(written, noun)
        return f"{said}{noun}" if said.endswith("'") else f"{said} {noun}"

    def of_scale(self, scale: str, noun: str) -> str:
        """A large number's name and what it counts: "millones de euros", "mil euros"."""
        said = self.scales[scale]
        of = self.table.of_scale and said.lower() not in THOUSANDS
        return f"{said} {self.of(noun) if of else noun}"

    def counts_with_of(self, written: str) -> bool:
        """Whether "de" stands between a number and what it counts: "un millón de euros"."""
        if not self.table.of_scale or self.table.decimal in written:
            return False
        value = self.value(written)
        return 0 < value < 10**MAX_DIGITS and value % 10**6 == 0

    def of(self, noun: str) -> str:
        """What is counted after "de", or "d'" where the language elides."""
        link = self.table.of_scale or self.table.of_part
        if self.table.elides and noun[0].lower() in "aeiouhéèê":
            return f"{link[:-1]}'{noun}"
        return f"{link} {noun}"

    def currency(self, sign: str) -> Names:
        """A currency's name, one and many, and that of its hundredths ("" where not known)."""
        table = self.table
        code = SYMBOLS.get(sign) or CODES.get(sign) or sign
        for known in (sign, code):
            if known in table.currencies:
                return table.currencies[known]
        if code not in self._currency_names:
            from babel.numbers import get_currency_name

            one, many = (
                str(get_currency_name(code, count=count, locale=table.locale)) for count in (1, 2)
            )
            if table.locale != "de":  # CLDR's Portuguese names begin in upper case
                one, many = one[0].lower() + one[1:], many[0].lower() + many[1:]
            self._currency_names[code] = one, many, "", ""
        return self._currency_names[code]

    def parts(self, top: int, bottom: int) -> str:
        """A fraction in words."""
        table = self.table
        named = table.parts(top, bottom) if top and bottom > 1 else None
        return named or f"{table.cardinal(top)} {table.over} {table.cardinal(bottom)}"

    def year(self, written: str) -> str:
        """A year of two or four digits."""
        value = self.value(written)
        if len(written) == 2:
            value += 2000 if value < 70 else 1900
        return (self.table.year or self.table.cardinal)(value)


def with_stop(said: str, match: re.Match[str], scan: Scan) -> str:
    """A reading of what ends with a point, which ends the sentence too where nothing follows."""
    ends = match[0].endswith(".") and not said.endswith(".") and not scan.rest(match.end()).strip()
    return f"{said}." if ends else said


THOUSANDS = frozenset(("mil", "mille", "mila", "tausend"))
