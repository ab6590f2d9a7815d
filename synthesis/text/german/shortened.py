"""German's shortened adjectives, in the gender and case of the noun: "die sog. Seuche"."""

from __future__ import annotations

import re

from synthesis.text.german import nouns
from synthesis.text.german.spans import SpanRules
from synthesis.text.language_numbers import either
from synthesis.text.scan import Rule, Scan, rule

_ADJECTIVES = {
    "sog.": "sogenannt", "ehem.": "ehemalig", "dt.": "deutsch", "dtsch.": "deutsch", "engl.": "englisch", "frz.": "französisch",
    "franz.": "französisch", "ital.": "italienisch", "span.": "spanisch", "russ.": "russisch", "lat.": "lateinisch",
    "griech.": "griechisch", "amerik.": "amerikanisch", "europ.": "europäisch", "österr.": "österreichisch",
    "schweiz.": "schweizerisch", "bayer.": "bayerisch", "kath.": "katholisch", "ev.": "evangelisch", "evang.": "evangelisch",
    "stellv.": "stellvertretend", "allg.": "allgemein", "versch.": "verschieden", "zusätzl.": "zusätzlich", "jährl.": "jährlich",
    "mtl.": "monatlich", "monatl.": "monatlich", "tägl.": "täglich", "wöchentl.": "wöchentlich", "durchschn.": "durchschnittlich",
    "gesetzl.": "gesetzlich", "öffentl.": "öffentlich", "städt.": "städtisch", "staatl.": "staatlich", "techn.": "technisch",
    "wiss.": "wissenschaftlich", "elektr.": "elektrisch", "entspr.": "entsprechend", "persönl.": "persönlich", "berufl.": "beruflich",
    "gebr.": "gebraucht", "schriftl.": "schriftlich", "mündl.": "mündlich", "telef.": "telefonisch", "telefon.": "telefonisch",
    "mögl.": "möglich", "gesch.": "geschieden", "verh.": "verheiratet", "erm.": "ermäßigt", "kostenl.": "kostenlos",
    "unverb.": "unverbindlich", "wirtsch.": "wirtschaftlich", "polit.": "politisch", "hist.": "historisch", "rechtl.": "rechtlich",
    "freundl.": "freundlich", "herzl.": "herzlich", "röm.": "römisch", "röm.-kath.": "römisch-katholisch", "chem.": "chemisch", "ugs.": "umgangssprachlich",
    "physik.": "physikalisch", "militär.": "militärisch", "sen.": "senior", "jun.": "junior",
}  # fmt: skip
_ALONE = {"ehem.": "ehemals", "mögl.": "möglichst", "ev.": "eventuell"}  # with no noun behind
_INDECLINABLE = frozenset(("sen.", "jun."))
_NOUN = re.compile(
    r"\s(?:(?:und|u\.|oder)\s[\w.]{2,20}\s)?(?:[a-zäöüß]{2,24}(?P<like>e[nrsm]?)\s)?(?P<noun>[A-ZÄÖÜ][\w-]{1,40})"
)


class ShortenedRules(SpanRules):
    """German's rules for adjectives that are cut short."""

    def adjectives(self) -> list[Rule]:
        """In order of precedence."""
        return [
            rule(
                "abbreviation",
                rf"(?P<short>{either([*_ADJECTIVES, *map(str.capitalize, _ADJECTIVES)])})(?!\w)",
                self._adjective,
                "a",
                needs=".",
            )
        ]

    def _adjective(self, match: re.Match[str], scan: Scan) -> str:
        short = match["short"].lower()
        noun = _NOUN.match(scan.text, match.end())
        said = _ADJECTIVES[short]
        if noun is None or short in _INDECLINABLE:
            said = _ALONE.get(short, said)
        else:
            said += noun["like"] or nouns.declined(noun["noun"], scan.before(), scan.before(2))
        ends = not scan.rest(match.end()).strip()
        said += "." if ends else ""
        return said.capitalize() if match["short"][0].isupper() else said
