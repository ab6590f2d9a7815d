"""What wetext's grammar would misread, written so that it reads it right."""

from __future__ import annotations

import re
from collections.abc import Callable

from synthesis.text.mapped_rules import first_edits
from synthesis.text.written import Edit

_DIGITS = dict(zip("0123456789", "ゼロ 一 二 三 四 五 六 七 八 九".split(), strict=True))
_NUMERALS = "〇一二三四五六七八九"
_SCALES = ((10**16, "京"), (10**12, "兆"), (10**8, "億"), (10**4, "万"))
_PLACES = ((1000, "千"), (100, "百"), (10, "十"))
_TIMES = r"[\d日月年時分秒世紀代頃回人円度半後前末初元]"


def _digits(text: str) -> str:
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


def _large(match: re.Match[str]) -> str:
    value = int(match[0].replace(",", ""))
    said = number(value) if value < 10**20 else _digits(match[0])
    return re.sub(r"^千(?=[万億兆京])", "一千", said)


def _weekday(match: re.Match[str]) -> str:
    days = re.sub(r"[・/]?祝", "", match["day"])
    said = re.sub(r"[月火水木金土日]", lambda day: f"{day[0]}曜日", days)
    said = re.sub(r"[~〜～–-]", "から", said)
    return said.replace("・", "、") + ("祝日" if "祝" in match["day"] else "")


def _phone(match: re.Match[str]) -> str:
    plus = "プラス" if match[0].startswith("+") else ""
    return plus + "、".join(_digits(group) for group in re.findall(r"\d+", match[0]))


_EDITS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
    (re.compile(r"\+81[- ]?\d{1,2}[- ]\d{3,4}[- ]\d{4}(?![\d-])"), _phone),
    (re.compile(r"(?<![\d-])0\d{1,4}[-(（]\d{1,4}[-)）]\d{3,4}(?![\d-])"), _phone),
    (
        re.compile(r"(?:電話|番号|携帯|ダイヤル|暗証|会員|口座)(?:番号)?[はがの：: ]{0,2}\d{4,16}(?![\d.年円人])"),
        lambda m: re.sub(r"\d+", lambda digits: _digits(digits[0]), m[0]),
    ),
    (
        re.compile(r"〒\s?(\d{3})-?(\d{4})(?!\d)"),
        lambda m: f"郵便番号{_digits(m[1])}の{_digits(m[2])}",
    ),
    (
        re.compile(r"(?<=[日月年週])[(（](?P<day>[月火水木金土日](?:[~〜～・–-][月火水木金土日])?(?:[・/]?祝)?|祝)[)）]"),
        _weekday,
    ),
    (re.compile(rf"(?<={_TIMES})[〜～~]\s?(?=[\d同紀翌平昭令大明来今])"), lambda m: "から"),
    (re.compile(r"(?<=[)）])[〜～~]\s?(?=[\d同紀翌平昭令])"), lambda m: "から"),
    (re.compile(r"(?<![\d\u3040-\u9fffA-Za-z])[-−](?=√?\d+/\d)"), lambda m: "マイナス"),
    (re.compile(r"√(?=\s?[\dA-Za-z])"), lambda m: "ルート"),
    (re.compile(r"(?<![\d.:])0(?=時)"), lambda m: "零"),
    (re.compile(r"(?<=\d)\s?(?:℃|°C|°)"), lambda m: "度"),
    (re.compile(r"(?<=\d)\s?mL(?![A-Za-z])"), lambda m: "ミリリットル"),
    (re.compile(r"(?<=\d)‰"), lambda m: "パーミル"),
    (re.compile(r"(?<=\d)GB(?![A-Za-z])"), lambda m: "ギガバイト"),
    (
        re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){2,3}(?![\d.])"),
        lambda m: "点".join(
            _digits(part) if m[0].count(".") == 3 else number(int(part)).replace("〇", "ゼロ")
            for part in m[0].split(".")
        ),
    ),
    (
        re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3}){2,}(?![\d.,])|(?<![\d.,-])[1-9]\d{8,}(?![\d.,-])"),
        _large,
    ),
    (re.compile(r"(?<=\d),(?=\d{3}(?!\d))"), lambda m: ""),
    (re.compile(r"[*_`#]+"), lambda m: ""),
]  # fmt: skip


def edits(text: str) -> list[Edit]:
    """Stretches of a text and what stands there instead."""
    return first_edits(_EDITS, text)
