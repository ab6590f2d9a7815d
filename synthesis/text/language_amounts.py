"""Rules that read money, measures, percentages and places in an order."""

from __future__ import annotations

import re

from synthesis.text.language_fractions import FractionRules
from synthesis.text.language_numbers import CODES, THOUSANDS, either, with_stop
from synthesis.text.scan import Rule, Scan, rule

_OF_DEGREES = frozenset(  # words after which "20°" is a temperature or an angle
    "sotto sopra bajo sobre acima abaixo norte sur sul nord sud est ovest este oeste con para com "
    "celsius centigradi centígrados fahrenheit kelvin latitud longitud".split()
)
_QUOTES = ("'", "′", '"', "″", "''")
_ANGLES = (30, 45, 60, 90, 120, 180, 270, 360)


class AmountRules(FractionRules):
    """The amounts of one language."""

    def amounts(self) -> list[Rule]:
        """In order of precedence."""
        return [*self._sums(), *self._measures(), *self.fractions(), *self._ordinals()]

    def _sums(self) -> list[Rule]:
        number, currencies, scales = self.pattern, self.currency_pattern, self.scale_pattern
        return [
            *self._short_scales(),
            rule(
                "money",
                rf"(?P<sign>{either(self.table.letter_currencies)})[ \u00a0]?(?P<whole>\d{{1,3}}(?:,\d{{3}})+|\d{{1,7}})(?:[.,](?P<cents>\d\d))?(?![\w-]|[.,]\d)",
                self._by_letter,
                "u",
            ),
            rule(
                "money",
                rf"\$\s?(?P<number>{self.table.grouped_abroad or '(?!)'})(?P<word>\s(?:pesos|dólares)\b)?",
                self._grouped_abroad,
                "s",
                first="$",
            ),
            rule(  # "$500 MXN": the code tells which
                "money",
                rf"[$£¥][ \u00a0]?(?P<number>{number})[ \u00a0](?P<sign>[A-Z]{{3}})(?P<scale>(?!))?(?!\w)",
                lambda m, s: self._money(m, s) if m["sign"] in CODES else None,
                "s",
                first="$£¥",
            ),
            rule(
                "money",
                rf"(?P<sign>{currencies})[ \u00a0]?(?P<number>{number})(?:\s(?P<scale>{scales})(?!\w))?",
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

    def _short_scales(self) -> list[Rule]:
        """ "60 M€", "R$ 1,5 mi", "1,4 M de habitantes"."""
        number, currencies = self.pattern, self.currency_pattern
        shorts = self.table.short_scales
        large = [each for each, (_, many) in shorts.items() if many not in THOUSANDS]
        return [
            rule(
                "money",
                rf"(?P<number>{number})[ \u00a0]?(?P<short>{either(shorts)})[ \u00a0]?(?P<sign>{currencies})(?!\w)",
                self._short_scale,
                "d",
            ),
            rule(
                "money",
                rf"(?P<sign>{currencies})[ \u00a0]?(?P<number>{number})[ \u00a0]?(?P<short>{either(shorts)})(?!\w)",
                self._short_scale,
                "as",
            ),
            rule(
                "cardinal",
                rf"(?P<number>{number})[ \u00a0]?(?P<short>{either(large)})(?P<sign>(?!))?(?=\s(?:{self.table.of_scale or '(?!)'}\s|d['’]))",
                self._short_scale,
                "d",
            ),
        ]

    def _measures(self) -> list[Rule]:
        number, units = self.pattern, self.unit_pattern
        # "3 GB/giorno": behind a unit a word may stand that something is counted per, or a number
        ends = rf"(?![\w²³]|['’]\w|/(?!\d|(?:{either(self.table.per_words)})(?!\w)))"
        return [
            rule(
                "measure",
                rf"(?P<number>{number})[ \u00a0]?(?P<sign>[%٪‰])",
                self._percent,
                "d",
            ),
            rule(
                "measure",
                r"(?P<first>\d{1,3})['′]\s?(?P<second>\d{1,2})(?:[\"″]|'')",
                self._time_or_height,
                "d",
            ),
            rule(
                "measure",
                r"(?P<first>\d{1,2})(?:[\"″]|'')(?P<second>\d{2})(?!\d)",
                self._seconds_and_hundredths,
                "d",
            ),
            rule(
                "ordinal",
                r"(?P<number>\d{1,3})°(?=\s[^\W\d_]{3}|\s(?:et|ou)\s\d{1,3}°\s)",
                self._degree_or_place,
                "d",
            ),
            rule(
                "measure",
                rf"(?P<number>{number})(?:\s(?P<scale>{self.scale_pattern})(?=[ \u00a0]))?[ \u00a0]?(?P<unit>{units}){ends}",
                self._measure,
                "d",
            ),
            rule("measure", rf"/\s?(?P<unit>{units})(?![\w/])", self._per_unit, "s", first="/"),
            rule(
                "joint",
                rf"/\s?(?P<word>{either(self.table.per_words)})(?!\w)",
                lambda m, s: self.table.per_words[m["word"]] if self._per_word(m, s) else None,
                "s",
                first="/",
            ),
            rule("joint", r"/(?=[^\W\d_]{2})", self._per_word, "s", first="/"),
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
        said = self._counted_name(whole, one, many)
        if not self.value(cents):
            return said
        part = self.before_noun(cents, small_many)
        name = small_one if self.value(cents) == 1 else small_many
        if not self.value(whole):
            return f"{part} {name}"
        named = table.say_hundredths or self.value(cents) == 1
        return f"{said}{table.cents}{part}" + (f" {name}" if named else "")

    def _by_letter(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "Q50.10" are quetzales, "Q3" a quarter and "Q10" a coenzyme."""
        whole, cents = match["whole"].replace(",", ""), match["cents"]
        priced = cents or "," in match["whole"]
        glued = len(match["sign"]) == 1 == len(match[0]) - len(whole) and whole != "10"
        named = scan.before()[:1].isupper() and scan.token_before(2) is not None
        if scan.touches is not None or not (
            priced or (match["sign"] == "Q" and len(whole) > 1 and glued and not named)
        ):
            return None
        one, many, small_one, small_many = self.currency(
            self.table.letter_currencies[match["sign"]]
        )
        said = self._counted_name(whole, one, many)
        if not cents or not self.value(cents):
            return said
        name = small_one if self.value(cents) == 1 else small_many
        return f"{said}{self.table.cents}{self.before_noun(cents, small_many)} {name}"

    def _grouped_abroad(self, match: re.Match[str], scan: Scan) -> str:
        counted = (match["word"] or self.currency("$")[1]).strip()
        return self._counted_name(match["number"].replace(",", ""), counted, counted)

    def _short_scale(self, match: re.Match[str], scan: Scan) -> str:
        one, many = self.table.short_scales[match["short"]]
        number, thousands = match["number"], many in THOUSANDS
        scale = one if self.is_one(number) else many
        bare = thousands and number == "1"  # "mil euros"
        said = scale if bare else f"{self.before_noun(number, scale)} {scale}"
        if match["sign"] is None:
            return said
        counted = self.currency(match["sign"])[1]
        return f"{said} {counted if thousands else self.of(counted)}"

    def _percent(self, match: re.Match[str], scan: Scan) -> str:
        name = self.table.signs.get("‰", "") if match["sign"] == "‰" else self.table.percent
        return f"{self.number(match['number'])} {name}"

    def _measure(self, match: re.Match[str], scan: Scan) -> str | None:
        number, unit, scale = match["number"], match["unit"], match["scale"]
        if scale:
            return f"{self.number(number)} {self.of_scale(scale, self.unit(unit, False))}"
        placed = unit in self.table.ordinal_signs and match[0].endswith(f"{number}{unit}")
        glued = match[0].endswith(f"{number}{unit}")
        if unit == "K" and glued and self.value(number) < 20:
            return f"{self.number(number)} K"  # "4K" is a resolution
        if unit in self.table.other_words and re.match(
            self.table.other_words[unit], scan.rest(match.end())
        ):
            return None  # "años 80 ha vuelto"
        if unit in _QUOTES and self._ends_quotation(match, scan):
            return None
        if unit in "'′" and scan.before().lower() == self.unit("min", True).lower():
            return self.number(number)  # "minuto 5'"
        if unit in "'′" and self.table.of_match and number.isdecimal():
            minute = self.table.of_match(scan.before().lower(), self.value(number))
            if minute is not None:
                return minute
        if placed and not (unit == "°" and self._is_angle(match, scan)):
            return None  # "1st"
        if quarters := self._quarters(number, unit):
            return f"{quarters} {self.unit(unit, False)}"
        said = self._counted_name(number, self.unit(unit, True), self.unit(unit, False))
        return with_stop(said, match, scan)

    def _ends_quotation(self, match: re.Match[str], scan: Scan) -> bool:
        """Whether a mark behind a number is none of inches or minutes."""
        mark, before = match["unit"], scan.text[max(0, match.start() - 200) : match.start()]
        opened = len(re.findall(rf"(?<![^\s(\[]){mark}(?=\S)", before))
        closed = len(re.findall(rf"(?<=[^\s\d(\[]){mark}(?!\w)", before))
        if match[0][-len(mark) - 1].isspace() or opened > closed:
            return True
        apostrophe = not re.match(r"[\s.,;:!?)\"]|$", scan.rest(match.end(), 1))
        return mark in "'′" and apostrophe

    def _time_or_height(self, match: re.Match[str], scan: Scan) -> str:
        """ "3'45\"" are minutes and seconds, "6'2\"" feet and inches."""
        of_time = len(match["second"]) == 2 and self.value(match["second"]) >= 12
        units = ("min", "s") if of_time else ("ft", '"')
        first, second = (
            self._counted_name(match[part], self.unit(unit, True), self.unit(unit, False))
            for part, unit in zip(("first", "second"), units, strict=True)
        )
        joint = f" {self.table.signs['&']} " if of_time else " "
        return f"{first}{joint}{second}"

    def _seconds_and_hundredths(self, match: re.Match[str], scan: Scan) -> str:
        """ "9\"87" of a race."""
        second = match["second"]
        part = self.digits(second) if second[0] == "0" else self.whole(second)
        seconds = self._counted_name(match["first"], self.unit("s", True), self.unit("s", False))
        return f"{seconds} {part}"

    def _counted_name(self, written: str, one: str, many: str) -> str:
        """A number and what it counts: "un euro", "dos millones de euros"."""
        name = one if self.is_one(written) else many
        if self.counts_with_of(written):
            return f"{self.before_noun(written, name)} {self.of(name)}"
        return self.with_noun(written, name)

    def _quarters(self, number: str, unit: str) -> str | None:
        """ "ढाई" for 2.5 of what is told in halves and quarters."""
        table = self.table
        whole, _, fraction = number.partition(table.decimal)
        part = {"5": (1, 2), "25": (1, 4), "75": (3, 4)}.get(fraction)
        if (
            part is None
            or table.mixed is None
            or unit not in table.quartered
            or not self.value(whole)
        ):
            return None
        return table.mixed(self.value(whole), *part)

    def _degree_or_place(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "5° piso" is a place in an order, "20° sotto zero" a temperature."""
        placed = re.match(
            rf"(?:\s\w{{1,2}}\s\d{{1,3}}°)?\s(?:{self.table.placed_nouns or '(?!)'})\b",
            scan.rest(match.end()),
        )
        if placed:
            return self.table.ordinal(self.value(match["number"]), False)
        if (
            self._is_angle(match, scan)
            or "°" not in self.table.ordinal_signs
            or scan.after(match.end()).lower() in _OF_DEGREES
        ):
            return None
        return self.ordinal(match["number"], "°")

    def _is_angle(self, match: re.Match[str], scan: Scan) -> bool:
        """Whether "90°" is an angle or a heat, with nothing behind it that could be the ninetieth."""
        after = scan.after(match.end()).lower()
        last = not after or after in self.table.links | {"per"}
        return last and self.value(match["number"]) in _ANGLES

    def _per_unit(self, match: re.Match[str], scan: Scan) -> str | None:
        before = scan.touches or scan.token_before()
        counted = before is not None and before.kind in ("cardinal", "measure", "money")
        squared = before is not None and match["unit"][-1] in "²³"  # "30 hab./km²"
        if before is not None and before.kind == "money" and self.table.priced_per:
            return self.table.priced_per(self.unit(match["unit"], True))
        return f"{self.table.per} {self.unit(match['unit'], True)}" if counted or squared else None

    def _per_word(self, match: re.Match[str], scan: Scan) -> str | None:
        counted = scan.touches is not None and scan.touches.kind in ("measure", "money")
        return self.table.per if counted else None
