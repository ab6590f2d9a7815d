"""Numbers in English words, however long they are."""

from __future__ import annotations

from functools import lru_cache

MAX_DIGITS = 36  # digits; what is longer is said digit by digit

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
_SCALES = (
    "_ thousand million billion trillion quadrillion quintillion sextillion septillion octillion "
    "nonillion decillion"
).split()
_IRREGULAR = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def _below_hundred(value: int) -> str:
    if value < 20:
        return _ONES[value]
    tens, ones = divmod(value, 10)
    return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")


def _below_thousand(value: int) -> str:
    hundreds, rest = divmod(value, 100)
    if not hundreds:
        return _below_hundred(rest)
    return f"{_ONES[hundreds]} hundred" + (f" and {_below_hundred(rest)}" if rest else "")


@lru_cache(maxsize=4096)
def cardinal(number: str | int) -> str:
    """A whole number; digit by digit where it has no name.

    >>> cardinal("1,234")
    'one thousand two hundred and thirty-four'
    """
    written = plain(str(number))
    if len(written.lstrip("0")) > MAX_DIGITS:
        return digits(written)
    value = int(written)
    if value < 1000:
        return _below_thousand(value)
    parts = []
    for scale in range((len(str(value)) - 1) // 3, -1, -1):
        group = value // 1000**scale % 1000
        if not group:
            continue
        if scale:
            parts.append(f"{_below_thousand(group)} {_SCALES[scale]}")
        else:
            parts.append(("and " if group < 100 else "") + _below_thousand(group))
    return " ".join(parts)


def plain(number: str) -> str:
    """ASCII digits, without what groups them."""
    return "".join(str(int(character)) for character in number if character.isdecimal())


def digits(text: str, zero: str = "zero") -> str:
    """The digits of a text one by one; what is no digit is left out."""
    named = (_ONES[int(character)] for character in text if character.isdecimal())
    return " ".join(zero if name == "zero" else name for name in named)


def decimal(number: str) -> str:
    """A number that may have a point: its digits after it one by one.

    >>> decimal("1,234.50")
    'one thousand two hundred and thirty-four point five zero'
    """
    whole, _, fraction = number.partition(".")
    spoken = cardinal(whole) if whole else "zero"
    return f"{spoken} point {digits(fraction)}" if fraction else spoken


def ordinal(number: str | int) -> str:
    """ "twenty-first" of 21."""
    before, last = _last_word(cardinal(number))
    if last in _IRREGULAR:
        return before + _IRREGULAR[last]
    return before + (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")


def plural(spoken: str) -> str:
    """ "eighties" of "eighty"."""
    return (
        spoken[:-1] + "ies"
        if spoken.endswith("y")
        else f"{spoken}{'es' if spoken.endswith('x') else 's'}"
    )


def _last_word(spoken: str) -> tuple[str, str]:
    cut = max(spoken.rfind(" "), spoken.rfind("-")) + 1
    return spoken[:cut], spoken[cut:]


def year(value: int) -> str:
    """A year as people say it: "nineteen oh five", "two thousand and five", "twenty twenty"."""
    if not 1000 <= value <= 2999 or value % 1000 < 10:
        return cardinal(value)
    century, rest = divmod(value, 100)
    if not rest:
        return f"{_below_hundred(century)} hundred"
    return f"{_below_hundred(century)} {'oh ' if rest < 10 else ''}{_below_hundred(rest)}"


def pairs(number: str) -> str:
    """A number by which something is called, in the pairs that people hear: "seven forty-seven".

    Two digits are a number, three a digit and a pair, four two pairs, more go one by one.
    """
    if len(number) <= 2:
        return digits(number, "oh") if number.startswith("0") else cardinal(number)
    if len(number) > 4 or number.startswith("0"):
        return digits(number, "oh")
    head, tail = number[:-2], number[-2:]
    if tail == "00":
        return f"{cardinal(number)}" if head.endswith("0") else f"{cardinal(head)} hundred"
    if tail.startswith("0"):
        return (
            digits(number, "oh") if len(number) == 3 else f"{cardinal(head)} oh {_ONES[int(tail)]}"
        )
    return f"{cardinal(head)} {_below_hundred(int(tail))}"
