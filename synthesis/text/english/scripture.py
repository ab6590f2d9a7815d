"""Chapters and verses: "John 3:16", "1 Cor. 13:4-7"."""

from __future__ import annotations

import re

from synthesis.text.english.numbers import cardinal
from synthesis.text.scan import Scan, rule

_BOOKS = {
    "Gen": "Genesis", "Ex": "Exodus", "Exod": "Exodus", "Lev": "Leviticus", "Num": "Numbers", "Deut": "Deuteronomy",
    "Josh": "Joshua", "Judg": "Judges", "Sam": "Samuel", "Kgs": "Kings", "Chron": "Chronicles", "Neh": "Nehemiah",
    "Ps": "Psalm", "Pss": "Psalms", "Prov": "Proverbs", "Eccl": "Ecclesiastes", "Isa": "Isaiah", "Jer": "Jeremiah",
    "Lam": "Lamentations", "Ezek": "Ezekiel", "Dan": "Daniel", "Hos": "Hosea", "Mic": "Micah", "Zech": "Zechariah",
    "Mal": "Malachi", "Matt": "Matthew", "Mt": "Matthew", "Mk": "Mark", "Lk": "Luke", "Jn": "John", "Rom": "Romans",
    "Cor": "Corinthians", "Gal": "Galatians", "Eph": "Ephesians", "Phil": "Philippians", "Col": "Colossians",
    "Thess": "Thessalonians", "Tim": "Timothy", "Tit": "Titus", "Heb": "Hebrews", "Jas": "James", "Pet": "Peter",
    "Rev": "Revelation",
}  # fmt: skip
_WHOLE = (
    "Genesis Exodus Leviticus Numbers Deuteronomy Joshua Judges Ruth Samuel Kings Chronicles Ezra Nehemiah Esther Job "
    "Psalms? Proverbs Ecclesiastes Isaiah Jeremiah Lamentations Ezekiel Daniel Hosea Joel Amos Obadiah Jonah Micah "
    "Nahum Habakkuk Zephaniah Haggai Zechariah Malachi Matthew Mark Luke John Acts Romans Corinthians Galatians "
    "Ephesians Philippians Colossians Thessalonians Timothy Titus Philemon Hebrews James Peter Jude Revelation Qur'an Quran Koran Surah?"
).replace(" ", "|")
_ORDER = {"1": "First", "2": "Second", "3": "Third", "I": "First", "II": "Second", "III": "Third"}


def _passage(match: re.Match[str], scan: Scan) -> str | None:
    book = match["book"]
    if match["point"] and book not in _BOOKS:
        return None
    said = [_ORDER[match["order"]]] if match["order"] else []
    said += [_BOOKS.get(book, book), cardinal(match["chapter"])]
    if match["verse"]:
        said.append(cardinal(match["verse"]))
    if match["last"]:
        said += ["to", cardinal(match["last"])]
    return " ".join(said)


RULES = [
    rule(
        "digits",
        r"Ps\.\s(?P<number>\d{1,3})(?![\w:])",
        lambda match, scan: f"Psalm {cardinal(match['number'])}",
        "u",
        first="P",
    ),
    rule(
        "digits",
        rf"(?:(?P<order>[123]|I{{1,3}})\s)?(?P<book>{_WHOLE}|{'|'.join(_BOOKS)})(?P<point>\.?)\s(?P<chapter>\d{{1,3}})"
        r":(?P<verse>\d{1,3})(?:[-–](?P<last>\d{1,3}))?(?![\w:]|\s?[aApP]\.?[mM]\b)",
        _passage,
        "ud",
    ),
    rule(
        "digits",
        r"(?P<order>[123])\s(?P<book>Samuel|Kings|Chronicles|Corinthians|Thessalonians|Timothy|Peter|Cor|Sam|Kgs|Chron"
        r"|Thess|Tim|Pet)(?P<point>\.?)\s(?P<chapter>\d{1,3})(?P<verse>)(?P<last>)(?![\w:])",
        _passage,
        "d",
        first="123",
    ),
]
