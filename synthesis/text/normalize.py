"""Reading numbers, money, dates, units, abbreviations and addresses as people do (English).

Other languages pass through unchanged: eSpeak NG reads their numbers itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from num2words import num2words

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_CURRENCIES = {  # sign -> (one, many, one hundredth, many hundredths)
    "$": ("dollar", "dollars", "cent", "cents"),
    "US$": ("US dollar", "US dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "¥": ("yen", "yen", "sen", "sen"),
    "₹": ("rupee", "rupees", "paisa", "paise"),
}
_SCALES = {"k": "thousand", "m": "million", "bn": "billion", "b": "billion", "t": "trillion"}
_UNITS = {  # symbol -> (one, many)
    "km/h": ("kilometre per hour", "kilometres per hour"),
    "mph": ("mile per hour", "miles per hour"),
    "m/s": ("metre per second", "metres per second"),
    "km": ("kilometre", "kilometres"),
    "cm": ("centimetre", "centimetres"),
    "mm": ("millimetre", "millimetres"),
    "m": ("metre", "metres"),
    "kg": ("kilogram", "kilograms"),
    "mg": ("milligram", "milligrams"),
    "g": ("gram", "grams"),
    "lb": ("pound", "pounds"),
    "lbs": ("pound", "pounds"),
    "oz": ("ounce", "ounces"),
    "ft": ("foot", "feet"),
    "mi": ("mile", "miles"),
    "ml": ("millilitre", "millilitres"),
    "l": ("litre", "litres"),
    "L": ("litre", "litres"),
    "kHz": ("kilohertz", "kilohertz"),
    "MHz": ("megahertz", "megahertz"),
    "GHz": ("gigahertz", "gigahertz"),
    "Hz": ("hertz", "hertz"),
    "kB": ("kilobyte", "kilobytes"),
    "KB": ("kilobyte", "kilobytes"),
    "MB": ("megabyte", "megabytes"),
    "GB": ("gigabyte", "gigabytes"),
    "TB": ("terabyte", "terabytes"),
    "ms": ("millisecond", "milliseconds"),
    "s": ("second", "seconds"),
    "min": ("minute", "minutes"),
    "h": ("hour", "hours"),
    "hrs": ("hour", "hours"),
    "kW": ("kilowatt", "kilowatts"),
    "kWh": ("kilowatt hour", "kilowatt hours"),
    "W": ("watt", "watts"),
    "V": ("volt", "volts"),
    "dB": ("decibel", "decibels"),
    "°C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("degree", "degrees"),
    "%": ("percent", "percent"),
}
_ABBREVIATIONS = {
    "Mr.": "Mister",
    "Mrs.": "Missus",
    "Ms.": "Miz",
    "Dr.": "Doctor",
    "Prof.": "Professor",
    "St.": "Saint",
    "Jr.": "Junior",
    "Sr.": "Senior",
    "vs.": "versus",
    "etc.": "et cetera",
    "e.g.": "for example",
    "i.e.": "that is",
    "approx.": "approximately",
    "dept.": "department",
    "No.": "number",
    "Inc.": "Incorporated",
    "Ltd.": "Limited",
    "Corp.": "Corporation",
    "a.m.": "AM",
    "p.m.": "PM",
    "w/": "with ",
}
_SYMBOLS = {"&": " and ", "+": " plus ", "=": " equals ", "@": " at ", "#": " number ", "→": " to "}
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"


def _whole(value: int) -> str:
    return str(num2words(value)).replace(",", "")


def _decimal(number: str) -> str:
    """ "1,234.50" as words; digits after the point one by one."""
    whole, _, fraction = number.replace(",", "").partition(".")
    spoken = _whole(int(whole))
    if fraction:
        spoken += " point " + " ".join(_whole(int(digit)) for digit in fraction)
    return spoken


def _year(value: int) -> str:
    if 2000 <= value <= 2009 or not 1000 <= value <= 2099:
        return _whole(value)
    return str(num2words(value, to="year")).replace(",", "")


def _ordinal(value: int) -> str:
    return str(num2words(value, to="ordinal")).replace(",", "")


def _digits(text: str) -> str:
    return " ".join(_whole(int(character)) for character in text if character.isdigit())


def _money(match: re.Match[str]) -> str:
    one, many, small_one, small_many = _CURRENCIES[match["sign"]]
    number, scale = match["amount"], match["scale"]
    if scale:
        return f"{_decimal(number)} {_SCALES.get(scale.lower(), scale.lower())} {many}"
    whole, _, cents = number.replace(",", "").partition(".")
    if cents and len(cents) != 2:
        return f"{_decimal(number)} {many}"
    value, small = int(whole), int(cents or 0)
    spoken = f"{_whole(value)} {one if value == 1 else many}"
    if small:
        part = f"{_whole(small)} {small_one if small == 1 else small_many}"
        return part if value == 0 else f"{spoken} and {part}"
    return spoken


def _iso_date(match: re.Match[str]) -> str:
    year, month, day = (int(part) for part in match.groups())
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return match.group(0)
    return f"{_MONTHS[month - 1]} {_ordinal(day)}, {_year(year)}"


def _slash_date(match: re.Match[str]) -> str:
    first, second, year = (int(part) for part in match.groups())
    month, day = (first, second) if first <= 12 else (second, first)
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return match.group(0)
    return f"{_MONTHS[month - 1]} {_ordinal(day)}, {_year(year)}"


def _named_date(match: re.Match[str]) -> str:
    day = _ordinal(int(match["day"]))
    year = f", {_year(int(match['year']))}" if match["year"] else ""
    month = next(m for m in _MONTHS if m.lower().startswith(match["month"][:3].lower()))
    return f"{month} {day}{year}"


def _time(match: re.Match[str]) -> str:
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    if hour > 24 or minute > 59:
        return match.group(0)
    half = (match["half"] or "").replace(".", "").strip().upper()
    if minute == 0:
        spoken = _whole(hour) + ("" if half else " o'clock" if 1 <= hour <= 12 else " hundred")
    elif minute < 10:
        spoken = f"{_whole(hour)} oh {_whole(minute)}"
    else:
        spoken = f"{_whole(hour)} {_whole(minute)}"
    return f"{spoken} {' '.join(half)}".strip()


def _unit(match: re.Match[str]) -> str:
    one, many = _UNITS[match["unit"]]
    return f"{_decimal(match['number'])} {one if match['number'] == '1' else many}"


def _address(text: str) -> str:
    """An e-mail or web address, its marks named and its digits read one by one."""
    text = re.sub(r"^https?://", "", text).rstrip("/")
    names = {".": "dot", "@": "at", "/": "slash", "-": "dash", "_": "underscore", ":": "colon"}
    names |= {
        "?": "question mark",
        "=": "equals",
        "&": "and",
        "+": "plus",
        "#": "hash",
        "%": "percent",
    }
    parts = re.findall(r"[A-Za-z]+|\d|[^\w\s]|_", text)
    spoken = []
    for part in parts:
        if part.isdigit():
            spoken.append(_whole(int(part)))
        elif part == "www":
            spoken.append("w w w")
        else:
            spoken.append(names.get(part, part))
    return " ".join(spoken)


_SIGNS = "|".join(re.escape(sign) for sign in sorted(_CURRENCIES, key=len, reverse=True))
_UNIT_NAMES = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_MONTH_NAMES = "|".join(f"{month}|{month[:3]}\\.?" for month in _MONTHS)

_RULES: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), lambda m: _address(m.group(0))),
    (
        re.compile(
            r"(?:https?://|www\.)[^\s<>\"]*[\w/]|\b[\w-]+\.(?:com|org|net|io|dev|ai|eu)\b(?:/[\w/-]*)?"
        ),
        lambda m: _address(m.group(0)),
    ),
    (
        re.compile(
            rf"(?P<sign>{_SIGNS})\s?(?P<amount>{_NUMBER})"
            r"(?:\s?(?P<scale>thousand|million|billion|trillion|bn|[kKmMbB])\b)?"
        ),
        _money,
    ),
    (re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b"), _iso_date),
    (re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b"), _slash_date),
    (
        re.compile(
            rf"\b(?P<month>{_MONTH_NAMES})\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s(?P<year>\d{{4}})\b)?"
        ),
        _named_date,
    ),
    (
        re.compile(
            rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s(?P<month>{_MONTH_NAMES})\b(?:,?\s(?P<year>\d{{4}})\b)?"
        ),
        _named_date,
    ),
    (
        re.compile(r"\b(?P<hour>\d{1,2}):(?P<minute>\d{2})(?P<half>\s?[aApP]\.?[mM]\b\.?)?"),
        _time,
    ),
    (re.compile(r"\b(?P<hour>\d{1,2})(?P<minute>)(?P<half>\s?[aApP]\.?[mM]\b\.?)"), _time),
    (re.compile(r"\b(\d+)(?:st|nd|rd|th)\b"), lambda m: _ordinal(int(m[1]))),
    (re.compile(r"\b(1[1-9]|20)(\d0)s\b"), lambda m: _decade(m)),
    (re.compile(rf"\b(\d+)[-–](?=\d+\s?(?:{_UNIT_NAMES})(?![\w/]))"), lambda m: f"{m[1]} to "),
    (re.compile(r"(?<![\w-])[-−](?=\d)"), lambda _: "minus "),
    (
        re.compile(rf"(?<![\w.])(?P<number>{_NUMBER})\s?(?P<unit>{_UNIT_NAMES})(?![\w/])"),
        _unit,
    ),
    (re.compile(r"\+?\d[\d ()-]{6,}\d"), lambda m: _phone(m.group(0))),
    (
        re.compile(r"\b(\d+)\s?[x×]\s?(\d+)\b"),
        lambda m: f"{_whole(int(m[1]))} by {_whole(int(m[2]))}",
    ),
    (re.compile(r"\b(\d+)[-–](\d+)\b"), lambda m: f"{_whole(int(m[1]))} to {_whole(int(m[2]))}"),
    (re.compile(r"\b1/2\b"), lambda _: "one half"),
    (re.compile(r"\b(\d+)/(\d+)\b"), lambda m: f"{_whole(int(m[1]))} over {_whole(int(m[2]))}"),
    (re.compile(r"(?<![\w.,])(1[1-9]\d\d|20[1-9]\d)(?![\w,]|\.\d)"), lambda m: _year(int(m[1]))),
    (re.compile(r"\b0\d+\b"), lambda m: _digits(m.group(0))),
    (re.compile(_NUMBER), lambda m: _decimal(m.group(0))),
]


def _decade(match: re.Match[str]) -> str:
    tens = _whole(int(match[2])) if match[2] != "00" else "hundred"
    plural = tens[:-1] + "ies" if tens.endswith("y") else tens + "s"
    return f"{_whole(int(match[1]))} {plural}"


def _phone(text: str) -> str:
    groups = [_digits(group) for group in re.split(r"[ ()-]+", text) if group.strip("+")]
    return ("plus " if text.startswith("+") else "") + ", ".join(groups)


@lru_cache(maxsize=2048)
def normalize(text: str, language: str = "en-US") -> str:
    """Text as it is read aloud.

    >>> normalize("Dr. Lee paid $5.50 on 2024-03-01.")
    'Doctor Lee paid five dollars and fifty cents on March first, twenty twenty-four.'
    """
    text = unicodedata.normalize("NFC", text).replace("’", "'").replace("\u00a0", " ")
    text = re.sub(r"[\u200b-\u200d\ufeff]", "", text)
    if not language.startswith("en"):
        return re.sub(r"\s+", " ", text).strip()
    for short, full in _ABBREVIATIONS.items():
        ending = "." if short in ("etc.", "Inc.", "Ltd.", "Corp.", "Jr.", "a.m.", "p.m.") else ""
        pattern = rf"(?<![\w.]){re.escape(short)}"
        if short in ("a.m.", "p.m."):
            pattern = rf"(?<![\w.\d])(?<!\d\s){re.escape(short)}"
        text = re.sub(pattern + r"(?=\s*$)", full + ending, text)
        text = re.sub(pattern, full, text)
    for pattern_, read in _RULES:
        text = pattern_.sub(read, text)
    for symbol, name in _SYMBOLS.items():
        text = text.replace(symbol, name)
    return re.sub(r"\s+", " ", text).strip()
