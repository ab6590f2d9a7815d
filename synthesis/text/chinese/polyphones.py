"""Characters that sound otherwise by sense, and what tells: rules on the words around them.

A word that pypinyin knows is said as it says; the rules are for what stands alone or was joined only
by jieba's statistics.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_NUMERAL = "[一二三四五六七八九十百两几数多双每各]"


@dataclass(frozen=True)
class Sense:
    """A reading, and where it holds.

    before, after: patterns of the characters up to it and from it on; previous, following: how
    jieba's tags of the neighbouring words begin ("" is the edge of a clause); tags: of the word
    itself.
    """

    said: str
    before: str = ""
    after: str = ""
    previous: tuple[str, ...] = ()
    following: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def holds(self, text: str, place: int, tags: tuple[str, str, str]) -> bool:
        """tags: of the word before, of the word itself, and of the word after."""
        if self.before and not re.search(f"(?:{self.before})$", text[:place]):
            return False
        if self.after and not re.match(self.after, text[place + 1 :]):
            return False
        wanted = (self.previous, self.tags, self.following)
        return all(not some or _begins(tag, some) for some, tag in zip(wanted, tags, strict=True))


def _begins(tag: str, some: Iterable[str]) -> bool:
    return any(tag == each or (each and tag.startswith(each)) for each in some)


_VERBAL = ("v", "a", "d", "i", "l", "z", "p", "n", "m", "t", "b", "r", "f", "s")
_SURNAMES = {"单": "shan4", "曾": "zeng1", "任": "ren2", "仇": "qiu2", "解": "xie4", "查": "zha1", "区": "ou1", "盖": "ge3", "朴": "piao2", "华": "hua4"}  # fmt: skip
_TITLES = "(?:先生|女士|小姐|太太|老师|教授|经理|医生|同学)"

SENSES: dict[str, tuple[Sense, ...]] = {
    "得": (
        Sense("de2", after="(?:了|过)(?!吗|吧)", previous=("r", "n", "d", "t", "")),
        Sense(
            "de2",
            after="[到奖分病罪胜票知悉逞益势宠救]|出(?!去|门|发|来|差|国|院|面|席|场)|以(?!后|前|为)|意(?!思)",
        ),
        Sense("dei3", before="还|就|总|必|非|只|都|可|也|先|又", after="(?!到)"),
        Sense("dei3", previous=("r", "n", "d", "t", ""), following=_VERBAL),
        Sense("de5", before="."),
    ),
    "地": (
        Sense("di4", previous=("r", "m", "q", "")),
        Sense("de5", tags=("uv",)),
        Sense("de5", before="[一-鿿]{2}", previous=("a", "d", "b", "z"), following=("v", "d", "p")),
    ),
    "着": (
        Sense("zhao2", before="[不得没]"),
        Sense("zhao2", before="[睡找猜点够抓买碰逮]", after="(?:了|就|$)", tags=("v",)),
        Sense("zhao2", before="睡"),
        Sense("zhe5", before="."),
    ),
    "了": (
        Sense("liao3", before="[一-鿿]不"),
        Sense("liao3", before="[做办干受吃忍管走去来用好]得"),
    ),
    "行": (
        Sense("xing2", before="一", after="人"),
        Sense("hang2", before=_NUMERAL + "|[这那哪]一?", after="(?!不行|动|为|走|人|吗|吧)"),
        Sense("hang2", before="[同本各改内外]", after="(?:业|家|$|的)"),
    ),
    "重": (
        Sense("zhong4", before="很|太|更|最|好|真|不|多|加|超|净|体|这么|那么|非常|[公千]斤"),
        Sense("chong2", after="[新做写建来说读拍启排组选复演考播装置回返逢整设审申访]"),
        Sense("chong2", before="[一二三四五六七八九十两双多几]"),
    ),
    "长": (
        Sense(
            "chang2",
            before="很|太|更|最|多|这么|那么|不|不够|比较|非常|特别|挺|好|够|真|时间|日子|一样|么|较",
        ),
        Sense("zhang3", after="[大高得出成满胖着在到相个毛牙草虫痘肉胡]"),
        Sense("zhang3", after="了(?!$)"),
        Sense("zhang3", before="[部省市县镇村区校院厅局处科组班队团连排营军站所社董会行店]"),
        Sense("chang2"),
    ),
    "还": (
        Sense("huan2", after="(?:钱|书|给|款|债|清|贷|账|帐|掉|礼|车|回[来去])"),
        Sense("huan2", after="(?:了|[你我他她](?:的|钱|书|$))"),
    ),
    "教": (Sense("jiao1", tags=("v",), following=("r", "n", "m", "u", "v", "p")),),
    "干": (
        Sense("gan1", before="[衣服裤发毛巾漆地河渴晒晾吹擦烘风]", after="(?:了|$|的)"),
        Sense("gan1", before="很|太|更|最|不|没|口|嘴", after="(?:$|了|的)"),
    ),
    "数": (
        Sense("shu3", after="(?:了?[数一]|着|不清|到|完|过|得清)"),
        Sense("shu3", before="数[了一]?"),
    ),
    "系": (Sense("ji4", after="(?:上|着|好|紧|了|鞋带|领带|围巾|安全带|扣|带)"),),
    "背": (Sense("bei1", after="(?:着|起|包|书包|上了?书包|行李|孩子)"),),
    "切": (Sense("qie1", tags=("v", "n", "nr", "ns", "vn")),),
    "只": (Sense("zhi1", before=_NUMERAL + "|[这那哪一]"),),
    "种": (
        Sense("zhong3", before=_NUMERAL + "|[这那哪某一]"),
        Sense("zhong4", after="(?:树|花|菜|地|田|草|下|了|着|的是|庄稼|粮|棉|稻|豆|在)"),
    ),
    "为": (
        Sense("wei2", before="以[一-鿿]{1,6}|[称视选分变译名定化改升评设合认成作列升]"),
        Sense("wei2", tags=("v",)),
    ),
    "倒": (
        Sense("dao3", before="[摔跌推打晕病绊吹砍撞滑累吓扳击醉]"),
        Sense("dao3", after="(?:了|在地|下|塌)", previous=("n",)),
    ),
    "薄": (Sense("bao2"),),
    "削": (Sense("xiao1"),),
    "转": (Sense("zhuan4", after="(?:了?[一几两半三]?圈|个?不停|悠)"),),
    "盛": (Sense("cheng2", after="(?:了?[一两几半]?碗?[饭汤菜粥水面]|[上满着])"),),
    "扇": (Sense("shan1", after="(?:扇子|风|了)"),),
    "强": (Sense("qiang2"),),
    "量": (
        Sense("liang2", after="(?:了?[一量]|体温|身高|血压|尺寸|腰围|了下)"),
        Sense("liang2", before="量[了一]?"),
    ),
    "落": (Sense("la4", after="(?:在[一-鿿]{1,3}[里上]|下了?[一两几])"),),
} | {
    name: (Sense(said, before="姓"), Sense(said, after=_TITLES)) for name, said in _SURNAMES.items()
}

_PHRASES = tuple(  # words that jieba parts or pypinyin says otherwise
    (re.compile(pattern), tuple(said.split()))
    for pattern, said in (
        (
            "朝阳(?=[区路门县市桥站]|公园|北路|南路|大街|大道|医院|群众|法院|分局|体育|大悦城)",
            "chao2 yang2",
        ),
        ("(?<=北京)朝阳|(?<=北京市)朝阳|(?<=辽宁)朝阳|(?<=辽宁省)朝阳", "chao2 yang2"),
        ("长长(?=了)", "zhang3 chang2"),
        (
            "(?<!困难)(?<!危机)(?<!矛盾)(?<!疑点)(?<!顾虑)(?<!心事)(?<!疑云)重重(?=[地的一关摔打砸落踩敲])",
            "zhong4 zhong4",
        ),
        ("(?<=重重)地(?!上|下|面)", "de5"),
        ("第一(?![千百万亿十])", "di4 yi1"),
        ("都市(?![场侩井长民委面集监值净盈])", "du1 shi4"),
        ("会稽", "kuai4 ji1"),
        ("大宛(?!如)", "da4 yuan1"),
    )
)


def by_phrase(text: str) -> dict[int, str]:
    """Syllables by their places in a clause, where a phrase tells."""
    found: dict[int, str] = {}
    for pattern, syllables in _PHRASES:
        for match in pattern.finditer(text):
            found |= dict(enumerate(syllables, match.start()))
    return found


def by_sense(text: str, place: int, tags: tuple[str, str, str]) -> str | None:
    """How the character at a place is said there, None where no rule tells."""
    for sense in SENSES.get(text[place], ()):
        if sense.holds(text, place, tags):
            return sense.said
    return None
