"""Figures that the grammar takes for others: plates, models, events, short years, spans, sums."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from synthesis.text.chinese.numbers import amount, digits, number

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_N = r"\d[\d,]*(?:\.\d+)?"
_SCALES = {"K": 10**3, "k": 10**3, "M": 10**6, "B": 10**9}
_CURRENCIES = {"$": "美元", "US$": "美元", "€": "欧元", "£": "英镑"}
_KNOWN = {  # numbers that are names, and what stands behind them
    "618": "购物|大促|活动|年中|电商|狂欢", "985": "高校|大学|院校|工程|毕业|、|/", "211": "高校|大学|院校|工程|毕业",
    "996": "工作制|加班|的|福报|$", "911": "事件|恐怖|袭击", "315": "晚会|曝光|打假", "818": "购物|大促", "007": "系列|电影|特工",
    "404": "错误|页面|报错", "500": "错误|报错", "502": "错误|胶", "119": "消防", "365": "(?!天|个|元|人|日|页)",
}  # fmt: skip
_EVENTS = "事变|运动|惨案|晚会|大?地震|事件|讲话|革命|起义|空难|恐怖|抗洪|假期|小长假|黄金周|劳动节|国庆|纪念|讲话|改革"
_AFTER_YEAR = "底|初|末|春|夏|秋|冬|世界杯|奥运|欧洲杯|亚运|[1-9]\\d?月|毕业|出生|生人|款|版|年底|高考|入学|入职|的时候"
_NO_YEAR = "来|间|前|后|内|以|历史|期|纪念|寿|时间|里|多|工龄|经验|不|才|就|没"
_CALLING = re.compile(
    r"打|拨|致电|电话|热线|[报接出民交]警|警察|急救|救护|火警|消防|求[助救]|呼叫|客服|投诉|举报|转接|号码|短信|来了|赶[来到]|到场|[找报叫喊]了?(?=\d)"
)
_SUMS = r"(?!\s?[=+×÷*])"


def _plate(match: re.Match[str]) -> str:
    """ "京A·88888"."""
    rest = "".join(digits(each) or each for each in match["rest"])
    return match["place"] + rest


def _of_whole(taken: str, parts: str) -> str:
    return f"{number(int(parts))}分之{number(int(taken))}"


def _of_percent(match: re.Match[str]) -> str:
    """ "3%-5%", "3~5%"."""
    signs = ("负" if match[group] else "" for group in ("minus", "below"))
    first, last = (
        f"{sign}百分之{amount(match[group])}"
        for sign, group in zip(signs, ("first", "last"), strict=True)
    )
    return f"{first}到{last}"


def _scaled(match: re.Match[str]) -> str:
    """ "$1.5M"."""
    value = round(float(match["amount"].replace(",", "")) * _SCALES[match["scale"]])
    return number(value) + _CURRENCIES[match["sign"]]


def _roman(match: re.Match[str]) -> str:
    from synthesis.text.english.roman import value

    found = value(unicodedata.normalize("NFKC", match[0]))
    return match[0] if found is None else number(found)


def _minutes(match: re.Match[str]) -> str:
    minute = int(match["minute"])
    tens = "零" if 0 < minute < 10 else ""
    return "零点" + (f"{tens}{number(minute)}分" if minute else "")


def _arc(match: re.Match[str]) -> str:
    """ "39°54′26″"."""
    seconds = f"{amount(match['seconds'])}秒" if match["seconds"] else ""
    return f"{number(int(match['degrees']))}度{number(int(match['minutes']))}分{seconds}"


def _falling(match: re.Match[str]) -> str:
    """ "2-1" by itself: what doesn't rise is a result."""
    first, last = int(match["first"]), int(match["last"])
    before = match.string[max(0, match.start() - 9) : match.start()]
    after = match.string[match.end() : match.end() + 9]
    listed = re.search(r"\d-\d{1,3}\s?[,，、]\s?$", before) or re.match(
        r"\s?[,，、]\s?\d{1,3}-\d", after
    )
    return f"{number(first)}比{number(last)}" if first >= last or listed else match[0]


def _service(match: re.Match[str]) -> str:
    """ "112" counts, where nobody is called by it; the best known by themselves are names."""
    if match[0] in ("110", "119", "120") and match.string.strip("。！ ") == match[0]:
        return match[0]
    near = match.string[max(0, match.start() - 10) : match.end() + 8]
    return match[0] if _CALLING.search(near) else number(int(match[0]))


FIGURES: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
    (re.compile(rf"(?P<place>[{_PROVINCES}][A-Z])[·•・ ]?(?P<rest>(?=[A-Z\d]*\d)[A-Z\d]{{5,6}})(?![A-Za-z\d])"), _plate),
    (re.compile(rf"(?<!\d)(?P<month>\d{{1,2}})[·•・.](?P<day>\d{{1,2}})(?=\s?[”\"」]?\s?(?:{_EVENTS}))"), lambda m: digits(m["month"] + m["day"])),
    *((re.compile(rf"(?<![\d.]){known}(?=\s?(?:{after}))"), lambda m: digits(m[0])) for known, after in _KNOWN.items() if known != "365"),
    (re.compile(r"(?<![\d.])(?P<parts>\d{1,4})\s?分之\s?(?P<taken>\d{1,4})(?![\d.])"), lambda m: _of_whole(m["taken"], m["parts"])),
    (re.compile(r"(?<=约)(?P<taken>\d{1,3})/(?P<parts>\d{1,4})(?![\d./])"), lambda m: _of_whole(m["taken"], m["parts"])),
    (re.compile(r"(?<=Office )365|(?<=Microsoft )365"), lambda m: digits(m[0])),
    (re.compile(r"(?<![\d.])\d{2,5}(?=端口)|(?<=端口)\d{2,5}(?![\d.])|(?<=端口[为是:：])\d{2,5}(?![\d.])"), lambda m: digits(m[0])),
    (re.compile(r"(?<![\d.])[0-9][05](?=后(?!面|来|续|方|者|期|果|退|天|悔|勤|\d))"), lambda m: digits(m[0])),
    (re.compile(rf"(?<![\d.第])['’]?(?P<year>[089]\d|[0-2]\d(?=年(?:{_AFTER_YEAR})))(?=年(?:{_AFTER_YEAR}))"), lambda m: digits(m["year"])),
    (re.compile(rf"(?<![\d.第了近约过共满达有时历])(?:['’](?P<year>\d\d)|[89][1-9])(?=年(?!{_NO_YEAR}))"), lambda m: digits(m[0])),
    (re.compile(r"(?<![\d.])(?P<year>(?:1[5-9]|20)?\d0)['’]?s(?![A-Za-z])"), lambda m: (digits(m["year"]) if len(m["year"]) > 2 else number(int(m["year"]))) + "年代"),
    (re.compile(r"(?P<before>距今|历经|历时|长达|约有|已有|将近|超过|经过|延续了?|存在了?|活了)(?P<years>\d{3,4})(?=年)"), lambda m: m["before"] + re.sub("^二千", "两千", number(int(m["years"])))),
    (re.compile(rf"(?<![\d.%])(?P<minus>[-−])?(?P<first>{_N})%?\s?[-–—~～至到]\s?(?P<below>[-−])?(?P<last>{_N})%"), _of_percent),
    (re.compile(rf"(?P<sign>US\$|[$€£])\s?(?P<amount>{_N})\s?(?P<scale>[KkMB])(?![A-Za-z])"), _scaled),
    (re.compile(r"(?<![\d:.])0?0:(?P<minute>[0-5]\d)(?![\d:]|\s?[=])"), _minutes),
    (re.compile(r"(?<=点)2(?=分)|(?<!\d)2(?=单元|点\d分)(?<!点2)"), lambda m: "两" if m.string[m.end() : m.end() + 1] == "点" else "二"),
    (re.compile(r"(?<![\d第.:])2(?=点[0-5]\d(?:分|\D|$))"), lambda m: "两"),
    (re.compile(r"(?<=公元)2(?=年)|(?<=公元前)2(?=年)"), lambda m: "二"),
    (re.compile(rf"(?<![\dA-Za-z.])(?P<amount>{_N})\s?(?:w(?![A-Za-z])|W(?=\s?[+粉阅播点赞用次人元块多]))"), lambda m: amount(m["amount"]) + "万"),
    (re.compile(rf"(?<![\dA-Za-z.])(?P<amount>{_N})\s?[kK](?=\s?[+元块多粉人])"), lambda m: amount(m["amount"]) + "千"),
    (re.compile(r"(?<=[按或和])\s?[#＃](?=\s?(?:[键，,。；;\s]|$))"), lambda m: "井号"),
    (re.compile(r"(?<=[按或和])\s?[*＊](?=\s?(?:[键，,。；;或和\s]|$))"), lambda m: "星号"),
    (re.compile(rf"(?:[¥￥]\s?(?P<amount>{_N})|(?<![\d.])(?P<plain>{_N})\s?元)/(?P<each>年|周|季度?|学期|次|份|张|晚|间|位|课时|公里)(?![\u3400-\u9fff])"), lambda m: f"每{m['each']}{amount(m['amount'] or m['plain'])}元"),
    (re.compile(r"(?<![\d/.])(?P<first>\d{1,3}(?:,\d{3})+|\d{3,6})/(?P<last>\d{1,3}(?:,\d{3})+|\d{4,6})(?![\d/.])"), lambda m: f"{amount(m['first'])}，{amount(m['last'])}"),
    (re.compile(r"(?<=[\u3400-\u9fff])\+(?=\d)"), lambda m: "加"),
    (re.compile(r"(?<![\d,.])(?:\d{1,3}(?:,\d{3}){1,3}|\d{4,6})\.\d{1,4}(?=\s?[点米吨亩克秒美欧])"), lambda m: amount(m[0])),
    (re.compile(r"(?<![\d.:])2\s?[-~～–—至到]\s?(?P<last>\d|1[0-2])(?=点(?!\d|[一二三四五六七八九]))"), lambda m: f"两点到{number(int(m['last']))}"),
    (re.compile(r"(?<![\d.+])(\d{1,3})\s?\+\s?(\d{1,2})(?=\s?分)"), lambda m: f"{number(int(m[1]))}加{number(int(m[2]))}"),  # of a match
    (re.compile(r"(?<=[每本上下这]周|星期|礼拜)[1-6](?![\d.:天个次小时节条页班岁元倍])"), lambda m: number(int(m[0]))),
    (re.compile(r"(?<=[\d万亿千wWkK])\s?\+(?!\s?[\dA-Za-z(√])"), lambda m: "加"),
    (re.compile(r"(?<=[\dA-Za-z²³)])\s?\+\s?(?=[A-Za-z(√])|(?<=[A-Za-z²³)])\s?\+\s?(?=\d)"), lambda m: "加"),
    (re.compile(r"(?<=\d)\s?∶\s?(?=\d)"), lambda m: "比"),
    (re.compile(r"(?<=[\d)])\s?\*\s?(?=[\d(])|(?<=\d[a-z]{2})\s?[*×]\s?(?=\d)"), lambda m: "乘"),
    (re.compile(r"(?<=[\dA-Za-z)])\^(?P<sign>-)?(?P<power>\d{1,3})(?P<equals>\s?=)?"), lambda m: f"的{'负' if m['sign'] else ''}{number(int(m['power']))}次方" + ("等于" if m["equals"] else "")),
    (re.compile(rf"(?<![\d/.])(?P<top>{_N})/(?P<bottom>{_N})\s?=\s?"), lambda m: f"{amount(m['top'])}除以{amount(m['bottom'])}等于"),
    (re.compile(rf"(?<!\d)(?<!\d[,.])(?P<amount>{_N})\s?m/s(?:²|\^?2)"), lambda m: f"{amount(m['amount'])}米每二次方秒"),
    (re.compile(r"(?<=[⁰¹²³⁴-⁹])\s?(?P<unit>m/s|km/h|km/s)(?![A-Za-z²])"), lambda m: {"m/s": "米每秒", "km/h": "千米每小时", "km/s": "千米每秒"}[m["unit"]]),
    (re.compile(r"(?<=[⁰¹²³⁴-⁹])\s?(?P<unit>米|千米|公里)/(?P<each>秒|小时|时)"), lambda m: f"{m['unit']}每{m['each']}"),
    (re.compile(r"±\s?(?P<amount>\d+(?:\.\d+)?)%"), lambda m: f"正负百分之{amount(m['amount'])}"),
    (re.compile(r"(?<!\d)(?P<volts>\d{1,4})V/(?P<amps>\d{1,3}(?:\.\d)?)A(?![A-Za-z])"), lambda m: f"{amount(m['volts'])}伏{amount(m['amps'])}安"),
    (re.compile(r"(?<=\d次)/(?=分|秒|天|周|月|年)"), lambda m: "每"),
    (re.compile(r"(?<=\dV)(?P<mark>[\s,，/、]?)(?P<amount>\d+(?:\.\d+)?)A(?![A-Za-z\d])|(?<![\d.])(?P<alone>\d{1,6}\.\d{1,6})A(?![A-Za-z\d])"), lambda m: (m["mark"] or "") + amount(m["amount"] or m["alone"]) + "安"),
    (re.compile(r"(?P<degrees>\d{1,3})°(?P<minutes>\d{1,2})['′’](?:(?P<seconds>\d{1,2}(?:\.\d+)?)[\"″”])?"), _arc),
    (re.compile(r"(?<![\d.])(?P<minutes>\d{1,3})['′’](?P<seconds>\d{2}(?:\.\d+)?)[\"″”]"), lambda m: f"{number(int(m['minutes']))}分{amount(m['seconds'].lstrip('0') or '0')}秒"),
    (re.compile(r"(?<=电流)(?P<link>[为约是]?)(?P<amount>\d+(?:\.\d+)?)A(?![A-Za-z\d])"), lambda m: f"{m['link']}{amount(m['amount'])}安"),
    (re.compile(r"(?<![\d.A-Za-z-])(?:11[0249]|12[02])(?=\s?(?:次|分(?!钟)|拍|遍|趟|跳))"), lambda m: number(int(m[0]))),
    (re.compile(r"(?<![\dA-Za-z.,:：/+×÷=~～%-])(?:11[01249]|12[02]|123(?:20|28|33|45|66)|12110)(?=\s?(?:$|[，。、！？；,!?;)）比到至点对为是和与]))"), _service),
    (re.compile(r"(?<=[歼轰运直强风舟星宫图功])[-—](?=\d)"), lambda m: ""),
    (re.compile(r"(?<=[A-Za-z]\d)-(?=\d)"), lambda m: " "),
    (re.compile(r"(?P<maker>波音|空客|麦道)(?P<first>\d{3})-(?P<last>\d{2,4})"), lambda m: f"{m['maker']}{digits(m['first'])}" + (number(int(m["last"])) if m["last"].endswith("00") else digits(m["last"]))),
    (re.compile(r"(?P<maker>波音|空客)(?P<model>\d{3})(?![\d.])"), lambda m: m["maker"] + digits(m["model"])),
    (re.compile(r"(?<![\d-])0\d{2,3}[- ]\d{3,4} \d{4}(?![\d-])"), lambda m: "，".join(map(digits, re.split("[- ]", m[0])))),
    (re.compile(r"(?<=[\u3400-\u9fff·])[IVX]{2,6}(?=$|[，。、！？\s的和与])|[Ⅰ-Ⅻ](?![A-Za-z])"), _roman),
    (re.compile(rf"(?<![\d.:A-Za-z-])(?P<first>\d|[1-9]\d{{1,2}})-(?P<last>\d|[1-9]\d{{1,2}})(?=\s?(?:$|[，。、,;；）)]))(?<!-\d\d\d\d){_SUMS}"), _falling),
]  # fmt: skip
