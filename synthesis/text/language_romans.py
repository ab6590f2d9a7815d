"""Rules that read Roman numerals: of rulers, centuries, chapters and parts."""

from __future__ import annotations

import re

from synthesis.text.language_amounts import AmountRules
from synthesis.text.language_numbers import either
from synthesis.text.language_table import LanguageTable
from synthesis.text.scan import Rule, Scan, rule

_ROMAN = r"(?P<roman>[IVXLCDM]{1,12})"


class RomanRules(AmountRules):
    """The numerals of one language."""

    def __init__(self, table: LanguageTable) -> None:
        super().__init__(table)
        self.short = {
            **{
                short[0].lower() + short[1:]: said
                for short, said in table.abbreviations.items()
                if len(short) > 2 and short.endswith(".")
            },
            **{
                short[0].upper() + short[1:]: said[0].upper() + said[1:]
                for short, said in table.abbreviations.items()
            },
            **table.abbreviations,
        }
        self._short_romans = [each for each in self.short if re.match(r"[IVXLCDM]+\.", each)]

    def romans(self) -> list[Rule]:
        """Numerals in capitals, and in small letters where a word tells of them."""
        table = self.table
        # letters may be the end of a word, "V a" of "Va"; French writes them small after a numeral
        ends = [each for each in table.ordinal_signs if not each.isascii() or table.elides]
        return [
            rule(
                "roman",
                rf"{_ROMAN}(?P<sign>\.|\.?(?:{either(ends)}))?(?![\w'-])",
                self._roman,
                "a",
            ),
            rule(
                "roman",
                r"(?P<roman>[ivxlcdm]{1,12})(?P<sign>(?!))?(?![\w'.-]\w|\w)",
                self._small_roman,
                "l",
            ),
        ]

    def _small_roman(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "siglo xix": in small letters only after a word that a number follows."""
        if not re.fullmatch(self.table.numbered or "(?!)", scan.before().lower().rstrip(".")):
            return None
        return self._said_roman(match["roman"].upper(), None, match, scan)

    def _roman(self, match: re.Match[str], scan: Scan) -> str | None:
        return self._said_roman(match["roman"], match["sign"], match, scan)

    def _is_century(self, match: re.Match[str], scan: Scan) -> bool:
        """Whether a century stands behind a numeral, or before or behind its list: "XIX e XX"."""
        words, links = self.table.century_words, self.table.century_links
        if re.match(
            rf"\s?(?:(?:{links})[IVX]+\s)?(?:{words})\b",
            scan.rest(match.end()),
        ):
            return True
        before = scan.text[max(0, match.start() - 30) : match.start()]
        return bool(re.search(rf"\b(?:{words})\.?\s(?:[IVX]+\s?(?:{links}))?$", before))

    def _said_roman(
        self, roman: str, sign: str | None, match: re.Match[str], scan: Scan
    ) -> str | None:
        from synthesis.text.english.roman import value

        number = value(roman)
        if sign == "." and self._is_short(match, scan):
            return None  # "MM. Durand et Blanc"
        if number is None or (sign not in (None, ".") and roman in ("L", "C", "D", "M")):
            return None
        table, before = self.table, scan.before()
        if sign and sign.lstrip(".") in table.ordinal_signs:
            return self.ordinal(str(number), sign.lstrip("."))
        following = scan.after(match.end()).lower()
        if table.century is not None and self._is_century(match, scan):
            return table.century(number)
        ending = "." if sign and not scan.rest(match.end(), 3).strip() else ""
        if table.queens and number <= 10 and re.fullmatch(table.queens, before):
            return table.ordinal(number, True) + ending
        if table.rulers and table.regnal and re.fullmatch(table.rulers, before):
            return table.regnal(number) + ending
        numbered = before in table.before_roman or re.fullmatch(
            table.numbered or "(?!)", before.lower().rstrip(".")
        )
        if sign == "." and table.ordinal_point and table.day and following and not numbered:
            return table.day(number, before.lower())
        if numbered:
            return table.cardinal(number) + ("." if sign else "")
        if sign == ".":
            return None if len(roman) < 2 else f"{table.cardinal(number)}."
        if table.place and (placed := table.place(number, before.lower(), following)):
            return placed
        plain = len(roman) > 1 and set(roman) <= set("IVX")
        return table.cardinal(number) if plain else None

    def _is_short(self, match: re.Match[str], scan: Scan) -> bool:
        """Whether a short word begins here: "MM. Durand et Blanc"."""
        return any(scan.text.startswith(each, match.start()) for each in self._short_romans)
