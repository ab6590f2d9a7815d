"""Rules that read numbers, dates, times, money, measures and signs of any language by its table."""

from __future__ import annotations

import re

from synthesis.text.language_addresses import AddressRules
from synthesis.text.language_dates import DateRules
from synthesis.text.language_initials import initial_rules
from synthesis.text.language_keys import key_rules
from synthesis.text.language_numbers import MAX_DIGITS, either, with_stop
from synthesis.text.language_romans import RomanRules
from synthesis.text.language_table import LanguageTable
from synthesis.text.scan import Rule, Rules, Scan, rule

_SUM = re.compile(r"\s?\d[\d.,]*\s?=")
_NUMBERS = frozenset("número numéro numero página page pagina página Nummer".lower().split())


class LanguageRules(AddressRules, DateRules, RomanRules):
    """The rules of one language."""

    def __init__(self, table: LanguageTable) -> None:
        super().__init__(table)
        self._offers = re.compile(table.offers or "(?!)", re.I)
        self._result_words = re.compile(rf"\b(?:{table.results or '(?!)'})", re.I)
        self._size_ahead = re.compile(
            rf"\s?\d[\d.,]*(?:\s?[xX×]\s?\d[\d.,]*)?\s?(?:{self.unit_pattern})(?!\w)"
        )

    def rules(self) -> Rules:
        """In order of precedence."""
        return Rules(
            [
                *self.addresses(),
                *self.times_and_dates(),
                *self.amounts(),
                *self._words(),
                *self._numbers(),
            ]
        )

    def _words(self) -> list[Rule]:
        """Roman numerals, short words, letters with digits and initials."""
        return [*self.romans(), *self._short_words(), *initial_rules(self.table)]

    def _counted_words(self) -> list[Rule]:
        """Short words that need a number or a numeral."""
        table = self.table
        joined = either({**self.short, **table.before_numbers, **table.before_roman})
        return [
            rule(  # "l'avv.": an article that is joined to a short word
                "word",
                rf"[^\W\d_]{{1,6}}'(?=(?:{joined})(?!\w))",
                lambda m, s: m[0],
                "a",
                needs="'",
            ),
            rule(
                "abbreviation",
                rf"(?<!\w)(?:{either(table.before_numbers)})(?=\s?\d)",
                lambda m, s: table.before_numbers[m[0]],
                "as",
            ),
            rule(
                "abbreviation",
                rf"(?<!\w)(?:{either(table.after_numbers)})(?!\w)",
                lambda m, s: (
                    with_stop(table.after_numbers[m[0]], m, s) if self._is_counted_by(s) else None
                ),
                "a",
                needs=".",
            ),
            rule(
                "abbreviation",
                rf"(?<!\w)(?:{either(table.before_roman)})(?=\s?(?:[IVXLC]+(?![\w'])|[a-z]\)))",
                lambda m, s: table.before_roman[m[0]],
                "a",
                needs=".",
            ),
            rule(  # "le XXe s."
                "abbreviation",
                rf"(?:{either(table.after_roman)})(?!\w)",
                lambda m, s: (
                    with_stop(table.after_roman[m[0]], m, s) if self._is_placed(s) else None
                ),
                "a",
                needs=".",
            ),
        ]

    def _short_words(self) -> list[Rule]:
        table = self.table
        return [
            *self._counted_words(),
            rule("maths", r"[A-Za-z]{1,2}(?=[²³])", lambda m, s: m[0], "a", needs="²³"),
            rule(
                "abbreviation",
                rf"(?:{either(self.short)})(?!\w)",
                lambda m, s: self.short[m[0]],
                "ads",
            ),
            rule(
                "abbreviation",
                rf"(?P<word>[^\W\d_]{{2,24}})(?P<ending>{either(table.endings)})(?!\w)",
                lambda m, s: m["word"] + table.endings[m["ending"]],
                "a",
                needs=".",
            ),
            rule(
                "abbreviation",
                r"(?:[A-Z]\.\s?){1,5}[A-Z]\.(?!\w)|(?:[A-Z]\.){2,6}",
                lambda m, s: " ".join(c for c in m[0] if c.isalpha()),
                "a",
                needs=".",
            ),
            rule(
                "letters",
                r"(?P<letters>[A-Z]{1,4})-?(?P<digits>\d+)(?!\w)",
                self._letters_and_digits,
                "a",
            ),
        ]

    def _letters_and_digits(self, match: re.Match[str], scan: Scan) -> str:
        """ "A380"; in a code digits are said one by one."""
        digits = match["digits"]
        coded = len(digits) > 2 and self._is_code(scan)
        said = self.digits(digits) if coded else self.number(digits)
        return f"{' '.join(match['letters'])} {said}"

    def _is_counted_by(self, scan: Scan) -> bool:
        """Whether a year or a century stands right before."""
        before = scan.token_before()
        return before is not None and before.kind in ("cardinal", "roman", "ordinal")

    def _is_placed(self, scan: Scan) -> bool:
        """Whether a place in an order stands right before."""
        before = scan.token_before()
        return before is not None and before.kind in ("roman", "ordinal")

    def _numbers(self) -> list[Rule]:
        """Signs, and the numbers that are left."""
        table, signs = self.table, either(self.table.signs)
        return [
            rule("maths", r"[-–](?=\s?\d)", self._minus, "s"),
            rule("cardinal", r"[-−–](?=\d|[$€£₹])", self._dash, "s"),
            rule("cardinal", r"\s?[-–]\s?(?=\d)", self._spaced_dash, "s"),
            rule("cardinal", r"[+](?=\d)", lambda m, s: table.plus, "s"),
            rule("maths", r"[xX×](?=\s?\d)", self._times, "as"),
            rule(
                "maths",
                r"[xX](?=\s[^\W\d_]{2})",
                lambda m, s: f" {table.fold}" if self._is_counted(s) else None,
                "a",
            ),
            rule("maths", r"[xX]/\s?(?P<unit>[^\W\d_]{1,8})(?!\w)", self._fold_per, "a", needs="/"),
            rule("maths", r"\s?:\s(?=\d)", self._divided, "s"),
            rule(
                "version",
                r"(?!\d{1,3}(?:\.\d{3})+(?!\d))\d+(?:\.\d+){2,20}(?!\w)",
                self._version,
                "d",
            ),
            rule("version", r"\d{1,3}\.\d{1,2}(?![\d\w]|[.,]\d)", self._pointed_number, "d"),
            rule("cardinal", r"\d{1,3}(?:[,;]\d{1,3}){2,}(?![.,]?\d|\w)", self._listed, "d"),
            rule(
                "maths",
                rf"(?P<left>\d{{1,4}}):(?P<right>{self.grouped}|\d{{1,5}})(?![\w:]|[.,]\d)",
                self._ratio,
                "d",
            ),
            rule("ordinal", r"(?P<number>\d{1,4})\.(?=\s[^\W\d_])", self._ordinal_point, "d"),
            rule("digits", r"0\d+", lambda m, s: self.digits(m[0]), "d"),
            rule("cardinal", self.pattern, self._counted, "d"),
            *key_rules(table),
            rule("maths", rf"(?:{signs})", lambda m, s: table.signs[m[0]], "s"),
            rule("silent", r"[*_~^|`<>#\\]+", lambda m, s: "", "s"),
            rule("joint", r"(?<=\w)/(?=\w)", lambda m, s: "", "s"),
        ]

    def _counted(self, match: re.Match[str], scan: Scan) -> str:
        text, table = match[0], self.table
        digits = "".join(each for each in text if each.isdecimal())
        if table.decimal in text or len(digits) > MAX_DIGITS:
            return self.number(text)
        value, following = self.value(digits), scan.after(match.end())
        if text.isdecimal() and 4 <= len(text) <= 8 and self._is_code(scan):
            return self.digits(text)
        plain = text.isdecimal() and len(text) == 4 and 1100 <= value <= 2099
        if plain and table.year and table.is_year(value, scan.before(), following):
            return table.year(value)
        before = scan.before()
        flight = 1 < len(before) <= 3 and before.isupper() and text.isdecimal()
        named = table.counted is not None and not flight
        following = "" if self._counts_nothing(scan, following) else following
        said = table.counted(value, following) if named and table.counted else self.whole(text)
        elided = re.match(r"\s?d['’]", scan.rest(match.end(), 3))
        if (
            following
            and not elided
            and following.lower() not in table.links
            and self.counts_with_of(text)
        ):
            return f"{said} {self.table.of_scale}"
        return said

    def _counts_nothing(self, scan: Scan, following: str) -> bool:
        """Whether a number names one of many, "el n.º 31", or ends a score: "Chile 2 x 1 Perú"."""
        before = scan.token_before()
        if before is None:
            return False
        scored = self.table.score and before.said in (self.table.score, self.table.to)
        return before.said.lower() in _NUMBERS or bool(scored and following[:1].isupper())

    def _is_code(self, scan: Scan) -> bool:
        """Whether a word says that digits are a code: "il codice è 482917"."""
        words = [scan.before(back).lower() for back in (1, 2, 3)]
        card, told = self.table.of_card, scan.text[max(0, scan.at - 48) : scan.at]
        of_card = bool(card and re.search(card, told, re.I))
        return of_card or any(word in self.table.code_words for word in words)

    def _is_counted(self, scan: Scan) -> bool:
        touching = scan.touches
        return bool(self.table.fold) and touching is not None and touching.kind == "cardinal"

    def _fold_per(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "3x/j": "trois fois par jour"."""
        if not self._is_counted(scan):
            return None
        unit, table = match["unit"], self.table
        said = self.unit(unit, True) if unit in {*table.units, "h", "min"} else unit
        return f"{table.fold} {table.per_words.get(unit) or f'{table.per} {said}'}"

    def _divided(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "15 : 3 = 5"."""
        before = scan.token_before()
        counted = before is not None and before.kind == "cardinal"
        sum_after = re.match(r"[\d.,]+\s?=", scan.rest(match.end(), 24))
        return f" {self.table.signs.get('÷', '')} " if counted and sum_after else None

    def _listed(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "1,2,3": three numbers and more between commas, which can't be decimals or thousands."""
        if re.fullmatch(rf"{self.grouped}|.*[{re.escape(self.table.groups)}]\d{{3}}", match[0]):
            return None
        return ", ".join(self.whole(each) for each in re.split("[,;]", match[0]))

    def _ratio(self, match: re.Match[str], scan: Scan) -> str:
        joint = self.table.ratio or self.table.to
        return f"{self.whole(match['left'])} {joint} {self.whole(match['right'])}"

    def _minus(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "2 + 2 - 1 = 3": a dash between spaces in a sum."""
        before = scan.token_before()
        if before is None or before.kind != "cardinal":
            return None
        sum_before = re.search(r"[+×÷=]\s?\d[\d.,]*\s?$", scan.text[max(0, scan.at - 24) : scan.at])
        sum_after = re.match(r"[-–]\s?\d[\d.,]*\s?[+×÷=]", scan.rest(scan.at, 24))
        return self.table.minus if sum_before or sum_after else None

    def _version(self, match: re.Match[str], scan: Scan) -> str | None:
        if len(match[0]) >= 40:
            return None
        parts = (
            self.table.cardinal(int(each)) if len(each) <= MAX_DIGITS else self.digits(each)
            for each in match[0].split(".")
        )
        return f" {self.table.marks['.']} ".join(parts)

    def _pointed_number(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "Python 3.11" where a point is no decimal sign."""
        if self.table.decimal == "." or self.table.ordinal_point:
            return None
        return self._version(match, scan)

    def _times(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "2x2": an x between numbers, or between what they count."""
        table, before = self.table, scan.token_before()
        kind = before.kind if before is not None else ""
        counted = scan.token_before(2) if kind == "word" and scan.touches is None else None
        named = counted is not None and counted.kind == "cardinal"  # "12 pés x 10 pés"
        if kind not in ("cardinal", "measure") and not named:
            return None
        ahead = scan.rest(match.end(), 24)
        if _SUM.match(ahead):
            return table.signs["×"]
        if table.sides and (named or kind == "measure" or self._size_ahead.match(ahead)):
            return table.sides
        if table.score and self._is_score(match, scan):
            return table.score
        by = table.by if match[0] != "×" else ""
        return by or table.signs["×"]

    def _is_score(self, match: re.Match[str], scan: Scan) -> bool:
        """Whether an x stands between the names of two teams, or behind "ganhou", and in no offer."""
        sides = scan.before(2)[:1], scan.rest(match.end()).lstrip(" 0123456789")[:1]
        told = scan.text[max(0, match.start() - 80) : match.start()]
        here = re.split(r"[.!?;\n]\s", told)[-1], scan.rest(match.start(), 8)
        if self._offers.search("".join(here)):
            return False
        found = list(self._result_words.finditer(told))
        small = re.search(r"\b\d{1,2}\s?$", told) and re.match(
            r"\s?\d{1,2}(?!\d)", scan.rest(match.end(), 5)
        )
        known = bool(found) and bool(small) and not re.search(r"[.!?;]\s", told[found[-1].end() :])
        return known or all(each.isupper() for each in sides)

    def _ordinal_point(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "20. Jahrhundert", in languages that write ordinals with a point."""
        table, value = self.table, self.value(match["number"])
        if not table.ordinal_point or (scan.token_before() is None and value < 20):
            return None  # at the beginning, a small one numbers a list's item
        return table.day(value, scan.before().lower()) if table.day else None

    def _spaced_dash(self, match: re.Match[str], scan: Scan) -> str | None:
        before = scan.token_before()
        counted = before is not None and before.kind in ("cardinal", "date", "time", "money")
        timed = before is not None and before.kind == "time"
        return ((timed and self.table.to_time) or self.table.to) if counted else None

    def _dash(self, match: re.Match[str], scan: Scan) -> str | None:
        touching = scan.touches
        if touching is None or touching.said in ("(", "["):
            before = scan.token_before()
            if match[0] == "–" and before is not None and before.kind == "cardinal":
                return self.table.to
            return self.table.minus
        if self.table.coded and re.search(
            self.table.coded, scan.text[max(0, scan.at - 24) : scan.at]
        ):
            return f" {self.table.marks['-']} "
        counted = ("cardinal", "date", "time", "money", "measure", "ordinal")
        if touching.kind == "time" and self.table.to_time:
            return self.table.to_time
        return self.table.to if touching.kind in counted else None
