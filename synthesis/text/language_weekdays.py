"""Rules that read the short names of weekdays, which may be words."""

from __future__ import annotations

import re
from functools import cached_property

from synthesis.text.language_numbers import LanguageNumbers, either
from synthesis.text.scan import Rule, Scan, rule

_WITH_DAYS = frozenset("los el cada le les chaque o aos no todo il al dal ogni".split())
_AND = frozenset("a à al au às ao bis e ed et y und".split())  # between two weekdays


class WeekdayRules(LanguageNumbers):
    """The weekdays of one language."""

    def weekday_rules(self) -> list[Rule]:
        """In order of precedence."""
        day = either(self.weekdays)
        return [
            rule(
                "date",
                rf"(?P<first>{day})(?P<point>\.?)(?:\s?[-–]\s?(?P<last>{day})\.?)?(?!\w)",
                self._weekday,
                "a",
            ),
        ]

    @cached_property
    def weekdays(self) -> dict[str, str]:
        """The short names of weekdays, small and capital, and their names."""
        from babel.dates import get_day_names

        wide = get_day_names("wide", "format", self.table.locale)
        short = get_day_names("abbreviated", "format", self.table.locale)
        found = {name.rstrip("."): wide[day] for day, name in short.items()}
        return found | {name.capitalize(): wide for name, wide in found.items()}

    @cached_property
    def all_weekdays(self) -> frozenset[str]:
        """Short and whole names, small; Portuguese leaves "-feira" out."""
        whole = {name.lower() for name in self.weekdays.values()}
        short = {name.lower() for name in self.weekdays}
        return frozenset(
            whole | short | {name.removesuffix("-feira") for name in whole} | {"feira"}
        )

    @cached_property
    def _and_weekday(self) -> re.Pattern[str]:
        """What makes one end of a span, or of a list, of a weekday: "lun. a vie."."""
        return re.compile(rf",?\s(?:(?:{either(_AND)})\s)?(?:{either(self.weekdays)})\.(?!\w)")

    def _weekday(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "lun. 5", "Mo.–Fr.": a short name of a weekday by itself may be a word."""
        first = self.weekdays[match["first"]]
        if match["last"]:
            return f"{first} {self.table.to} {self.weekdays[match['last']]}"
        if not match["point"]:
            return first if self._is_bare_weekday(match, scan) else None
        following = scan.rest(match.end(), 3)
        if re.match(r",?\s?\d|\s?[-–/]", following):
            return first
        before = scan.token_before(2)
        ends = before is not None and before.kind == "date" and scan.before().lower() in _AND
        article = scan.before().lower() in _WITH_DAYS  # "los sáb.", "le sam."
        if article or ends or self._and_weekday.match(scan.rest(match.end(), 20)):
            many = scan.before().lower() in ("los", "aos") and not first.endswith("s")
            return f"{first}s" if many else first
        name = re.match(r"\s[A-ZÄÖÜ]", following)  # "Fr. Lang" is a woman's name
        alone = self.table.weekdays_alone and match["first"] not in ("So", "Do") and not name
        return first if alone else None

    def _is_bare_weekday(self, match: re.Match[str], scan: Scan) -> bool:
        """Whether a day without its point stands before a date, or, behind another day, before hours.

        As in "gio 13/11" and "lun-jue 8-17 h, vie 8-14 h".
        """
        if scan.touches is not None or self.table.weekdays_alone:
            return False
        rest = scan.rest(match.end(), 12)
        behind = any(each.kind == "date" for each in scan.tokens[-16:])
        return bool(
            re.match(r"\s[0-3]?\d[/.][01]?\d(?!\w)", rest)
            or (behind and re.match(r"\s\d{1,2}(?:[:.]\d\d|\s?h)?\s?[-–]\s?\d", rest))
        )
