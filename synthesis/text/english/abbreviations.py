"""Shortened words, initials, and words with marks in them."""

from __future__ import annotations

import re

from synthesis.text.scan import Scan, rule

_TITLES = {
    "Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Dr": "Doctor", "Prof": "Professor",
    "Gen": "General", "Col": "Colonel", "Capt": "Captain", "Cpt": "Captain", "Lt": "Lieutenant",
    "Sgt": "Sergeant", "Cpl": "Corporal", "Maj": "Major", "Cmdr": "Commander", "Adm": "Admiral",
    "Gov": "Governor", "Sen": "Senator", "Rep": "Representative", "Rev": "Reverend",
    "Fr": "Father", "Hon": "Honorable", "Pres": "President", "Supt": "Superintendent",
    "Messrs": "Messieurs", "Mme": "Madame", "Mlle": "Mademoiselle", "Sec": "Secretary",
    "Atty": "Attorney", "Insp": "Inspector", "Det": "Detective", "Mt": "Mount", "Ft": "Fort",
    "Pvt": "Private", "Wm": "William", "Chas": "Charles", "Drs": "Doctors", "Profs": "Professors", "Pfc": "Private First Class", "Lieut": "Lieutenant", "Amb": "Ambassador", "Secy": "Secretary",
}  # fmt: skip
_RANKS = (  # which no other short word is, so that a name need not follow
    "Lt|Sgt|Maj|Capt|Cpl|Cmdr|Supt|Gov|Prof|Cpt|Lieut|Pvt|Adm"
)
_UNPOINTED = r"(?P<title>Mr|Mrs|Ms|Dr|Prof|Mt)(?=\s(?:(?:&|and)\s)?[A-Z][a-z'])"
_SHORT = {
    "vs": "versus", "etc": "et cetera", "approx": "approximately", "dept": "department",
    "Dept": "Department", "est": "established", "Est": "established", "min": "minimum",
    "max": "maximum", "avg": "average", "tel": "telephone", "Tel": "Telephone", "ext": "extension",
    "Ext": "Extension", "fig": "figure", "Fig": "Figure", "figs": "figures", "Figs": "Figures",
    "vol": "volume", "Vol": "Volume", "vols": "volumes", "ch": "chapter", "Ch": "Chapter",
    "ed": "edition", "eds": "editors", "misc": "miscellaneous", "incl": "including",
    "excl": "excluding", "temp": "temperature", "govt": "government", "Govt": "Government",
    "univ": "university", "Univ": "University", "assoc": "association", "Assoc": "Association",
    "Bros": "Brothers", "Inc": "Incorporated", "Ltd": "Limited", "Corp": "Corporation",
    "Co": "Company", "Jr": "Junior", "Sr": "Senior", "Esq": "Esquire", "cf": "compare",
    "viz": "namely", "ca": "circa", "al": "al", "Intl": "International", "Stn": "Station", "Natl": "National",
    "Mfg": "Manufacturing", "pts": "points", "Plt": "Platoon", "Sqd": "Squad", "Bn": "Battalion", "Regt": "Regiment", "Bde": "Brigade", "Amend": "Amendment", "vit": "vitamin", "ret": "retired", "Eng": "Engineering", "Sect": "Section", "para": "paragraph",
    "prev": "previous", "obs": "obsolete", "orig": "original", "repr": "reprint", "rev": "revised",
    "trans": "translated", "appt": "appointment", "bldg": "building", "Bldg": "Building",
    "hrs": "hours", "mins": "minutes", "secs": "seconds", "yrs": "years", "lbs": "pounds",
    "qty": "quantity", "Qty": "Quantity", "ref": "reference", "Ref": "Reference", "alt": "alternate",
    "Attn": "Attention", "attn": "attention", "mgr": "manager", "Mgr": "Manager", "tbsp": "tablespoon",
    "tsp": "teaspoon", "pkg": "package", "acct": "account", "asst": "assistant", "Asst": "Assistant",
    "hosp": "hospital", "Hosp": "Hospital", "mtg": "meeting", "wk": "week", "yr": "year", "mo": "month",
    "Adj": "Adjective", "adj": "adjective", "adv": "adverb", "Ph": "Ph", "Pt": "Patient", "pt": "patient", "Op": "Opus",
    "lg": "large", "med": "medium", "sm": "small", "tabs": "tablets", "elev": "elevation", "flt": "flight",
    "blk": "block", "ann": "annual", "hx": "history", "pop": "population", "resp": "respiration",
    "req": "required", "reqd": "required", "pg": "page", "pgs": "pages", "chap": "chapter", "chaps": "chapters", "mvmt": "movement", "assn": "association",
    "mfr": "manufacturer", "jct": "junction", "mktg": "marketing", "ctr": "center", "esp": "especially", "freq": "frequency",
    "bldgs": "buildings", "apts": "apartments", "depts": "departments", "lic": "license", "hdqrs": "headquarters",
    "mts": "mountains", "mtn": "mountain", "engr": "engineer", "wknd": "weekend", "recd": "received", "encl": "enclosure",
    "lvl": "level", "lv": "level", "amt": "amount", "mgmt": "management", "svc": "service", "doz": "dozen",
    "dist": "district", "sched": "schedule", "deg": "degrees", "wt": "weight", "ht": "height",
    "cont": "continued", "diam": "diameter", "eqn": "equation", "mgt": "management", "std": "standard", "avail": "available", "furn": "furnished", "unfurn": "unfurnished", "bdrm": "bedroom", "negot": "negotiable",
}  # fmt: skip
_SHORT |= {
    word.capitalize(): said.capitalize()
    for word, said in _SHORT.items()
    if word.islower() and word.capitalize() not in _SHORT and word not in ("al", "ca", "min", "max")
}
NUMBERED = frozenset(  # what has a number: "model no. X5", "part no. B-12"
    "model part serial account acct case order invoice tracking ticket ref reference item patent flight "
    "room house phone passport policy registration reg lot catalog catalogue file confirmation vat tin nhs tax booking reservation license licence plate membership member "
    "customer client batch job caller ticket train bus seat gate page line docket permit badge loan claim".split()
)
LABELS = frozenset(
    "Wt Ht Elev Pop Attn Ref Qty Dept Ext Acct Amt Appt Approx Est Avg Incl Excl Misc Mgr Govt Univ Assoc Temp Sched "
    "pts attn ref qty dept ext acct amt appt approx est avg incl excl misc mgr temp".split()
)
_ALONE = frozenset(
    "vs approx dept Dept Inc Ltd Corp Bros Assoc govt Govt misc incl excl Jr Sr Intl Stn tbsp".split()
)  # of which even the pointless form is short
_ENDS_SENTENCE = frozenset("etc Inc Ltd Corp Co Jr Sr Bros Esq al".split())
_NEEDS_NUMBER = {
    "lat": "latitude", "Lat": "latitude", "long": "longitude", "Long": "longitude",     "cl": "clause", "Cl": "Clause", "Prop": "Proposition", "prob": "problem", "probs": "problems", "Gr": "Grade",
"sh": "shares", "sc": "scene", "Sc": "Scene", "arr": "arrives", "dep": "departs", "exp": "expires", "Exp": "Expires", "Rd": "Round",
    "p": "page", "pp": "pages", "chs": "chapters", "Chs": "Chapters", "secs": "sections", "arts": "articles",
    "Secs": "Sections", "Arts": "Articles", "eqs": "equations", "Eqs": "Equations", "paras": "paragraphs", "vv": "verses", "ch": "chapter", "Ch": "Chapter", "sec": "section",
    "Sec": "Section", "art": "article", "Art": "Article", "no": "number", "No": "number",
    "nos": "numbers", "Nos": "numbers", "vol": "volume", "Vol": "Volume", "Op": "Opus", "op": "opus",
    "c": "circa", "Ca": "Circa", "ca": "circa", "para": "paragraph", "eq": "equation", "Eq": "Equation",
    "ex": "exercise", "Ex": "Exercise", "v": "verse", "l": "line", "ll": "lines", "P": "page",
    "Ep": "Episode", "ep": "episode", "eps": "episodes", "Rm": "Room", "rm": "room", "Pt": "Part", "pt": "part", "Ste": "Suite",
    "Apt": "Apartment", "apt": "apartment", "Fl": "Floor", "fl": "floor", "flr": "floor", "Flr": "Floor", "nr": "number", "NO": "number",
    "Cat": "Category", "Mk": "Mark", "Bk": "Book", "Max": "Maximum", "Min": "Minimum", "Rt": "Route", "Rte": "Route", "Hwy": "Highway", "Iss": "Issue", "iss": "issue", "Ver": "Version", "ver": "version", "min": "minimum", "max": "maximum", "rev": "revision", "Rev": "Revision",
}  # fmt: skip
_PHRASES = {
    "Nat'l": "National", "Int'l": "International", "Gov't": "Government", "gov't": "government", "Dep't": "Department",
    "dep't": "department", "Ass't": "Assistant", "ass't": "assistant", "Ass'n": "Association", "nat'l": "national",
    "int'l": "international", "cont'd": "continued", "Sec'y": "Secretary", "Comm'n": "Commission",
    "e.g": "for example", "E.g": "For example", "eg": "for example", "i.e": "that is", "I.e": "That is", "b/w": "between", "a.k.a": "also known as", "a/k/a": "A K A", "AM/FM": "A M F M", "d/b/a": "D B A", "f/k/a": "F K A",
    "y/y": "year over year", "m/m": "month over month", "q/q": "quarter over quarter", "w/w": "week over week", "w/in": "within", "&c": "and so forth", "Rt. Hon": "Right Honorable", "LL.D": "L L D", "LL.B": "L L B", "LL.M": "L L M", "Th.D": "T H D", "M.Div": "M Div", "p.a": "per annum", "s/p": "status post", "h/o": "history of", "H/o": "History of", "y/o": "year old", "Pub. L": "Public Law", "w/o": "without", "W/o": "Without", "w/": "with", "W/": "With", "b/c": "because", "c/o": "care of",
    "n/a": "not applicable", "N/A": "not applicable", "and/or": "and or", "AND/OR": "and or", "And/or": "And or",
    "he/she": "he or she", "He/She": "He or she", "He/she": "He or she", "she/he": "she or he", "s/he": "she or he", "him/her": "him or her",
    "his/her": "his or her", "his/hers": "his or hers", "yes/no": "yes or no", "true/false": "true or false",
    "et al": "et al", "P.S": "P S", "R.I.P": "rest in peace", "vs.": "versus", "either/or": "either or",
    "U.S.A": "U S A", "Ph.D": "P H D", "Ph.D.s": "P H D's", "Ph.Ds": "P H D's", "M.Sc": "M S C", "B.Sc": "B S C", "Ed.D": "E D D", "Psy.D": "Psy D",
    "ph.d": "P H D", "Ph. D": "P H D", "D.Phil": "D Phil", "M.Ed": "M Ed", "approx": "approximately", "Sr": "Senior", "rock 'n' roll": "rock and roll", "24-7": "twenty-four seven",
}  # fmt: skip
_PHRASE = "|".join(
    re.escape(phrase) for phrase in sorted(_PHRASES, key=len, reverse=True) if phrase not in _SHORT
)
_PERIODS = {
    "min": "minute",
    "hr": "hour",
    "sec": "second",
    "mo": "month",
    "yr": "year",
    "wk": "week", "oz": "ounce", "lb": "pound", "gal": "gallon", "doz": "dozen",
}  # fmt: skip
_WORDS_TOO = frozenset(  # at the end of a sentence they are words
    "ed rev trans pt alt mo ch temp ref max min Pt Op Ch adv Eng est prev orig".split()
)


def _at_end(scan: Scan, end: int) -> bool:
    return not scan.rest(end, 8).strip()


def _stop(scan: Scan, end: int) -> str:
    """The point that a short word at the end of a sentence shares with it."""
    rest = scan.rest(end, 6)
    return "." if not rest.strip("\"')] ") else ""


def _title(match: re.Match[str], scan: Scan) -> str | None:
    return _TITLES[match["title"]]


_POINTS = ("dew", "melting", "boiling", "freezing", "data", "check")
_FLAVOURS = ("vanilla", "almond", "lemon", "mint", "orange", "maple")


def _is_numbered(word: str, scan: Scan, end: int) -> bool:
    """Whether a number follows, as in "No. 5", "p. iv" or "No. A12"."""
    low = word.lower()
    roman = "" if low in ("no", "c", "v", "l") else r"|[IVX]+\b|[ivxl]+\b"
    if low in ("p", "pp"):
        roman = r"|[ivxl]+\b"
    coded = r"|[A-Z]{1,3}-?\d" if low == "no" else ""
    return bool(re.match(rf"\s?(?:#?\d{roman}{coded})", scan.rest(end, 8)))


def _by_word_before(word: str, scan: Scan, end: int) -> str | None:
    """What the word before makes of an abbreviation: "dew pt", "vanilla ext", "per wk"."""
    before = scan.before().lower()
    if word == "pt" and before in _POINTS:
        return "point" + _stop(scan, end)
    if word == "ext" and before in _FLAVOURS:
        return "extract" + _stop(scan, end)
    if word in _PERIODS and before in ("per", "a", "an", "each", "every"):
        return _PERIODS[word] + _stop(scan, end)
    if word in ("lat", "long") and scan.before().strip(".") in tuple("NSEW"):
        return _NEEDS_NUMBER[word]
    if word in ("no", "No") and (before in NUMBERED or scan.text.startswith(" of ", end)):
        return "number"
    return None


def _by_token_before(word: str, scan: Scan, end: int) -> str | None:
    """What the number before makes of an abbreviation: "200 sh", "19th c", "2nd fl"."""
    before = scan.token_before()
    if before is None:
        is_title = word in _TITLES and not scan.rest(end, 4).strip()
        return _TITLES[word] if is_title else None
    if word == "sh" and before.kind == "cardinal":
        return "shares" + _stop(scan, end)
    if word == "min" and before.kind == "ordinal":
        return "minute" + _stop(scan, end)
    if word == "c" and before.kind == "ordinal":
        return "century" + _stop(scan, end)
    if word in ("fl", "Fl", "flr") and before.kind == "ordinal":
        return "floor" + _stop(scan, end)
    if word == "est" and before.kind in ("money", "cardinal"):
        return "estimated" + _stop(scan, end)
    return None


def _short(match: re.Match[str], scan: Scan) -> str | None:
    word, end = match["word"], match.end()
    numbered = _is_numbered(word, scan, end)
    if word in ("ex", "Ex") and re.match(r"\s[A-HJ-Z]\b", scan.rest(end, 4)):
        return "Exhibit"
    if word == "Rd" and (scan.before()[:1].isupper() or not numbered):
        return None
    if word == "Ed" and scan.before().lower() == "of":
        return "Education" + _stop(scan, end)
    if word == "P" and scan.text[max(0, scan.at - 4) : scan.at].rstrip().endswith("."):
        return None  # "Fed. R. Civ. P. 12"
    if (
        word in _NEEDS_NUMBER
        and numbered
        and not (word == "pt" and scan.before().lower() in _POINTS)
    ):
        return _NEEDS_NUMBER[word]
    by_context = _by_word_before(word, scan, end) or _by_token_before(word, scan, end)
    if by_context is not None:
        return by_context
    if word in ("apt", "Apt") and re.match(r"\s[a-z(]", scan.rest(end, 3)):
        return "apartment"
    if word in _NEEDS_NUMBER and word not in _SHORT:
        return None
    if (
        word in ("est", "Est")
        and not re.match(r"\s(?:in\s)?(?:1\d|20)\d\d\b", scan.rest(end, 10))
        and not _at_end(scan, end)
    ):
        return f"{word[0]}stimated"
    return _usual(word, scan, end)


def _usual(word: str, scan: Scan, end: int) -> str | None:
    """What an abbreviation stands for by itself; None where it is a word of the sentence."""
    if word not in _SHORT or (word == "al" and scan.before() != "et"):
        return None
    reference = word == "ref" and re.match(r"\s[A-Z\d]*\d", scan.rest(end, 16))
    if word in _WORDS_TOO and _new_sentence(scan, end) and not reference:
        return None
    ends = word == "etc" and word in _ENDS_SENTENCE and _new_sentence(scan, end)
    return _SHORT[word] + (_stop(scan, end) or ("." if ends else ""))


def _new_sentence(scan: Scan, end: int) -> bool:
    return bool(re.match(r"\s+[A-Z]", scan.rest(end, 4))) or _at_end(scan, end)


def _pointless(match: re.Match[str], scan: Scan) -> str:
    return _SHORT[match[0]]


def _initials(match: re.Match[str], scan: Scan) -> str:
    many = "'s" if re.search(r"\.'?s$", match[0]) else ""
    letters = filter(str.isalpha, match[0].removesuffix("s") if many else match[0])
    return " ".join(letter.upper() for letter in letters) + many + _stop(scan, match.end())


def _half(match: re.Match[str], scan: Scan) -> str:
    return ("A M" if match[0][0] in "aA" else "P M") + _stop(scan, match.end())


def _phrase(match: re.Match[str], scan: Scan) -> str | None:
    text = match["phrase"]
    if "/" in text and scan.text[scan.at - 1 : scan.at] == "/":
        return None
    if text == "W/" and re.match(r"[A-Z](?!\w)", scan.rest(match.end(), 2)):
        return None  # "W/L"
    if text[0] in "wW" and scan.touches is not None and scan.touches.said != '"':
        return None  # "M/W/F"
    stop = _stop(scan, match.end()) if match[0].endswith(".") else ""
    return _PHRASES[text] + stop


def _ampersand(match: re.Match[str], scan: Scan) -> str:
    return f"{' '.join(match[1])} and {' '.join(match[2])}"


RULES = [
    rule(
        "abbreviation",
        rf"(?P<phrase>{_PHRASE})(?:(?<=[.\w])\.|(?![\w.])|(?<=w/)|(?<=W/))",
        _phrase,
        needs="./'",
    ),
    rule("abbreviation", r"([A-Z]{1,3})\s?&\s?([A-Z]{1,3})(?!\w)", _ampersand, "u"),
    rule("abbreviation", r"[aApP]\.\s?[mM]\.?(?!\w)", _half, "a", first="aApP", needs="."),
    rule(
        "abbreviation",
        rf"(?P<title>{'|'.join(_TITLES)})\.(?=\s?[^\W\d_a-z]|\s(?:de|van|von|la|le|and|or|&)\s|\s\((?:ret|res)\b)",
        _title,
        "a",
        needs=".",
    ),
    rule(
        "abbreviation",
        rf"(?P<title>{_RANKS})\.(?!\w)",
        lambda match, scan: _TITLES[match["title"]] + _stop(scan, match.end()),
        "u",
        needs=".",
    ),
    rule(
        "abbreviation",
        r"(?P<word>[Nn]os?|[Pp]p?|[Vv]ol|[Ff]ig|[Cc]h|[Ll]vl?|[Ee]p|[Ss]ec|[Aa]rt|[Pp]t)\.(?=\d)",
        lambda match, scan: (
            _NEEDS_NUMBER.get(match["word"]) or _SHORT.get(match["word"], match["word"])
        ),
        "a",
        needs=".",
    ),
    rule("abbreviation", _UNPOINTED, _title, "a", first="MDP"),
    rule(
        "abbreviation",
        r"(?:[A-Z]\.[ ]?){1,5}[A-Z]\.(?!\w)(?:'s|s)?|(?:[A-Z]\.){2,6}(?:'s|s)?(?!\w)|(?:[A-Za-z]\.){2,6}(?![\w])|(?:[A-Z]\.){1,5}[A-Z](?![\w.@])|(?:[a-z]\.){2,5}[a-z](?![\w.@])",
        _initials,
        "a",
        needs=".",
    ),
    rule(
        "abbreviation",
        r"[A-Z]\.(?=\s?[A-Z][a-z])(?<![\w.][A-Z]\.)",
        lambda m, s: (
            m[0][0]
            if s.before()[:1].isupper() or _at_start(s) or s.before().lower() in ("", "and", "by")
            else None
        ),
        "a",
        needs=".",
    ),
    rule(
        "abbreviation",
        rf"(?P<word>{'|'.join(sorted({*_SHORT, *_NEEDS_NUMBER, *_PERIODS, *_TITLES}, key=len, reverse=True))})\.(?!\w|\.\.)|(?P<none>(?!))",
        _short,
        "a",
        needs=".",
    ),
    rule(
        "abbreviation",
        r"(?P<word>p|pp|[Nn]os?|[Vv]ol|[Ff]ig|Ste|Apt|Rm|Rte|Hwy|[Ii]ss)(?=\s\d)|(?!)",
        lambda m, s: (
            _NEEDS_NUMBER.get(m["word"])
            if m["word"] not in ("no", "No", "p", "pp", "fig", "Fig")
            or m["word"] == "pp"
            or (m["word"] == "No" and s.token_before() is not None)
            else None
        ),
        "a",
        first="pnNvVfFSARHIi",
    ),
    rule(
        "abbreviation",
        rf"(?:{'|'.join(sorted(_ALONE, key=len, reverse=True))})(?![\w.'-])",
        _pointless,
        "a",
    ),
    rule(
        "abbreviation",
        rf"(?:{'|'.join(sorted(LABELS, key=len, reverse=True))})(?=:(?!\w))",
        _pointless,
        "a",
    ),
    rule(
        "abbreviation",
        r"vs?\.(?=\s[A-Z])",
        lambda match, scan: "versus" if scan.before()[:1].isupper() else None,
        "a",
        first="v",
    ),
    rule(
        "abbreviation",
        r"cent\.(?!\w)",
        lambda match, scan: (
            "cent" + _stop(scan, match.end()) if scan.before().lower() == "per" else None
        ),
        "l",
        first="c",
    ),
    rule(
        "abbreviation",
        r"(?P<life>[bd])\.\s?(?=(?:c\.\s?|ca\.\s?|in\s|on\s\w+\s\d{1,2},\s)?\d{3,4}\b)",
        lambda match, scan: "born" if match["life"] == "b" else "died",
        "l",
        first="bd",
        needs=".",
    ),
    rule(
        "abbreviation",
        r"(?:[Ll]at|[Ll]ong?)\.?:?\s(?=[-−]?\d{1,3}\.\d)",  # of a place on the globe
        lambda match, scan: "latitude" if match[0][1] == "a" else "longitude",
        "a",
        first="Ll",
    ),
    rule(
        "abbreviation",
        r"(?:[Dd]ep|[Aa]rr)\.?:?(?=\s\d{1,2}:\d\d)",
        lambda match, scan: f"{match[0][:3]}{'arts' if match[0][0] in 'dD' else 'ives'}",
        "a",
        first="dDaA",
    ),
    rule(
        "abbreviation",
        r"(?:flr|fl)(?![\w.'-])",
        lambda match, scan: (
            "floor" if (before := scan.token_before()) and before.kind == "ordinal" else None
        ),
        "l",
        first="f",
    ),
    rule(
        "word",
        r"[Ee]x-(?=(?:Sen|Rep|Gov|Pres|Sgt|Capt|Lt|Gen|Col)\.)",
        lambda m, s: m[0][:2],
        "a",
        first="eE",
    ),
    rule("abbreviation", r"[nN][°º]\s?(?=\d)|№\s?", lambda m, s: "number", "as", first="nN№"),
]


def _at_start(scan: Scan) -> bool:
    return scan.token_before() is None
