"""What wetext's grammar would misread, written so that it reads it right."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from synthesis.text.chinese.figures import FIGURES
from synthesis.text.chinese.numbers import amount, called, digits, number
from synthesis.text.machine_addresses import ADDRESS, said_address
from synthesis.text.mapped_rules import first_edits
from synthesis.text.written import Edit

_CURRENCIES = {
    "US$": "美元", "HK$": "港元", "NT$": "新台币", "A$": "澳元", "C$": "加元", "S$": "新加坡元", "R$": "雷亚尔",
    "$": "美元", "€": "欧元", "£": "英镑", "₩": "韩元", "₽": "卢布", "₹": "卢比", "฿": "泰铢", "¥": "元", "￥": "元",
    "USD": "美元", "EUR": "欧元", "GBP": "英镑", "JPY": "日元", "HKD": "港元", "KRW": "韩元", "RMB": "元", "CNY": "元",
}  # fmt: skip
_UNITS = {
    "g": "克", "kg": "千克", "mg": "毫克", "mL": "毫升", "ml": "毫升", "t": "吨", "kWh": "千瓦时", "kW": "千瓦", "MW": "兆瓦",
    "MB": "兆字节", "GB": "吉字节", "TB": "太字节", "KB": "千字节", "dB": "分贝", "Hz": "赫兹", "kHz": "千赫兹",
    "MHz": "兆赫兹", "GHz": "吉赫兹", "W": "瓦", "V": "伏", "mA": "毫安", "Mbps": "兆比特每秒", "fps": "帧每秒", "Ω": "欧姆",
    "mAh": "毫安时", "Ah": "安时", "Wh": "瓦时", "Gbps": "吉比特每秒", "Kbps": "千比特每秒", "kbps": "千比特每秒",
    "mmol/L": "毫摩尔每升", "mmol": "毫摩尔", "mmHg": "毫米汞柱", "μmol/L": "微摩尔每升", "µmol/L": "微摩尔每升", "MB/s": "兆字节每秒", "KB/s": "千字节每秒",
    "GB/s": "吉字节每秒", "μg/m³": "微克每立方米", "µg/m³": "微克每立方米", "MPa": "兆帕", "kPa": "千帕", "Pa": "帕", "kJ": "千焦",
    "ppm": "ppm", "lm": "流明", "px": "像素", "ha": "公顷", "mg/dL": "毫克每分升", "kV": "千伏", "GW": "吉瓦", "PB": "拍字节",
    "nm": "纳米", "μm": "微米", "µm": "微米", "hPa": "百帕", "rpm": "转每分",
}  # fmt: skip
_AMOUNT = r"\d[\d,]*(?:\.\d+)?"
_MEMBER = (
    r"(?:电话|手机|热线|号码|编号|卡号|账号|帐号|身份证号?|订单号?|单号|学号|密码|QQ号?|微信号?|群号|邮编|尾号|[验校]证?码|"
    r"验证码|动态码|取[件票货餐]码|提取码|邀请码|兑换码|激活码|识别码|代码|编码|房间号|房号|会议号|会员号|工号|流水号|凭证号|"
    r"口令|PIN码?|拨打|致电)(?:[是为:：#\s]{0,2})"
)
_MARKS = {
    "@": "艾特",
    ".": "点",
    "/": "斜杠",
    "-": "杠",
    "_": "下划线",
    ":": "冒号",
    "?": "问号",
    "=": "等于",
    "&": "和",
}
_MATCH = re.compile(
    "比分|总分|局分|盘分|战胜|获胜|取胜|[大完险]胜|战平|打平|击败|落败|惜败|领先|落后|横扫|完败|力克|不敌|负于|双杀|淘汰|晋级|零封|绝杀|扳平|输给|逆转|夺冠|大比分"
)
_VULGAR = {
    "½": "二分之一",
    "¼": "四分之一",
    "¾": "四分之三",
    "⅓": "三分之一",
    "⅔": "三分之二",
    "⅛": "八分之一",
}
_TWO = (  # what two of are 两: no numbers of houses, floors, lines or classes
    "[大小][杯碗勺盘瓶份盒包袋块片口件头批汤]|[汤茶]?匙|勺|小时|个|天|岁|位|名(?!称)|家|部(?!分|门|长)|条|杯|盒|块|片|碗|盘|盆|"
    "台(?!阶)|只|双|把|根|颗|粒|支|首(?!都)|场(?!馆)|届|批|项|种|类|套|笔|架|艘|吨|升|斤|公[斤里升顷]|千[克米瓦]|克|米|倍|成(?!员|人|年|为)|"
    "周(?!年)|晚|袋|滴|头(?!条)|匹|朵|棵|盏|幅|篇|封|顿|趟|遍|回|口|扇|群|串|堆|页|章|节|集|局|轮|步|刻钟|分钟|秒|人|元|亿|万|"
    "毫[升米克]|平方|立方|厘米|英[里寸尺]|英镑|美元|欧元|日元|港元|年(?!级|[一二三四五六七八九十\\d])|次|件|张|份|辆|瓶|本|道(?!路)|"
    "门(?!牌|口|外|前|诊|店|票)|枚|户|桌|束|样|"
    "盎司|磅|亩|款|对|副|所|间|处|桶|罐|箱|捆|起"
)
_CALLED = frozenset(("110", "112", "114", "119", "120", "122"))
_LINES = "GDCZTKSYL"  # what trains' numbers begin with
_RAISED = "⁰¹²³⁴-⁹"
_LONG = {"km": "千米", "m": "米", "cm": "厘米", "kg": "千克", "g": "克"}
_OF_DAY = "[午上晚晨早间时于在日天]"  # what stands before a time of day
_LEFT, _RIGHT = r"(?<=[\dA-Za-zπ)²³])\s?", r"(?=[\dA-Za-zπ(√-])"
_SCALED = r"(?!\d|[.,]\d|[GMTK]B|[%‰万亿元倍年个名次人件台只天米克公毫小分秒核a-z])"
_PER = "天|月|年|日|小时|分钟|秒|人|次|个|件|晚"


def _named_digits(match: re.Match[str]) -> str:
    """ "ISO9001" is a name, "V100" is counted."""
    written = match["digits"]
    return match[0] if written.endswith("00") else match["letters"].rstrip("- ") + digits(written)


def _counted(written: str) -> str:
    """An amount; the grammar would call "120" as the number of a service."""
    plain = written.replace(",", "")
    return number(int(plain)) if plain in _CALLED else plain


def _power(match: re.Match[str]) -> str:
    """ "10⁵", "10⁻³"."""
    sign = {"⁻": "负", "⁺": "正"}.get(match[0][0], "")
    raised = unicodedata.normalize("NFKC", match[0].lstrip("⁻⁺"))
    return f"的{sign}{number(int(raised))}次方"


def _roman(match: re.Match[str]) -> str:
    from synthesis.text.english.roman import value

    written = unicodedata.normalize("NFKC", match[0])
    found = value(written)
    return match[0] if found is None else number(found)


def _large(match: re.Match[str]) -> str:
    """A number of nine digits and more, but for a mobile telephone's."""
    written = match[0].replace(",", "")
    if len(written) > 16 or re.fullmatch(r"1[3-9]\d{9}", written):
        return match[0]
    return number(int(written))


def _era(match: re.Match[str]) -> str:
    """ "2334 BC", "79 A.D."."""
    before = "前" if match["era"].lower().startswith("b") else ""
    return f"公元{before}{digits(match['year'])}年"


def _years(match: re.Match[str]) -> str:
    """ "1939-1945"; a falling pair is no span of years."""
    first, last = match["first"], match["last"]
    return f"{digits(first)}到{digits(last)}" if first < last else match[0]


def _version(match: re.Match[str]) -> str:
    """ "1.2.3"; an address of a machine digit by digit."""
    import cn2an

    parts = match[0].split(".")
    if len(parts) == 4:
        return "点".join(map(digits, parts))
    return "点".join(str(cn2an.an2cn(str(int(part)))) for part in parts)


def _either(names: dict[str, str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


def _scored(match: re.Match[str]) -> str:
    """ "3-1战胜"; without a word of a match, two numbers are a span."""
    around = match.string[max(0, match.start() - 16) : match.end() + 16]
    first, last = (number(int(each)) for each in match.groups())
    if _MATCH.search(around):
        return f"{first}比{last}"
    following = match.string[match.end() : match.end() + 1]
    counted = "\u3400" <= following <= "\u9fff" and following not in "等便"
    if match.groups() == ("1", "2") and counted:
        return "一到两"
    return f"{first}到{last}" if counted and int(match[1]) < int(match[2]) else match[0]


_EDITS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
    (re.compile(r"\+86[- ]?(?=1[3-9])"), lambda m: "加八六"),
    (
        re.compile(r"(?<![\d-])1[3-9]\d[- ]\d{4}[- ]\d{4}(?![\d-])"),
        lambda m: m[0].replace("-", "").replace(" ", ""),
    ),
    (ADDRESS, said_address(_MARKS, digits)),
    (
        re.compile(r"(?<![\d-])(?:[48]00[- ]\d{3,4}[- ]\d{3,4}|0\d{2,3}-(?:\d{3,4}-?\d{4}|\d{5,6}))(?![\d-])"),
        lambda m: "，".join(map(digits, re.split("[- ]", m[0]))),
    ),
    *FIGURES,
    (re.compile(r"(?<=\d{4})\s?转\s?(?P<digits>\d{1,6})(?=分机|[^\d]|$)"), lambda m: f"转{digits(m['digits'])}"),
    (
        re.compile(rf"(?<![A-Za-z\d])(?P<train>[{_LINES}])(?P<digits>\d{{1,4}})(?=次|[次号]?列车|高铁|动车)"),
        lambda m: m["train"] + called(m["digits"]),
    ),
    (
        re.compile(r"(?<![A-Za-z\d])(?P<line>[A-Z]{2}|\d[A-Z]|[A-Z]\d) ?(?P<digits>\d{3,4})(?=次|号?航班)"),
        lambda m: m["line"] + called(m["digits"]),
    ),
    (re.compile(r"(?<=第)[IVXⅠ-Ⅻ]{1,6}(?=\s?[\u3400-\u9fff])|(?<=[\u3400-\u9fff·])[IVXⅠ-Ⅻ]{1,6}(?=世)"), _roman),
    (
        re.compile(rf"(?P<before>{_MEMBER})(?P<digits>\d{{1,6}}(?:[ -]\d{{1,6}}){{1,6}})(?![\d.])"),
        lambda m: m["before"] + "".join("杠" if each == "-" else digits(each) for each in m["digits"]),
    ),
    (
        re.compile(rf"(?P<before>{_MEMBER})(?P<digits>\d{{4,20}}[\dXx]?)(?![\d.])"),
        lambda m: m["before"] + digits(m["digits"]) + ("X" if m[0][-1] in "Xx" else ""),
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
        re.compile(rf"(?<![\dA-Za-z%到至])(?P<sign>[-−+])(?P<amount>{_AMOUNT})%"),
        lambda m: f"{'加' if m['sign'] == '+' else '负'}百分之{amount(m['amount'])}",
    ),
    (
        re.compile(rf"(?<![\d/])(?P<amount>{_AMOUNT})\s?(?P<unit>{_either(_UNITS)})(?![A-Za-z/²³\d])"),
        lambda m: _counted(m["amount"]) + _UNITS[m["unit"]],
    ),
    (
        re.compile(rf"(?P<amount>{_AMOUNT})\s?(?P<unit>{_either(_UNITS)})/(?P<each>{_PER})"),
        lambda m: f"{m['amount'].replace(',', '')}{_UNITS[m['unit']]}每{m['each']}",
    ),
    (
        re.compile(r"(?<=第)(\d{1,4})\s?[-–~～至]\s?(\d{1,4})(?![\d.])"),
        lambda m: f"{number(int(m[1]))}到{number(int(m[2]))}",
    ),
    (re.compile(r"第\s+(\d{1,9})(?![\d.])"), lambda m: f"第{number(int(m[1]))}"),
    (re.compile(r"(?<=第)\d{1,9}(?![\d.])"), lambda m: number(int(m[0]))),
    (re.compile(r"(?<!\d)\d{3,4}(?=室|房间|号房|[Pp](?![A-Za-z]))|(?<=门牌号)\d{3,4}(?!\d)"), lambda m: digits(m[0])),
    (re.compile(r"(?<![\d.:-])(\d{1,3})[-–](\d{1,3})(?![\d.:-]|\s?[=+×÷])"), _scored),
    (
        re.compile(
            rf"(?:(?<=[定锁][格定]在)|(?<=比分)|(?<=比分[为是:])|(?<=以))(\d{{1,3}}):(\d{{1,3}})(?![\d.:-])|"
            rf"(?<!{_OF_DAY})(?<![\d.:-])(\d{{1,3}}):(\d{{1,3}})(?=战[胜平]|击败|[大险完]胜|打平|[落惜]败|领先|落后|不敌|负于|逆转|[获取]胜)"
        ),
        lambda m: f"{number(int(m[1] or m[3]))}比{number(int(m[2] or m[4]))}",
    ),
    (
        re.compile(r"(?<!\d)(?P<first>(?:19|20)\d\d)[-–/](?P<last>\d\d)(?=赛季|学年|年度|财年)"),
        lambda m: f"{digits(m['first'])}到{digits(m['last'])}",
    ),
    (re.compile(r"(?<=血压)(?P<link>[为是:\s]{0,2})(?P<high>\d{2,3})/(?P<low>\d{2,3})(?!\d)(?P<unit>\s?mmHg)?"), lambda m: f"{m['link']}{number(int(m['high']))}，{number(int(m['low']))}" + ("毫米汞柱" if m["unit"] else "")),
    (re.compile(r"(?<![A-Za-z\d_])[A-Za-z][A-Za-z\d]{0,30}(?:_[A-Za-z\d]{1,30}){1,6}(?:\.[a-z\d]{1,5})?(?![A-Za-z\d_])"), lambda m: re.sub(r"[_.]|\d", lambda each: digits(each[0]) or ("点" if each[0] == "." else "下划线"), m[0])),
    (re.compile(rf"(?<=[\dA-Za-z)])(?:[⁻⁺][{_RAISED}]{{1,4}}|[⁰¹⁴-⁹][{_RAISED}]{{0,3}}|[²³][{_RAISED}]{{1,3}})"), _power),
    (re.compile(rf"(?<=[{_RAISED}])\s?(?P<unit>km|m|cm|kg|g)(?![A-Za-z])"), lambda m: _LONG[m["unit"]]),
    (re.compile(r"÷"), lambda m: "除以"),
    (re.compile(r"(?<=\d)\s?×\s?(?=\d)"), lambda m: "乘"),
    (re.compile(r"(?<=[A-Za-z\u3400-\u9fff])\s?×\s?(?=[A-Za-z\u3400-\u9fff])"), lambda m: "乘"),
    (re.compile(r"(?<=[A-Za-z²³)\]\u3400-\u9fff])\s?=\s?"), lambda m: "等于"),
    (re.compile(r"√(?=\s?[\dA-Za-z(])"), lambda m: "根号"),
    (re.compile(r"≠|!="), lambda m: "不等于"),
    (re.compile(r"≈"), lambda m: "约等于"),
    (re.compile(rf"{_LEFT}<=\s?{_RIGHT}"), lambda m: "小于等于"),
    (re.compile(rf"{_LEFT}>=\s?{_RIGHT}"), lambda m: "大于等于"),
    (re.compile(rf"{_LEFT}<\s?{_RIGHT}"), lambda m: "小于"),
    (re.compile(rf"{_LEFT}>\s?{_RIGHT}"), lambda m: "大于"),
    (re.compile(r"(?<![A-Za-z\d])(?P<letters>[A-Z]{1,4})(?P<digits>\d{6,20})(?![A-Za-z\d])"), lambda m: m["letters"] + digits(m["digits"])),
    (re.compile(r"(?<=[\d)])²"), lambda m: "的平方"),
    (re.compile(r"(?<=[\d)])³"), lambda m: "的三次方"),
    (re.compile(rf"(\d{{1,3}})?([{''.join(_VULGAR)}])"), lambda m: (f"{m[1]}又" if m[1] else "") + _VULGAR[m[2]]),
    (re.compile(r"(?<=\d)\$"), lambda m: "美元"),
    (re.compile(rf"(?<![\d第.:/A-Za-z~～—–-])(?<!第\s)(?<!\d[、,，和及与])2(?=\s?(?:{_TWO}))"), lambda m: "两"),
    (re.compile(r"(?<=[A-Za-z])2(?=[层楼座])|(?<!\d)2(?=季度)"), lambda m: "二"),
    (re.compile(r"(?<![\d.])(?:1\d{4}|9[56]\d{3,4}|1[12]\d)(?=客服|热线|报警|急救|投诉)"), lambda m: called(m[0])),
    (re.compile(rf"(?<![\d.:-])1\s?[-~～–—至到]\s?2(?=\s?(?:{_TWO}))"), lambda m: "一到两"),
    (
        re.compile(rf"(?<![A-Za-z\d.-])(?P<letters>(?:ISO|IEC|IEEE|RFC)[ ]|[A-Z]{{1,5}}-?)(?P<digits>\d{{3,5}}){_SCALED}"),
        _named_digits,
    ),
    (re.compile(rf"(?P<amount>{_AMOUNT})‰"), lambda m: f"千分之{m['amount']}"),
    (
        re.compile(r"(?<![\d.])(?P<year>\d{1,4})\s?(?P<era>a\.?d|b\.?c(?:\.?e)?|c\.?e)\.?(?![A-Za-z])", re.I),
        _era,
    ),
    (re.compile(r"(?<![\d一-鿿A-Za-z])[-−]\s?(?=\d+/\d|\d{1,4}\s?分之|百分之|千分之)"), lambda m: "负"),
    (
        re.compile(r"(?<![\d.-])(?P<first>1[5-9]\d\d|20\d\d)\s?[-–—~～]\s?(?P<last>1[5-9]\d\d|20\d\d)(?![\d.年-])"),
        _years,
    ),
    (re.compile(r"(?<=公元)前?\d{1,4}(?=年)"), lambda m: ("前" if "前" in m[0] else "") + digits(m[0])),
    (re.compile(r"(?<![\d.])0([1-9])(?=[月日号])"), lambda m: "二" if m[1] == "2" else m[1]),
    (re.compile(r"(?<=[\d日月号点分周℃度元米天人岁个克吨级%])\s?[~～〜—–]+\s?(?=[-−]?\d)|(?<=°[CF])\s?[~～〜—–-]\s?(?=[-−]?\d)"), lambda m: "到"),
    (re.compile(r"(?<![\d.])[1-9]\d{0,2}(?:,\d{3}){3,}(?![\d.,])|(?<![\d.-])[1-9]\d{8,}(?![\d.-])"), _large),
    (re.compile(r"(?<=\d),(?=\d{3}(?!\d))"), lambda m: ""),
    (re.compile(r"(?<=[A-Za-z])-(?=\d)"), lambda m: " "),
    (re.compile(r"(?<![A-Za-z\d])[A-Za-zπ]{1,3}²"), lambda m: m[0][:-1] + "的平方"),
    (re.compile(r"(?<![A-Za-z\d])[A-Za-z]³"), lambda m: m[0][0] + "的立方"),
    (re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){2,3}(?![\d.])"), _version),
    (re.compile(r"(?<!\d)2(?=[日号])"), lambda m: "二"),
    (re.compile(r"(?<![\d第.:])2(?=点(?:钟|半|整|多|[^\d]|$))"), lambda m: "两"),
    (re.compile("〇"), lambda m: "零"),
    (re.compile(r"[*_~^`#]+"), lambda m: ""),
]  # fmt: skip


def edits(text: str) -> list[Edit]:
    """Stretches of a text and what stands there instead."""
    return first_edits(_EDITS, text)
