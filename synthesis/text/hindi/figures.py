"""Hindi's figures that count nothing or otherwise: plates, accounts, trains, spans of hours, powers."""

from __future__ import annotations

import re
import unicodedata

from synthesis.text.language_rules import LanguageRules
from synthesis.text.scan import Rule, Scan, rule

_HALVES = {"25": (1, 4), "5": (1, 2), "50": (1, 2), "75": (3, 4)}
_TIMED = r"लीटर|किलो|कप|चम्मच|गुना|घंटे|घंटा|घंटों|साल|महीने|महीना|दिन|सप्ताह|hours?"
_TRAINS = r"राजधानी|शताब्दी|दुरंतो|एक्सप्रेस|तेजस|गरीब रथ|मेल|वंदे भारत"
_COUNTED = frozenset("रुपये रुपए रुपया पैसे रु रु. लोग किलोमीटर किमी यूनिट डॉलर".split())
_EACH = "किलो|लीटर|दिन|माह|महीना|महीने|साल|वर्ष|घंटा|घंटे|व्यक्ति|मिनट|सेकंड|यूनिट|मीटर|दर्जन|क्विंटल|वर्ग फुट|पीस|नग|सप्ताह"
_MATCH = re.compile("जीत|हरा|हार|मात|बराबर|ड्रॉ|स्कोर|गोल|सीरीज|बढ़त|मुकाबल|मैच|सेट")


_SPANNED = "बजे|घंट|मिनट|सेकंड|दिन|साल|वर्ष|आयु|लोग|%"
_STREET = re.compile(
    r"[^।\n]{0,40}(?:रोड|मार्ग|गली|स्ट्रीट|एवेन्यू|कॉलोनी|कालोनी|नगर|विहार|मोहल्ला|सेक्टर|आर डी|चौक)(?![\w\u0900-\u0963])"
)
_HOUSED = frozenset("मकान फ्लैट फ़्लैट प्लॉट दुकान शॉप हाउस".split())


class FigureRules(LanguageRules):
    """Hindi's rules for figures."""

    def figures(self) -> list[Rule]:
        """In order of precedence."""
        return [
            rule(
                "digits",
                r"(?P<state>[A-Z]{2})[ -]?(?P<office>\d{1,2})(?P<letter>[A-Z]?)[ -](?P<series>[A-Z]{1,3})[ -]?(?P<digits>\d{4})(?!\w)",
                self._plate,
                "u",
            ),
            rule(
                "digits",
                r"[A-Z]{5}\d{4}[A-Z](?!\w)|[A-Z]{4}0[A-Z\d]{6}(?!\w)",
                lambda m, s: " ".join(self.digits(each) or each for each in m[0]),
                "u",
            ),
            rule("telephone", r"[6-9]\d{4}[- ]\d{5}(?![\d.,-]\d|\w)", lambda m, s: self.digits(m[0]), "d"),
            rule(
                "joint",
                rf"/\s?(?P<each>{_EACH})(?![\w\u0900-\u0963])",
                lambda m, s: f"प्रति {m['each']}" if s.before() in _COUNTED else None,
                "s",
                first="/",
            ),
            rule("digits", r"\d{4}(?:[ -]\d{4}){2,3}(?![\d.,-]\d|\w)", lambda m, s: self.digits(m[0]), "d"),
            rule("digits", r"\d{4,18}(?![\d.,]\d|\w)", self._account, "d"),
            rule("digits", rf"\d{{5}}(?=\s(?:{_TRAINS}))", lambda m, s: self.digits(m[0]), "d"),
            rule("digits", r"[45]0\d(?=\s(?:एरर|error|Error|त्रुटि))", lambda m, s: self.digits(m[0]), "d"),
            rule("digits", r"\d{3,5}(?!\w|[.,-]\d)", self._helpline, "d"),
            rule("digits", r"[-–]\s?(?P<code>[1-9]\d{5})(?=\s*(?:[।.,]|$))", self._postcode_behind, "s", first="-–"),
            rule("time", r"(?P<hours>\d{1,2}):(?P<minutes>[0-5]\d)(?=\s(?:घंटे|घंटा|घंटों))", self._hours, "d"),
            rule("time", r"(?P<hour>[0-2]?\d)\.(?P<minute>[0-5]\d)(?P<seconds>(?!))?(?P<half>(?!))?\s?बजे(?!\w)", self._time, "d"),
            rule("measure", rf"(?P<whole>\d{{1,3}})\.(?P<part>25|50?|75)(?=\s(?:{_TIMED})(?![\w\u0900-\u0963]))", self._halved, "d"),
            rule("maths", r"(?P<left>\d{1,3}):(?P<right>\d{1,3})(?![\w:]|[.,]\d)", self._goals, "d"),
            rule("maths", r"(?P<left>\d|[1-9]\d)[-–](?P<right>\d|[1-9]\d)(?=\s*(?:[,।]|$))", self._falling, "d"),
            rule("date", r"(?P<year>(?:1[5-9]|20)\d0)s(?!\w)", lambda m, s: f"{self.year(m['year'])} का दशक", "d"),
            rule("date", rf"(?P<month>0[1-9])-(?P<day>1[3-9]|2\d|3[01])(?P<year>(?!))?(?![\w/-]|[.,]\d|\s?(?:{_SPANNED}))", lambda m, s: self._date(m, s) if s.touches is None else None, "d"),
            rule("digits", r"(?P<left>\d{1,4})[-–](?P<right>\d{1,3})(?![\w/-]|[.,]\d)", self._house, "d"),
            rule("maths", r"\*(?=\s?\d)", lambda m, s: self.table.signs["×"] if self._counts(s) else None, "s", first="*"),
            rule("maths", r"\^(?P<power>\d{1,3})", lambda m, s: f"की घात {self.whole(m['power'])}", "s", first="^"),
            rule("maths", r"[⁻⁺]?[⁰¹²³⁴-⁹]{2,4}|[⁻⁺][⁰¹²³⁴-⁹]|[⁰¹⁴-⁹]", self._power, "ads", first="⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺"),
            rule("measure", r"(?:m/s|km/h|km/s)(?![\w²³])", lambda m, s: self.unit(m[0], False) if self._counts(s) else None, "l"),
        ]  # fmt: skip

    def _counts(self, scan: Scan) -> bool:
        before = scan.token_before()
        return before is not None and before.kind in ("cardinal", "maths", "measure")

    def _plate(self, match: re.Match[str], scan: Scan) -> str:
        """ "MH 12 AB 1234"."""
        office = self.whole(match["office"])
        letters = " ".join(match["letter"] + match["series"])
        return f"{' '.join(match['state'])} {office} {letters} {self.digits(match['digits'])}"

    def _account(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "A/C 123456789", "ट्रेन नं. 12301"."""
        written = scan.text[max(0, match.start() - 24) : match.start()]
        named = re.search(r"(?:A/[Cc]|ट्रेन|गाड़ी)(?:\s(?:No\.?|नं\.?|नंबर|संख्या))?[:\s]{1,2}$", written)
        return self.digits(match[0]) if named else None

    def _helpline(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "हेल्पलाइन 1098"."""
        words = [scan.before(back) for back in (1, 2)]
        return self.digits(match[0]) if {"हेल्पलाइन", "डायल"} & set(words) else None

    def _postcode_behind(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "दिल्ली - 110092"."""
        before = scan.token_before()
        named = before is not None and before.kind == "word"
        return self.digits(match["code"]) if named else None

    def _hours(self, match: re.Match[str], scan: Scan) -> str:
        """ "2:30 घंटे": how long something takes."""
        hours, minutes = self.value(match["hours"]), self.value(match["minutes"])
        part = {15: (1, 4), 30: (1, 2), 45: (3, 4)}.get(minutes)
        if part and hours and self.table.mixed and (said := self.table.mixed(hours, *part)):
            return said
        return f"{self.whole(match['hours'])} घंटे {self.whole(match['minutes'])} मिनट"

    def _halved(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "1.5 घंटे" is "डेढ़ घंटे"."""
        whole, mixed = self.value(match["whole"]), self.table.mixed
        return mixed(whole, *_HALVES[match["part"]]) if whole and mixed else None

    def _goals(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "2:1 से जीता"."""
        around = scan.text[max(0, match.start() - 24) : match.end() + 24]
        if not _MATCH.search(around) or re.match(r"\s?बजे", scan.rest(match.end())):
            return None
        return f"{self.whole(match['left'])} {self.whole(match['right'])}"

    def _falling(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "6-4, 7-5": what doesn't rise is a result."""
        left, right = self.value(match["left"]), self.value(match["right"])
        if left < right or scan.touches is not None:
            return None
        return f"{self.whole(match['left'])} {self.whole(match['right'])}"

    def _house(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "66-4 पार्क रोड": a pair that falls is a number of a house and no span."""
        left, right = self.value(match["left"]), self.value(match["right"])
        housed = {scan.before(), scan.before(2)} & _HOUSED
        if left <= right or scan.touches is not None:
            return None
        following = scan.rest(match.end(), 56)
        if not housed and (
            re.match(rf"\s?(?:{_SPANNED})", following) or not _STREET.match(following)
        ):
            return None
        return f"{self.whole(match['left'])} {self.whole(match['right'])}"

    def _power(self, match: re.Match[str], scan: Scan) -> str | None:
        raised = unicodedata.normalize("NFKC", match[0]).replace("−", "-")
        sign = "माइनस " if raised.startswith("-") else ""
        return f"की घात {sign}{self.whole(raised)}" if scan.touches is not None else None

    def _named_date(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "1st अप्रैल" is "एक अप्रैल"."""
        said = super()._named_date(match, scan)
        if said and match["sign"] in ("st", "nd", "rd", "th"):
            return re.sub(rf"^{self.table.ordinal(1, False)}(?=\s)", self.table.cardinal(1), said)
        return said
