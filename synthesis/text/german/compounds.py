"""German numbers that are the first part of a word: "zweijährig", "das Zehnfache"."""

from __future__ import annotations

from synthesis.text.german.references import ReferenceRules
from synthesis.text.scan import Rule, rule

COUNTED = ("cardinal", "measure", "money", "ordinal", "fraction", "date", "maths", "time")
_COMPOUNDS = (
    r"jährig\w{0,2}|stündig\w{0,2}|stündlich\w{0,2}|tägig\w{0,2}|minütig\w{0,2}|köpfig\w{0,2}|malig\w{0,2}|fach\w{0,2}|stellig\w{0,2}|teilig\w{0,2}|"
    r"stöckig\w{0,2}|prozentig\w{0,2}|monatig\w{0,2}|monatlich\w{0,2}|wöchig\w{0,2}|wöchentlich\w{0,2}|seitig\w{0,2}|"
    r"spurig\w{0,2}|türig\w{0,2}|sitzig\w{0,2}|sprachig\w{0,2}|mal"
)


class CompoundRules(ReferenceRules):
    """German's rules for compounds."""

    def compounds(self) -> list[Rule]:
        """Numbers that are the first part of a word: "zweijährig", "neunzehnhundertzwanziger"."""
        return [
            rule(
                "cardinal",
                rf"(?P<number>\d{{1,3}})-?(?P<rest>{_COMPOUNDS})(?!\w)",
                lambda m, s: self._stem(m["number"]) + m["rest"],
                "d",
            ),
            rule(  # "20-Jährige", "das 10-Fache"
                "cardinal",
                r"(?P<number>\d{1,3})-(?P<rest>Jährige[nrms]?|Fache[nrms]?|Tägige[nrms]?)(?!\w)",
                lambda m, s: (self._stem(m["number"]) + m["rest"].lower()).capitalize(),
                "d",
            ),
            rule(
                "cardinal",
                r"(?P<number>\d{1,3},\d{1,2})-?(?P<rest>fach\w{0,2}|mal)(?!\w)",
                lambda m, s: self.number(m["number"]) + m["rest"],
                "d",
            ),
            rule(
                "silent",
                r"-(?=,?\s)",
                lambda m, s: "" if s.touches and s.touches.kind == "cardinal" else None,
                "s",
                first="-",
            ),
            rule(
                "cardinal",
                r"(?P<number>\d{1,3})\s?%-?(?P<rest>ige?[rnsm]?)(?!\w)",
                lambda m, s: f"{self._stem(m['number'])}prozent{m['rest']}",
                "d",
            ),
            rule(
                "cardinal",
                r"(?P<number>\d{1,3})\s?[x×](?=\s(?!\d)[^\W\d_]{2}|\s?/\s?[A-Z])",
                lambda m, s: f"{self._stem(m['number'])}mal",
                "d",
            ),
            rule(
                "ordinal",
                r"(?P<number>1[1-9]\d0|20\d0)er(?!\w)",
                lambda m, s: self.year(m["number"]) + "er",
                "d",
            ),
            rule(
                "joint",
                r"-(?=[^\W\d_]{2})",
                lambda m, s: (
                    ""
                    if s.touches is not None and s.touches.kind in (*COUNTED, "abbreviation")
                    else None
                ),
                "s",
                first="-",
            ),
        ]

    def _stem(self, written: str) -> str:
        """A number as the first part of a word: "einmal"."""
        return "ein" if self.value(written) == 1 else self.whole(written)
