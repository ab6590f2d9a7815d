"""Numbers in kanji: whole ones, and digits one by one."""

from __future__ import annotations

_DIGITS = dict(zip("0123456789", "ゼロ 一 二 三 四 五 六 七 八 九".split(), strict=True))
_NUMERALS = "〇一二三四五六七八九"
_SCALES = ((10**16, "京"), (10**12, "兆"), (10**8, "億"), (10**4, "万"))
_PLACES = ((1000, "千"), (100, "百"), (10, "十"))


def digits(text: str) -> str:
    """Digits one by one; other characters are left out."""
    return "".join(_DIGITS.get(each, "") for each in text)


def number(value: int) -> str:
    """A whole number in kanji: 1001 is 千一.

    >>> number(120_003_400)
    '一億二千万三千四百'
    """
    for scale, name in _SCALES:
        if value >= scale:
            head, rest = divmod(value, scale)
            return number(head) + name + (number(rest) if rest else "")
    said = ""
    for place, name in _PLACES:
        count, value = divmod(value, place)
        if count:
            said += ("" if count == 1 else _NUMERALS[count]) + name
    return said + (_NUMERALS[value] if value else "") or "〇"
