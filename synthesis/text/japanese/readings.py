"""What OpenJTalk would read otherwise, written in kana: minutes, counters, acronyms, senses."""

from __future__ import annotations

import re
from collections.abc import Callable

_NUMERAL = "一二三四五六七八九十"
_COUNTS = dict(zip(_NUMERAL, "イップン ニフン サンプン ヨンプン ゴフン ロップン ナナフン ハップン キューフン ジュップン".split(), strict=True))  # fmt: skip
_ACRONYMS = {  # that are said as words
    "COVID": "コビッド", "NASA": "ナサ", "NATO": "ナトー", "JAXA": "ジャクサ", "OPEC": "オペック", "APEC": "エイペック",
    "ASEAN": "アセアン", "TOEIC": "トーイック", "TOEFL": "トーフル", "IKEA": "イケア", "SIM": "シム", "RAM": "ラム",
    "ROM": "ロム", "JICA": "ジャイカ", "LAN": "ラン", "UFO": "ユーフォー", "CAD": "キャド", "LINE": "ライン",
    "ZOOM": "ズーム", "PIN": "ピン", "GAFA": "ガーファ", "SARS": "サーズ", "MERS": "マーズ", "JAL": "ジャル", "ANA": "アナ",
    "FIFA": "フィファ", "UEFA": "ウエファ", "JIS": "ジス", "JAF": "ジャフ", "AIDS": "エイズ", "NEET": "ニート", "SWAT": "スワット",
    "PASMO": "パスモ", "ICOCA": "イコカ", "SUICA": "スイカ", "JASRAC": "ジャスラック", "SONY": "ソニー", "VISA": "ビザ",
    "PASS": "パス", "OFF": "オフ", "SALE": "セール", "NEWS": "ニュース", "OPEN": "オープン", "OK": "オーケー", "BASIC": "ベーシック",
    "NISA": "ニーサ", "iDeCo": "イデコ", "JPEG": "ジェイペグ", "GIF": "ジフ", "WEB": "ウェブ", "Wi-Fi": "ワイファイ", "WiFi": "ワイファイ",
    "HEPA": "ヘパ", "MUJI": "ムジ", "HONDA": "ホンダ", "TOYOTA": "トヨタ", "CEO": "シーイーオー", "DAISO": "ダイソー",
}  # fmt: skip
_ACRONYM = re.compile(
    rf"(?<![A-Za-z])(?:{'|'.join(sorted(_ACRONYMS, key=len, reverse=True))})(?![A-Za-z])"
)
_MINUTES = re.compile(  # "五分" is a tenth to OpenJTalk, "十分" enough
    rf"(?<![{_NUMERAL}百千万点.分割])(?P<number>[{_NUMERAL}])分"
    rf"(?!の[{_NUMERAL}百千万隙]|[{_NUMERAL}]分|[袖丈咲目割音休化]|づき|刈|する|した|し、|して|され)"
)
_SENSES: list[tuple[re.Pattern[str], str]] = [
    (re.compile(pattern), said)
    for pattern, said in (
        # behind a number OpenJTalk takes these for names and other words
        (rf"(?<![{_NUMERAL}百千])四足(?=[^歩の獣]|$)", "ヨンソク"),
        (rf"(?<![{_NUMERAL}百千])九頭(?!竜|龍)", "キュートー"),
        (rf"(?<![{_NUMERAL}百千])八巻(?!さん|氏|君|様|選手|監督)", "ハッカン"),
        (rf"(?<![{_NUMERAL}百千])四面(?!楚歌|体|[をに])", "ヨンメン"),
        (rf"(?<![{_NUMERAL}百千])八面(?!六臂|体|[をに])", "ハチメン"),
        (rf"(?<![{_NUMERAL}百千])九品(?![仏寺])", "キューヒン"),
        (rf"(?<![{_NUMERAL}百千])十勝(?=.{{0,24}}(?:[{_NUMERAL}]敗|試合|投手|シーズン|リーグ|優勝|白星|力士)|目|を[挙達]|以上|し[たてま])", "ジュッショー"),
        (r"七分(?=[丈袖])", "シチブ"),
        (r"(?<=[\u30a1-\u30fc])三世(?![代界紀帯])", "サンセー"),
        (rf"(?<=[{_NUMERAL}百千])分の(?=[{_NUMERAL}][個本杯枚匹箱袋缶束丁玉株])", "ブンノ"),
        (rf"(?<=[{_NUMERAL}百ロ])対(?=[{_NUMERAL}百ゼ])", "タイ"),
        (r"三つ目(?!小僧|の妖怪)", "ミッツメ"),
        (r"四つ目", "ヨッツメ"),
        (r"八つ目", "ヤッツメ"),
        (rf"(?<![{_NUMERAL}百千])八文字(?!屋)", "ハチモジ"),
        (r"十文字(?=以[上内下]|まで|程度|です|で(?!切))", "ジューモジ"),
        (r"百十番", "ひゃくとおばん"),
        (r"(?:(?<=[一二三四五六七八九十][時分])|(?<=フン)|(?<=プン))発(?![表見生達売明足熱行射信言揮展端電車覚動症刊注送給酵散])", "ハツ"),
        (r"(?:(?<=[一二三四五六七八九十][時分])|(?<=フン)|(?<=プン))着(?![用席替陸手信物目実るていく任工])", "チャク"),
        (r"(?<=[プフ]ン)間", "カン"),
        # by sense
        (r"人気(?=の(?:な[いく]|絶えた|ない)(?:道|夜|場所|通り|路地|公園|森|山|海|浜|駅|街|廊下|部屋|建物|境内|なった))", "ヒトケ"),
        (r"人気(?=がな[いく](?:道|夜|場所|通り|路地|、静|て静))", "ヒトケ"),
        (r"(?<=舞台)の上手", "のかみて"),
        (r"(?<=舞台)の下手", "のしもて"),
        (r"辛(?=[いくさ](?:カレー|料理|もの|物|食べ|ラーメン|味|スープ|ソース|唐辛子|キムチ|麻婆|お菓子|鍋|のが(?:苦手|好き)))", "から"),
        (r"(?:(?<=カレー[はがも])|(?<=料理[はがも])|(?<=ラーメン[はがも])|(?<=キムチ[はがも])|(?<=スープ[はがも])|(?<=わさび[はがも]))辛", "から"),
        (r"市場(?=で(?:魚|野菜|果物|花|買い物))|(?<=魚)市場", "イチバ"),
        (r"生物(?=を食べ|ですので|につき|なので)", "ナマモノ"),
        (r"一行(?=の文|目|空|あけ|ずつ|だけ)", "イチギョー"),
        (r"最中(?=を食|が好き|とお茶)|(?<=アイス)最中", "モナカ"),
        (r"(?:(?<=ドア[がも])|(?<=窓[がも])|(?<=扉[がも])|(?<=戸[がも])|(?<=ふた[がも])|(?<=蓋[がも])|(?<=鍵[がも])|(?<=幕[がも])|(?<=穴[がも])|(?<=店[がも]))開(?=[いくかきけ])", "あ"),
        (r"開(?=いた(?:ドア|窓|扉|口|まま))", "あ"),
        (r"(?:(?<=タバコを)|(?<=たばこを)|(?<=煙草を)|(?<=酒を)|(?<=仕事を)|(?<=会社を))止(?=め)", "や"),
    )
]  # fmt: skip


_EVERY: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
    (_ACRONYM, lambda m: _ACRONYMS[m[0]]),
    (_MINUTES, lambda m: _COUNTS[m["number"]]),
]


def in_kana(text: str) -> str:
    """A sentence with what would be misread in kana.

    >>> in_kana("九時五分発"), in_kana("三分の一")
    ('九時ゴフンハツ', '三分の一')
    """
    for pattern, instead in _EVERY:
        text = pattern.sub(instead, text)
    for pattern, said in _SENSES:
        text = pattern.sub(said, text)
    return text
