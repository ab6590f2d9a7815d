"""Figures that the grammar takes for others: short dates and eras, results, powers, codes, units."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from synthesis.text.japanese.numbers import digits, number

_N = r"\d[\d,]*(?:\.\d+)?"
_ERAS = {"R": "令和", "H": "平成", "S": "昭和", "T": "大正", "M": "明治"}
_HALVES = {"a": "午前", "p": "午後"}
_VULGAR = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5), "⅘": (4, 5),
    "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8),
}  # fmt: skip
_UNITS = {
    "GHz": "ギガヘルツ", "MHz": "メガヘルツ", "kHz": "キロヘルツ", "KB": "キロバイト", "MB": "メガバイト", "PB": "ペタバイト", "mAh": "ミリアンペアアワー",
    "kWh": "キロワット時", "Wh": "ワット時", "hPa": "ヘクトパスカル", "dB": "デシベル", "ppm": "ピーピーエム", "rpm": "回転毎分", "kcal": "キロカロリー", "cal": "カロリー",
    "mg/dL": "ミリグラムパーデシリットル", "mmHg": "ミリメートル水銀柱", "m/s²": "メートル毎秒毎秒", "m/s2": "メートル毎秒毎秒", "μm": "マイクロメートル",
    "µm": "マイクロメートル", "nm": "ナノメートル", "μg": "マイクログラム", "µg": "マイクログラム", "kPa": "キロパスカル", "MPa": "メガパスカル", "dL": "デシリットル", "dl": "デシリットル",
    "kL": "キロリットル", "px": "ピクセル", "fps": "フレーム毎秒", "mSv": "ミリシーベルト", "kN": "キロニュートン", "Ω": "オーム", "km²": "平方キロメートル",
}  # fmt: skip
_POWERED = {
    "m/s": "メートル毎秒",
    "km/h": "キロメートル毎時",
    "km": "キロメートル",
    "m": "メートル",
    "kg": "キログラム",
    "g": "グラム",
    "個": "個",
}
_EACH = {
    "人": "一人", "個": "一個", "本": "一本", "枚": "一枚", "時間": "一時間", "時": "一時間", "杯": "一杯", "冊": "一冊", "台": "一台", "組": "一組", "名": "一名",
    "箱": "一箱", "袋": "一袋", "kg": "一キログラム", "分": "一分", "週": "一週間", "食": "一食", "席": "一席",
}  # fmt: skip
_ORDINALS = {
    "1st": "ファースト",
    "2nd": "セカンド",
    "3rd": "サード",
    "4th": "フォース",
    "5th": "フィフス",
}
_DATED = r"(?:まで|から|に(?!なる|当)|は|より|開|発売|頃|ごろ|締|必着|午|の[午朝夜昼夕]|[ 　]?\d{1,2}[:：時]|〆)"


def _either(names: dict[str, str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


def _date(match: re.Match[str]) -> str:
    """ "5/3(金)", "12/25まで"; what can be no day is left alone."""
    month, day = int(match["month"]), int(match["day"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return match[0]
    said = f"{month}月{day}日"
    weekday = match.groupdict().get("weekday")
    said += f"{weekday}曜日" if weekday else ""
    return said + ("祝日" if match.groupdict().get("holiday") else "")


def _vulgar(match: re.Match[str]) -> str:
    top, bottom = _VULGAR[match["part"]]
    part = f"{number(bottom)}分の{number(top)}"
    return f"{number(int(match['whole']))}と{part}" if match["whole"] else part


def _mixed(match: re.Match[str]) -> str:
    """ "1 1/2"."""
    top, bottom = int(match["top"]), int(match["bottom"])
    if not 0 < top < bottom:
        return match[0]
    return f"{number(int(match['whole']))}と{number(bottom)}分の{number(top)}"


def _era(match: re.Match[str]) -> str:
    """ "R.4"."""
    return f"{_ERAS[match['era']]}{number(int(match['year']))}年"


def _average(match: re.Match[str]) -> str:
    """ "打率.325"."""
    places = zip(match["average"], "割分厘", strict=False)
    return "".join(number(int(each)) + name for each, name in places if each != "0")


def _power(match: re.Match[str]) -> str:
    """ "10⁻³", "10⁸m/s"."""
    raised = unicodedata.normalize("NFKC", match["power"]).replace("−", "-")
    sign = "マイナス" if raised.startswith("-") else ""
    unit = _POWERED.get(match["unit"] or "", "")
    return f"の{sign}{number(int(raised.lstrip('+-')))}乗{unit}"


def _roman(match: re.Match[str]) -> str:
    from synthesis.text.english.roman import value

    found = value(unicodedata.normalize("NFKC", match[0]))
    return match[0] if found is None else number(found)


def _result(match: re.Match[str]) -> str:
    """ "3-2" by itself: what doesn't rise is a result."""
    first, last = int(match["first"]), int(match["last"])
    before = match.string[max(0, match.start() - 9) : match.start()]
    after = match.string[match.end() : match.end() + 9]
    listed = re.search(r"\d-\d{1,3}\s?[,、]\s?$", before) or re.match(
        r"\s?[,、]\s?\d{1,3}-\d", after
    )
    if first < last and not listed:
        return match[0]
    return "対".join("ゼロ" if each == 0 else number(each) for each in (first, last))


def _numbered(match: re.Match[str]) -> str:
    """ "1-2-3-405": a block, a house, a flat."""
    *parts, last = match[0].split("-")
    flat = digits(last) if len(last) == 3 and parts[2:] else number(int(last))
    return "の".join([*(number(int(each)) for each in parts), flat])


def _pressure(match: re.Match[str]) -> str:
    unit = _UNITS["mmHg"] if match["unit"] else ""
    return f"{match['link']}{number(int(match['high']))}、{number(int(match['low']))}{unit}"


def _clock(match: re.Match[str]) -> str:
    half = _HALVES[(match["before"] or match["after"])[0].lower()]
    minute = int(match["minute"] or 0)
    return f"{half}{int(match['hour'])}時" + (f"{minute}分" if minute else "")


FIGURES: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
    (
        re.compile(r"(?<=[月火水木金土日][)）])[・、,](?P<day>\d{1,2})[(（](?P<weekday>[月火水木金土日])[)）]"),
        lambda m: f"、{m['day']}日{m['weekday']}曜日",
    ),
    (re.compile(r"(?<![\d/.,])(?P<whole>\d{1,3})[ \u3000](?P<top>\d{1,2})/(?P<bottom>\d{1,2})(?![\d/.])"), _mixed),
    (re.compile(r"(?<=週)(?P<first>[月火水木金土日])[~〜～-](?P<last>[月火水木金土日])(?![曜\u3400-\u9fff])"), lambda m: f"{m['first']}曜から{m['last']}曜"),
    (re.compile(r"(?<=血圧)(?P<link>[はがの:： ]{0,2})(?P<high>\d{2,3})/(?P<low>\d{2,3})(?P<unit>\s?mmHg)?(?!\d)"), _pressure),
    (re.compile(r"(?<![\d/.])(?P<month>\d{1,2})/(?P<day>\d{1,2})\s?[(（](?:(?P<weekday>[月火水木金土日])(?:曜日?)?)?(?P<holiday>[・/]?祝日?)?(?<![(（])[)）]"), _date),
    (re.compile(rf"(?<![\d/.])(?P<month>\d{{1,2}})/(?P<day>1[3-9]|2\d|3[01])(?=\s?{_DATED})"), _date),
    (re.compile(r"(?<![\d/.])(?P<month>[2-9]|1[0-2])/(?P<day>[1-9]|1[01])(?![\d/.]|\s?[=+×÷]|[倍の〜~～-])"), lambda m: _date(m) if int(m["month"]) > int(m["day"]) else m[0]),
    (re.compile(r"(?<![A-Za-z\d])(?P<era>[RHSTM])(?:\s|\.\s?)?(?P<year>\d{1,2}|元)(?=年)"), lambda m: _ERAS[m["era"]] + m["year"]),
    (re.compile(r"(?<![A-Za-z\d.])(?P<era>[RHS])\.(?P<year>[1-9]|[1-5]\d|6[0-4])(?![\d.A-Za-z月-]|\s?[=+×÷])"), _era),
    (re.compile(r"(?<![A-Za-z])(?P<before>[AaPp]\.?[Mm]\.?)\s?(?P<hour>\d{1,2})(?::(?P<minute>[0-5]\d)|時(?:(?P<half>半))?)?(?P<after>(?!))?(?![\d:.])"), lambda m: _clock(m) + ("半" if m["half"] else "")),
    (re.compile(r"(?<![\d:])(?P<hour>\d{1,2})(?::(?P<minute>[0-5]\d))?\s?(?P<before>(?!))?(?P<after>[AaPp]\.?[Mm])(?![A-Za-z])\.?"), _clock),
    (re.compile(rf"(?P<whole>\d{{1,3}})?\s?(?P<part>[{''.join(_VULGAR)}])"), _vulgar),
    (re.compile(r"(?<=[%％℃℉個本枚gmLl])[〜～~](?=[-−]?\d)|(?<=°[CF])[〜～~](?=[-−]?\d)"), lambda m: "から"),
    (re.compile(r"(?<=打率)(?P<link>[はがの:：]?)0?\.(?P<average>\d{3})(?!\d)"), lambda m: m["link"] + _average(m)),
    (re.compile(r"(?<=秒)(?:0\d(?!\d)|\d\d(?=[\s、。,，」)）でのがをはとに]|$))"), lambda m: digits(m[0])),
    (re.compile(r"(?<![\d-])[1-9]\d?(?=号室)"), lambda m: number(int(m[0]))),
    (re.compile(r"(?<![\d/.])(?P<first>\d{1,3}(?:,\d{3})+|\d{3,6})/(?P<last>\d{1,3}(?:,\d{3})+|\d{4,6})(?![\d/.])"), lambda m: "、".join(number(int(m[each].replace(",", ""))) for each in ("first", "last"))),
    (re.compile(rf"(?<=[\dA-Za-z)])(?P<power>[⁻⁺]?[⁰¹²³⁴-⁹]{{2,4}}|[⁻⁺][⁰¹²³⁴-⁹]|[⁰¹⁴-⁹])\s?(?P<unit>{_either(_POWERED)})?(?![A-Za-z])"), _power),
    (re.compile(rf"(?<=\d)\s?(?P<unit>{_either(_UNITS)})(?![A-Za-z/²³\d])"), lambda m: _UNITS[m["unit"]]),
    (re.compile(r"(?<=\d)\s?h(?![A-Za-z])"), lambda m: "時間"),
    (re.compile(rf"(?<![\d,.])(?P<sum>{_N}円)/(?P<each>{_either(_EACH)})(?![\d\u3400-\u9fffA-Za-z])"), lambda m: _EACH[m["each"]] + m["sum"].replace(",", "")),
    (re.compile(r"(?<=[A-Za-z]\d)-(?=\d)"), lambda m: " "),
    (re.compile(r"№\s?(?=\d)"), lambda m: "ナンバー"),
    (re.compile(rf"(?<![\dA-Za-z])(?:{_either(_ORDINALS)})(?![A-Za-z])"), lambda m: _ORDINALS[m[0]]),
    (re.compile(r"(?<![\d.])(?P<drive>[24])WD(?![A-Za-z])"), lambda m: number(int(m["drive"])) + "WD"),
    (re.compile(r"(?<=ボーイング)7\d7|(?<![\d.])7\d7(?=型機)|(?<![A-Za-z\d])(?<=O)(?:157|111|104)(?!\d)"), lambda m: digits(m[0])),
    (re.compile(r"(?<=\bO-)(?:157|111|104)(?!\d)|(?<![A-Za-z\d])O157(?!\d)"), lambda m: ("O" if m[0][0] == "O" else "") + digits(m[0])),
    (re.compile(r"(?<![\d.])(?:119|118|117|104|171|189|188)(?=番(?![線目地号街手組])|(?:に|へ)(?:通報|電話|連絡))"), lambda m: digits(m[0])),
    (re.compile(r"(?<=内線)(?P<link>[:：は ]?)(?P<digits>\d{2,5})(?!\d)"), lambda m: m["link"] + digits(m["digits"])),
    (re.compile(r"(?<=郵便番号)(?P<link>[はがの:： ]{0,2})(?P<first>\d{3})-(?P<last>\d{4})(?!\d)"), lambda m: f"{m['link']}{digits(m['first'])}の{digits(m['last'])}"),
    (re.compile(r"(?<![\d.:A-Za-z-])[1-9]\d{0,2}(?:-[1-9]\d{0,3}){2,3}(?![\d-]|\s?[=+×÷])"), _numbered),
    (re.compile(r"(?<![\d.:A-Za-z\u30a1-\u30ff\u3400-\u9fff-])(?P<first>\d|[1-9]\d{1,2})-(?P<last>\d|[1-9]\d{1,2})(?=\s?(?:$|[、。,，;)）]|の同点|の引))"), _result),
    (re.compile(r"[Ⅰ-Ⅻ](?![A-Za-zⅠ-Ⅻ])(?<![\u3040-\u30ff\u3400-\u9fff]．)"), _roman),
    (re.compile(r"π"), lambda m: "パイ"),
]  # fmt: skip
