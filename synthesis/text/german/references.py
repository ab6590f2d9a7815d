"""German's references: statutes, files of courts, the Bible, issues, and codes of letters and digits."""

from __future__ import annotations

import re

from synthesis.text.german.shortened import ShortenedRules
from synthesis.text.german.sums import CODES
from synthesis.text.language_numbers import either
from synthesis.text.scan import Rule, Scan, rule

_BOOKS = {
    "Mt": "Matthäus", "Mk": "Markus", "Lk": "Lukas", "Joh": "Johannes", "Apg": "Apostelgeschichte", "Röm": "Römer", "Kor": "Korinther",
    "Gal": "Galater", "Eph": "Epheser", "Phil": "Philipper", "Kol": "Kolosser", "Thess": "Thessalonicher", "Tim": "Timotheus",
    "Hebr": "Hebräer", "Jak": "Jakobus", "Petr": "Petrus", "Offb": "Offenbarung", "Ps": "Psalm", "Jes": "Jesaja", "Jer": "Jeremia",
    "Spr": "Sprüche", "Koh": "Kohelet", "Gen": "Genesis", "Ex": "Exodus", "Lev": "Levitikus", "Mose": "Mose", "Hes": "Hesekiel", "Dan": "Daniel",
    "Matthäus": "Matthäus", "Markus": "Markus", "Lukas": "Lukas", "Johannes": "Johannes", "Psalm": "Psalm", "Römer": "Römer",
}  # fmt: skip
_SEVERAL_BOOKS = "Mose|Kor|Thess|Tim|Petr|Joh|Sam|Kön|Chr"  # that are numbered
_SECTION = re.compile(r"§§?|Art\.|Artikel|Paragraf(?:en)?")
_ISSUES = re.compile(
    r"(?:KW|Kalenderwoche|Woche|Nr\.|Nummer|Heft|H\.|Ausgabe|Band|Bd\.|Rechnung|Vertrag|Beschluss|Nr)"
)
_SLASHED = re.compile(
    r"(?:\w*(?:Nr\.?|nummer|Rechnung|Vertrag|Beschluss|Richtlinie|Verordnung|Vorlage|Drucksache|Az\.|Aktenzeichen|zeichen)|"
    r"(?:[A-Z]{1,3}-)?(?:VO|RL|Drs\.|Drucks\.)|\(?(?:EU|EG|EWG)\)?|[A-Z]{1,3}[a-z]?[A-Z])"
)
_DUE = re.compile(r"tüv|hu|ez|mhd|stand|bis|ab|seit|gültig|haltbar|verfall|baujahr|bj\.", re.I)
_FRACTIONS = frozenset(
    (24, 25, 30, 32, 36, 48, 50, 60, 64, 100, 365, 1000)
)  # usual parts of a whole
_SUFFIXES = (
    "burg stadt dorf heim hausen berg furt bach feld kirchen ingen born münde brück rode haven see tal"
).replace(" ", "|")
_TOWNS = (
    "Berlin Hamburg München Köln Frankfurt Stuttgart Düsseldorf Leipzig Dortmund Essen Bremen Dresden Hannover Nürnberg Bochum "
    "Wuppertal Bonn Münster Mannheim Karlsruhe Wiesbaden Kiel Aachen Halle Krefeld Mainz Lübeck Erfurt Rostock Kassel Hagen Potsdam "
    "Hamm Ulm Ludwigshafen Solingen Fürth Göttingen Jena Trier Siegen Gera Cottbus Schwerin Passau Bayreuth Kempten Konstanz Worms"
).split()
_TOWN = re.compile(
    rf"\s(?:{either(_TOWNS)}|Bad\s[A-Z]\w+|[A-ZÄÖÜ][a-zäöüß]{{1,20}}(?:{_SUFFIXES}))(?!\w)"
)


class ReferenceRules(ShortenedRules):
    """German's rules for what refers to a place in a register, a book or a building."""

    def references(self) -> list[Rule]:
        """In order of precedence."""
        ends = r"(?![\w/]|[.,]\d)"
        return [
            *self._of_law(),
            rule(
                "reference",
                rf"(?P<volume>[1-5])\.?\s?(?=(?:{_SEVERAL_BOOKS}))(?P<book>{either(_BOOKS)})\.?\s(?P<chapter>\d{{1,3}})"
                r"(?:,\s?(?P<verse>\d{1,3})(?:\s?[-–]\s?(?P<last>\d{1,3}))?)?(?![\w,]|\.\d)",
                self._verse,
                "d",
            ),
            rule(
                "reference",
                rf"(?P<volume>(?!))?(?P<book>{either(_BOOKS)})\.?\s"
                r"(?P<chapter>\d{1,3}),\s?(?P<verse>\d{1,3})(?:\s?[-–]\s?(?P<last>\d{1,3}))?(?![\w,]|\.\d)",
                self._verse,
                "u",
            ),
            rule("date", rf"(?P<month>0[1-9]|1[0-2])/(?P<year>\d\d){ends}", self._month_due, "d"),
            rule("cardinal", rf"(?P<issue>\d{{1,3}})/(?P<year>(?:19|20)\d\d){ends}", self._issue, "d"),
            rule(
                "cardinal",
                r"(?P<first>\d{1,6})/(?P<rest>\d{1,6}(?:/\d{1,6}){0,2})(?![\w]|[.,]\d|/\d)",
                self._slashed,
                "d",
            ),
            rule(
                "measure",
                r"(?P<given>\d{1,2}(?:,\d)?)\s?/\s?(?P<best>5|6|10|100)\s(?P<unit>Sterne|Punkte|Sternen|Punkten)(?!\w)",
                lambda m, s: f"{self.number(m['given'])} von {self.whole(m['best'])} {m['unit'].rstrip('n')}n",
                "d",
            ),
            rule("digits", r"(?:A|CH|L|B|NL|FL)-(?P<code>\d{4})(?=\s[A-ZÄÖÜ][a-zäöü])", self._abroad, "u", needs="-"),
            rule("digits", r"(?P<code>0\d{4}|[1-9]\d{4})(?=\s[A-ZÄÖÜ])", self._in_town, "d"),
            rule(
                "address",
                r"(?P<name>[A-ZÄÖÜ][^\W\d_]{1,24}(?:-[A-ZÄÖÜ][^\W\d_]{0,24}){0,4})-(?P<kind>Str|Pl)\.",
                lambda m, s: f"{m['name']}-{'Straße' if m['kind'] == 'Str' else 'Platz'}",
                "u",
                needs=".",
            ),
            rule(
                "digits",
                r"(?=[A-Z\d-]{0,20}\d)(?=[A-Z\d-]{0,20}[A-Z])[A-Z\d]{2,10}(?:-[A-Z\d]{2,10}){0,4}(?![\w-])",
                self._mixed_code,
                "ud",
            ),
            rule("digits", r"0x[\dA-Fa-f]{2,16}(?!\w)", lambda m, s: self._one_by_one(m[0]), "d"),
            rule(
                "electronic",
                r"(?P<machine>\d{1,3}(?:\.\d{1,3}){3}):(?P<port>\d{2,5})(?![\w.:])",
                lambda m, s: f"{self._spelled(m['machine'])} {self.table.marks[':']} {self.digits(m['port'])}",
                "d",
            ),
            rule("silent", r"-(?=\d{1,5}(?!\d))", self._extension_dash, "s", first="-"),
        ]  # fmt: skip

    def _of_law(self) -> list[Rule]:
        return [
            rule(
                "reference",
                r"(?P<roman>[IVX]{1,5})(?:\s(?P<sentence>[1-9])(?=\s[A-ZÄÖÜ]|[.,;)]|\s*$))?(?![\w.-])",
                self._roman_section,
                "u",
            ),
            rule(
                "abbreviation",
                r"Hs\.(?=\s?[1-4](?!\d))",
                lambda m, s: "Halbsatz" if s.before(2) in ("S.", "Satz") else None,
                "u",
                needs=".",
            ),
            rule(
                "abbreviation",
                r"d\.\s?J\.",
                lambda m, s: "der Jüngere" if s.before()[:1].isupper() and s.before(2)[:1].isupper() else None,
                "l",
                needs=".",
            ),
        ]  # fmt: skip

    def _roman_section(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "Art. 1 I GG", "§ 7 I 1 SGB II"."""
        from synthesis.text.english.roman import value

        section = scan.token_before()
        number = value(match["roman"])
        if section is None or not number or not _SECTION.fullmatch(scan.before(2)):
            return None
        if not scan.before()[:1].isdecimal():
            return None
        said = f"Absatz {self.table.cardinal(number)}"
        return f"{said} Satz {self.whole(match['sentence'])}" if match["sentence"] else said

    def _verse(self, match: re.Match[str], scan: Scan) -> str:
        """ "Joh 3,16", "1. Kor 13,4-7"."""
        said = f"{_BOOKS[match['book']]} {self.whole(match['chapter'])}"
        if match["verse"]:
            said += f", {self.whole(match['verse'])}"
        if match["volume"]:
            place = self.table.ordinal(self.value(match["volume"]), False)
            said = f"{place}s Buch {said}" if match["book"] == "Mose" else f"{place}r {said}"
        return f"{said} bis {self.whole(match['last'])}" if match["last"] else said

    def _month_due(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "TÜV 05/25", "haltbar bis 09/26"."""
        if not _DUE.fullmatch(scan.before()):
            return None
        return f"{self.month(self.value(match['month']))} {self.year(match['year'])}"

    def _issue(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "KW 12/2024", "Heft 3/2021"."""
        if not _ISSUES.fullmatch(scan.before()):
            return None
        return f"{self.whole(match['issue'])} {self.year(match['year'])}"

    def pressures(self) -> list[Rule]:
        """ "120/80"."""
        return [
            rule(
                "measure",
                r"(?P<high>\d{2,3})/(?P<low>\d{2,3})(?P<unit>\s?mmHg)?(?![\w/]|[.,]\d)",
                self._pressure,
                "d",
            ),
        ]

    def _pressure(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "Blutdruck 120/80"."""
        measured = self.of_blood.search(scan.text[max(0, scan.at - 24) : scan.at])
        if not measured and not match["unit"]:
            return None
        unit = f" {self.unit('mmHg', False)}" if match["unit"] else ""
        return f"{self.whole(match['high'])} zu {self.whole(match['low'])}{unit}"

    def _slashed(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "Richtlinie 2011/83", "12/345/67890", "Eintritt 15/12 €": what is no part of a whole."""
        parts = [match["first"], *match["rest"].split("/")]
        if re.fullmatch(r"(?:0?[1-9]|1[0-2])/(?:19|20)\d\d", match[0]):
            return None
        named = bool(_SLASHED.fullmatch(scan.before()) or _SLASHED.fullmatch(scan.before(2)))
        slash = f" {self.table.marks['/']} "
        if named or len(parts) > 2:
            if len(parts) > 2 and not named and len(match[0]) < 9:
                return None  # may be a date
            return slash.join(
                self.digits(each) if each[0] == "0" or len(parts) > 2 else self.whole(each)
                for each in parts
            )
        top, bottom = (self.value(each) for each in parts)
        of_a_whole = top == 1 or bottom <= 20 or not bottom % 10 or bottom in _FRACTIONS
        if not of_a_whole or top > bottom > 9:
            following = scan.rest(match.end(), 3)
            years = len(parts[0]) == 4 and len(parts[1]) in (2, 4)
            if years or re.match(r"\s?(?:mm|[€$])", following) or len(parts[0]) > 4:
                return None if years else f"{self.whole(parts[0])} {self.whole(parts[1])}"
            return " ".join(map(self.whole, parts))
        return None

    def _abroad(self, match: re.Match[str], scan: Scan) -> str:
        letters = match[0].partition("-")[0]
        return f"{' '.join(letters)} {self.digits(match['code'])}"

    def _in_town(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "in 70173 Stuttgart": five digits before the name of a town."""
        placed = scan.before().lower() in (
            "in",
            "aus",
            "nach",
            "bei",
            "ort:",
            "plz",
        ) or scan.before().endswith(":")
        first = match["code"][0] == "0"
        town = _TOWN.match(scan.text, match.end())
        return (
            self.digits(match["code"]) if first or (town and (placed or not scan.tokens)) else None
        )

    def _mixed_code(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "Ihr Code: A7K-9QX"."""
        words = [scan.before(back).lower().strip(":") for back in (1, 2)]
        coded = CODES.fullmatch(words[0]) or (
            words[0] in ("ist", "lautet") and CODES.fullmatch(words[1])
        )
        return self._one_by_one(match[0].replace("-", " ")) if coded else None

    def _extension_dash(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "Durchwahl -15"."""
        return (
            "" if scan.before().lower().rstrip(".:") in ("durchwahl", "dw", "fax", "tel") else None
        )
