"""Numbers, months, units and parts of a whole in the words of a language, by its table."""

from __future__ import annotations

import re

from synthesis.text.language_table import LanguageTable

MAX_DIGITS = 30  # digits; what is longer is said digit by digit
UNITS = {
    "kg": "kilogram", "g": "gram", "mg": "milligram", "km": "kilometer", "m": "meter",
    "cm": "centimeter", "mm": "millimeter", "l": "liter", "L": "liter", "ml": "milliliter",
    "km/h": "kilometer-per-hour", "m/s": "meter-per-second", "°C": "celsius", "°F": "fahrenheit",
    "°": "degree", "min": "minute", "s": "second", "MB": "megabyte", "GB": "gigabyte",
    "TB": "terabyte", "kB": "kilobyte", "KB": "kilobyte", "m²": "square-meter", "km²": "square-kilometer",
    "m2": "square-meter", "km2": "square-kilometer", "m³": "cubic-meter", "ha": "hectare", "t": "tonne",
    "W": "watt", "kW": "kilowatt", "kWh": "kilowatt-hour", "V": "volt", "Hz": "hertz", "MHz": "megahertz",
    "GHz": "gigahertz", "cl": "centiliter", "dl": "deciliter", "ms": "millisecond", "h": "hour",
}  # fmt: skip


class LanguageNumbers:
    """What a language says for numbers and what they count."""

    def __init__(self, table: LanguageTable) -> None:
        self.table = table
        self.months = self._month_names()
        self._unit_names: dict[tuple[str, bool], str] = {}

    def _month_names(self) -> dict[str, str]:
        from babel.dates import get_month_names

        found: dict[str, str] = {}
        for width in ("abbreviated", "wide"):
            for number, name in get_month_names(width, "format", self.table.locale).items():
                wide = get_month_names("wide", "format", self.table.locale)[number]
                found[name.rstrip(".").lower()] = wide
        return found

    def month(self, number: int) -> str:
        """The name of a month by its number."""
        from babel.dates import get_month_names

        return str(get_month_names("wide", "format", self.table.locale)[number])

    def whole(self, written: str) -> str:
        """A whole number in words."""
        digits = "".join(str(int(each)) for each in written if each.isdecimal())
        if len(digits) > MAX_DIGITS:
            return self.digits(digits)
        return self.table.cardinal(int(digits or 0))

    def digits(self, text: str) -> str:
        """Digits one by one."""
        return " ".join(self.table.cardinal(int(each)) for each in text if each.isdecimal())

    def number(self, written: str) -> str:
        """A number that may have decimals."""
        whole, _, fraction = written.partition(self.table.decimal)
        if not fraction:
            return self.whole(whole)
        by_digits = self.table.digits_after_point or fraction.startswith("0") or len(fraction) > 2
        after = self.digits(fraction) if by_digits else self.whole(fraction)
        return f"{self.whole(whole)} {self.table.point} {after}"

    def unit(self, sign: str, one: bool) -> str:
        """A unit's name by its sign."""
        from babel.units import format_unit

        if sign in self.table.units:
            return self.table.units[sign][0 if one else 1]
        if (sign, one) not in self._unit_names:
            said = format_unit(1 if one else 5, UNITS[sign], "long", locale=self.table.locale)
            self._unit_names[sign, one] = re.sub(r"[\d\u0966-\u096f]+\s*", "", said).strip()
        return self._unit_names[sign, one]

    def parts(self, top: int, bottom: int) -> str:
        named = self.table.fractions.get((top, bottom))
        if (
            named is None
            and (1, bottom) in self.table.fractions
            and (0, bottom) in self.table.fractions
        ):
            named = f"{self.table.cardinal(top)} {self.table.fractions[0, bottom]}"
        return (
            named or f"{self.table.cardinal(top)} {self.table.over} {self.table.cardinal(bottom)}"
        )

    def year(self, written: str) -> str:
        value = int(written)
        if len(written) == 2:
            value += 2000 if value < 70 else 1900
        return (self.table.year or self.table.cardinal)(value)
