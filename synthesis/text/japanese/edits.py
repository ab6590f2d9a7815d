"""What wetext's grammar would misread, written so that it reads it right."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from synthesis.text.japanese.figures import FIGURES
from synthesis.text.japanese.numbers import digits, number
from synthesis.text.machine_addresses import ADDRESS, said_address
from synthesis.text.mapped_rules import first_edits
from synthesis.text.written import Edit

_TIMES = r"[\d日月年時分秒世紀代頃回人円度半後前末初元旬期]"


_MARKS = {
    "@": "アットマーク",
    ".": "ドット",
    "/": "スラッシュ",
    "-": "ハイフン",
    "_": "アンダーバー",
    ":": "コロン",
}
_PLACE = r"(?<=[\u3400-\u9fff\u30a1-\u30f6])"
_LEFT, _RIGHT = r"(?<=[\dA-Za-zπ)²³])\s?", r"(?=[\dA-Za-zπ(√−-])"
_NO_SUM = r"(?![\d.]|-\d|\s?[=+×÷])"
_MATCH = re.compile(
    "勝|敗|同点|ドロー|引き?分け|試合|スコア|得点|リード|逆転|先制|決勝|セット(?:目|カウント|を|で)|下し|破っ"
)
_COUNTRIES = (
    "日本|韓国|中国|米国|台湾|豪州|北朝鮮|アメリカ|ドイツ|フランス|ブラジル|アルゼンチン|スペイン|イタリア|イングランド|オランダ|"
    "ポルトガル|ベルギー|メキシコ|オーストラリア|キューバ|サウジアラビア|イラン|イラク|クロアチア|スイス|ウルグアイ|コロンビア|チリ|"
    "カナダ|ロシア|ポーランド|スウェーデン|デンマーク|ノルウェー|トルコ|タイ|ベトナム|インドネシア|カタール|プエルトリコ|ドミニカ共和国"
)
_BETWEEN = re.compile(rf"(?:{_COUNTRIES})\s?$")
_OPPONENT = re.compile(rf"\s?(?:{_COUNTRIES})(?![\u30a1-\u30ff])")
_NAMED = r"(?:電話|番号|末尾|下4桁|携帯|ダイヤル|暗証|会員|口座|コード|パスワード|PIN|ピン|キー)(?:番号)?[はがの：:、 ]{0,2}"
_CURRENCIES = {"€": "ユーロ", "$": "ドル", "£": "ポンド", "₩": "ウォン"}
_ORDERED = frozenset("世章部巻型期級類編幕条")
_ROMAN = (
    rf"(?<=第)[IVXⅠ-Ⅻ]{{1,5}}|(?<=[\u3040-\u30ff\u3400-\u9fff])[IVXⅠ-Ⅻ]{{1,5}}(?=[{''.join(sorted(_ORDERED))}])|"
    r"(?<=[\u3040-\u30ff\u3400-\u9fff])(?:II|III|IV|VI|VII|VIII|IX|X[IV]{1,4}|[Ⅰ-Ⅻ])(?![A-Za-z\dⅠ-Ⅻ])"
)
_RATES = {"G": "ギガ", "M": "メガ", "k": "キロ", "K": "キロ", "T": "テラ"}
_ROOMS = {"S": "エス", "L": "エル", "D": "ディー", "K": "ケー"}
_ERAS = {"R": "令和", "H": "平成", "S": "昭和"}
_FIRMS = {
    "有": "有限会社", "財": "財団法人", "社": "社団法人", "独": "独立行政法人", "学": "学校法人", "医": "医療法人",
}  # fmt: skip
_EACH = {"月": "月", "年": "年", "日": "一日", "泊": "一泊", "回": "一回"}


_ENGLISH = (
    "ゼロ ワン ツー スリー フォー ファイブ シックス セブン エイト ナイン テン イレブン トゥエルブ サーティーン フォーティーン "
    "フィフティーン シックスティーン"
).split()


def _roman(match: re.Match[str]) -> str:
    """ "ルイXIV世", "数学II"; of a series with a foreign name, "ロッキーIII" is スリー."""
    from synthesis.text.english.roman import value

    found = value(unicodedata.normalize("NFKC", match[0]))
    if found is None:
        return match[0]
    before, after = match.string[: match.start()][-1:], match.string[match.end() :][:1]
    named = re.match(r"[\u30a1-\u30ff]", before) and after not in _ORDERED
    return _ENGLISH[found] if named and found < len(_ENGLISH) else number(found)


def _large(match: re.Match[str]) -> str:
    value = int(match[0].replace(",", ""))
    said = number(value) if value < 10**20 else digits(match[0])
    return re.sub(r"^千(?=[万億兆京])", "一千", said)


def _weekday(match: re.Match[str]) -> str:
    days = re.sub(r"[・/]?祝", "", match["day"])
    said = re.sub(r"[月火水木金土日]", lambda day: f"{day[0]}曜日", days)
    said = re.sub(r"[~〜～–-]", "から", said)
    return said.replace("・", "、") + ("祝日" if "祝" in match["day"] else "")


def _phone(match: re.Match[str]) -> str:
    plus = "プラス" if match[0].startswith("+") else ""
    return plus + "、".join(digits(group) for group in re.findall(r"\d+", match[0]))


def _scored(match: re.Match[str]) -> str:
    """ "2-1で勝利した" names two sides, "5-10人" a span."""
    around = match.string[max(0, match.start() - 24) : match.end() + 24]
    side = _BETWEEN.search(match.string[max(0, match.start() - 12) : match.start()])
    sided = side and not re.match(r"\s?[A-Za-z\u3400-\u9fff%％]", match.string[match.end() :])
    if sided or _OPPONENT.match(match.string, match.end()) or _MATCH.search(around):
        return "対".join("ゼロ" if int(each) == 0 else each for each in match.groups())
    before = match.string[max(0, match.start() - 1) : match.start()]
    after = match.string[match.end() : match.end() + 3]
    placed = re.fullmatch(r"[\u3400-\u9fff]", before) and before not in "第約計各全前後"
    if placed and re.match(r"[\s、。,号]|$", after):
        return f"{match['first']}の{match['last']}"
    counted = re.match(r"[人個本枚名歳回日月週年分時度階倍点章節巻話行頁号]|円|%|ページ", after)
    rising = int(match["first"]) < int(match["last"])
    return f"{match['first']}から{match['last']}" if counted and rising else match[0]


_EDITS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
    (re.compile(r"(?<![A-Za-z\d])([RHS])\.?(\d{1,2})\.(\d{1,2})\.(\d{1,2})(?![\d.])"), lambda m: f"{_ERAS[m[1]]}{m[2]}年{m[3]}月{m[4]}日"),
    (re.compile(r"[(（]株[)）](?=[\u3040-\u30ff\u3400-\u9fffA-Z])|(?<=[\u30a0-\u30ff\u3400-\u9fffA-Za-z])[(（]株[)）]"), lambda m: "株式会社"),
    (re.compile(r"(?:^|(?<=[\s。、(（「:：]))[(（]([有財社独学医])[)）](?=[\u30a0-\u30ff\u3400-\u9fff])"), lambda m: _FIRMS[m[1]]),
    (ADDRESS, said_address(_MARKS, digits)),
    (  # enough, but for "十分後" and "三時十分"
        re.compile(r"(?<![〇一二三四五六七八九十百千\d時自])十分(?!後|前|間|ほど|程度|以内|おき|ごと|待|遅|歩|休|かか|経|過ぎ|で着|の[遅休距一二三四五六七八九])"),
        lambda m: "じゅうぶん",
    ),
    (re.compile(r"\+\d{1,3}[- ]?\(?\d{1,4}\)?[- ]\d{3,4}[- ]\d{4}(?![\d-])|(?<![\d-])[1-9]\d{1,2}-\d{4}-\d{4}(?![\d-])"), _phone),
    (re.compile(r"(?<![\d-])0\d{1,4}[-(（]\d{1,4}[-)）]\d{3,4}(?![\d-])"), _phone),
    (re.compile(rf"{_NAMED}\d{{4,16}}(?![\d.年円人])"), lambda m: re.sub(r"\d+", lambda each: digits(each[0]), m[0])),
    (
        re.compile(r"(?<=郵便番号)(?P<mark>[はがの:： ]{0,2})〒\s?(\d{3})-?(\d{4})(?!\d)"),
        lambda m: f"{m['mark']}{digits(m[2])}の{digits(m[3])}",
    ),
    (
        re.compile(r"〒\s?(\d{3})-?(\d{4})(?!\d)"),
        lambda m: f"郵便番号{digits(m[1])}の{digits(m[2])}",
    ),
    (re.compile(_ROMAN), _roman),
    *FIGURES,
    (re.compile(r"(?:^|(?<=[。!?…、)\u3040-\u30ff\u3400-\u9fff]))w{1,20}(?=$|[\s。、!?)])"), lambda m: "" if m.start() or len(m[0]) > 2 else m[0]),
    (re.compile(r"(?<![\dA-Za-z.)])−(?=\d)|[▲△](?=\d+(?:\.\d+)?\s?[%％ポ円億万])"), lambda m: "マイナス"),
    (
        re.compile(r"(?<=[日月年週])[(（](?P<day>[月火水木金土日](?:[~〜～・–-][月火水木金土日])?(?:[・/]?祝)?|祝)[)）]"),
        _weekday,
    ),
    (re.compile(r"(?<=[時分日月年円歳才\d])\s?[〜～~](?=[\s、。,」)）]|$)"), lambda m: "から"),
    (re.compile(r"(?:^|(?<=[\s。、(（「:：はがも]))[〜～~]\s?(?P<end>\d[\d,:]{0,9}(?:年|月|日|時(?:\d{1,2}分)?|円|歳|才|人|名|個|分|(?<=\d:\d\d)))(?![\d〜～~])"), lambda m: f"{m['end']}まで"),
    (re.compile(rf"(?<={_TIMES})\s?[〜～~]\s?(?=[\d同紀翌平昭令大明来今西])"), lambda m: "から"),
    (re.compile(r"(?<=[\d%％℃章節回巻話号名個本枚位度点線階課番gmLl])\s?[〜～~]\s?(?=第?[¥￥$\d])"), lambda m: "から"),
    (re.compile(r"(?<=[\u3400-\u9fff])[〜～](?=[\u3400-\u9fff]{1,6}(?:間|まで|行|線|[のをは、。]|$))(?![^\n]{0,24}[〜～])"), lambda m: "から"),
    (re.compile(r"(?<=[)）])[〜～~]\s?(?=[\d同紀翌平昭令西])"), lambda m: "から"),
    (re.compile(r"(?<![\d\u3040-\u9fffA-Za-z])[-−](?=√|\d+/\d)"), lambda m: "マイナス"),
    (re.compile(r"√(?=\s?[\dA-Za-z])"), lambda m: "ルート"),
    (re.compile(r"(?<![\d.:])0(?=時)"), lambda m: "零"),
    (re.compile(r"(?<=\d)\s?(?:℃|°C|°)"), lambda m: "度"),
    (re.compile(r"(?<=\d)\s?mL(?![A-Za-z])"), lambda m: "ミリリットル"),
    (re.compile(r"(?<=\d)‰"), lambda m: "パーミル"),
    (re.compile(r"(?<=\d)GB(?![A-Za-z])"), lambda m: "ギガバイト"),
    (
        re.compile(r"(?<!\d)(?<!\d\.)\d{1,3}(?:\.\d{1,3}){2,3}(?![\d.])"),
        lambda m: "点".join(
            digits(part) if m[0].count(".") == 3 else number(int(part)).replace("〇", "ゼロ")
            for part in m[0].split(".")
        ),
    ),
    (
        re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3}){2,}(?![\d.,])|(?<![\d.,-])[1-9]\d{8,}(?![\d.,-])"),
        _large,
    ),
    (re.compile(r"(?<=\d),(?=\d{3}(?!\d))"), lambda m: ""),
    (re.compile(rf"{_PLACE}\d{{1,4}}(?:-\d{{1,4}}){{2}}{_NO_SUM}"), lambda m: m[0].replace("-", "の")),
    (re.compile(rf"(?<=[目町村条番坂台])\d{{1,4}}-\d{{1,4}}{_NO_SUM}"), lambda m: m[0].replace("-", "の")),
    (re.compile(rf"(?<![\d.-])(?P<first>\d{{1,4}})[-–](?P<last>\d{{1,4}}){_NO_SUM}"), _scored),
    (re.compile(r"×(?=\s?[\d(a-zπ√\u3400-\u9fff])"), lambda m: "かける"),
    (re.compile(r"÷"), lambda m: "わる"),
    (re.compile(r"(?<=\d)\s?−\s?(?=\d)|(?<=\d)\s?-\s?(?=\d{1,9}\s?=)"), lambda m: "ひく"),
    (re.compile(r"(?<=[A-Za-z²³)])\s?[=＝]\s?|(?<=[\d\u3040-\u30ff\u3400-\u9fff%％])\s?[=＝]\s?(?=[-−]?[\d$€£¥])"), lambda m: "イコール"),
    (re.compile(rf"{_LEFT}(?:<=|[≦≤])\s?{_RIGHT}"), lambda m: "小なりイコール"),
    (re.compile(rf"{_LEFT}(?:>=|[≧≥])\s?{_RIGHT}"), lambda m: "大なりイコール"),
    (re.compile(rf"{_LEFT}[<＜]\s?{_RIGHT}"), lambda m: "小なり"),
    (re.compile(rf"{_LEFT}[>＞]\s?{_RIGHT}"), lambda m: "大なり"),
    (re.compile(r"≈|≒"), lambda m: "ニアリーイコール"),
    (re.compile(r"(?<=[A-Za-z])-(?=\d)"), lambda m: " "),
    (re.compile(r"≠"), lambda m: "ノットイコール"),
    (re.compile(r"(?<=[\da-ln-zA-Z)])([²³])"), lambda m: "の二乗" if m[1] == "²" else "の三乗"),
    (re.compile(r"(?<=[\d万億])\s?([€$£₩])"), lambda m: _CURRENCIES[m[1]]),
    (re.compile(r"(?<=\d)\s?([GMKkT])bps(?![A-Za-z])"), lambda m: f"{_RATES[m[1]]}ビット毎秒"),
    (re.compile(r"(?<=\d)\s?(k|c)?m([23])(?![A-Za-z\d])"), lambda m: ("平方" if m[2] == "2" else "立方") + {"k": "キロ", "c": "センチ"}.get(m[1], "") + "メートル"),
    (re.compile(r"(?<=\d)\s?cc(?![A-Za-z])"), lambda m: "シーシー"),
    (re.compile(r"(?<=\d)[SL]{0,2}DK(?![A-Za-z])"), lambda m: "".join(_ROOMS[each] for each in m[0])),
    (re.compile(r"(?<![A-Za-z\d])(B?)(\d{1,3})F(?![A-Za-z\d])"), lambda m: ("地下" if m[1] else "") + f"{m[2]}階"),
    (re.compile(r"(?<![\u3400-\u9fff])([月火水木金土日])[~〜～-]([月火水木金土日])(?=[\s\d、。:：]|$)"), lambda m: f"{m[1]}曜から{m[2]}曜"),
    (re.compile(r"(?<![\d,.])(\d[\d,]{0,12}円)/([月年日泊回])(?![\d\u3400-\u9fff])"), lambda m: f"{_EACH[m[2]]}{m[1].replace(',', '')}"),
    (re.compile(r"(?<=[円GBLlgm])/(人|個|本|枚|時間|時|分|月|年|日)"), lambda m: f"毎{m[1]}"),
    (re.compile(rf"{_LEFT}\+\s?{_RIGHT}"), lambda m: "プラス"),
    (re.compile(r"(?<=[A-Za-zπ²³)])\s?−\s?(?=[\dA-Za-zπ(√])|(?<=[²³)])\s?-\s?(?=[\dA-Za-zπ(√])"), lambda m: "マイナス"),
    (re.compile(r"(?<![A-Za-z])[Vv]er(?:sion)?\.?\s?(?=\d)"), lambda m: "バージョン"),
    (re.compile(r"No\.\s?(?=\d)"), lambda m: "ナンバー"),
    (re.compile(r"Vol\.\s?(?=\d)"), lambda m: "ボリューム"),
    (re.compile(r"(?<![A-Za-z])p{1,2}\.\s?(\d{1,4})\s?[-–〜～~]\s?(\d{1,4})(?!\d)"), lambda m: f"{m[1]}から{m[2]}ページ"),
    (re.compile(r"(?<![A-Za-z])p{1,2}\.\s?(\d{1,4})(?!\d)"), lambda m: f"{m[1]}ページ"),
    (re.compile(r"(?<![A-Za-z])(?:Tel|TEL)[.:： ]{0,2}(?=\d)"), lambda m: "電話 "),
    (re.compile(r"(?<![A-Za-z])vs\.?(?![A-Za-z])"), lambda m: "対"),
    (re.compile(r"(?<=[\u3040-\u30ff\u3400-\u9fff、])\s?[#＃](?=\s?(?:[をでキ]|ボタン))"), lambda m: "シャープ"),
    (re.compile(r"(?:^|(?<=[\u3040-\u30ff\u3400-\u9fff、。「]))\s?[*＊](?=\s?(?:[をでキ」]|ボタン|印))"), lambda m: "アスタリスク"),
    (re.compile(r"[*_`#]+"), lambda m: ""),
]  # fmt: skip


def edits(text: str) -> list[Edit]:
    """Stretches of a text and what stands there instead."""
    return first_edits(_EDITS, text)
