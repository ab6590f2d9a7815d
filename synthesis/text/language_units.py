"""Units of measure in the words of a language: CLDR's names, prefixes, and one unit per another."""

from __future__ import annotations

import re

from synthesis.text.language_table import LanguageTable

_UNITS = {
    "kg": "kilogram", "g": "gram", "mg": "milligram", "µg": "microgram", "km": "kilometer",
    "m": "meter", "dm": "decimeter", "cm": "centimeter", "mm": "millimeter", "µm": "micrometer",
    "nm": "nanometer", "l": "liter", "L": "liter", "ml": "milliliter", "mL": "milliliter",
    "cl": "centiliter", "dl": "deciliter", "hl": "hectoliter", "km/h": "kilometer-per-hour",
    "kmh": "kilometer-per-hour", "kph": "kilometer-per-hour", "m/s": "meter-per-second",
    "mph": "mile-per-hour", "mi": "mile", "°C": "celsius", "°F": "fahrenheit", "K": "kelvin",
    "°": "degree", "min": "minute", "s": "second", "ms": "millisecond", "µs": "microsecond",
    "ns": "nanosecond", "h": "hour", "d": "day", "MB": "megabyte", "GB": "gigabyte",
    "TB": "terabyte", "PB": "petabyte", "kB": "kilobyte", "KB": "kilobyte", "Kb": "kilobit",
    "kb": "kilobit", "Mb": "megabit", "Gb": "gigabit", "m²": "square-meter", "m2": "square-meter",
    "km²": "square-kilometer", "km2": "square-kilometer", "cm²": "square-centimeter",
    "cm2": "square-centimeter", "m³": "cubic-meter", "m3": "cubic-meter",
    "km³": "cubic-kilometer", "cm³": "cubic-centimeter", "cm3": "cubic-centimeter",
    "ft²": "square-foot", "mi²": "square-mile", "ha": "hectare", "t": "tonne", "W": "watt",
    "kW": "kilowatt", "MW": "megawatt", "GW": "gigawatt", "kWh": "kilowatt-hour", "V": "volt",
    "mA": "milliampere", "Ω": "ohm", "Hz": "hertz", "kHz": "kilohertz",
    "MHz": "megahertz", "GHz": "gigahertz", "J": "joule", "kJ": "kilojoule", "kcal": "kilocalorie",
    "cal": "calorie", "N": "newton", "Pa": "pascal", "hPa": "hectopascal", "bar": "bar",
    "mbar": "millibar", "mol": "mole", "atm": "atmosphere", "eV": "electronvolt", "ft": "foot", "yd": "yard",
    "lb": "pound", "lbs": "pound", "oz": "ounce", "gal": "gallon", "px": "pixel",
    "MP": "megapixel", "dpi": "dot-per-inch", "kt": "knot", "kn": "knot", "Tb": "terabit", "mmHg": "millimeter-ofhg",
    '"': "inch", "″": "inch", "'": "minute", "′": "minute",
}  # fmt: skip
_ALIASES = {  # as they are often written
    "° C": "°C", "° F": "°F", "ºC": "°C", "ºF": "°F", "°c": "°C", "°f": "°F", "° c": "°C",
    "° f": "°F", "° K": "K", "° k": "K", "°K": "K", "Km": "km", "KM": "km", "Kg": "kg", "KG": "kg",
    "Km/h": "km/h", "Km²": "km²", "Mts": "m", "mts": "m", "Kw": "kW", "kw": "kW", "KW": "kW",
    "kwh": "kWh", "KWh": "kWh", "hz": "Hz", "khz": "kHz", "KHz": "kHz", "mhz": "MHz", "Mhz": "MHz",
    "ghz": "GHz", "Ghz": "GHz", "gb": "GB", "mb": "MB", "tb": "TB", "mv": "mV", "kv": "kV",
    "KV": "kV", "Kcal": "kcal", "mn": "min", "hs": "h", "hrs": "h", "hr": "h", "seg": "s",
    "sec": "s", "Mbit": "Mb", "Gbit": "Gb", "kbit": "kb", "Kbit": "kb", "Mbps": "Mb/s", "mbps": "Mb/s",
    "Gbps": "Gb/s", "gbps": "Gb/s", "kbps": "kb/s", "Kbps": "kb/s", "Tbps": "Tb/s", "MBps": "MB/s",
    "l/100km": "l/100 km", "L/100 km": "l/100 km", "L/100km": "l/100 km", "''": '"',
}  # fmt: skip
_PREFIXED = {  # what stands with a prefix that CLDR has no unit for
    "V": "mkµM", "W": "mµT", "Wh": "MGTm", "Hz": "T", "Pa": "kMm", "J": "MGm", "N": "k",
    "Ω": "kM", "Ah": "m", "g": "cdnhM", "L": "cdhµ", "eV": "kMG", "t": "kM", "bar": "k",
    "cal": "M",
}  # fmt: skip
_NEVER_BOTH = frozenset("° K d ' ′ ″ \" ''".split())  # signs that no unit is counted per


def _either(names: set[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


class LanguageUnits:
    """The units of one language."""

    def __init__(self, table: LanguageTable) -> None:
        self.table = table
        self._names: dict[tuple[str, bool], str] = {}
        prefixed = {
            prefix + base
            for base, prefixes in _PREFIXED.items()
            for prefix in prefixes
            if prefix in table.prefixes and (base in _UNITS or base in table.units)
        }
        known = {*_UNITS, *_ALIASES, *table.units, *prefixed}
        both = _either(known - _NEVER_BOTH)
        self.unit_pattern = (
            rf"(?:{both})[/·](?:{both})(?![\w/²³])|{_either(known - {'d'})}|d(?!'|\.\s?[A-Za-z]\.)"
        )

    def unit(self, sign: str, one: bool) -> str:
        """A unit's name by its sign."""
        if (sign, one) not in self._names:
            self._names[sign, one] = self._unit(sign, one)
        return self._names[sign, one]

    def _unit(self, sign: str, one: bool) -> str:
        from babel.units import format_unit

        if sign in self.table.units:
            return self.table.units[sign][0 if one else 1]
        if sign in _ALIASES:
            return self._unit(_ALIASES[sign], one)
        if sign in _UNITS:
            said = format_unit(1 if one else 5, _UNITS[sign], "long", locale=self.table.locale)
            return re.sub(r"[\d\u0966-\u096f]+\s*", "", said).strip()
        for mark, joint in (("/", f" {self.table.per} "), ("·", " ")):
            top, found, bottom = sign.partition(mark)
            if found:
                return f"{self._unit(top, one)}{joint}{self._unit(bottom, True)}"
        prefix, base = self.table.prefixes[sign[0]], self._unit(sign[1:], one)
        return prefix + (base if base[0].isascii() and len(base) == 1 else base.lower())
