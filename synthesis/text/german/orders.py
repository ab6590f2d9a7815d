"""German's places in an order: rulers, days of a week and a month, what ends with "der 3.", lists."""

from __future__ import annotations

import re

from synthesis.text.german import nouns
from synthesis.text.german.rulers import regnal
from synthesis.text.german.sums import SumRules
from synthesis.text.language_numbers import either, with_stop
from synthesis.text.scan import Rule, Scan, rule

DAYS = dict(zip(("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"), ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"), strict=True))  # fmt: skip
_NAMES_OF_DAYS = frozenset(day.lower() for day in (*DAYS.values(), "Sonnabend"))
_MONTHS = "Jan|Feb|März|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez"
_HOURS = re.compile(  # behind a short day
    r":?,?\s\d{1,2}(?:[.:]\d\d(?!\d)|\.\d|\s?(?:[-–]|bis|und)\s?\d{1,2}(?:[.:]\d\d)?\s?Uhr|\s?(?:Uhr|h)\b|"
    rf"\.\s(?:{_MONTHS}))"
)
_HOURS_OR_NUMBERS = re.compile(  # "So 10–12 Leute" is no Sunday, "Sa 10–12" a Saturday
    r":?,?\s\d{1,2}\s?(?:[-–]|bis)\s?\d|:?\s(?:geschl|Ruhetag|ab\s\d|von\s\d)"
)
_WEAK = frozenset("am im zum vom beim dem den zur".split())
_LINKS = frozenset("und oder bis sowie u. o. - – — /".split())
_TELL = frozenset("ist war wird wäre und oder".split())
_PROGRAMS = re.compile(
    r"\w*[a-z][A-Z]\w*|Version|Android|Windows|Firefox|Chrome|Python|Ubuntu|Java|Bluetooth"
)
_SECTIONS = frozenset(
    "Abb. Abbildung Tab. Tabelle Kap. Kapitel Abschnitt Ziff. Ziffer Punkt Version".split()
)
_BEFORE_NOUN = re.compile(r",\s(?:[a-zäöüß]{3,24}\s){1,3}(?P<noun>[A-ZÄÖÜ]\w{1,40})")
_WOMAN = re.compile(r"\b(?:[Ss]ie|die|eine|[A-Z]\w+in)\b")


class OrderRules(SumRules):
    """German's rules for ordinals and days."""

    def orders(self) -> list[Rule]:
        """In order of precedence."""
        days = either(DAYS)
        return [
            rule(
                "date",
                rf"(?:{days})(?:(?:,\s|\s?/\s?|\s?[+&]\s?|\sund\s|\sbis\s)(?:{days})){{1,6}}(?!\w)",
                self._weekdays,
                "u",
            ),
            rule(
                "date",
                rf"(?P<day>{days})(?![\w.]|\s?[-–])",
                self._day_with_hours,
                "u",
            ),
            rule(
                "ordinal",
                r"(?P<number>\d{1,3})\.(?=[\s\"“”»)\]]*(?:$|[,;:!?]))",
                self._last_place,
                "d",
            ),
        ]

    def lists_and_letters(self) -> list[Rule]:
        """ "u." and "u. a." in what is listed, and how a letter ends."""
        return [
            rule(
                "abbreviation",
                r"[uo]\.(?=\s(?:n\.\s?V\.|[^\W\d_]{2}|\d))",
                lambda m, s: "und" if m[0] == "u." else "oder",
                "l",
                needs=".",
            ),
            rule(  # "Abschnitt B–C"
                "letters",
                r"(?P<first>[A-Z])–(?P<last>[A-Z])(?![\w–-])",
                lambda m, s: f"{m['first']} bis {m['last']}" if m["first"] < m["last"] else None,
                "u",
                needs="–",
            ),
            rule(  # "LG Köln" is a court
                "abbreviation",
                r"(?:LG|VG)(?=\s*(?:[,!]|$))",
                lambda m, s: (
                    ("Liebe Grüße" if m[0] == "LG" else "Viele Grüße")
                    if s.text[: s.at].rstrip()[-1:] in ("", ".", "!", "?", ",")
                    else None
                ),
                "u",
            ),
            rule(  # "Äpfel, Birnen u. a." ends what is listed
                "abbreviation",
                r"u\.\s?a\.(?=\s*(?:$|[,;)]))",
                lambda m, s: with_stop("und andere", m, s) if s.before()[:1].isupper() else None,
                "l",
                needs=".",
            ),
        ]

    def _weekdays(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "Mo bis Fr", but not "So und Do so"."""
        if not re.search(r"Mo|Di|Mi|Fr|Sa", match[0]):
            return None
        said = re.sub(r"[A-Z][a-z]", lambda day: DAYS[day[0]], match[0])
        return re.sub(r"\s?[+&]\s?", " und ", said).replace("/", ", ")

    def _day_with_hours(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "Sa 10–14 Uhr"; "So 10 Leute" is no Sunday."""
        following, day = scan.rest(match.end()), match["day"]
        if _HOURS.match(following):
            return DAYS[day]
        listed = scan.text[: scan.at].rstrip()[-1:] in (",", ";", "|", "–")
        may = day not in ("So", "Do") or listed
        return DAYS[day] if may and _HOURS_OR_NUMBERS.match(following) else None

    def _spaced_dash(self, match: re.Match[str], scan: Scan) -> str | None:
        """A dash behind a whole date begins another thought where no date or time follows."""
        before = scan.token_before()
        dated = (
            before is not None and before.kind == "date" and scan.text[before.end - 1].isdecimal()
        )
        goes_on = re.match(
            r"\d{1,4}\s?(?:[.:/-]\s?\d|\.\s[A-ZJFMASOND]|Uhr|h\b)", scan.rest(match.end())
        )
        return None if dated and not goes_on else super()._spaced_dash(match, scan)

    def _last_place(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "am 24.", "der 4. und 5.", "als 3.": with nothing behind it that it is a place of."""
        value, before = self.value(match["number"]), scan.before().lower()
        ending = None
        if first := self.listed_ending(scan):
            ending = first
        elif goes_on := _BEFORE_NOUN.match(scan.rest(match.end(), 80)):
            ending = nouns.ending(goes_on["noun"], scan.before(), scan.before(2))
        elif before in _WEAK:
            ending = "en"
        elif before == "der" and (
            scan.before(2).lower() in _TELL
            or any(each.kind == "ordinal" for each in scan.tokens[-9:])
        ):
            ending = "e"
        elif before == "als":
            ending = "e" if _WOMAN.search(scan.text[: scan.at]) else "er"
        if ending is None:
            return None
        stop = "." if not scan.rest(match.end()).strip('"“”»)] ') else ""
        return self.table.ordinal(value, False).removesuffix("e") + ending + stop

    def listed_ending(self, scan: Scan) -> str | None:
        """The ending of the ordinal before "und", for the one behind it."""
        linked = scan.before().lower() in _LINKS
        token = scan.token_before(2 if linked else 1)
        if token is None or token.kind not in ("ordinal", "date"):
            return None
        if not linked and scan.text[token.end : scan.at].strip() != ",":  # "am 3., 5. und 8. Mai"
            return None
        words = token.said.removeprefix("dem ").split() or [""]
        found = re.search(r"[ts](e[nrsm]?)$", words[0])
        return found[1] if found else None

    def _ordinal_point(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "zwischen dem 1. und 2. Weltkrieg", "sie kam als 3. ins Ziel"."""
        before = scan.before().lower()
        said = self.table.ordinal(self.value(match["number"]), False).removesuffix("e")
        if ending := self.listed_ending(scan):
            return said + ending
        if before == "als" and scan.after(match.end())[:1].islower():
            return said + ("e" if _WOMAN.search(scan.text[: scan.at]) else "er")
        return super()._ordinal_point(match, scan)

    def _said_roman(
        self, roman: str, sign: str | None, match: re.Match[str], scan: Scan
    ) -> str | None:
        from synthesis.text.english.roman import value

        number = value(roman)
        adjective = re.match(
            r"\s[A-ZÄÖÜ][a-zäöüß]{1,20}(?:sch|al)(e[nrsm]?)\s[A-ZÄÖÜ]", scan.rest(match.end())
        )
        if number and sign == "." and adjective:  # "die XX. Olympischen Spiele"
            return self.table.ordinal(number, False).removesuffix("e") + adjective[1]
        if number is not None and sign in (None, ".") and (sign or len(roman) > 1):
            said = regnal(self.table.ordinal(number, False), scan)
            if said:
                ends = sign and not scan.rest(match.end(), 3).strip()
                return f"{said}." if ends else said
        return super()._said_roman(roman, sign, match, scan)

    def _date(self, match: re.Match[str], scan: Scan) -> str | None:
        if _PROGRAMS.fullmatch(scan.before()):
            return None  # "macOS 14.5." ends a sentence
        if match["year"] is None and scan.before() in _SECTIONS:
            return None  # "Abb. 3.2."
        return self._linked(self._after_weekday(super()._date(match, scan), scan), scan)

    def _named_date(self, match: re.Match[str], scan: Scan) -> str | None:
        return self._linked(self._after_weekday(super()._named_date(match, scan), scan), scan)

    def _linked(self, said: str | None, scan: Scan) -> str | None:
        """ "am dritten und fünften Mai": a date has the ending of the one that it is listed with."""
        ending = self.listed_ending(scan) if said else None
        return re.sub(r"^(\w+?[ts])e[rn]?(?=\s)", rf"\1{ending}", said) if said and ending else said

    def _after_weekday(self, said: str | None, scan: Scan) -> str | None:
        """ "am Montag, dem dritten Mai" of "am Montag, 3. Mai"."""
        named = scan.before().lower() in _NAMES_OF_DAYS or scan.before() in DAYS
        if not said or not named or scan.before(2).lower() not in (*nouns.DATIVE, *_WEAK, "bis"):
            return said
        return re.sub(r"^(\w+e)r(?=\s)", r"dem \1n", said)
