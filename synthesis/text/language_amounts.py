"""Rules that read money, measures, percentages, fractions and places in an order."""

from __future__ import annotations

import re

from synthesis.text.language_numbers import LanguageNumbers, either
from synthesis.text.scan import Rule, Scan, rule

_VULGAR = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5),
    "⅗": (3, 5), "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8),
    "⅞": (7, 8), "⅐": (1, 7), "⅑": (1, 9), "⅒": (1, 10),
}  # fmt: skip
_OF_DEGREES = frozenset(  # words after which "20°" is a temperature or an angle
    "sotto sopra bajo sobre acima abaixo norte sur sul nord sud est ovest este oeste con para com "
    "celsius centigradi centígrados fahrenheit kelvin latitud longitud".split()
)


class AmountRules(LanguageNumbers):
    """The amounts of one language."""

    def amounts(self) -> list[Rule]:
        """In order of precedence."""
        return [*self._sums(), *self._measures(), *self._parts(), *self._ordinals()]

    def _sums(self) -> list[Rule]:
        number, currencies, scales = self.pattern, self.currency_pattern, self.scale_pattern
        return [
            rule(
                "money",
                rf"(?P<sign>{currencies})[ \u00a0]?(?P<number>{number})(?:\s(?P<scale>{scales})\b)?",
                self._money,
                "as",
            ),
            rule(
                "money",
                rf"(?P<number>{number})(?:\s(?P<scale>{scales})(?:\s{self.table.of_scale})?)?[ \u00a0]?(?P<sign>{currencies})(?!\w)",
                self._money,
                "d",
            ),
        ]

    def _measures(self) -> list[Rule]:
        number, units = self.pattern, self.unit_pattern
        return [
            rule(
                "measure",
                rf"(?P<number>{number})[ \u00a0]?(?P<sign>[%٪‰])",
                self._percent,
                "d",
            ),
            rule("ordinal", r"(?P<number>\d{1,3})°(?=\s[^\W\d_]{3})", self._degree_or_place, "d"),
            rule(
                "measure",
                rf"(?P<number>{number})(?:\s(?P<scale>{self.scale_pattern})(?=[ \u00a0]))?[ \u00a0]?(?P<unit>{units})(?![\w/²³])",
                self._measure,
                "d",
            ),
            rule("measure", rf"/(?P<unit>{units})(?![\w/])", self._per_unit, "s", first="/"),
            rule("joint", r"/(?=[^\W\d_]{2})", self._per_word, "s", first="/"),
        ]

    def _parts(self) -> list[Rule]:
        amount = rf"(?:{self.grouped}|\d{{1,18}})"
        unit = rf"(?:[ \u00a0]?(?P<unit>{self.unit_pattern})(?![\w/]))?"
        return [
            rule(
                "fraction",
                rf"(?:(?P<whole>\d{{1,4}})\s?)?(?P<vulgar>[{''.join(_VULGAR)}]){unit}",
                self._fraction,
                "ds",
            ),
            rule(
                "fraction",
                rf"(?:(?P<whole>\d{{1,3}})\s)?(?P<top>{amount})/(?P<bottom>{amount})(?![\w/]|[.,]\d){unit}",
                self._fraction,
                "d",
            ),
        ]

    def _ordinals(self) -> list[Rule]:
        signs = either(self.table.ordinal_signs)
        return [
            rule(
                "ordinal",
                rf"(?P<number>{self.grouped}|\d+)\.?(?P<sign>{signs})(?!\w)",
                lambda m, s: self.ordinal(m["number"], m["sign"]),
                "d",
            ),
        ]

    def ordinal(self, written: str, sign: str) -> str | None:
        """A place in an order with the ending that is written."""
        value, table = self.value(written), self.table
        if value >= 10**10:
            return None
        special = table.written_ordinal(value, sign) if table.written_ordinal else None
        return special or table.ordinal(value, table.ordinal_signs[sign])

    def _money(self, match: re.Match[str], scan: Scan) -> str:
        one, many, small_one, small_many = self.currency(match["sign"])
        table, number, scale = self.table, match["number"], match["scale"]
        if scale:
            return f"{self.number(number)} {self.of_scale(scale, many)}"
        whole, _, cents = number.partition(table.decimal)
        if cents and (len(cents) != 2 or not small_one):
            return f"{self.number(number)} {one if self.is_one(number) else many}"
        said = f"{self.before_noun(whole, many)} {one if self.is_one(whole) else many}"
        if not self.value(cents):
            return said
        part = self.before_noun(cents, small_many)
        name = small_one if self.value(cents) == 1 else small_many
        if not self.value(whole):
            return f"{part} {name}"
        named = table.say_hundredths or self.value(cents) == 1
        return f"{said}{table.cents}{part}" + (f" {name}" if named else "")

    def _percent(self, match: re.Match[str], scan: Scan) -> str:
        name = self.table.signs.get("‰", "") if match["sign"] == "‰" else self.table.percent
        return f"{self.number(match['number'])} {name}"

    def _measure(self, match: re.Match[str], scan: Scan) -> str | None:
        number, unit, scale = match["number"], match["unit"], match["scale"]
        if scale:
            return f"{self.number(number)} {self.of_scale(scale, self.unit(unit, False))}"
        name = self.unit(unit, self.is_one(number))
        return f"{self.before_noun(number, name)} {name}"

    def _degree_or_place(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "5° piso" is a place in an order, "20° sotto zero" a temperature."""
        if "°" not in self.table.ordinal_signs or scan.after(match.end()).lower() in _OF_DEGREES:
            return None
        return self.ordinal(match["number"], "°")

    def _per_unit(self, match: re.Match[str], scan: Scan) -> str | None:
        counted = scan.touches is not None and scan.touches.kind in ("cardinal", "measure", "money")
        return f"{self.table.per} {self.unit(match['unit'], True)}" if counted else None

    def _per_word(self, match: re.Match[str], scan: Scan) -> str | None:
        counted = scan.touches is not None and scan.touches.kind in ("measure", "money")
        return self.table.per if counted else None

    def _fraction(self, match: re.Match[str], scan: Scan) -> str | None:
        groups, table = match.groupdict(), self.table
        if vulgar := groups.get("vulgar"):
            top, bottom = _VULGAR[vulgar]
        else:
            if len(match["top"]) == 4 and len(match["bottom"]) in (2, 4):
                return None  # "2023/24"
            top, bottom = self.value(match["top"]), self.value(match["bottom"])
        unit = self.unit(match["unit"], True) if match["unit"] else ""
        if match["whole"]:
            return " ".join([self._mixed(self.value(match["whole"]), top, bottom), unit]).strip()
        if (top, bottom) == (24, 7):
            return f"{table.cardinal(top)} {table.cardinal(bottom)}"
        said = self.parts(top, bottom)
        if (top, bottom) == (1, 2):
            if table.half and table.feminine(unit or scan.after(match.end()).lower()):
                said = table.half
            return f"{said} {unit}".strip()
        of = table.of_part if unit else ""
        if of and table.elides and unit[0] in "aeiouhéèê":
            return f"{said} {of[:-1]}'{unit}"
        return " ".join(part for part in (said, of, unit) if part)

    def _mixed(self, whole: int, top: int, bottom: int) -> str:
        table = self.table
        special = table.mixed(whole, top, bottom) if table.mixed else None
        part = table.parts(top, bottom) or self.parts(top, bottom)
        return special or f"{table.cardinal(whole)} {table.signs['&']} {part}"
