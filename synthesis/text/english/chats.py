"""How people write in chats and of keyboards: small initialisms, clipped words, names of keys."""

from __future__ import annotations

import re

from synthesis.text.scan import Scan, rule

SPELLED = frozenset(  # in small letters; in capitals they are letters anyway
    "lmk np ttys bpd idk idc tysm iykyk ilysm istg btw imo imho tbh brb ttyl afk irl smh ikr nvm wtf tfw ffs omw omg hmu dm dms lmao icymi "
    "tldr fyi diy rsvp gg wp hp xp npc pvp pve mmo rpg dps wyd hbu wbu ngl iirc afaik pdf html css "
    "url urls api apis sql ssh usb gpu cpu ceo cto cfo gdp gps tv tvs pc dj dvd cd uk usa nyc fbi "
    "cia mri dna iq vip faq faqs ufo ssn atm".split()
)
_CLIPPED = {
    "thx": "thanks", "thnx": "thanks", "pls": "please", "plz": "please", "ppl": "people",
    "msg": "message", "msgs": "messages", "tmrw": "tomorrow", "2moro": "tomorrow", "ofc": "of course", "avg": "average", "fwd": "forward", "bbl": "barrel", "rds": "rounds", "wkts": "wickets", "srsly": "seriously", "sry": "sorry", "rly": "really", "obv": "obviously", "2morrow": "tomorrow", "4get": "forget", "4ever": "forever", "2gether": "together",
    "2nite": "tonight", "2day": "today", "b4": "before", "l8r": "later", "gr8": "great",
    "m8": "mate", "h8": "hate", "w8": "wait", "bday": "birthday", "b-day": "birthday",
    "mtg": "meeting", "mtgs": "meetings", "pkg": "package", "pkgs": "packages", "wknd": "weekend", "appt": "appointment", "yr": "year", "yrs": "years",
    "hrs": "hours", "mins": "minutes", "secs": "seconds", "wks": "weeks", "acct": "account",
    "asap": "ASAP", "bldg": "building", "qty": "quantity", "smth": "something",
    "thru": "through", "hx": "history", "pct": "percent", "qtr": "quarter", "hwy": "highway", "wk": "week", "dmg": "damage", "btwn": "between", "nite": "night", "lvl": "level", "xmas": "Christmas",
}  # fmt: skip
_BEFORE_FOR = frozenset(
    "thx thanks thank waiting wait good great looking here only just w8 cya".split()
)
_KEYS = {
    "ctrl": "Control", "cmd": "Command", "esc": "Escape", "del": "Delete", "pgup": "Page Up",
    "pgdn": "Page Down", "prtsc": "Print Screen", "ins": "Insert",
}  # fmt: skip
WORDS = frozenset(
    written
    for word in (*SPELLED, *_CLIPPED)
    if word.isalpha()
    for written in (word, word.capitalize())
)  # which only look like words


_STREET = re.compile(r"\s(?:St|Ave|Rd|Blvd|Ln|Dr|Ct|Street|Avenue|Road|Lane|Drive)\b")


def _chat(match: re.Match[str], scan: Scan) -> str | None:
    written = match["word"]
    word = written.lower()
    lowered = word if any(each.isdecimal() for each in word) else word.capitalize()
    if written not in (word, lowered):
        return None  # capitals are letters: "HRs"
    if written[0].isupper() and _STREET.match(scan.text, match.end()):
        return None  # "123 Smth St" has lost a letter
    if word in SPELLED:
        stem = word[:-1] if word in ("dms", "urls", "apis", "tvs", "faqs") else word
        return " ".join(stem.upper()) + ("'s" if stem != word else "")
    said = _CLIPPED[word]
    return said.capitalize() if written[0].isupper() else said


def _key(match: re.Match[str], scan: Scan) -> str | None:
    """A key, where it is pressed with another or its name says so."""
    joined = scan.rest(match.end(), 1) in ("+", "-") or scan.touches is not None
    if match[0].lower() in ("ins", "del") and not joined:
        return None
    return _KEYS[match[0].lower()]


RULES = [
    rule(
        "abbreviation",
        r"4(?=\s(?:the|u|ur|your|you|all|a|my|me|now|that|this|everything|coming|being)\b)",
        lambda match, scan: "for" if scan.before().lower() in _BEFORE_FOR else None,
        "d",
        first="4",
    ),
    rule(
        "abbreviation",
        rf"(?P<word>{'|'.join(sorted({*SPELLED, *_CLIPPED}, key=len, reverse=True))})(?![\w'@]|[./-]\w)(?:\.(?=\s[a-z\d]))?",
        _chat,
        "ad",
        re.I,
    ),
    rule("letters", rf"(?:{'|'.join(_KEYS)})(?!\w)", _key, "a", re.I, first="cedpiCEDPI"),
]
