"""What SSML's `say-as` asks for, as a text that is then read like any other."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from synthesis.text.normalize import FOLDERS, normalize

MONTHS = (
    "January February March April May June July August September October November December".split()
)
_CURRENCIES = {"USD": "$", "EUR": "€", "GBP": "£", "INR": "₹", "JPY": "¥", "CNY": "¥", "BRL": "R$"}
_GROUP = r"\d[\d,' ]{0,60}\d|\d"
_NUMBER = re.compile(rf"([-+]?)({_GROUP})((?:\.\d{{1,40}})?)(st|nd|rd|th|º|ª|er|e|ème)?", re.I)
_DATE_ORDERS = ("mdy", "dmy", "ymd", "md", "dm", "ym", "my", "y", "m", "d")


def said_as(kind: str, text: str, language: str = "en-US", layout: str = "") -> str:
    """A text in the words or the form that say-as asks for.

    kind: `interpret-as`; layout: `format`, as "mdy" or "hms12".

    Raises:
        ValueError: an unknown kind, or a text that can't be said so.
    """
    if kind not in KINDS:
        raise ValueError(f"say-as knows {', '.join(KINDS)}")
    plain = " ".join(unicodedata.normalize("NFKC", text).replace("−", "-").split())
    said = KINDS[kind](plain.replace("⁄", "/"), language, layout.strip().lower())
    if said is None:
        raise ValueError(f"say-as {kind}: {text[:40]!r} can't be said so")
    return said


def _is_english(language: str) -> bool:
    return language.startswith("en") or language not in FOLDERS


def _digit(character: str, language: str) -> str:
    value = str(int(character))
    return normalize(value, "en-US" if _is_english(language) else language)


def _named(text: str, language: str) -> str:
    """Letters and digits, one by one."""
    return " ".join(
        _digit(character, language) if character.isdecimal() else character.upper()
        for character in text
        if character.isalnum()
    )


def _characters(text: str, language: str, layout: str) -> str | None:
    return _named(text, language)


def _telephone(text: str, language: str, layout: str) -> str | None:
    plus = "plus " if text.startswith("+") and _is_english(language) else ""
    groups = [_named(group, language) for group in re.split(r"[\s\-./()]+", text)]
    return plus + ", ".join(group for group in groups if group)


def _parts(text: str) -> re.Match[str] | None:
    return _NUMBER.fullmatch(text.strip())


def _ascii(number: str) -> str:
    return "".join(str(int(each)) for each in number if each.isdecimal())


def _cardinal(text: str, language: str, layout: str) -> str | None:
    match = _parts(text)
    if match is None:
        return None
    sign, whole, fraction = match[1], _ascii(match[2]), match[3]
    if _is_english(language):
        from synthesis.text.english.numbers import decimal

        said = decimal(whole + fraction)
        return f"minus {said}" if sign == "-" else said
    mark = "," if language in ("es", "fr", "it", "pt-BR", "de") else "."
    return normalize(
        f"{sign.strip('+')}{whole}{mark + _ascii(fraction) if fraction else ''}", language
    )


def _ordinal(text: str, language: str, layout: str) -> str | None:
    match = _parts(text)
    if match is None or match[3]:
        return None
    whole = _ascii(match[2])
    if _is_english(language):
        from synthesis.text.english.numbers import ordinal

        said = ordinal(whole)
        return f"minus {said}" if match[1] == "-" else said
    ending = {"fr": "e", "es": "º", "it": "º", "pt-BR": "º", "de": "."}.get(language, "")
    if language == "fr" and whole == "1":
        ending = "er"
    before = "第" if language in ("zh-CN", "ja") else ""
    return normalize(f"{before}{whole}{ending}", language)


def _date(text: str, language: str, layout: str) -> str | None:
    numbers = [_ascii(each) for each in re.findall(r"\d+", text)]
    if not re.fullmatch(r"[\d\s./-]{1,20}", text) or not 1 <= len(numbers) <= 3:
        return text if re.search(r"[^\W\d]", text) and len(text) <= 60 else None
    if len(numbers) == 1 and len(numbers[0]) == 8:  # 20240301
        digits = numbers[0]
        numbers = (
            [digits[:4], digits[4:6], digits[6:]]
            if layout in ("", "ymd")
            else [digits[:2], digits[2:4], digits[4:]]
        )
    order = layout or _usual_order(numbers, language)
    if order not in _DATE_ORDERS or len(order) != len(numbers):
        return None
    found = {name: int(number[:6]) for name, number in zip(order, numbers, strict=True)}
    if not 1 <= found.get("m", 1) <= 12 or not 1 <= found.get("d", 1) <= 31:
        return None
    return _written_date(found, language)


def _usual_order(numbers: list[str], language: str) -> str:
    if len(numbers[0]) == 4:
        return "ymd"[: len(numbers)]
    order = "mdy" if language == "en-US" or language not in FOLDERS else "dmy"
    if len(numbers) == 2 and len(numbers[1]) == 4:
        return "my"
    return order[: len(numbers)] if len(numbers) > 1 else "d"


def _written_date(found: dict[str, int], language: str) -> str:
    year, month, day = (found.get(name) for name in "ymd")
    if year is not None and year < 100:
        year += 2000 if year < 50 else 1900
    if _is_english(language):
        name = MONTHS[month - 1] if month else ""
        if language == "en-GB":
            return " ".join(str(part) for part in (day, name, year) if part)
        if day and name:
            return f"{name} {day}" + (f", {year}" if year is not None else "")
        return " ".join(str(part) for part in (name, day, year) if part not in (None, ""))
    if language in ("zh-CN", "ja"):
        parts = ((year, "年"), (month, "月"), (day, "日"))
        return "".join(f"{value}{sign}" for value, sign in parts if value is not None)
    if year is not None and month and day:
        return f"{day}/{month}/{year}"
    return normalize(
        " ".join(str(part) for part in (day, month, year) if part is not None), language
    )


def _time(text: str, language: str, layout: str) -> str | None:
    duration = re.fullmatch(r"(?:(\d{1,4})['′])?\s?(?:(\d{1,4})(?:\"|″|''|′′))?", text)
    if duration is not None and text:
        minutes, seconds = duration.groups()
        if not _is_english(language):
            return f"{minutes or 0} min {seconds or 0} s"
        return " and ".join(
            f"{int(value)} {unit}{'' if int(value) == 1 else 's'}"
            for value, unit in ((minutes, "minute"), (seconds, "second"))
            if value
        )
    match = re.fullmatch(
        r"(\d{1,2})(?:[:.h](\d{2}))?(?:[:.](\d{2}))?\s?(?:([ap])\.?\s?m?\.?)?", text, re.I
    )
    if match is None or int(match[1]) > 24 or int(match[2] or 0) > 59 or int(match[3] or 0) > 59:
        return None
    hour, half = int(match[1]), match[4]
    if layout == "hms12" and half is None and _is_english(language):
        half = "a" if hour < 12 else "p"
        hour = hour % 12 or 12
    clock = f"{hour}:{_ascii(match[2] or '0'):0>2}"
    if match[3]:
        clock += f":{_ascii(match[3])}"
    return clock + (f" {half.upper()}M" if half else "")


def _fraction(text: str, language: str, layout: str) -> str | None:
    match = re.fullmatch(r"(-?)(?:(\d{1,12})(?:\s|\s?\+\s?))?(\d{1,12})\s?/\s?(\d{1,12})", text)
    if match is None or not int(match[4]):
        return None
    whole = f"{_ascii(match[2])} " if match[2] else ""
    return normalize(f"{match[1]}{whole}{_ascii(match[3])}/{_ascii(match[4])}", language)


def _currency(text: str, language: str, layout: str) -> str | None:
    sign = _CURRENCIES.get(layout.upper(), layout.upper())
    match = re.fullmatch(r"([^\d\s.,-]{0,4})\s?(-?[\d.,' ]{1,40})\s?([^\d\s.,-]{0,4})", text)
    if match is None or not any(each.isdecimal() for each in match[2]):
        return None
    written = match[1] or match[3] or sign
    if not written:
        return None
    named = _CURRENCIES.get(written.upper(), written)
    amount = match[2].strip().strip(".,'")
    return f"{named}{amount}" if len(named) < 3 else f"{named} {amount}"


def _as_written(text: str, language: str, layout: str) -> str | None:
    return text or None


KINDS: dict[str, Callable[[str, str, str], str | None]] = {
    "characters": _characters,
    "spell-out": _characters,
    "digits": _characters,
    "verbatim": _characters,
    "telephone": _telephone,
    "cardinal": _cardinal,
    "number": _cardinal,
    "ordinal": _ordinal,
    "date": _date,
    "time": _time,
    "fraction": _fraction,
    "currency": _currency,
    "unit": _as_written,
    "address": _as_written,
}
