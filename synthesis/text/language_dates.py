"""Rules that read dates in every order, times of day and spans of time."""

from __future__ import annotations

import re

from synthesis.text.language_numbers import either, with_stop
from synthesis.text.language_weekdays import WeekdayRules
from synthesis.text.scan import Rule, Scan, rule

_VERSIONED = frozenset(  # words before "5.1.12"
    "versión versione version versão v ver firmware build release वर्शन संस्करण".split()
)
_FROM = frozenset(("de", "desde", "hasta"))
_OF_WHOLE = frozenset("de des du di del della do da dos das".split())
_SECONDS = r"(?::(?P<seconds>[0-5]\d))?"
_CLOCK = (
    r"(?P<hour>[0-2]?\d)(?::|\.(?=\d\d\s?(?:Uhr|uur|h)\b))(?P<minute>[0-5]\d)"
    + _SECONDS
    + r"(?:\s?(?:Uhr|h|hs|hrs)\b|\s?बजे)?(?P<half>\s?[ap]\.?\s?m\b\.?)?(?![\w:]|[.,]\d)"
)
_POINTED = r"(?P<hour>[0-2]?\d)\.(?P<minute>[0-5]\d)(?P<seconds>(?!))?(?P<half>\s?[ap]\.?\s?m\b\.?)?(?![\w:.]\w|\w|\s?%)"
_HOURS = r"(?P<hour>[0-2]?\d)(?P<half>(?!))?\s?(?:h|H)\s?(?P<minute>[0-5]\d)?(?P<seconds>(?!))?(?![\w:]|/\d)"
_NAMED = r"(?P<hour>[0-2]?\d)(?P<minute>(?!))?(?P<seconds>(?!))?(?P<half>\s?[ap]\.\s?m\b\.?)"
_CLOCK_HMS = r"(?P<hour>[0-2]?\d)\s?h\s?(?P<minute>[0-5]\d)\s?m(?:in)?\s?(?P<seconds>[0-5]\d)\s?s(?P<half>(?!))?(?!\w)"
_ZONES = "utc|gmt|est|edt|cst|cdt|mst|mdt|pst|pdt|cet|cest|bst|ist|brt|art|wet|msk"
_ZONE = (
    rf"(?P<zone>{_ZONES})(?:\s?(?P<sign>[+-])(?P<hours>\d{{1,2}})(?::(?P<minutes>\d\d))?)?(?![\w+])"
)
_SPAN = (
    r"(?P<hours>\d{1,3})\s?h\s?(?P<minutes>\d{1,2})\s?(?:min\b\.?|m(?![\w²³/]))"
    r"(?:\s?(?P<seconds>\d{1,2})\s?(?:s|sec|seg|Sek)\b\.?)?"
)


class DateRules(WeekdayRules):
    """The dates and times of one language."""

    def times_and_dates(self) -> list[Rule]:
        """In order of precedence."""
        return [*self._dates(), *self._named_dates(), *self._clocks()]

    def _dates(self) -> list[Rule]:
        """Dates in figures."""
        table = self.table
        year = r"(?:19|20)\d\d"
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
                r"(?P<day>[0-3]?\d)/(?P<month>[1-9]|1[0-2])(?P<year>(?!))?(?![\w/]|[.,-]\d)",
                lambda m, s: self._date(m, s) if self._is_told_date(m, s) else None,
                "d",
            ),
            rule(
                "date",
                r"(?P<day>[0-3]\d)-(?P<month>0[1-9]|1[0-2])(?P<year>(?!))?(?![\w/-]|[.,]\d)",
                self._short_date,
                "d",
            ),
            rule(
                "date",
                rf"(?:(?P<year>{year})-(?P<month>0[1-9]|1[0-2])|(?P<first>0[1-9]|1[0-2])[-/](?P<last>{year}))(?![\w/-]|[.,]\d)",
                self._month_of_year,
                "d",
            ),
            rule(
                "date",
                r"(?P<day>0\d)\.(?P<month>0[1-9]|1[0-2])(?P<year>(?!))?(?![\w.:]|,\d|\s?(?:Uhr|h)\b)",
                lambda m, s: self._date(m, s) if table.ordinal_point else None,
                "d",
            ),
            rule(
                "date",
                r"(?P<day>[0-3]?\d)\.(?P<month>[01]?\d)\.(?P<year>(?!))?(?!\d)(?=\s|$|,)",
                lambda m, s: self._date(m, s) if table.ordinal_point else None,
                "d",
            ),
        ]

    def _named_dates(self) -> list[Rule]:
        """Dates with the name of a month or of a weekday."""
        months, ordinals = either(self.months), either(self.table.ordinal_signs)
        return [
            rule(
                "date",
                rf"\d{{1,2}}(?:[-/]\d{{1,2}}){{1,3}}(?=\s(?:de\s|di\s)?(?:{months})\b)",
                self._days,
                "d",
                re.I,
            ),
            rule(
                "date",
                rf"(?P<day>\d{{1,2}})(?P<sign>\.|{ordinals})?\s(?:de\s|di\s)?(?P<month>{months})\b\.?(?:,?\s(?P<link>del?\s|di\s)?(?P<year>\d{{4}})(?!\d))?",
                self._named_date,
                "d",
                re.I,
            ),
            rule(
                "date",
                rf"(?P<month>{months})(?P<point>\.)?\s(?P<day>\d{{1,2}})(?P<sign>(?!))?(?:(?:,?\s(?P<link>del?\s)?(?P<year>\d{{4}}))(?!\d)|(?=\s*(?:$|[,;!?)]|\.(?!\d))))",
                self._named_date,
                "a",
                re.I,
            ),
            rule(
                "date",
                rf"(?P<day>[0-3]?\d)-(?P<month>{months})(?![\w\u0900-\u0963])\.?(?:-(?P<year>\d{{4}}|\d\d))?(?![\w-])",
                self._hyphened,
                "d",
                re.I,
                needs="-",
            ),
            rule(
                "date",
                rf"(?P<number>[1-4])(?P<part>{either(self.table.year_parts)})(?P<year>(?:20)?\d\d)(?![\w-]|[.,]\d)",
                self._part_of_year,
                "d",
            ),
            rule(
                "date",
                r"(?P<decade>[2-9]0)['’]?s(?!\w)",
                self._decade,
                "d",
            ),
            *self.weekday_rules(),
        ]

    def _clocks(self) -> list[Rule]:
        """Times of day and spans of time."""
        table = self.table
        return [
            rule("time", _CLOCK_HMS, self._time, "d"),
            rule("time", _SPAN, self._span, "d"),
            rule("time", _CLOCK, self._time, "d"),
            rule("time", _POINTED, self._pointed, "d"),
            rule("time", _HOURS, lambda m, s: self._time(m, s) if table.clock_h else None, "d"),
            rule("abbreviation", _ZONE, self._zone, "a", re.I),
            rule("time", _NAMED, lambda m, s: self._time(m, s) if table.half_day else None, "d"),
        ]

    def _date(self, match: re.Match[str], scan: Scan) -> str | None:
        day, month = self.value(match["day"]), self.value(match["month"])
        if "." in match[0] and scan.before().lower().rstrip(".") in _VERSIONED:
            return None
        if month > 12 and match["year"] and match.start("year") > match.start("day"):
            day, month = month, day  # written in the American order
        if not (1 <= month <= 12 and 1 <= day <= 31):
            return None
        said = self._dated(day, self.month(month), match["year"], scan.before().lower())
        return with_stop(said, match, scan)

    def _is_told_date(self, match: re.Match[str], scan: Scan) -> bool:
        """Whether what stands around "6/11" tells that it is no fraction."""
        return self._ends_span(scan) or self._is_day(match, scan) or self._is_of_week(match, scan)

    def _is_day(self, match: re.Match[str], scan: Scan) -> bool:
        """Behind "el" or "le": a day that is no part of a month's number, or a part none speaks of."""
        day, month = self.value(match["day"]), self.value(match["month"])
        told = scan.before().lower() in self.table.date_words
        return told and (day > 12 or (month > 10 and scan.after(match.end()) not in _OF_WHOLE))

    def _is_of_week(self, match: re.Match[str], scan: Scan) -> bool:
        """Behind a weekday, but for a simple part of what follows: "el martes 1/2 hora"."""
        if scan.before().lower().rstrip(".") not in self.all_weekdays:
            return False
        simple = self.value(match["day"]) < self.value(match["month"]) <= 4
        following = scan.after(match.end()).lower()
        return not (simple and following and following not in self.table.links)

    def _ends_span(self, scan: Scan) -> bool:
        """Whether "10/8" ends what a day began, as in "dal 3 al 10/8"."""
        return scan.before(2).isdecimal() and scan.before(3).lower() in ("dal", "du", "del")

    def _short_date(self, match: re.Match[str], scan: Scan) -> str | None:
        dated = self.value(match["day"]) > 12 and scan.before().lower() in self.table.date_words
        if not dated and "0" not in (match["day"][0], match["month"][0]):
            return None  # as likely a fraction
        if "-" in match[0] and scan.touches is not None:
            return None
        return self._date(match, scan)

    def _month_of_year(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "2003-03" and "03/2003"; "2003-04" is a span of years."""
        year, month = match["year"] or match["last"], match["month"] or match["first"]
        if match["year"] and self.value(month) == (self.value(year) + 1) % 100:
            return None
        date = self.table.date
        return date[date.index("{month}") :].format(
            month=self.month(self.value(month)), year=self.year(year)
        )

    def _hyphened(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "15-ene-2024"."""
        day = self.value(match["day"])
        if not 1 <= day <= 31 or scan.touches is not None:
            return None
        month = self.months[match["month"].lower()]
        said = self._dated(day, month, match["year"], scan.before().lower())
        return said if match["year"] else with_stop(said, match, scan)

    def _part_of_year(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "2T22" and "1S23": quarters and halves."""
        number, part = self.value(match["number"]), match["part"]
        if scan.touches is not None or (part == "S" and number > 2):
            return None
        name, year = self.table.year_parts[part], self.year(match["year"])
        return f"{self.table.ordinal(number, False)} {name} {year}"

    def _decade(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "les 80s": "les années quatre-vingts"."""
        added = self.table.decades.get(scan.before().lower())
        if added is None or (scan.touches is not None and scan.touches.said not in "'’"):
            return None
        return f"{added} {self.whole(match['decade'])}".strip()

    def _days(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "17/18 juin", "17-18-19 juin"; of two with a dash, the first is where a span begins."""
        days = [self.value(each) for each in re.split("[-/]", match[0])]
        if not all(1 <= day <= 31 for day in days) or days != sorted(set(days)):
            return None
        if len(days) == 2 and "-" in match[0]:
            return None
        day, before = (
            self.table.day or (lambda value, word: self.table.cardinal(value)),
            scan.before(),
        )
        *first, last = (day(each, before.lower()) for each in days)
        return f"{', '.join(first)} {self.table.signs['&']} {last}"

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
            and not match.groupdict().get("point")
        ):
            return None  # "3 mar" is no date by itself
        said = self._dated(day, month, match["year"], scan.before().lower())
        if match["year"] and (match["link"] or "").lower() == "del ":
            said = "del".join(said.rsplit("de", 1)) if " de " in said else said
        if day == 1 and match["sign"] in table.ordinal_signs:
            said = said.replace(table.cardinal(1), table.ordinal(1, False), 1)
        return with_stop(said, match, scan)

    def _pointed(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "alle 9.05": only after a word that says so."""
        words = self.table.clock_words
        alone = not scan.at and not scan.rest(match.end()).strip(" .")
        if (
            match["half"]
            or (alone and self.table.decimal == ",")
            or re.match(rf"\s(?:{_ZONES})\b", scan.rest(match.end()), re.I)
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
        unhurried = match["seconds"] == "00" and ":" not in match[0]  # "12h02m00s"
        if match["seconds"] is not None and not unhurried:
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

    def _zone(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "UTC+1:30" behind a time."""
        before = scan.token_before()
        if before is None or before.kind != "time" or match["zone"] in self.table.small_words:
            return None
        said = [" ".join(match["zone"].upper())]
        if match["sign"]:
            said.append(self.table.plus if match["sign"] == "+" else self.table.minus)
            said += [self.whole(match[each]) for each in ("hours", "minutes") if match[each]]
        return " ".join(said)

    def _hour(self, hour: int) -> str:
        table = self.table
        return table.counted(hour, table.hour) if table.counted else table.cardinal(hour)

    def _counted_unit(self, value: int, unit: str) -> str:
        return self.with_noun(str(value), self.unit(unit, value == 1))

    def _span(self, match: re.Match[str], scan: Scan) -> str:
        """ "2 h 30 min": how long something takes."""
        parts = [
            self._counted_unit(self.value(match[group]), unit)
            for group, unit in (("hours", "h"), ("minutes", "min"), ("seconds", "s"))
            if match[group]
        ]
        return f"{' '.join(parts[:-1])} {self.table.signs['&']} {parts[-1]}"
