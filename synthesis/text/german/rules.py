"""German's own rules: articles and endings by gender and case, statutes, codes, prices and sums."""

from __future__ import annotations

import re

from synthesis.text.german import nouns
from synthesis.text.german.abbreviations import PER, UNITS
from synthesis.text.german.compounds import COUNTED, CompoundRules
from synthesis.text.language_numbers import either
from synthesis.text.scan import Rule, Rules, Scan, rule

_LABELS = frozenset(  # words whose number is a name: "Gleis 1"
    "absatz abs. halbsatz hs. artikel art. satz paragraf § seite s. nummer nr. kapitel kap. band bd. teil platz gleis raum zimmer "
    "gate tor linie version stufe level phase taste frage klasse zone tarif formel option punkt ziffer "
    "ziff. randnummer rn. typ runde spieltag stock ebene akt szene folge staffel kw kalenderwoche position "
    "abschnitt anlage terminal halle haus bus tram kanal programm gruppe team aufgabe übung übungsblatt lektion "
    "schritt tag woche variante fall steuerklasse abbildung abb. tabelle tab. windows größe gr. bahnsteig schalter".split()
)
_COUNTED_BY_PLACE = re.compile(  # what "1." at the head of a line is a place of, and no item
    r"(?:\w+-)?(?:(?:Bundes|Regional|Kreis|Ober)?[Ll]iga|Etage|Stock|Obergeschoss|OG|Auflage|Aufl\.|Platz|Halbzeit|"
    r"Runde|Klasse|Quartal|Tag|Woche|Monat|Jahr|Jahrhundert|Jh\.|Mal|Teil|Versuch|Weltkrieg|Advent|FC|Mahnung|Rate|"
    r"Reihe|Spieltag|Gang|Semester|Staffel|Folge|Bürgermeister(?:in)?|Vorsitzende[rn]?|Geburtstag|Senat|Kammer|Halbjahr|"
    r"Weihnachts(?:feier)?tag|Person|Stufe|Lesung|Instanz|Wahl|FC[A-Z]|HJ|Mose|Kor\.?|Könige|\w+(?:senat|kammer|runde|liga|preis|sieger|platz|jahr|tag|hälfte|stock|klasse|auflage))(?!\w)"
)
_ACCUSATIVE_VERBS = re.compile(
    r"(?:bitte|beträg|betrug|kost|hab|hast|hat|hätt|kauf|nehm|nimm|brauch|benötig|möcht|gibt|gab|geb|enth[aä]lt|bestell|tr[iau]nk|iss|ess|"
    r"verlor|verlier|gewann|gewinn|erziel|schoss|schieß|dauer|wieg|misst|spar|wart|bekomm|bekam|erh[aä]l|erhielt|lad|zahl|bezahl|such|find|"
    r"fand|vermiss|verkauf|biet|lauf|lief|schwimm|fahr|fuhr|bewertet|setz|wähl|füg|leg|öffn|umfass|verbrauch|beantrag|reservier)"
    r"(?:e|en|et|t|te|ten|st|est)?(?!\w)"
)
_ASIDES = frozenset(
    "ca. ca circa etwa rund ungefähr mindestens maximal nur knapp gut jeweils genau noch mir dir uns "
    "ihnen ihm ich sie wir er man max. mind. bis max min. fast schon bereits höchstens".split()
)
_BEFORE_ADJECTIVE = re.compile(  # whose ending the ordinal before it shares: "die 2. große Krise"
    r"\s(?:[a-zäöüß]{3,24}|[A-ZÄÖÜ][a-zäöüß]{1,20}(?:sch|al|iv|lich|ig))(?P<ending>e[nrsm]?)\s[A-ZÄÖÜ][a-zäöüß]"
)
_LAW = re.compile(r"(?:§|Art\.|Abs\.)[^.;!?]{0,24}(?:Abs\.[^.;!?]{0,8})?$")
_ARTICLES = frozenset("ein eine einen einem einer eines die der den dem das".split())
_FLOORS = {"OG": "Obergeschoss", "EG": "Erdgeschoss", "UG": "Untergeschoss", "DG": "Dachgeschoss"}
_SIZES = {
    "gestr": "gestrichen",
    "geh": "gehäuft",
    "gr": "groß",
    "kl": "klein",
    "mittelgr": "mittelgroß",
}
_SIZED = re.compile(rf"\s(?:{either(_SIZES)})\.\s([A-ZÄÖÜ][\w-]{{1,40}})")
_SHORT_PER = ("Min.", "Std.", "Stk.", "Pers.", "Wo.", "Fl.", "Pkg.")
_ALONE = frozenset("kg km cm mm kWh km/h m/s m/s² m² km² cm² m³ ml GB MB TB kW MHz GHz".split())


def _by_count(scan: Scan) -> bool:
    """Whether what stands before is a number."""
    before = scan.token_before()
    return before is not None and before.kind in COUNTED


class GermanRules(CompoundRules):
    """The rules of German."""

    def rules(self) -> Rules:
        """In order of precedence."""
        return Rules(
            [
                *self.codes(),
                *self.pressures(),
                *self.references(),
                *self.prices_and_sums(),
                *self.spans(),
                *self.orders(),
                *self.adjectives(),
                *self._shortened(),
                *self.lists_and_letters(),
                *self._joined(),
                *self.compounds(),
                *self.addresses(),
                *self.times_and_dates(),
                *self.amounts(),
                *self._words(),
                *self._numbers(),
            ]
        )

    def _shortened(self) -> list[Rule]:
        """Short words that mean one thing behind a number or a section, and another elsewhere."""
        return [
            rule(
                "abbreviation",
                r"v\.(?=\s\d{1,4}(?::\d\d)?\s?(?:Uhr\s)?(?:bis|–|-)\s?\d)",
                lambda m, s: "von",
                "l",
                first="v",
            ),
            rule("abbreviation", r"S\.(?=\s?\d)", self._sentence_of_law, "u", needs="."),
            rule(
                "abbreviation",
                r"ff?\.",
                lambda m, s: "und folgende" if _by_count(s) else None,
                "l",
                needs=".",
            ),
            rule(
                "abbreviation",
                r"n\.\s?[VEP]\.|i\.\s?E\.",
                self._overtime,
                "l",
                needs=".",
            ),
            rule(
                "abbreviation",
                r"(?:Jh|Jhd|Jhdt)\.",
                lambda m, s: "Jahrhunderts" if s.before(2).lower() == "des" else None,
                "u",
                needs=".",
            ),
            rule(
                "abbreviation",
                r"(?P<how>gestr|geh|gr|kl|mittelgr)\.(?=\s(?P<noun>[A-ZÄÖÜ][\w-]{1,40}))",
                self._sized,
                "l",
                needs=".",
            ),
            rule(
                "abbreviation",
                rf"(?:{either(_FLOORS)})(?!\w)",
                lambda m, s: _FLOORS[m[0]] if _by_count(s) or s.before() in ("im", "ins", "Im") else None,
                "u",
            ),
            rule(
                "date",
                r"(?P<day>[0-3]?\d)\.\s(?P<month>1[0-2]|0?[1-9])\.(?:\s?(?P<year>\d{4}))?(?!\d)",
                self._date,
                "d",
            ),
            rule(
                "measure",
                rf"(?:{either(_ALONE)})(?![\w/²³])",
                lambda m, s: self.unit(m[0], s.before().lower() in ("pro", "je", "per", "jeder", "ein")),
                "al",
            ),
        ]  # fmt: skip

    def _joined(self) -> list[Rule]:
        """Sizes, spans and what is counted per something."""
        return [
            rule(
                "fraction",
                r"(?P<quarters>[13]/4|[¼¾])\s?Stunde(?!\w)",
                lambda m, s: (
                    (
                        ""
                        if s.before().lower() in _ARTICLES
                        else f"{nouns.article('Stunde', self._case(s))} "
                    )
                    + ("Viertelstunde" if m["quarters"] in ("1/4", "¼") else "Dreiviertelstunde")
                ),
                "ds",
            ),
            rule(
                "measure",
                r"(?P<parts>\d{1,3}(?::[0-5]\d){1,2}(?:,\d{1,2})?)\s?(?P<unit>Std\.?|Stunden|Stdn\.|Min\.?|Minuten|min|h)(?!\w)",
                self._duration,
                "d",
            ),
            rule(
                "ordinal",
                r"(?P<number>\d{1,4})\s?(?P<letter>[a-z])(?!\w|\.\w)",
                self._lettered_section,
                "d",
            ),
            rule("cardinal", r"\d\d/\d\d(?![\d/])", self._double_size, "d"),
            rule("measure", r"(?P<number>\d{1,3}(?:,\d{1,2})?)\s?A(?![\w-])", self._amperes, "d"),
            rule(
                "joint",
                rf"/\s?(?P<unit>{either(_SHORT_PER)})",
                lambda m, s: f"pro {self.unit(m['unit'], True)}",
                "s",
                first="/",
            ),
            rule(
                "silent",
                r"\.(?=\s?/)",
                lambda m, s: "" if s.touches is not None and s.touches.kind == "measure" else None,
                "s",
                first=".",
            ),
            rule(
                "measure",
                r"(?P<number>\d{1,4}(?:,\d{1,3})?)-(?P<unit>m|km|cm|mm|g|mg|kg|t|l|ml|h|min|s|kW|kWh|V|W|A|GB|TB|MB|GHz|Hz)(?=-[^\W\d_])",
                lambda m, s: f"{self.number(m['number'])} {self.unit(m['unit'], False)}",
                "d",
            ),
            rule("joint", rf"/\s?(?=(?:{PER})(?!\w))", lambda m, s: "pro", "s", first="/"),
        ]

    def _sentence_of_law(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "§ 1 Abs. 1 S. 2" names a sentence, elsewhere it is a page."""
        return "Satz" if _LAW.search(scan.text[max(0, scan.at - 40) : scan.at]) else None

    def _overtime(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "3:3 n. V."; behind anything else, "nach Vereinbarung"."""
        before, short = scan.token_before(), re.sub(r"\s", "", match[0])
        scored = before is not None and before.kind in ("maths", "time")
        if not scored:
            return "nach Vereinbarung" if short == "n.V." else None
        said = {
            "n.V.": "nach Verlängerung",
            "n.E.": "nach Elfmeterschießen",
            "n.P.": "nach Penaltyschießen",
        }
        return said.get(short, "im Elfmeterschießen")  # fmt: skip

    def _sized(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "1 gestr. TL", "2 kl. Dosen"."""
        if not _by_count(scan):
            return None
        noun = UNITS.get(match["noun"], (match["noun"],))[0]
        ending = nouns.after_article(noun, self._case(scan)) if scan.before() == "1" else "e"
        return _SIZES[match["how"]] + ending

    def _duration(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "2:01:09 Std.", "3:45 Min."; "um 9:15 h" is a time of day."""
        if match["unit"] == "h" and match["parts"].count(":") < 2 and scan.before() != "in":
            return None
        units = ("h", "min", "s") if match["unit"][0] in "Sh" else ("min", "s", "s")
        parts = [
            self._counted_unit(self.value(each), unit)
            if "," not in each
            else f"{self.number(each)} {self.unit(unit, False)}"
            for each, unit in zip(match["parts"].split(":"), units, strict=False)
            if self.value(each)
        ]
        return " ".join([*parts[:-1], "und", parts[-1]]) if len(parts) > 1 else "".join(parts)

    def _double_size(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "Größe 38/40"."""
        sized = re.fullmatch(r"(?:\w*[Gg]r(?:öße|\.))", scan.before()) or re.search(
            r"[Gg]r(?:öße|\.):\s?$", scan.text[max(0, scan.at - 10) : scan.at]
        )
        return " ".join(map(self.whole, match[0].split("/"))) if sized else None

    def _amperes(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "2,5 A"; "Klasse 2 A" is none."""
        around = scan.text[max(0, match.start() - 24) : match.end() + 16]
        electric = "," in match[0] or re.search(r"\d\s?(?:V|W)\b|[Ss]trom|[Ss]icherung", around)
        return f"{self.number(match['number'])} Ampere" if electric else None

    def _lettered_section(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "§ 312g": the letter is no gram."""
        law = re.fullmatch(r"§§?|Art\.|Abs\.|Paragraf(?:en)?|Artikel", scan.before())
        return f"{self.whole(match['number'])} {match['letter']}" if law else None

    # Articles and endings

    def _case(self, scan: Scan) -> str:
        """The case that the words before ask for, by the nearest preposition or verb."""
        for back in range(1, 6):
            word = scan.before(back).lower()
            if word.isdecimal():  # of what is being counted
                continue
            if word in nouns.DATIVE:
                return "dative"
            if word in nouns.ACCUSATIVE:
                return "accusative"
            if word in nouns.GENITIVE:
                return "genitive"
            if _ACCUSATIVE_VERBS.fullmatch(word):
                return "accusative"
            if word not in _ASIDES and not self._is_listed(scan, back):
                return "nominative"
        return "nominative"

    def _is_listed(self, scan: Scan, back: int) -> bool:
        """Whether a word belongs to what is counted before: "mit 1 Ei und 1 Zwiebel"."""
        if back == 1:
            return scan.before().lower() in ("und", "oder", "sowie")
        token = scan.token_before(back)
        return token is not None and (
            token.kind in ("cardinal", "measure") or scan.before(back)[:1].isupper()
        )

    def _declined(self, number: str, said: str | None, noun: str, scan: Scan) -> str | None:
        """A reading that begins with "ein", in its case."""
        if number != "1" or not said or not noun or re.match(r"eine?\s", said + " ") is None:
            return said
        return re.sub(r"^eine?(?!\w)", nouns.article(noun, self._case(scan)), said)

    def _counted(self, match: re.Match[str], scan: Scan) -> str:
        following = scan.after(match.end())
        if match[0] == "1":
            if sized := _SIZED.match(scan.text, match.end()):
                noun = UNITS.get(sized[1], (sized[1],))[0]
                return nouns.article(noun, self._case(scan))
            label = re.sub(r"^.*-", "", scan.before().lower())
            named = label in _LABELS or label in ("die", "eine", "der") or label.endswith("platz")
            if not named and self.begins_counted_span(match, scan):
                return "ein"
            if named or not following or (following[:1].islower() and scan.before() == "und"):
                return "eins" if named or not following else super()._counted(match, scan)
            if following in UNITS:
                following = UNITS[following][0]
            if following[0].isupper() and following != "Uhr":
                return self._declined("1", super()._counted(match, scan), following, scan) or "eins"
        return super()._counted(match, scan)

    def _measure(self, match: re.Match[str], scan: Scan) -> str | None:
        if match["unit"] == "d" and re.fullmatch(r"\d{3,}d", match[0]):
            return None  # "BMW 320d"
        unit = "" if match["scale"] else self.unit(match["unit"], True)
        said = self._declined(match["number"], super()._measure(match, scan), unit, scan)
        if said and re.search(r"(?:Jahre|Monate|Tage)\.?$", said) and self._case(scan) == "dative":
            return re.sub(r"e(\.?)$", r"en\1", said)
        return said

    def _money(self, match: re.Match[str], scan: Scan) -> str:
        scale = match.groupdict().get("scale")
        if scale and match["number"] == "1" and self.scales[scale][0] == "M":
            of_one = re.sub("en$", "", self.scales[scale]).replace("Milliard", "Milliarde")
            return f"eine {of_one.replace('ardee', 'arde')} {self.currency(match['sign'])[1]}"
        said = super()._money(match, scan)
        return self._declined(match["number"], said, self.currency(match["sign"])[0], scan) or said

    def _fraction(self, match: re.Match[str], scan: Scan) -> str | None:
        groups = match.groupdict()
        unit = groups.get("unit")
        half = groups.get("vulgar") == "½" or (groups.get("top"), groups.get("bottom")) == (
            "1",
            "2",
        )
        if groups.get("top") and self.value(match["bottom"]) == self.value(match["top"]) + 1 > 21:
            return None  # "747/748" are years or pages
        noun = self.unit(unit, True) if unit else scan.after(match.end())
        if match["whole"] and unit:
            bare = super()._fraction(match, scan) or ""
            return bare.removesuffix(noun) + self.unit(unit, False)
        noun = UNITS[noun][0] if noun in UNITS else noun
        if match["whole"] or not noun[:1].isupper():
            return super()._fraction(match, scan)
        tail = f" {noun}" if unit else ""
        case = self._case(scan)
        if half:
            article = "" if scan.before().lower() in _ARTICLES else f"{nouns.article(noun, case)} "
            return f"{article}halb{nouns.after_article(noun, case)}{tail}"
        return super()._fraction(match, scan)

    def _ordinal_point(self, match: re.Match[str], scan: Scan) -> str | None:
        """ "ihre fünfte Goldmedaille": the ending follows the noun and the word before."""
        value, noun = self.value(match["number"]), scan.after(match.end())
        following = scan.rest(match.end()).lstrip()
        if scan.token_before() is None and value < 20 and not _COUNTED_BY_PLACE.match(following):
            return None  # at the beginning, a small one numbers a list's item
        if scan.tokens and (like := _BEFORE_ADJECTIVE.match(scan.text, match.end())):
            return self.table.ordinal(value, False).removesuffix("e") + like["ending"]
        if not noun[:1].isupper():
            return super()._ordinal_point(match, scan) if scan.tokens else None
        noun = {"Aufl": "Auflage", "Jh": "Jahrhundert"}.get(noun, noun)
        ending = self.listed_ending(scan) or nouns.ending(noun, scan.before(), scan.before(2))
        return self.table.ordinal(value, False).removesuffix("e") + ending
