"""Rules that read numbers, dates, times, money, measures and signs of any language by its table."""

from __future__ import annotations

import re
from collections.abc import Iterable

from synthesis.text.language_numbers import MAX_DIGITS, UNITS, LanguageNumbers
from synthesis.text.language_table import LanguageTable
from synthesis.text.scan import Rule, Rules, Scan, rule

_ROMAN = r"(?P<roman>[IVXLCDM]{1,12})"
_VULGAR = {
    "½": (1, 2),
    "⅓": (1, 3),
    "⅔": (2, 3),
    "¼": (1, 4),
    "¾": (3, 4),
    "⅕": (1, 5),
    "⅛": (1, 8),
    "⅜": (3, 8),
}


_CLOCK = (
    r"(?P<hour>[0-2]?\d)(?:(?::|\.(?=\d\d\s?(?:Uhr|uur)))(?P<m1>[0-5]\d)(?::[0-5]\d)?"
    r"(?:\s?(?:Uhr|h|hs|hrs)\b|\s?बजे)?"
    r"|\s?(?:h|H)\s?(?P<m2>[0-5]\d)?(?:\s?(?:min|m)\b)?(?!\w))(?![\w:])"
)


def _either(names: Iterable[str]) -> str:
    """A pattern of any of some names, the longest first; of none, what never matches."""
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) or "(?!)"


class LanguageRules(LanguageNumbers):
    """The rules of one language."""

    def __init__(self, table: LanguageTable) -> None:
        super().__init__(table)
        groups = re.escape(table.groups)
        grouped = rf"\d{{1,3}}(?:[{groups}]\d{{2,3}})*[{groups}]\d{{3}}(?!\d)"
        self._number = rf"(?:{grouped}|\d+)(?:{re.escape(table.decimal)}\d+)?"
        self._short = {
            **{
                short[0].upper() + short[1:]: said[0].upper() + said[1:]
                for short, said in table.abbreviations.items()
            },
            **table.abbreviations,
        }

    def rules(self) -> Rules:
        """In order of precedence."""
        return Rules(
            [*self._addresses(), *self._times_and_dates(), *self._amounts(), *self._numbers()]
        )

    def _addresses(self) -> list[Rule]:
        """Addresses of machines and telephones."""
        return [
            rule(
                "electronic",
                r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}",
                self._address,
                needs="@",
            ),
            rule(
                "electronic",
                r"(?:https?://|www\.)[^\s<>\"]{1,500}(?<![.,;:!?])",
                self._address,
                "a",
            ),
            rule(
                "electronic",
                r"[a-z0-9][\w-]{0,62}(?:\.[a-z][\w-]{1,62}){0,3}\.(?:com|org|net|io|eu|es|fr|it|br|de|in|info|dev)(?:/[\w/.-]{0,200})?(?![\w.]\w)",
                self._address,
                "ad",
                needs=".",
            ),
            rule(
                "telephone",
                r"\+\d{1,3}(?:[ .-]?\(?\d{1,5}\)?){2,6}(?!\w)|0\d(?:[ .]\d\d){4}(?!\d)|\d{2,3}(?:[ -]\d{3}){2}(?!\d)(?<!\d{3} \d{3} \d{3})|\(?\d{2}\)? ?9?\d{4}-\d{4}(?!\d)|0\d{2,4}[/ ]\d{5,8}(?!\d)",
                self._phone,
                "ds",
            ),
        ]

    def _times_and_dates(self) -> list[Rule]:
        """Dates in every order, and times of day."""
        months, ordinals = _either(self.months), _either(self.table.ordinal_signs)
        return [
            rule(
                "date",
                r"(?P<a>\d{4})-(?P<b>\d\d)-(?P<c>\d\d)(?!\d)",
                lambda m, s: self._date(m["c"], m["b"], m["a"]),
                "d",
            ),
            rule(
                "date",
                r"(?P<a>\d{1,2})(?P<mark>[/.-])(?P<b>\d{1,2})(?P=mark)(?P<c>\d{4}|\d\d)(?![\w/]|[.-]\d)",
                lambda m, s: self._date(m["a"], m["b"], m["c"]),
                "d",
            ),
            rule(
                "date",
                rf"(?P<day>\d{{1,2}})(?P<sign>\.|{ordinals})?\s(?:de\s|di\s)?(?P<month>{months})\b\.?(?:,?\s(?:de[l]?\s|di\s)?(?P<year>\d{{4}})(?!\d))?",
                self._named_date,
                "d",
                re.I,
            ),
            rule("time", _CLOCK, self._time, "d"),
        ]

    def _amounts(self) -> list[Rule]:
        """Money, measures, parts and places in an order."""
        table, number = self.table, self._number
        units = _either({*UNITS, *table.units})
        currencies, scales = _either(table.currencies), _either(table.scales)
        ordinals = _either(table.ordinal_signs)
        return [
            rule(
                "money",
                rf"(?P<sign>{currencies})[ \u00a0]?(?P<number>{number})(?:\s(?P<scale>{scales})\b)?",
                self._money,
                "as",
            ),
            rule(
                "money",
                rf"(?P<number>{number})(?:\s(?P<scale>{scales})(?:\s{table.of_scale})?)?[ \u00a0]?(?P<sign>{currencies})(?!\w)",
                self._money,
                "d",
            ),
            rule(
                "measure",
                rf"(?P<number>{number})[ \u00a0]?(?:%|٪)",
                lambda m, s: f"{self.number(m['number'])} {table.percent}",
                "d",
            ),
            rule(
                "measure",
                rf"(?P<number>{number})[ \u00a0]?(?P<unit>{units})(?![\w/²³])",
                self._measure,
                "d",
            ),
            rule(
                "fraction",
                rf"(?:(?P<whole>\d+)\s?)?(?P<sign>[{''.join(_VULGAR)}])",
                self._vulgar,
                "ds",
            ),
            rule(
                "fraction",
                r"(?:(?P<whole>\d{1,3})\s)?(?P<top>\d{1,3})/(?P<bottom>\d{1,3})(?![\w/])",
                self._fraction,
                "d",
            ),
            rule(
                "ordinal",
                rf"(?P<number>\d+)\.?(?P<sign>{ordinals})(?!\w)",
                lambda m, s: (
                    table.ordinal(int(m["number"]), table.ordinal_signs[m["sign"]])
                    if len(m["number"]) < 6
                    else None
                ),
                "d",
            ),
        ]

    def _numbers(self) -> list[Rule]:
        """Signs, Roman numerals, short words, and what is left."""
        table, number = self.table, self._number
        short, signs = _either(self._short), _either(table.signs)
        ordinals = _either(table.ordinal_signs)
        return [
            rule("cardinal", r"[-−–](?=\d|[$€£₹])", self._dash, "s"),
            rule(
                "cardinal",
                r"\s?[-–]\s?(?=\d)",
                self._spaced_dash,
                "s",
            ),
            rule("cardinal", r"[+](?=\d)", lambda m, s: table.plus, "s"),
            rule("roman", rf"{_ROMAN}(?P<sign>\.|{ordinals})?(?![\w'-])", self._roman, "a"),
            rule("abbreviation", rf"(?:{short})(?!\w)", lambda m, s: self._short[m[0]], "ads"),
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
                lambda m, s: f"{' '.join(m['letters'])} {self.number(m['digits'])}",
                "a",
            ),
            rule(
                "version",
                r"(?!\d{1,3}(?:\.\d{3})+(?!\d))\d+(?:\.\d+){2,}(?!\w)",
                lambda m, s: (
                    f" {table.marks['.']} ".join(
                        table.cardinal(int(each)) for each in m[0].split(".")
                    )
                    if len(m[0]) < 40
                    else None
                ),
                "d",
            ),
            rule("ordinal", r"(?P<number>\d{1,3})\.(?=\s[^\W\d_])", self._ordinal_point, "d"),
            rule("digits", r"0\d+", lambda m, s: self.digits(m[0]), "d"),
            rule("cardinal", number, self._counted, "d"),
            rule("maths", rf"(?:{signs})", self._sign, "s"),
            rule("silent", r"[*_~^|`<>#\\]+", lambda m, s: "", "s"),
            rule("joint", r"(?<=\w)/(?=\w)", lambda m, s: "", "s"),
        ]

    def _counted(self, match: re.Match[str], scan: Scan) -> str:
        text = match[0]
        value = "".join(str(int(each)) for each in text if each.isdecimal())
        if self.table.decimal in text or len(value) > MAX_DIGITS:
            return self.number(text)
        plain = text.isdecimal() and len(text) == 4
        if plain and self.table.year and 1100 <= int(value) <= 2099:
            return self.table.year(int(value))
        if self.table.counted is not None:
            return self.table.counted(int(value), scan.after(match.end()))
        return self.whole(text)

    def _ordinal_point(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "20. Jahrhundert", in languages that write ordinals with a point."""
        if not self.table.ordinal_point or scan.token_before() is None:
            return None
        return self.table.ordinal(int(match["number"]), False)

    def _date(self, day: str, month: str, year: str | None) -> str | None:
        if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
            return None
        return self._dated(int(day), self.month(int(month)), year)

    def _dated(self, day: int, month: str, year: str | None) -> str:
        table = self.table
        named = (table.day or table.cardinal)(day)
        if year is None:
            return table.date_without_year.format(day=named, month=month)
        return table.date.format(day=named, month=month, year=self.year(year))

    def _named_date(self, match: re.Match[str], scan: Scan) -> str | None:
        if not 1 <= int(match["day"]) <= 31:
            return None
        month = self.months[match["month"].lower()]
        if (
            match["month"].lower() != month.lower()
            and len(match["month"]) < 4
            and not match["year"]
            and not match[0].endswith(".")
        ):
            return None  # "3 mar" is no date by itself
        return self._dated(int(match["day"]), month, match["year"])

    def _time(self, match: re.Match[str], scan: Scan) -> str | None:
        hour, minute = int(match["hour"]), int(match["m1"] or match["m2"] or 0)
        if hour > 24:
            return None
        said = self._hour(hour)
        if not minute:
            return self.table.full_hour.format(hour=said, s="" if hour == 1 else "s")
        return self.table.clock.format(
            hour=said, minute=self.table.cardinal(minute), s="" if hour == 1 else "s"
        )

    def _hour(self, hour: int) -> str:
        if self.table.counted is not None:
            return (
                self.table.counted(hour, "horas")
                if hour in (1, 2, 21, 22)
                else self.table.cardinal(hour)
            )
        return self.table.cardinal(hour)

    def _money(self, match: re.Match[str], scan: Scan) -> str:
        one, many, small_one, small_many = self.table.currencies[match["sign"]]
        number, scale = match["number"], match["scale"]
        whole, _, cents = number.partition(self.table.decimal)
        if scale:
            of = f" {self.table.of_scale}" if self.table.of_scale else ""
            return f"{self.number(number)} {self.table.scales[scale]}{of} {many}"
        if cents and len(cents) != 2:
            return f"{self.number(number)} {many}"
        units = self._before_noun(whole, many)
        said = f"{units} {one if whole == '1' else many}"
        if not int(cents or 0):
            return said
        part = self._before_noun(cents, small_many)
        if int("".join(c for c in whole if c.isdecimal()) or 0) == 0:
            return f"{part} {small_one if int(cents) == 1 else small_many}"
        name = (
            f" {small_one if int(cents) == 1 else small_many}" if self.table.say_hundredths else ""
        )
        return f"{said}{self.table.cents}{part}{name}"

    def _before_noun(self, number: str, noun: str) -> str:
        value = "".join(str(int(each)) for each in number if each.isdecimal())
        if self.table.counted is None or len(value) > MAX_DIGITS:
            return self.whole(number)
        return self.table.counted(int(value), noun)

    def _measure(self, match: re.Match[str], scan: Scan) -> str | None:
        number, unit = match["number"], match["unit"]
        name = self.unit(unit, number == "1")
        said = (
            self._before_noun(number, name)
            if self.table.decimal not in number
            else self.number(number)
        )
        return f"{said} {name}"

    def _vulgar(self, match: re.Match[str], scan: Scan) -> str:
        part = self.parts(*_VULGAR[match["sign"]])
        joint = self.table.signs.get("&", "")
        return f"{self.whole(match['whole'])} {joint} {part}" if match["whole"] else part

    def _fraction(self, match: re.Match[str], scan: Scan) -> str:
        part = self.parts(int(match["top"]), int(match["bottom"]))
        joint = self.table.signs.get("&", "")
        return f"{self.whole(match['whole'])} {joint} {part}" if match["whole"] else part

    def _spaced_dash(self, match: re.Match[str], scan: Scan) -> str | None:
        before = scan.token_before()
        counted = before is not None and before.kind in ("cardinal", "date", "time", "money")
        return self.table.to if counted else None

    def _dash(self, match: re.Match[str], scan: Scan) -> str | None:
        touching = scan.touches
        if touching is None or touching.said in ("(", "["):
            before = scan.token_before()
            if match[0] == "–" and before is not None and before.kind == "cardinal":
                return self.table.to
            return self.table.minus
        return (
            self.table.to
            if touching.kind in ("cardinal", "date", "time", "money", "measure", "ordinal")
            else None
        )

    def _roman(self, match: re.Match[str], scan: Scan) -> str | None:
        from synthesis.text.english.roman import value

        number = value(match["roman"])
        if number is None or (
            match["sign"] not in (None, ".") and match["roman"] in ("L", "C", "D", "M")
        ):
            return None
        table, before = self.table, scan.before()
        sign = match["sign"]
        if sign and sign in table.ordinal_signs:
            return table.ordinal(number, table.ordinal_signs[sign])
        following = scan.after(match.end()).lower()
        if table.century is not None and re.fullmatch(table.century_words, following):
            return table.century(number)
        if table.rulers and table.regnal and re.fullmatch(table.rulers, before):
            return table.regnal(number) + (
                "." if sign and not scan.rest(match.end(), 3).strip() else ""
            )
        if sign == ".":
            return None if len(match["roman"]) < 2 else f"{table.cardinal(number)}."
        if re.fullmatch(table.numbered or "(?!)", before.lower().rstrip(".")):
            return table.cardinal(number)
        return (
            table.cardinal(number)
            if len(match["roman"]) > 1 and set(match["roman"]) <= set("IVX")
            else None
        )

    def _phone(self, match: re.Match[str], scan: Scan) -> str:
        groups = re.findall(r"\d+", match[0])
        said = [
            self.whole(group)
            if self.table.phone_pairs and len(group) == 2 and group[0] != "0"
            else self.digits(group)
            for group in groups
        ]
        return (f"{self.table.plus} " if match[0].startswith("+") else "") + ", ".join(said)

    def _address(self, match: re.Match[str], scan: Scan) -> str:
        text = re.sub(r"^https?://", "", match[0]).rstrip("/")
        pieces = re.findall(r"[^\W\d_]+|\d|[^\w\s]|_", text)
        said = [
            self.digits(piece)
            if piece.isdecimal()
            else "w w w"
            if piece == "www"
            else self.table.marks.get(piece, piece)
            for piece in pieces
        ]
        return " ".join(said)

    def _sign(self, match: re.Match[str], scan: Scan) -> str | None:
        return self.table.signs[match[0]]
