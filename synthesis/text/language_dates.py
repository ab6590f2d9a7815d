"""Rules that read dates in every order, times of day and spans of time."""

from __future__ import annotations

import re

from synthesis.text.language_numbers import LanguageNumbers, either
from synthesis.text.scan import Rule, Scan, rule

_DATE_WORDS = frozenset(
    "el día dia del al le du au il dal em no até desde hasta am vom bis dem तारीख".split()
)
_FROM = frozenset(("de", "desde", "hasta"))
_SECONDS = r"(?::(?P<seconds>[0-5]\d))?"
_CLOCK = (
    r"(?P<hour>[0-2]?\d)(?::|\.(?=\d\d\s?(?:Uhr|uur|h)\b))(?P<minute>[0-5]\d)"
    + _SECONDS
    + r"(?:\s?(?:Uhr|h|hs|hrs)\b|\s?बजे)?(?P<half>\s?[ap]\.?\s?m\b\.?)?(?![\w:])"
)
_POINTED = r"(?P<hour>[0-2]?\d)\.(?P<minute>[0-5]\d)(?P<seconds>(?!))?(?P<half>\s?[ap]\.?\s?m\b\.?)?(?![\w:.]\w|\w|\s?%)"
_HOURS = (
    r"(?P<hour>[0-2]?\d)(?P<half>(?!))?\s?(?:h|H)\s?(?P<minute>[0-5]\d)?(?P<seconds>(?!))?(?![\w:])"
)
_NAMED = r"(?P<hour>[0-2]?\d)(?P<minute>(?!))?(?P<seconds>(?!))?(?P<half>\s?[ap]\.\s?m\b\.?)"
_SPAN = (
    r"(?P<hours>\d{1,3})\s?h\s?(?P<minutes>\d{1,2})\s?min\b\.?"
    r"(?:\s?(?P<seconds>\d{1,2})\s?(?:s|sec|seg|Sek)\b\.?)?"
)


class DateRules(LanguageNumbers):
    """The dates and times of one language."""

    def times_and_dates(self) -> list[Rule]:
        """In order of precedence."""
        table = self.table
        months, ordinals = either(self.months), either(table.ordinal_signs)
        wide = either({name.lower() for name in self.months.values()})
        return [
            rule(
                "date",
                r"(?P<year>\d{4})(?P<mark>[-./])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?![\w/]|[.-]\d)",
                self._date,
                "d",
            ),
            rule(
                "date",
                r"(?P<day>\d{1,2})(?P<mark>[/.-])(?P<month>\d{1,2})(?P=mark)(?P<year>\d{4}|\d\d)(?![\w/]|[.-]\d)",
                self._date,
                "d",
            ),
            rule(
                "date",
                r"(?P<day>[0-3]?\d)/(?P<month>0[1-9]|1[0-2])(?P<year>(?!))?(?![\w/]|[.-]\d)",
                self._short_date,
                "d",
            ),
            rule(
                "date",
                r"(?P<day>[0-3]?\d)\.(?P<month>[01]?\d)\.(?P<year>(?!))?(?!\d)(?=\s|$|,)",
                lambda m, s: self._date(m, s) if table.ordinal_point else None,
                "d",
            ),
            rule(
                "date",
                rf"(?P<day>\d{{1,2}})(?P<sign>\.|{ordinals})?\s(?:de\s|di\s)?(?P<month>{months})\b\.?(?:,?\s(?:de[l]?\s|di\s)?(?P<year>\d{{4}})(?!\d))?",
                self._named_date,
                "d",
                re.I,
            ),
            rule(
                "date",
                rf"(?P<month>{wide})\s(?P<day>\d{{1,2}})(?P<sign>(?!))?,?\s(?P<year>\d{{4}})(?!\d)",
                self._named_date,
                "a",
                re.I,
            ),
            rule("time", _SPAN, self._span, "d"),
            rule("time", _CLOCK, self._time, "d"),
            rule("time", _POINTED, self._pointed, "d"),
            rule("time", _HOURS, lambda m, s: self._time(m, s) if table.clock_h else None, "d"),
            rule("time", _NAMED, lambda m, s: self._time(m, s) if table.half_day else None, "d"),
        ]

    def _date(self, match: re.Match[str], scan: Scan) -> str | None:
        day, month = self.value(match["day"]), self.value(match["month"])
        if month > 12 and match["year"] and match.start("year") > match.start("day"):
            day, month = month, day  # written in the American order
        if not (1 <= month <= 12 and 1 <= day <= 31):
            return None
        said = self._dated(day, self.month(month), match["year"], scan.before().lower())
        return said + "." if match[0].endswith(".") and not scan.rest(match.end()).strip() else said

    def _short_date(self, match: re.Match[str], scan: Scan) -> str | None:
        dated = self.value(match["day"]) > 12 and scan.before().lower() in _DATE_WORDS
        if not dated and "0" not in (match["day"][0], match["month"][0]):
            return None  # as likely a fraction
        return self._date(match, scan)

    def _dated(self, day: int, month: str, year: str | None, before: str) -> str:
        table = self.table
        named = table.day(day, before) if table.day else table.cardinal(day)
        if year is None:
            return table.date_without_year.format(day=named, month=month)
        return table.date.format(day=named, month=month, year=self.year(year))

    def _named_date(self, match: re.Match[str], scan: Scan) -> str | None:
        day, table = self.value(match["day"]), self.table
        if not 1 <= day <= 31:
            return None
        month = self.months[match["month"].lower()]
        if (
            match["month"].lower() != month.lower()
            and len(match["month"]) < 4
            and not match["year"]
            and not match[0].endswith(".")
        ):
            return None  # "3 mar" is no date by itself
        said = self._dated(day, month, match["year"], scan.before().lower())
        if day == 1 and match["sign"] in table.ordinal_signs:
            said = said.replace(table.cardinal(1), table.ordinal(1, False), 1)
        return said

    def _pointed(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "alle 9.05": only after a word that says so."""
        words = self.table.clock_words
        if (
            match["half"]
            or scan.before().lower() in words
            or (scan.before() == self.table.to and scan.before(2).lower() in words)
        ):
            return self._time(match, scan)
        return None

    def _time(self, match: re.Match[str], scan: Scan) -> str | None:
        table = self.table
        hour, minute = self.value(match["hour"]), self.value(match["minute"] or "0")
        if hour > 24:
            return None
        single = hour == 1 or (hour == 0 and table.singular_below_two)
        said, plural = self._hour(hour), "" if single else "s"
        if match["seconds"] is not None:
            said = table.clock_seconds.format(
                hour=said,
                minute=self._counted_unit(minute, "min"),
                second=self._counted_unit(self.value(match["seconds"]), "s"),
                s=plural,
            )
        elif minute:
            said = table.clock.format(
                hour=said,
                minute=(table.minutes.get(minute) if hour <= 12 else None)
                or table.cardinal(minute),
                s=plural,
            )
        elif match["half"] is None or table.half_day is None:
            before = scan.before().lower()  # "a la una", "de nueve a diez"
            bare = hour <= 12 and bool(table.clock_words) and before in table.clock_words | _FROM
            said = said if bare else table.full_hour.format(hour=said, s=plural)
        if match["half"]:
            if table.half_day is None:
                return None
            said += f" {table.half_day(hour, 'p' in match['half'])}"
            if match["half"].endswith(".") and not scan.rest(match.end()).strip():
                said += "."
        return said

    def _hour(self, hour: int) -> str:
        table = self.table
        return table.counted(hour, table.hour) if table.counted else table.cardinal(hour)

    def _counted_unit(self, value: int, unit: str) -> str:
        name = self.unit(unit, value == 1)
        return f"{self.before_noun(str(value), name)} {name}"

    def _span(self, match: re.Match[str], scan: Scan) -> str:
        """ "2 h 30 min": how long something takes."""
        parts = [
            self._counted_unit(self.value(match[group]), unit)
            for group, unit in (("hours", "h"), ("minutes", "min"), ("seconds", "s"))
            if match[group]
        ]
        return f"{' '.join(parts[:-1])} {self.table.signs['&']} {parts[-1]}"
