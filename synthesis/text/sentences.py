"""Splitting text into sentences that keep their place in the original."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LIMIT = 300  # characters; a longer sentence is cut at a clause, then at a space
_LIMITS = {"zh-CN": 100, "ja": 120}  # whose characters are more sounds each

_ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof sr jr st vs etc inc ltd co corp no fig figs vol approx dept est gen gov hon lt "
    "col sgt capt rev e.g i.e a.m p.m u.s u.k jan feb mar apr jun jul aug sep sept oct nov dec p pp mt "
    "ft sq in lb lbs oz yd ext apt ave blvd rd ln ste sen rep cpl maj adm cmdr pres supt messrs mme "
    "c ca cf al ed eds ch sec art nos op ph.d d.c m.d b.a m.a tel bros univ assoc min max avg incl "
    "b d plt sqd bn regt mk bk qts gals vols cat mi mil hr ret hrs mins secs mo mos wk wks vit amend tbsp tsp gal qt mon tue tues wed thu thurs fri sat sun hwy pkwy bldg rm fl intl "
    "u.s.a gr ct sc req ll.d ll.b ll.m ex sh ll doz ac cal lg med sm tabs elev flt blk ann exp arr dep p.a pub yds gals pct qtr cl prop prob probs appt flr sched pg pgs chap chaps mvmt assn jct esp freq lic rt chs secs arts paras vv a.d b.c e.u lvl lv eq eqs wm deg temp v para pt pts qty amt acct attn mgr asst bldg natl esq cont "
    "ep eps rs atty amb chas wm drs profs pfc ps matt cor jn lk mk deut prov isa yr yrs rte app appx insp det pvt hosp viz mtg cu fl lieut nr resp ver rev avail sect".split()
)
_ENGLISH = _ABBREVIATIONS - frozenset(  # those that no other language shares with English
    "mr mrs ms dr prof sr jr st vs etc inc ltd co corp fig figs vol dept gen gov hon e.g i.e a.m p.m u.s u.k p pp "
    "jan feb mar apr jun jul aug sep sept oct nov dec c ca cf op ph.d d.c m.d b.a m.a tel b d".split()
)
_ABROAD = {  # by language: short words that a sentence goes on after
    "es": frozenset(
        "sr sra srta sres dra ud uds profa tel pág págs núm avda av ing lic ej ee d dña ene feb abr jun jul ago sept "
        "oct nov dic gral tte cnel arq mons hno hna hnos dpto ctra lun mié jue vie sáb dom pza esq ext tít aprox aa cc ff "
        "jj máx mín fdo".split()
    ),
    "fr": frozenset(
        "m mm mme mlle pr tél p.ex ex env bd av chap art janv févr juil déc mgr "
        "pl rte imp chem dép réf lun dim appart appt bât".split()
    ),
    "it": frozenset(
        "sig sigg dott ing avv es p.es n nn nr p pp artt cfr cell h l v gg ss d.lgs gent egr spett tel pag pagg cap art on dip ist univ arch geom "
        "rag cav egr mons prov p.za p.zza p.le v.le c.so l.go f.lli dott.ri sig.ri lun gio ven sab dom bin inf purg".split()
    ),
    "pt": frozenset(
        "sr sra srta srs dra profa tel av pág págs ex p.ex eng cap art r exmo exma ilmo ilma "
        "sto pça rod jd bl ap apt apto seg qui sex sáb séc arts trav aprox depto máx mín".split()
    ),
    "de": frozenset(
        "hr fr z z.b b d.h d ca nr str bzw tel st mio mrd evtl ggf inkl abb bd kap vgl chr mr mrs ms frl dipl abs anm "
        "hrsg geb zzgl sog bspw mind gem lt art az urt beschl lit ziff "
        "rn tz anl gr bj kl ggü bzgl betr abzgl verh fam tägl mtl gestr geh ff i u o v n m w e hs fa hl pos rd zw wg gez "
        "ltg abt dt dtsch engl frz franz ital russ lat griech amerik europ österr schweiz bayer kath ev evang stellv allg versch "
        "zusätzl jährl monatl wöchentl durchschn gesetzl öffentl städt staatl techn wiss elektr entspr persönl berufl gebr "
        "schriftl mündl telef telefon mögl erm kostenl unverb wirtsch polit hist rechtl freundl herzl röm röm.-kath chem bsp vers kfm "
        "kffr gl abf ank bgbl drs drucks bt-drs br-drs bt-drucks ehem verl univ inst gebr hg bes vors gegr offb kor thess petr jak hebr mt mk lk joh ugs kto jg insb insbes span k".split()
    ),
    "hi": frozenset(
        "मि.ग्रा डॉ डा प्रो सं ई पू इं ले कु रु पृ मी कि वै मा पं नं प्रा दि क्र स्व श्रीम कैप कैप्ट कर्न मे एड "
        "रू मि घं ली ग्रा मो फो फ़ो श्री जन फर फ़र अप्रै जुल जुला अग सित अक्टू अक्तू नव दिस उदा अनु सेकं एम.ए बी.ए कि.मी कि.ग्रा मि.ली से.मी वि.सं व.फु".split()
    ),
}
_SHORT_ABROAD = {  # short words that may end a sentence too: a small letter or a number tells
    "es": frozenset(
        "hab ud uds ref cda cdas cdta cdtas cdita cditas comp kg km min seg mar p cap vol".split()
    ),
    "fr": frozenset(
        "s c arr ét éd esc cp av min sec hab pers mar mer jeu ven sam niv ch dispo".split()
    ),
    "it": frozenset("pz cpr cucch bust sec secc min mar mer pers".split()),
    "pt": frozenset("un und pç pçs cp comp col xíc cel ter qua dom mar min seg pess".split()),
    "de": frozenset("tbl tabl kaps msp".split()),
}
_WITH_ITS_NUMBER = {  # short words that are such before a number, or the letter of a part, alone
    "it": frozenset("all co int sc".split()),
    "pt": frozenset(("al", "par")),
    "fr": frozenset(("al",)),
}
_NUMBER_OF_A_PART = re.compile(  # "A", "E", "I" and "O" are words too
    r"\d|[IVXLC]{2,7}\b|[B-DF-HJ-NP-Z](?=[\s,;:)/]|\.?$)|[AEIO](?=[,;:)/]|\.?$|\sd(?:el|ell|ella|o|a|u)\b)"
)
_GOES_ON = re.compile(  # short words of several parts, and those that a Roman numeral follows
    r"(?:[ad]\. (?:(?:de )?C|c(?=\.(?!\w)))|JJ\. OO|CC\. AA|FF\. AA|c\. à [sc]|ss?\. [IVXLC]+)\b"
)
_ROMAN_BEHIND = {
    "es": re.compile(r"(?:sec|inc)\. [IVXLC]{1,7}\b"),
    "it": re.compile(  # "I" is an article too
        r"(?:sec|inc)\. (?:[IVXLC]{2,7}\b|[VXLC]\b|I(?=[,;:)–-]|\.?$|\s(?:[ad]\.\s?C|[aeo]\s[IVX])))"
    ),
    "pt": re.compile(r"(?:séc|sec|inc)\. [IVXLC]{1,7}\b"),
}
_MAY_END_GERMAN = frozenset(  # short words that a sentence may end with, if another begins behind them
    "usw usf etc ä std sek stk stck pck pkg msp tabl pers zi kü jh jhd jhdt tsd ct fl min max g t h s a v.m "
    "inkl exkl mwst ust uhr jan feb apr aug sept okt nov dez mo di mi do sa bio bill".split()
)
_GERMAN_OPENERS = re.compile(
    r"(?:Du|Der|Die|Das|Den|Dem|Eine?|Es|Er|Sie|Wir|Ich|Ihre?|Man|Dann|Danach|Dazu|Dabei|Diese[rs]?|Bitte|Nun|Jetzt|Und|Aber|"
    r"Doch|Wenn|Weil|Wer|Was|Wie|Wo|In|Im|Am|An|Auf|Mit|Nach|Von|Vom|Bei|Für|Alle|Auch|So|Hier|Da|Zum|Zur|Kein|Nicht)\b"
)
_DETERMINED = re.compile(
    r"(?:\b|^)(?:[Dd](?:er|ie|as|e[mns])|[Zz]u[mr]|(?i:ihr|sein|mein|dein|unser|eur|ein|kein|dies|jed)e?[mnrs]?|[AaIi]m|[Vv]om|[Bb]eim)\s$"
)
_CELEBRATED = ("geburtstag", "todestag", "jahrestag", "hochzeitstag", "jubiläum")  # a word's end
_CLOSING = frozenset(
    "etc a.m p.m u.s u.k u.s.a inc ltd co corp jr sr al in ft lb lbs oz yd mi mil min max hr hrs mins secs ave "
    "blvd rd ln sat sun mon fri ph.d d.c m.d b.a m.a st dr b.c a.d sq tbsp tsp gal qt ext no art e.u deg temp "
    "pt pts esq eqs fl cont yr yrs".split()
)
_BEFORE_NUMBERS = frozenset(
    "b d mk bk vols ps cat ep eps no nos p pp fig figs vol ch sec art op ext apt ste rm c ca tel rs rte hwy app appx lvl lv eq eqs v para pt ver nr sect".split()
)
_GUILLEMET = r"[ \u00a0\u202f]?»(?![\w¿¡(„‚›…])"  # that closes: one before a word opens
_END = re.compile(  # from the first of a row of stops alone; Python 3.11.2 matches a possessive group wrongly
    rf"((?<![.!?…])[.!?…]++(?:{_GUILLEMET}|(?!{_GUILLEMET}))[\"'”’)\]«“]*+(?:\[\d{{1,3}}\])*)(?=\s|$)|([。！？]+[”’』」）)]*|[।॥]+)|(\n\s*\n)|(\n)"
)
_OPENERS = re.compile(  # behind "St." and "Dr.", where any other capital is a name
    r"(?:He|She|It|We|They|I|You|The|This|That|There|Then|And|But|In|On|At|His|Her|My)\b"
)
_FIRST_WORDS = re.compile(  # behind initials
    r"(?:He|She|It|We|They|I|You|The|This|That|These|Those|There|Then|And|But|So|Or|If|In|On|At|As|To|For|"
    r"His|Her|My|Our|Your|Their|Its|A|An|All|Some|Many|No|Not|Now|How|What|Where|When|Why|Who|Which|Is|Are|"
    r"Was|Were|Do|Does|Did|Can|Could|Will|Would|Please|After|Before|While|Since|Because|However|Although|"
    r"Yes|Let|Here|Once|With|From|By|It's|I'm|He's|She's|We're|They're|That's|There's|Don't|What's)\b(?!\.)"
)
_GIVEN = re.compile(r"[A-Z][a-z]+\s(?:[A-Z]\.\s?)*$")  # a name that an initial may follow
_ASIDE = re.compile(  # all that stands before "5 a.m." at the head of a sentence
    r"(?:^|[.!?\n]\s*)(?:At|By|Around|Before|After|Until|Since|From|About|On\s\w+\sat)\s[\d:.]{1,5}\s?$"
)
_TIMED = re.compile(r"(?:\d\s?[AaPp]\.?[Mm]\.?|:\d\d|noon)\s$")  # before the zone "est."
_HALF_DAY = re.compile(r"\d\s?[AaPp]\.\s$")
_POSTS = re.compile(
    r"(?:VP|Vice|Director|Manager|Engineer|Developer|Editor|Analyst|Associate|Partner|Producer|Designer|High|Blvd|Ave|St|Dr|Rd|Way|Drive|Street|Avenue|Boulevard|Highway|Hwy)\b"
)
_ZONE = re.compile(
    r"(?:Eastern|Pacific|Central|Mountain|Greenwich|London|New York|GMT|UTC|E[SD]?T|P[SD]?T|C[SD]?T|M[SD]T|BST|CES?T|IST)\b"
)
_STATES = frozenset(
    "minn mich ill calif tenn conn mass penn ariz wash ore okla ala fla colo wis neb nev kan tex va ga pa".split()
)
_NUMBERED = re.compile(
    r"\b(?:model|part|serial|account|case|order|invoice|tracking|ticket|ref|reference|item|patent|flight|"
    r"passport|policy|registration|lot|file)\s[Nn]o$",
    re.I,
)
_SIDE = re.compile(r"(?:N|S|E|W|NE|NW|SE|SW|Apt|Suite|Ste|Unit)\b")
_QUOTED = frozenset("\"'”’)]»«“")
_LAUGHTER = re.compile(r"\s*[wｗ]{1,20}[。!！]?\s*")  # Japanese writes it behind a sentence
_CLAUSES = (re.compile(r"[;:—–]\s|[；：]"), re.compile(r",\s|[，、]"), re.compile(r"\s"))


@dataclass(frozen=True)
class Sentence:
    """A stretch of the original text: text == original[start:end]."""

    text: str
    start: int
    end: int


def _runs_on(text: str, match: re.Match[str]) -> bool:
    """Whether a small letter follows where a sentence would not begin with one.

    As in '"Stop!" he cried', "well... maybe", "(Really?) and" and "Yahoo! is".
    """
    mark = match.group(0)
    following = text[match.end() : match.end() + 3].lstrip()[:1]
    if text[match.end() : match.end() + 2].startswith("\n"):
        return False
    dots = mark.startswith(("..", "…")) or text[max(0, match.start() - 2) : match.end()] == ". ."
    if following == "." or (dots and following == "("):
        return True  # ". . ." and "[...] (p. 5)"
    if mark == "!" and following in ("=", "+", "*", "/", "×"):
        return True  # a factorial
    if not following.islower():
        return False
    if dots or mark[-1] in _QUOTED:
        return True
    before = re.search(r"([A-Z][a-z]+)$", text[max(0, match.start() - 20) : match.start()])
    return mark == "!" and before is not None and before.start() > 0


def _is_end(text: str, match: re.Match[str], language: str) -> bool:
    mark = match.group(0)
    if _runs_on(text, match):
        return False
    if not mark.startswith(".") or len(mark.rstrip("\"'”’)]»«“ \u00a0\u202f")) > 1:
        return True
    found = re.search(r"[\w.°º\u0900-\u0963]*$", text[max(0, match.start() - 40) : match.start()])
    before = found.group(0) if found else ""
    following = text[match.end() : match.end() + 40].lstrip()
    word = before.lower()
    if word in ("a", "p") and following.startswith("m."):
        return False
    if _belongs_together(f"{before}. {following}", language):
        return False
    if (ends := _ends_time(word, text[: match.start() - len(before)][-8:], following)) is not None:
        return ends
    if before.upper() in ("A.M", "P.M") and _ASIDE.search(
        text[: match.start() - len(before)][-40:]
    ):
        return not following
    if (
        language == "de"
        and (ends := _ends_in_german(text, match.start(), before, following)) is not None
    ):
        return ends
    if (ends := _ends_abroad(word, following, language)) is not None:
        return ends
    if language.startswith("en") and _is_shortened(text, match.start(), before, following):
        return not following
    if word.isdecimal() and _is_item(text, match.start() - len(before), word):
        return not following
    if word in ("n°", "nº", "№"):
        return not following[:1].isdecimal()
    if (len(before) == 1 and before.isupper()) or re.fullmatch(r"(?:[A-Z]\.)+[A-Z]", before):
        return _ends_after_initial(text, match.start() - len(before), before, following)
    if word in _ENGLISH and not language.startswith("en"):  # "No lo puedo ver. Está lejos."
        return not following or following[0].isupper() or following[0] in "¿¡«\"“‘('—–"
    if word in _ABBREVIATIONS:
        if not following or (
            word in _BEFORE_NUMBERS
            and re.match(
                r"\d" if word == "no" else r"\d|[A-HJ-Z]\b|I(?=[,;:)]|\s§)|[IVXL]{2,}\b", following
            )
        ):
            return not following
        if word == "no" and following.startswith("of "):
            return False
        if word == "no" and _NUMBERED.search(text[max(0, match.start() - 20) : match.start()]):
            return False
        if word in ("no", "in", "art", "sat", "sun", "max", "fig") and not before.isupper():
            return word in ("no", "art", "sat", "sun") or following[0].isupper()
        if word in ("a.m", "p.m") and _ZONE.match(following):
            return False
        return word in _CLOSING and following[0].isupper() and not _goes_on(word, following)
    if re.fullmatch(r"(?:[A-Za-z]{1,3}\.)+[A-Za-z]{1,3}", before):
        return not following or bool(_OPENERS.match(following))
    if not language.startswith("en"):
        return True
    clipped = word in _STATES or not set(word) & set("aeiouy")
    return not (word.isalpha() and len(word) < 6 and clipped and following[:1].islower())


def _ends_time(word: str, told: str, following: str) -> bool | None:
    """Whether a point ends a sentence behind "5 p. m" and "5 pm est", None behind anything else."""
    if word == "m" and _HALF_DAY.search(told):
        return not following[:1].islower()
    return not following[:1].islower() if word == "est" and _TIMED.search(told) else None


def _belongs_together(text: str, language: str) -> bool:
    """Whether a short word's point is within what belongs together: "a. C.", "séc. XIX"."""
    roman = _ROMAN_BEHIND.get(language[:2])
    return bool(_GOES_ON.match(text) or (roman and roman.match(text)))


def _ends_abroad(word: str, following: str, language: str) -> bool | None:
    """Whether a point ends a sentence behind a short word of its language, None behind another."""
    tag = language[:2]
    if word in _ABROAD.get(tag, ()):
        return not following
    numbered = word in _WITH_ITS_NUMBER.get(tag, ())
    if numbered and _NUMBER_OF_A_PART.match(following):
        return False
    if numbered or word in _SHORT_ABROAD.get(tag, ()):
        return not re.match(r"[^\W\dA-ZÀ-Þ]|\d", following)
    return None


def _ends_in_german(text: str, end: int, before: str, following: str) -> bool | None:
    """Whether a point ends a German sentence behind a number or a short word, None behind another."""
    word, start = before.lower(), end - len(before)
    opens = bool(_GERMAN_OPENERS.match(following))
    if word.isdecimal() and text[max(0, start - 1) : start] == "+":
        return True  # "Stärke +2. Du"
    if word.isdecimal() and len(word) < 3:  # an ordinal
        return not following or (not _is_item(text, start, word) and opens)
    if re.fullmatch(r"\d{3,4}", word):  # "das 1000. Mitglied"
        counted = int(word) < 1100 and _is_celebrated(following)
        determined = counted or _DETERMINED.search(text[max(0, start - 10) : start])
        return not following or not determined
    if re.fullmatch(r"[IVXLC]{1,7}", before):
        return not following or (len(before) > 1 and opens)
    if word in _MAY_END_GERMAN or re.fullmatch(r"\d{1,2}\.\d{1,2}", word):
        return not following or opens
    return not following if word.endswith(("nr", "str")) else None  # "Rufnr.", "Hauptstr."


def _is_celebrated(following: str) -> bool:
    """Whether a word begins what follows that a thousand are counted of: "zum 1000. Mal"."""
    found = re.match(r"\w+", following)
    return found is not None and (found[0] == "Mal" or found[0].lower().endswith(_CELEBRATED))


def _is_shortened(text: str, end: int, before: str, following: str) -> bool:
    """Whether a point only shortens, as in "2s. 6d." and "seven per cent. and"."""
    coins = re.search(r"\d\s?[sd]$", text[max(0, end - 4) : end])
    if coins and (following[:1].isdecimal() or following[:1].islower()):
        return True
    if re.fullmatch(r"[IVXLC]{1,7}", before) and following[:1].islower():
        return True  # "the IX. book"
    if before.lower() == "deg":
        return bool(re.match(r"(?:[CF]\b|Fah|Cel|\d|[NSEW]\b)", following))
    return before.lower() in ("cent", "lat", "long") and bool(re.match(r"[a-z\d]", following))


def _is_item(text: str, start: int, number: str) -> bool:
    """Whether a number stands where a list's items are numbered: at the head of a line or sentence."""
    line = text[max(0, start - 20) : start].rpartition("\n")[2].strip()
    if not line:
        return True
    short = re.search(r"(\w+)\.$", line)
    numbered = short is not None and short[1].lower() in _BEFORE_NUMBERS
    return len(number) < 3 and line[-1] in ".!?;:" and not numbered


def _ends_after_initial(text: str, start: int, before: str, following: str) -> bool:
    """Whether a sentence ends behind capitals with points: "Plan B. We", but not "George W. Bush"."""
    if not following:
        return True
    if before == "I":
        named = _GIVEN.search(text[max(0, start - 30) : start])
        return not (
            re.match(r"[A-Z]\.", following) or (named and not _FIRST_WORDS.match(following))
        )
    if before in ("A.M", "P.M", "AM", "PM"):
        return following[0].isupper()
    return bool(_FIRST_WORDS.match(following))


def _goes_on(word: str, following: str) -> bool:
    """Whether what follows a short word still belongs to its sentence: "St. Mary", "Dr. Lee"."""
    if word in ("ave", "blvd", "rd", "ln", "st", "dr") and re.match(_SIDE, following):
        return True
    if word in ("sr", "jr") and _POSTS.match(following):
        return True
    return word in ("st", "dr", "ft", "d.c", "co", "u.s", "u.k", "u.s.a") and not re.match(
        _OPENERS, following
    )


def _cut(text: str, start: int, end: int, limit: int) -> Iterator[tuple[int, int]]:
    """Cut a stretch that is too long, near its middle, at the strongest boundary there is."""
    if end - start <= limit:
        yield start, end
        return
    middle = (start + end) // 2
    for clause in _CLAUSES:
        places = [start + m.end() for m in clause.finditer(text[start:end])]
        places = [p for p in places if p - start > limit // 8 and end - p > limit // 8]
        if places:
            best = min(places, key=lambda p: abs(p - middle))
            break
    else:
        best = middle
    yield from _cut(text, start, best, limit)
    yield from _cut(text, best, end, limit)


def split_sentences(text: str, limit: int | None = None, language: str = "en-US") -> list[Sentence]:
    """Sentences of `text` in order; every character that is not white space is in exactly one.

    A stretch without a letter or digit joins the sentence before it, so that stray marks are
    neither lost nor spoken alone.
    """
    limit = limit or _LIMITS.get(language, LIMIT)
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if match.group(1) and not _is_end(text, match, language):
            continue
        spans.append((start, match.end()))
        start = match.end()
    spans.append((start, len(text)))

    merged: list[tuple[int, int]] = []
    for begin, end in spans:
        if not text[begin:end].strip():
            continue
        laughter = language == "ja" and _LAUGHTER.fullmatch(text[begin:end])
        if merged and (laughter or not any(c.isalnum() for c in text[begin:end])):
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((begin, end))

    sentences = []
    for begin, end in merged:
        for piece_start, piece_end in _cut(text, begin, end, limit):
            piece = text[piece_start:piece_end]
            left = piece_start + len(piece) - len(piece.lstrip())
            right = piece_end - (len(piece) - len(piece.rstrip()))
            if left < right:
                sentences.append(Sentence(text[left:right], left, right))
    return sentences
