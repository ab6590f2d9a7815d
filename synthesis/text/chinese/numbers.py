"""Numbers in Chinese words: whole ones, and digits one by one."""

from __future__ import annotations

_DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))


def digits(text: str) -> str:
    """Digits one by one; other characters are left out."""
    return "".join(_DIGITS.get(each, "") for each in text)


def called(text: str) -> str:
    """Digits of what is called out: a train, a flight."""
    return digits(text).replace("一", "幺")


def number(value: int) -> str:
    """A whole number of up to sixteen digits, with a zero wherever a place is skipped.

    >>> number(100_000_001_000)
    '一千亿零一千'
    """
    said = _number(value)
    return said.removeprefix("一") if said.startswith("一十") else said


def _number(value: int) -> str:
    for scale, name in ((10**8, "亿"), (10**4, "万"), (1000, "千"), (100, "百"), (10, "十")):
        if value >= scale:
            head, rest = divmod(value, scale)
            skipped = "零" if 0 < rest < scale // 10 else ""
            return _number(head) + name + skipped + (_number(rest) if rest else "")
    return "零一二三四五六七八九"[value]


def amount(written: str) -> str:
    """A number that may have decimals."""
    whole, point, part = written.replace(",", "").partition(".")
    return number(int(whole)) + (f"点{digits(part)}" if point else "")
