"""German sums, prices, versions, and the codes and numbers that are said digit by digit."""

from __future__ import annotations

import re

from synthesis.text.language_rules import LanguageRules
from synthesis.text.scan import Rule, Scan, rule

CODES = re.compile(
    r"(?:[\w-]*(?:nummer|code|pin|tan|kennung|kennwort|passwort|postleitzahl|iban|kennziffer|endziffern?|schlüssel|isbn|issn|ean|gtin)|(?:[\w.]+-)?(?:nr\.|id|pin|tan|code)|"
    r"plz|blz|hrb|hra|konto|kto\.?|ticket|postfach|notruf)"
)
_IS_CODE = re.compile(
    r"\s(?:ist|lautet)\s(?:[Ii]hre?|[Dd]eine?|der|die)\s(?:\w{1,20}-)?(?:Code|PIN|TAN|Passwort)\b"
)
_POSTAL = {
    "PLZ": "Postleitzahl",
    "BLZ": "Bankleitzahl",
    "EAN": "EAN",
    "ISBN": "ISBN",
    "GTIN": "GTIN",
}
_NO_CODES = frozenset("hausnummer zimmernummer raumnummer seitennummer".split())
_CALLS = frozenset(
    "wählen wähle ruf rufe rufen notruf anrufen unter hotline telefon tel. tel durchwahl".split()
)
_SHORT_CALLS = r"(?:110|112|115|116 ?117|116 ?116|911)(?![.,]?\d|\s?[€$%])"
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_FOREIGN = r"\d{1,3}(?:['’,]\d{3})+(?:\.\d\d)?|\d{1,6}\.\d\d"
_TERM = r"\d[\d.,]{0,12}"


class SumRules(LanguageRules):
    """German's rules for what is calculated, paid or typed."""

    def codes(self) -> list[Rule]:
        """Digits that count nothing."""
        return [
            rule(
                "digits",
                r"(?P<letters>[A-Z]{2})(?P<digits>\d\d(?: ?[A-Z\d]{4}){3,8}(?: ?\d{1,3})?)(?!\w)",
                lambda m, s: " ".join([*m["letters"], self._one_by_one(m["digits"])]),
                "u",
            ),
            rule(
                "digits",
                r"(?P<letters>[A-Z]{1,4})[ -]?(?P<digits>\d{5,20})(?!\w)",
                lambda m, s: " ".join(
                    [_POSTAL.get(m["letters"], " ".join(m["letters"])), self.digits(m["digits"])]
                ),
                "u",
            ),
            rule(  # "A-4711-B"
                "digits",
                r"(?P<letters>[A-Z]{1,4})-?(?P<digits>\d{3,8})(?P<rest>(?:-[A-Z\d]{1,5}){1,4})(?![\w-])",
                lambda m, s: self._one_by_one(m[0].replace("-", " ")),
                "u",
                needs="-",
            ),
            rule("telephone", _SHORT_CALLS, self._short_call, "d"),
            rule("digits", r"(?:\d{1,8}(?:[ -]\d{1,8}){1,7}X?|\d{3,20})(?![\d.,]\d|\w|\s?[€$%])", self._code, "d"),
            rule("telephone", r"(?:\+?\d|\(0)[\d ()/.–-]{5,24}\d(?!\w|[.,]\d)", self._telephone, "ds"),
            rule("digits", r"\d{5}(?=\s[A-ZÄÖÜ][^\W\d_])", self._postal, "d"),
            rule(
                "address",
                r"D-(?P<code>\d{5})(?=\s[A-ZÄÖÜ])",
                lambda m, s: f"D {self.digits(m['code'])}",
                "u",
            ),
            rule(
                "case",
                r"(?P<court>\d{1,3}|[IVX]{1,5})\s(?P<register>[A-Z]{1,2}[a-z]{0,2}|Bv[A-Z]|[A-Z]{3})\s(?P<number>\d{1,5})/(?P<year>\d\d)(?!\d)",
                self._docket,
                "du",
            ),
        ]  # fmt: skip

    def prices_and_sums(self) -> list[Rule]:
        """ "5,- €" and "12 : 4 = 3"."""
        grouped, dashes = r"\d{1,3}(?:\.\d{3})*|\d{1,6}", r",[ ]?(?:[-–—−]{1,2}|00[-–])"
        return [
            rule(
                "money",
                rf"(?P<sign>€|EUR|CHF|[Ss]?Fr\.)\s?(?P<number>{grouped})[,.][-–—−]{{1,2}}",
                self._round_price,
                "sa",
            ),
            rule(
                "money",
                rf"(?P<number>{grouped}){dashes}(?:\s?(?P<sign>€|EUR|Euro|CHF))?(?![\w\d])",
                self._round_price,
                "d",
            ),
            rule(
                "money",
                r"(?P<number>\d{1,3}(?:\.\d{3})*|\d{1,6}),(?P<cents>\d\d)\s(?P<sign>Euro|Franken|Dollar|Pfund)(?!\w)",
                self._named_price,
                "d",
            ),
            rule(  # as the Swiss and the English group and part numbers
                "money",
                rf"(?P<sign>CHF|[Ss]?Fr\.|[$£])\s?(?P<number>{_FOREIGN})(?:\.[-–—]{{1,2}})?(?!\d|[.,]\d)",
                self._foreign_price,
                "as",
            ),
            rule(
                "money",
                rf"(?P<number>{_FOREIGN}|\d{{1,6}}(?:,\d\d)?)\s?(?P<sign>CHF|[Ss]?Fr\.|Franken|€|EUR|Euro)(?!\w)",
                lambda m, s: self._foreign_price(m, s) if re.search(r"['’.]|Fr\.", m[0]) else None,
                "d",
            ),
            rule(
                "cardinal",
                r"\d{1,3}(?:['’]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d{1,3}(?:,\d{3})+\.\d{1,2}(?!\d)"
                r"|\d{1,3}\.\d{1,2}(?=\s?(?:[%‰]|°C|kg|g|km|m|cm|mm|l|ml|Mio|Mrd|Millionen|Prozent)(?![\w.]))",
                lambda m, s: self.number(self._as_german(m[0])),
                "d",
            ),
            rule(
                "cardinal",
                rf"{_TERM}(?=(?:\s?[:+·×x*−–-]\s?{_TERM}){{1,6}}\s?=)",
                lambda m, s: self.number(m[0].rstrip(".,")),
                "d",
            ),
            rule("maths", rf":(?=\s?{_TERM}(?:\s?[:+·×x*−–-]\s?{_TERM}){{0,5}}\s?=)", self._divided, "s", first=":"),
            rule("maths", r"(?P<left>\d{1,4})(?:\s:\s(?=\d)|:(?=\d{1,3}\.\d{3}))(?P<right>\d{1,3}(?:\.\d{3})+|\d{1,6})(?![\w:]|[.,]\d)", self._ratio, "d"),
            rule("maths", r"!(?=\s?[=+*/·−-])", lambda m, s: " Fakultät" if s.touches is not None and s.touches.kind == "cardinal" else None, "s", first="!"),
            rule("maths", r"\*(?=\s?\d)", lambda m, s: "mal" if self._after_number(s) else None, "s", first="*"),
            rule("maths", r"\^(?P<power>\d{1,3})", lambda m, s: f"hoch {self.whole(m['power'])}", "s", first="^"),
            rule("maths", r"[⁻⁺]?[⁰¹²³⁴-⁹]{2,4}|[⁻⁺][⁰¹²³⁴-⁹]|[⁰¹⁴-⁹]", self._power, "ads", first="⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺"),
        ]  # fmt: skip

    def _after_number(self, scan: Scan) -> bool:
        before = scan.token_before()
        return before is not None and before.kind in ("cardinal", "maths", "digits", "letters")

    def _divided(self, match: re.Match[str], scan: Scan) -> str | None:
        summed = re.match(
            rf"\s?{_TERM}(?:\s?[:+·×x*−–-]\s?{_TERM}){{0,5}}\s?=", scan.rest(match.end(), 90)
        )
        return "geteilt durch" if summed and self._after_number(scan) else None

    def _power(self, match: re.Match[str], scan: Scan) -> str | None:
        written = match[0].translate(_SUPERSCRIPTS)
        sign = {"-": "minus ", "+": "plus "}.get(written[0], "")
        return f"hoch {sign}{self.whole(written)}" if scan.touches is not None else None

    @staticmethod
    def _as_german(written: str) -> str:
        """ "1'250.50" and "1,234.56" with the comma before what is less than one."""
        whole, point, rest = written.rpartition(".") if "." in written else (written, "", "")
        if not point and re.search(r",\d{1,2}$", written):
            whole, point, rest = written.rpartition(",")
        return re.sub(r"['’,]", "", whole) + ("," if point else "") + rest

    def _foreign_price(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "CHF 1'250.50", "3.50 Fr.", "$1,234.56"."""
        sign = {"Franken": "CHF", "Euro": "€"}.get(match["sign"], match["sign"])
        one, many, *_ = self.currency("CHF" if "Fr" in sign else sign)
        whole, _, cents = self._as_german(match["number"]).partition(",")
        said = self._counted_name(whole, one, many)
        if not self.value(cents):
            return said
        if not self.value(whole):
            return f"{self.whole(cents)} {self.currency('CHF' if 'Fr' in sign else sign)[3]}"
        return f"{said} {self.whole(cents)}"

    def _round_price(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "5,- €": a sum without hundredths; "5,-" by itself is in euros."""
        sign = {"Euro": "€", "Fr.": "CHF", "SFr.": "CHF", "sFr.": "CHF", None: "€"}.get(
            match["sign"], match["sign"]
        )
        return self._counted_name(match["number"], *self.currency(sign)[:2])

    def _named_price(self, match: re.Match[str], scan: Scan) -> str:
        """ "9,99 Euro", as with the sign."""
        name, cents = match["sign"], self.value(match["cents"])
        if not self.value(match["number"]):
            small = "Rappen" if name == "Franken" else "Pence" if name == "Pfund" else "Cent"
            return f"{self._counted_name(match['cents'], small, small)}"
        said = self._counted_name(match["number"], name, name)
        return f"{said} {self.table.cardinal(cents)}" if cents else said

    def _pointed_number(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "Version 2.0", "USB 3.2"; "am 3.2" is a date."""
        day, _, month = match[0].partition(".")
        dated = scan.before().lower() in ("am", "vom", "zum", "den", "seit", "bis")
        if dated and 1 <= int(month) <= 12 and 1 <= int(day) <= 31:
            return self._dated(int(day), self.month(int(month)), None, scan.before().lower())
        after = " ".join(map(self.digits, month)) if month[0] == "0" else self.whole(month)
        return f"{self.whole(day)} Punkt {after}"

    def _telephone(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "Tel. 0 30 / 12 34 56-78": any marks between digits, where a word says what they are."""
        words = {scan.before(back).lower().rstrip(".") for back in (1, 2)}
        digits = re.sub(r"\D", "", match[0])
        named = bool(
            words
            & {
                *(
                    "tel",
                    "telefon",
                    "fax",
                    "mobil",
                    "handy",
                    "hotline",
                    "telefonnummer",
                    "rufnummer",
                ),
                *(
                    "rufnr",
                    "faxnr",
                    "telefax",
                    "festnetz",
                    "telefonnr",
                    "büro",
                    "privat",
                    "whatsapp",
                ),
            }
        )
        area = re.match(r"0\d{1,4} ?/|\(0\d{1,5}\)", match[0])
        month = re.fullmatch(r"(?:0[1-9]|1[0-2])/(?:19|20)\d\d", match[0])
        if month or not (named or area) or len(digits) < 6:
            return None
        return self._by_groups(match[0])

    def _docket(self, match: re.Match[str], scan: Scan) -> str:
        """ "3 O 123/20": a court's file."""
        from synthesis.text.english.roman import value

        court = match["court"]
        chamber = self.whole(court) if court.isdecimal() else self.table.cardinal(value(court) or 0)
        slash = self.table.marks["/"]
        return f"{chamber} {' '.join(match['register'])} {self.whole(match['number'])} {slash} {self.whole(match['year'])}"

    def _one_by_one(self, written: str) -> str:
        return " ".join(
            self.digits(each) if each.isdecimal() else each for each in written if each != " "
        )

    def _short_call(self, match: re.Match[str], scan: Scan) -> str | None:
        words = {scan.before(back).lower() for back in (1, 2, 3)}
        shared = match[0].startswith("116 ")  # of the doctors, the helplines
        return self.digits(match[0]) if shared or words & _CALLS else None

    def _code(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "Ihr Code lautet 640318": digits behind the name of a code."""
        if _IS_CODE.match(scan.rest(match.end())):  # "907214 ist Ihr Code"
            return self.digits(match[0])
        for back in (1, 2, 3):
            word = scan.before(back).lower().strip(":")
            if word in _NO_CODES:
                return None
            if CODES.fullmatch(word):
                short = word.endswith("nr.") and len(match[0]) < 5
                return None if short else self.digits(match[0])
            if word not in ("lautet", "ist", "die", "der", "war", ":", "mit", "nr.", "lauten"):
                return None
        return None

    def _postal(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "Hauptstr. 5, 10115 Berlin": five digits before a town, behind a comma or at the head."""
        before = scan.text[max(0, scan.at - 2) : scan.at]
        ends = re.match(
            r"\s[A-ZÄÖÜ][\w.-]+(?:\s(?:am|an|im|[A-Z])[\w.]*){0,3}[,.;]?\s*$",
            scan.rest(match.end(), 60),
        )
        placed = before.strip().endswith(",") or (not scan.tokens and ends) or before.endswith("\n")
        return self.digits(match[0]) if placed and not match[0].endswith("000") else None
