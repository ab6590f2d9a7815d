"""German's spans and lists: of days and places in an order, of hours, and what two numbers compare."""

from __future__ import annotations

import re

from synthesis.text.german import nouns
from synthesis.text.german.orders import OrderRules
from synthesis.text.scan import Rule, Scan, rule

_CHAIN = re.compile(r"(?:\s?[-–—/]\s?\d{1,3}\.){1,6}")
_MONTH_FIGURES = re.compile(r"(?:0?[1-9]|1[0-2])(?!\d)")
_CLOCK = r"(?P<hour>[0-2]?\d)[.:](?P<minute>[0-5]\d)(?P<seconds>(?!))?(?P<half>(?!))?"
_TIMED = re.compile(r"um|ab|gegen|bis|seit|vor|nach|von|zwischen", re.I)
_BEGINNINGS = re.compile(
    r"(?:\w*(?:beginn|start|einlass|treffpunkt|treffen|abfahrt|ankunft|anfang|ende|schluss|uhrzeit|öffnungszeiten))",
    re.I,
)
_COMPARED = frozenset(
    "verhältnis maßstab mischung mischungsverhältnis chance chancen quote verdünnung übersetzung format "
    "seitenverhältnis".split()
)
_MATCH = re.compile(
    r"(?:\bende(?:te|t)|gewann|gewinn|gewonnen|verlor|verlier|sieg|schlug|schläg|geschlagen|unterl[ai]g|führ(?:t|en|ten?)\b|endstand|"
    r"zwischenstand|spielstand|ergebnis|bezwang|bezwing|besieg|remis|unentschieden|niederlage|halbzeit|1\. Satz)",
    re.I,
)
_ONE_TO = re.compile(
    r"(?P<link>\s?[-–—]\s?|\sbis\s(?:zu\s)?|\soder\s)\d[\d.,]*\s?(?:[x×](?!\w)|mal\b|[A-ZÄÖÜ][^\W\d_]|[€$%°]|"
    r"(?:kg|g|mg|km|m|cm|mm|l|ml|dl|h|s|min)(?!\w))"
)


class SpanRules(OrderRules):
    """German's rules for what stands between two numbers."""

    def spans(self) -> list[Rule]:
        """In order of precedence."""
        return [
            rule(
                "date",
                r"(?P<day>[0-3]?\d)\.(?P<month>0?[1-9]|1[0-2])\.(?P<year>\d{4}|\d\d)?(?=\s?[-–—/]\s?\d{1,2}\.)",
                self._date,
                "d",
            ),
            rule("date", r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?=T\d\d:)", self._date, "d"),
            rule("silent", r"T(?=\d\d:\d\d)", lambda m, s: "" if s.touches and s.touches.kind == "date" else None, "u"),
            rule("ordinal", r"(?P<number>\d{1,3})\.(?=\s?[-–—/]\s?\d{1,3}\.)", self._begins_span, "d"),
            rule("joint", r"[-–—/](?=\s?\d{1,3}\.)", self._between_places, "s", first="-–—/"),
            rule("ordinal", r"(?P<number>\d{1,2})\.(?=[A-ZÄÖÜ][^\W\d_])", self._glued_place, "d"),
            rule("time", rf"{_CLOCK}(?=\s?(?:[-–—]|bis)\s?[0-2]?\d(?:[.:][0-5]\d)?\s?(?:Uhr|h)\b)", self._time, "d"),
            rule(
                "time",
                r"(?P<hour>[0-2]?\d)\s?[hH](?P<minute>[0-5]\d)?(?P<seconds>(?!))?(?P<half>(?!))?(?![\w/]|:\d)",
                lambda m, s: self._time(m, s) if m["minute"] or self._is_timed(s) else None,
                "d",
            ),
        ]  # fmt: skip

    def _begins_span(self, match: re.Match[str], scan: Scan) -> str | None:
        """The first of "15.–20. März", "24./25. Dezember", "8.–10. Klasse"."""
        chain = _CHAIN.match(scan.text, match.end())
        value = self.value(match["number"])
        if chain is None or not value:
            return None
        said = self.table.ordinal(value, False).removesuffix("e")
        if ending := self.listed_ending(scan):
            return said + ending
        noun, before = scan.after(chain.end()), scan.before()
        month = noun.lower() in self.months or _MONTH_FIGURES.match(scan.text, chain.end())
        if not month and noun[:1].isupper():
            return said + nouns.ending(noun, before, scan.before(2))
        return self.table.day(value, before.lower()) if self.table.day else None

    def _between_places(self, match: re.Match[str], scan: Scan) -> str | None:
        before = scan.token_before()
        placed = before is not None and before.kind in ("ordinal", "date")
        if before is None or not placed or scan.text[before.end - 1] not in ".0123456789":
            return None
        return "und" if match[0] == "/" else "bis"

    def _glued_place(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "1.Bundesliga", written without a space."""
        noun = re.match(r"[^\W\d_]+", scan.text[match.end() : match.end() + 40])
        if noun is None or scan.touches is not None:
            return None
        ending = nouns.ending(noun[0], scan.before(), scan.before(2))
        return self.table.ordinal(self.value(match["number"]), False).removesuffix("e") + ending

    def _is_timed(self, scan: Scan) -> bool:
        """Whether "18 h" is a time of day: behind "um", "Beginn", a weekday, or as the end of a span."""
        for back in (1, 3):
            token, word = scan.token_before(back), scan.before(back)
            if token is None:
                return False
            names_day = token.kind == "date" and not token.said[-1:].isdecimal()
            if token.kind == "time" or names_day or _BEGINNINGS.fullmatch(word):
                return True
            if word.lower() in ("um", "ab", "gegen") or (back == 3 and _TIMED.fullmatch(word)):
                return True
            if scan.before() not in ("-", "–", "—", "bis", "und"):
                return False
        return False

    def _time(self, match: re.Match[str], scan: Scan) -> str | None:
        """A time of day, or what two numbers compare: "im Verhältnis 1:10", "endete 21:19"."""
        plain = ":" in match[0] and match["seconds"] is None and not re.search("[hU]", match[0])
        if plain and not _TIMED.fullmatch(scan.before()):
            words = {scan.before(back).lower() for back in (1, 2)}
            around = scan.text[max(0, match.start() - 48) : match.end() + 20]
            if words & _COMPARED or (_MATCH.search(around) and match["hour"][0] != "0"):
                joint = f" {self.table.ratio} "
                return joint.join(self.whole(match[part]) for part in ("hour", "minute"))
        return super()._time(match, scan)

    def begins_counted_span(self, match: re.Match[str], scan: Scan) -> bool:
        """Whether a one begins a span of what is counted: "ein bis zwei Tassen"."""
        return bool(_ONE_TO.match(scan.text, match.end()))
