"""What wetext's grammar would misread, written so that it reads it right."""

from __future__ import annotations

import re
from collections.abc import Callable

from synthesis.text.mapped_rules import first_edits
from synthesis.text.written import Edit

_DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
_CURRENCIES = {
    "US$": "美元", "HK$": "港元", "NT$": "新台币", "A$": "澳元", "C$": "加元", "S$": "新加坡元", "R$": "雷亚尔",
    "$": "美元", "€": "欧元", "£": "英镑", "₩": "韩元", "₽": "卢布", "₹": "卢比", "฿": "泰铢", "¥": "元", "￥": "元",
    "USD": "美元", "EUR": "欧元", "GBP": "英镑", "JPY": "日元", "HKD": "港元", "KRW": "韩元", "RMB": "元", "CNY": "元",
}  # fmt: skip
_UNITS = {
    "g": "克", "kg": "千克", "mg": "毫克", "mL": "毫升", "ml": "毫升", "t": "吨", "kWh": "千瓦时", "kW": "千瓦", "MW": "兆瓦",
    "MB": "兆字节", "GB": "吉字节", "TB": "太字节", "KB": "千字节", "dB": "分贝", "Hz": "赫兹", "kHz": "千赫兹",
    "MHz": "兆赫兹", "GHz": "吉赫兹", "W": "瓦", "V": "伏", "mA": "毫安", "Mbps": "兆比特每秒", "fps": "帧每秒", "Ω": "欧姆",
    "nm": "纳米", "μm": "微米", "µm": "微米", "hPa": "百帕", "rpm": "转每分",
}  # fmt: skip
_AMOUNT = r"\d[\d,]*(?:\.\d+)?"
_MEMBER = r"(?:电话|手机|热线|号码|编号|卡号|账号|帐号|身份证号?|订单号?|单号|学号|密码|QQ号?|微信号?|群号|邮编|尾号)(?:[是为:：#\s]{0,2})"


def _digits(text: str) -> str:
    return "".join(_DIGITS.get(each, "") for each in text)


def _large(match: re.Match[str]) -> str:
    """A number of nine digits and more, but for a mobile telephone's."""
    digits = match[0].replace(",", "")
    if len(digits) > 16 or re.fullmatch(r"1[3-9]\d{9}", digits):
        return match[0]
    return number(int(digits))


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


def _era(match: re.Match[str]) -> str:
    """ "2334 BC", "79 A.D."."""
    before = "前" if match["era"].lower().startswith("b") else ""
    return f"公元{before}{_digits(match['year'])}年"


def _years(match: re.Match[str]) -> str:
    """ "1939-1945"; a falling pair is no span of years."""
    first, last = match["first"], match["last"]
    return f"{_digits(first)}到{_digits(last)}" if first < last else match[0]


def _version(match: re.Match[str]) -> str:
    """ "1.2.3"; an address of a machine digit by digit."""
    import cn2an

    parts = match[0].split(".")
    if len(parts) == 4:
        return "点".join(map(_digits, parts))
    return "点".join(str(cn2an.an2cn(str(int(part)))) for part in parts)


def _either(names: dict[str, str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


_EDITS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
    (re.compile(r"\+86[- ]?(?=1[3-9])"), lambda m: "加八六"),
    (
        re.compile(r"(?<![\d-])1[3-9]\d[- ]\d{4}[- ]\d{4}(?![\d-])"),
        lambda m: m[0].replace("-", "").replace(" ", ""),
    ),
    (
        re.compile(rf"(?P<before>{_MEMBER})(?P<digits>\d{{4,20}}[\dXx]?)(?![\d.])"),
        lambda m: m["before"] + _digits(m["digits"]) + ("X" if m[0][-1] in "Xx" else ""),
    ),
    (
        re.compile(
            rf"(?P<sign>{_either(_CURRENCIES)})\s?(?P<amount>{_AMOUNT})(?P<scale>[万亿千百]*)(?!\d)"
        ),
        lambda m: m["amount"].replace(",", "") + m["scale"] + _CURRENCIES[m["sign"]],
    ),
    (
        re.compile(rf"(?P<amount>{_AMOUNT})\s?(?P<sign>USD|EUR|GBP|JPY|HKD|RMB|CNY|€|£)(?![A-Za-z])"),
        lambda m: m["amount"].replace(",", "") + _CURRENCIES[m["sign"]],
    ),
    (
        re.compile(rf"(?<![\d一-鿿A-Za-z])[-−](?P<amount>{_AMOUNT})%"),
        lambda m: f"负{m['amount']}%",
    ),
    (
        re.compile(rf"(?P<amount>{_AMOUNT})\s?(?P<unit>{_either(_UNITS)})(?![A-Za-z/²³\d])"),
        lambda m: m["amount"].replace(",", "") + _UNITS[m["unit"]],
    ),
    (re.compile(rf"(?P<amount>{_AMOUNT})‰"), lambda m: f"千分之{m['amount']}"),
    (
        re.compile(r"(?<![\d.])(?P<year>\d{1,4})\s?(?P<era>a\.?d|b\.?c(?:\.?e)?|c\.?e)\.?(?![A-Za-z])", re.I),
        _era,
    ),
    (re.compile(r"(?<![\d一-鿿A-Za-z])[-−]\s?(?=\d+/\d|百分之|千分之)"), lambda m: "负"),
    (
        re.compile(r"(?<![\d.-])(?P<first>1[5-9]\d\d|20\d\d)\s?[-–—~～]\s?(?P<last>1[5-9]\d\d|20\d\d)(?![\d.年-])"),
        _years,
    ),
    (re.compile(r"(?<=公元)前?\d{1,4}(?=年)"), lambda m: ("前" if "前" in m[0] else "") + _digits(m[0])),
    (re.compile(r"(?<![\d.])0([1-9])(?=[月日号])"), lambda m: "二" if m[1] == "2" else m[1]),
    (re.compile(r"(?<=[\d日月号点分周])\s?[~～〜—–]+\s?(?=\d)"), lambda m: "到"),
    (re.compile(r"(?<![\d.])[1-9]\d{0,2}(?:,\d{3}){3,}(?![\d.,])|(?<![\d.-])[1-9]\d{8,}(?![\d.-])"), _large),
    (re.compile(r"(?<=\d),(?=\d{3}(?!\d))"), lambda m: ""),
    (re.compile(r"(?<=[A-Za-z])-(?=\d)"), lambda m: " "),
    (re.compile(r"(?<![A-Za-z\d])[A-Za-z]²"), lambda m: m[0][0] + "平方"),
    (re.compile(r"(?<![A-Za-z\d])[A-Za-z]³"), lambda m: m[0][0] + "立方"),
    (re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){2,3}(?![\d.])"), _version),
    (re.compile(r"(?<!\d)2(?=[日号])"), lambda m: "二"),
    (re.compile(r"(?<![\d第.:])2(?=点(?:钟|半|整|多|[^\d]|$))"), lambda m: "两"),
    (re.compile("〇"), lambda m: "零"),
    (re.compile(r"[*_~^`#]+"), lambda m: ""),
]  # fmt: skip


def edits(text: str) -> list[Edit]:
    """Stretches of a text and what stands there instead."""
    return first_edits(_EDITS, text)
