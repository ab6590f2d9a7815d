"""Rules that read fractions, mixed numbers and halves of what is counted."""

from __future__ import annotations

import re
from functools import cached_property

from synthesis.text.language_numbers import LanguageNumbers
from synthesis.text.scan import Rule, Scan, rule

_VULGAR = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5),
    "⅗": (3, 5), "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8),
    "⅞": (7, 8), "⅐": (1, 7), "⅑": (1, 9), "⅒": (1, 10),
}  # fmt: skip
_HOURS_BEHIND = frozenset("las la às as alle".split())
_OF = frozenset("de des du d".split())


class FractionRules(LanguageNumbers):
    """The fractions of one language."""

    @cached_property
    def of_blood(self) -> re.Pattern[str]:
        """What stands before "120/80" where it is a pressure."""
        return re.compile(rf"\b(?:{self.table.blood_words or '(?!)'})\b\D{{0,14}}$", re.I)

    def fractions(self) -> list[Rule]:
        """In order of precedence."""
        amount = rf"(?:{self.grouped}|\d{{1,18}})"
        unit = rf"(?:[ \u00a0]?(?P<unit>{self.unit_pattern})(?![\w/]))?"
        return [
            rule(
                "measure",
                r"(?P<number>\d{1,2})/(?P=number)\s?(?P<unit>h|hs|horas|dias|minutos)(?!\w)",
                self._every,
                "d",
            ),
            rule(
                "fraction",
                rf"(?P<whole>\d{{1,3}})\s?(?:½|(?<=\s)1/2)\s(?P<noun>{self.table.halved or '(?!)'})(?!\w)",
                lambda m, s: self._half_more(self.value(m["whole"]), m["noun"]),
                "d",
            ),
            rule(
                "fraction",
                rf"(?:(?P<whole>\d{{1,4}})\s?)?(?P<vulgar>[{''.join(_VULGAR)}]){unit}",
                self._fraction,
                "ds",
            ),
            rule(
                "fraction",
                rf"(?:(?P<whole>\d{{1,3}})\s(?!\d{{3}}/\d{{1,3}}[ .,\u00a0]\d{{3}}))?(?P<top>{amount})/(?P<bottom>{amount})(?![\w/]|[.,]\d){unit}",
                self._fraction,
                "d",
            ),
        ]

    def _fraction(self, match: re.Match[str], scan: Scan) -> str | None:
        groups, table = match.groupdict(), self.table
        if vulgar := groups.get("vulgar"):
            top, bottom = _VULGAR[vulgar]
        else:
            top, bottom = self.value(match["top"]), self.value(match["bottom"])
            years = len(match["top"]) == 4 and len(match["bottom"]) in (2, 4)
            if years and 1000 <= top <= 2100 and bottom % 100 == (top + 1) % 100:
                return None  # "2023/24"
        if match["whole"]:
            following = scan.after(match.end()).lower()
            return self._mixed(self.value(match["whole"]), top, bottom, match["unit"], following)
        unit = self.unit(match["unit"], True) if match["unit"] else ""
        if table.laws and scan.before().lower().rstrip(".") in table.laws and not vulgar:
            return f"{table.cardinal(top)} {table.of_year} {table.cardinal(bottom)}"
        if match["unit"] == "mmHg":
            unit = self.unit("mmHg", False)
        if match["unit"] == "mmHg" or self.of_blood.search(
            scan.text[max(0, scan.at - 24) : scan.at]
        ):
            return f"{table.cardinal(top)} {table.over} {table.cardinal(bottom)} {unit}".strip()
        if (top, bottom) == (1, 2) and self._is_half_past(scan):
            assert table.halves is not None
            return table.halves[True]
        if not vulgar and bottom >= 1000 and top >= 100:  # points of a game
            return f"{table.cardinal(top)} {table.of_total or table.over} {table.cardinal(bottom)}"
        if (top, bottom) == (24, 7):
            return f"{table.cardinal(top)} {table.cardinal(bottom)}"
        following = scan.after(match.end()).lower()
        if not unit and not vulgar and re.fullmatch(table.of_game or "(?!)", following):
            number = self.before_noun(match["top"], following)
            return f"{number} {table.of_total or table.over} {table.cardinal(bottom)}"
        said = self._part(top, bottom, unit, following)
        return said.removeprefix("una ") if scan.before().lower() == "la" else said

    def _is_half_past(self, scan: Scan) -> bool:
        """Whether "1/2" stands in a time of day: "a las 9 y 1/2"."""
        joined = scan.before().lower() == self.table.signs["&"] and scan.before(2).isdecimal()
        return joined and bool(self.table.halves) and scan.before(3).lower() in _HOURS_BEHIND

    def _every(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "de 8/8 h": "de oito em oito horas"."""
        if not self.table.every or scan.before().lower() != "de":
            return None
        hours = match["unit"].startswith("h")
        noun = self.unit("h", False) if hours else match["unit"]
        number = self.before_noun(match["number"], noun)
        return f"{number} {self.table.every} {number} {noun}"

    def _part(self, top: int, bottom: int, unit: str, following: str) -> str:
        """A fraction before a unit or a word: "media hora", "tres cuartas partes"."""
        table = self.table
        said = self.parts(top, bottom)
        if (top, bottom) == (1, 2):
            if table.half and table.feminine((unit or following).split(" ")[0]):
                said = table.half
            return f"{said} {unit}".strip()
        if 2 < bottom <= 100 and table.portion and following in ("parte", "partes"):
            name = table.portion(bottom)
            return f"{self.before_noun(str(top), following)} {name}{'' if top == 1 else 's'}"
        if bottom in table.out_of and top > 1 and not unit and following not in _OF:
            return f"{table.cardinal(top)} {table.over} {table.cardinal(bottom)}"
        return f"{said} {self._of_part(unit)}".strip()

    def _of_part(self, unit: str) -> str:
        """ "de litro" after a fraction of it."""
        return self.of(unit) if unit and self.table.of_part else unit

    def _mixed(self, whole: int, top: int, bottom: int, sign: str | None, following: str) -> str:
        """ "tres y tres quintos de metro", "una milla y media"."""
        table, unit = self.table, self.unit(sign, True) if sign else ""
        if (top, bottom) == (1, 2) and sign and table.halves:
            return self._and_a_half(whole, self.unit(sign, whole == 1))
        if (
            (top, bottom) == (1, 2)
            and table.halves
            and table.feminine(following)
            and not table.mixed
        ):
            said = self.before_noun(str(whole), following)
            said = f"{said[:-1]}a" if said.endswith("'") else said  # "una e mezza"
            return f"{said} {table.signs['&']} {table.halves[True]}"
        special = table.mixed(whole, top, bottom) if table.mixed else None
        if special:
            return f"{special} {unit}".strip()
        said = self.before_noun(str(whole), unit) if unit else table.cardinal(whole)
        part = table.parts(top, bottom) or self.parts(top, bottom)
        return f"{said} {table.signs['&']} {part} {self._of_part(unit)}".strip()

    def _half_more(self, whole: int, noun: str) -> str:
        """ "1 1/2 tazas": "una taza y media"."""
        if whole == 1:
            noun = self.table.single.get(noun) or noun.removesuffix("s")
        return self._and_a_half(whole, noun)

    def _and_a_half(self, whole: int, noun: str) -> str:
        """ "dos horas y media", "un kilómetro y medio por hora"."""
        head, _, rest = noun.partition(" ")
        assert self.table.halves is not None
        half = self.table.halves[self.table.feminine(self.table.single.get(head, head))]
        counted = self.with_noun(str(whole), head)
        return f"{counted} {self.table.signs['&']} {half} {rest}".strip()
