"""Hindi's own rules: codes, calls, scores, and what is counted per something."""

from __future__ import annotations

import re

from synthesis.text.hindi.figures import FigureRules
from synthesis.text.language_numbers import either
from synthesis.text.scan import Rule, Rules, Scan, rule

_CODE = r"OTP|ओटीपी|कोड|PIN|पिन|पासवर्ड|पासकोड|PNR|पीएनआर|CVV|सीवीवी|टोकन|खाता|आईडी|ID"
_CODES = frozenset(_CODE.split("|"))
_LINKS = frozenset("है : संख्या नंबर नं. यह ये क्रमांक सं. - आपका".split())
_BEFORE_CODE = re.compile(
    rf"\s(?:आपका|आपकी|इस|यह)\s(?:[^\s\d]{{1,16}}\s){{0,2}}(?:{_CODE})(?![^\s।.,])"
)
_LAST_DIGITS = re.compile(r"(?:अंतिम|आखिरी|आख़िरी)\s(?:\S{1,4}\s)?अंक(?:ों)?[\s:]{1,2}$")
_CALL = re.compile(r"\s(?:पर|को)\s(?:कॉल|डायल|फ़ोन|फोन|संपर्क|मैसेज|SMS|एसएमएस|संदेश)")
_MATCH = re.compile("जीत|हरा|हार|मात|बराबर|ड्रॉ|स्कोर|गोल|सीरीज|बढ़त|मुकाबल|मैच|सेट")
_COUNTED = re.compile(
    r"\s?(?:दिन|घंट|साल|लोग|महीन|मिनट|बजे|सप्ताह|हफ़्त|हफ्त|किलो|ओवर|रन|बार|सेकंड|%|₹|खिलाड|विकेट|वर्ष|टीम)"
)
_ENGLISH_PER = {"day": "दिन", "month": "महीना", "year": "साल", "hour": "घंटा", "week": "सप्ताह", "person": "व्यक्ति"}  # fmt: skip
PER_WORDS = {
    each: f"प्रति {each}"
    for each in (
        "किलो माह महीना महीने दिन घंटा घंटे साल वर्ष व्यक्ति लीटर मीटर नग पीस रात मिनट सेकंड यूनिट सप्ताह दर्जन प्लेट हेक्टेयर एकड़ किलोमीटर"
    ).split()
} | {english: f"प्रति {each}" for english, each in _ENGLISH_PER.items()}


_ENGLISH = (
    "ज़ीरो वन टू थ्री फ़ोर फ़ाइव सिक्स सेवन एट नाइन टेन इलेवन ट्वेल्व थर्टीन फ़ोर्टीन फ़िफ़्टीन सिक्सटीन सेवनटीन एटीन नाइनटीन"
).split()
_ENGLISH_TENS = "_ _ ट्वेंटी थर्टी फ़ोर्टी फ़िफ़्टी सिक्सटी सेवनटी एटी नाइनटी".split()
_LETTERS = "एमपी|टी|जी|बी|ए|डी|एच|एफ़|एफ|सी|ई|पी|क्यू"  # as they are written in Hindi
_AFTER_TIME = frozenset(  # words before which "बजे" needs no "पर"
    "तक से के का की को पर में और या तथा एवं बाद पहले वाला वाली वाले है हैं था थे थी हुए होंगे होने बजने".split()
)


def english(value: int) -> str:
    """A number below a hundred as Hindi says it in English, beside a letter: "ट्वेंटी"."""
    if value < 20:
        return _ENGLISH[value]
    tens, ones = divmod(value, 10)
    return f"{_ENGLISH_TENS[tens]} {_ENGLISH[ones]}" if ones else _ENGLISH_TENS[tens]


class HindiRules(FigureRules):
    """The rules of Hindi."""

    def rules(self) -> Rules:
        """In order of precedence."""
        return Rules(
            [
                *self.figures(),
                *self._codes(),
                *self._beside_letters(),
                *self._pairs(),
                *self.addresses(),
                *self.times_and_dates(),
                *self.amounts(),
                *self._words(),
                *self._numbers(),
            ]
        )

    def _codes(self) -> list[Rule]:
        """Digits that count nothing."""
        return [
            rule(
                "telephone",
                r"1[89]00[- ]\d{2,4}[- ]\d{2,4}(?:[- ]\d{2,4})?(?![\d.,-]\d|\w)",
                lambda m, s: self._by_groups(m[0]),
                "d",
            ),
            rule("digits", r"\d{3,20}(?![.,/-]?\d|\w|\s?[%€$])", self._code, "d"),
        ]

    def _beside_letters(self) -> list[Rule]:
        """Numbers beside a letter, which Hindi says in English: "H2O", "5G", "टी20"."""
        ends = r"(?![\w/%-]|[.,]\d)"
        return [
            rule(
                "letters",
                rf"(?!INR|USD|EUR|GBP)[A-Z]{{1,3}}\d{{1,2}}(?:[A-Z]{{1,3}}\d{{0,2}}){{0,4}}{ends}",
                lambda m, s: " ".join(
                    english(int(each)) if each.isdecimal() else each
                    for each in re.findall(r"\d+|[A-Z]", m[0])
                ),
                "u",
            ),
            rule(
                "letters",
                rf"(?P<digits>\d{{1,2}})(?P<letter>[GDK]|जी|डी)(?![\u0900-\u0963]){ends}",
                lambda m, s: f"{english(self.value(m['digits']))} {m['letter']}",
                "d",
            ),
            rule(
                "letters",
                rf"(?P<letter>{_LETTERS})-?(?P<digits>\d{{1,2}}){ends}",
                lambda m, s: f"{m['letter']} {english(self.value(m['digits']))}",
                "a",
            ),
            rule(
                "cardinal",
                rf"(?P<number>{self.pattern})\s?(?P<scale>[MB])(?=\s[\u0900-\u0963])",
                lambda m, s: f"{self.number(m['number'])} {'मिलियन' if m['scale'] == 'M' else 'बिलियन'}",
                "d",
            ),
            rule("letters", r"(?P<letter>[A-Z])\+(?!\s?[\dA-Za-z(=])", lambda m, s: f"{m['letter']} प्लस", "u"),
            rule(
                "maths",
                rf"(?P<sign>[<>≤≥])\s?(?P<number>{self.pattern}|[a-z])(?!\w)",
                lambda m, s: f"{self.number(m['number']) if m['number'][0].isdecimal() else m['number']} {self.table.signs[m['sign']]}",
                "s",
                first="<>≤≥",
            ),
        ]  # fmt: skip

    def _time(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "छह बजकर पाँच मिनट पर" of "6:05 बजे" where no other postposition follows."""
        said = super()._time(match, scan)
        following = scan.after(match.end())
        timed = said and said.endswith("मिनट") and "बजे" in match[0]
        return f"{said} पर" if timed and following and following not in _AFTER_TIME else said

    def _pairs(self) -> list[Rule]:
        """Two numbers with a sign between them, and what stands behind one."""
        return [
            rule("maths", r"(?P<left>\d{1,3})[-–](?P<right>\d{1,3})(?![\w/-]|[.,]\d)", self._score, "d"),
            rule("maths", r"(?P<left>\d{2,3})/(?P<right>\d{1,2})(?![\w/]|[.,]\d)", self._runs, "d"),
            rule("maths", r"24\s?[x×*/]\s?7(?!\d)", lambda m, s: "चौबीस सात", "d"),
            rule(
                "maths",
                r"\+(?!\s?[\d=A-Za-z(])",
                lambda m, s: "प्लस" if s.touches is not None and s.touches.kind == "cardinal" else None,
                "s",
                first="+",
            ),
            rule(  # "₹2.5 लाख रु."
                "silent",
                r"(?:रु\.?|रुपये|रुपए)(?=\s)",
                lambda m, s: "" if (before := s.token_before()) and before.kind == "money" and before.said.endswith("रुपये") else None,
                "a",
            ),
            rule("silent", r"/[-–](?!\d)", self._only, "s", first="/"),
            rule(
                "measure",
                rf"(?P<number>{self.pattern})[ \u00a0]?(?P<unit>{self.unit_pattern})(?=/(?:{either(PER_WORDS)}))",
                lambda m, s: self._counted_name(m["number"], self.unit(m["unit"], True), self.unit(m["unit"], False)),
                "d",
            ),
        ]  # fmt: skip

    def _only(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "₹99/-": a sum without hundredths."""
        return (
            "" if scan.touches is not None and scan.touches.kind in ("money", "cardinal") else None
        )

    def _code(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "आपका OTP 4729 है", "4729 आपका OTP है", "112 पर कॉल करें"."""
        following = scan.rest(match.end())
        if _BEFORE_CODE.match(following):
            return self.digits(match[0])
        if _CALL.match(following) and match[0] not in ("100", "108"):
            return self.digits(match[0])
        if len(match[0]) == 4 and _LAST_DIGITS.search(scan.text[max(0, scan.at - 24) : scan.at]):
            return self.digits(match[0])
        for back in (1, 2, 3):
            word = scan.before(back)
            if word in _CODES:
                return self.digits(match[0])
            if word not in _LINKS:
                return None
        return None

    def _score(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "3-1 से जीत"; without a word of a match, two numbers are a span."""
        around = scan.text[max(0, match.start() - 24) : match.end() + 24]
        if not _MATCH.search(around) or _COUNTED.match(scan.rest(match.end())):
            return None
        return f"{self.whole(match['left'])} {self.whole(match['right'])}"

    def _runs(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "स्कोर 245/6": runs and wickets."""
        scored = "स्कोर" in (scan.before(), scan.before(2)) or re.match(
            r"\s(?:रन|का स्कोर|पर|\(\d{1,3}(?:\.\d)? ओवर)", scan.rest(match.end())
        )
        wickets = self.value(match["right"])
        if not scored or wickets > 10 or len(match["left"]) < 2:
            return None
        return f"{self.whole(match['left'])} पर {self.whole(match['right'])}"
