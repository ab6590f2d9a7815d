"""The numbers of rulers, in the case and gender of their names: "unter Ludwig dem Vierzehnten"."""

from __future__ import annotations

from synthesis.text.german import nouns
from synthesis.text.scan import Scan

_MEN = (
    "Adolf Albert Alexander Benedikt Bonifatius Charles Christian Clemens Ferdinand Franz Friedrich Georg Gregor "
    "Gustav Hadrian Harald Heinrich Innozenz Iwan Jakob Johann Johannes Joseph Karl Konrad Leo Leopold Ludwig "
    "Maximilian Napoleon Nikolaus Otto Paul Peter Philipp Pius Louis August Eduard Edward Henry William James Carl Carlos Felipe Alfons Albrecht Ruprecht Ernst Lothar "
    "Hugo Robert Julius Sixtus Eugen Martin Coelestin Klemens Stephan Silvester Honorius Emanuel Umberto Ladislaus Matthias "
    "Sigismund Kasimir Wenzel Ottokar Michael Boris Olav Haakon Erik Mehmed Süleyman Selim Murad Mohammed Abdullah Hussein "
    "Thutmosis Amenophis Ptolemaios Xerxes Dareios Konstantin Theodosius Justinian Rama Juan Fuad Faruk Leka Simeon Willem "
    " Ramses Richard Rudolf Urban Viktor Wilhelm Wladimir"
).split()
_WOMEN = "Elisabeth Katharina Margarethe Margrethe Maria Anna Isabella Beatrix Christina".split()
_TITLES = frozenset(
    "König Kaiser Papst Zar Fürst Herzog Großherzog Kurfürst Graf Prinz Markgraf Landgraf Sultan Schah Pharao "
    "Erzbischof Bischof Patriarch Königs Kaisers".split()
)
_WOMEN_TITLES = frozenset("Königin Kaiserin Zarin Fürstin Herzogin Gräfin".split())
_BORN_WITH_S = frozenset(
    "Charles Johannes Nikolaus Ramses Bonifatius Clemens Pius Louis Carlos James Julius Sixtus Alfons Honorius Klemens Ladislaus "
    "Matthias Thutmosis Amenophis Ptolemaios Xerxes Dareios Theodosius".split()
)
_ARTICLES = {"dem": "dative", "den": "accusative", "des": "genitive"}
_SUBJECTS = frozenset("er sie es wir ich man ihr".split())
_OF_MEN = {
    "nominative": "der {}e",
    "genitive": "des {}en",
    "dative": "dem {}en",
    "accusative": "den {}en",
}
_OF_WOMEN = {
    "nominative": "die {}e",
    "genitive": "der {}en",
    "dative": "der {}en",
    "accusative": "die {}e",
}
_FUSED = {"zum": "dative", "vom": "dative", "beim": "dative", "am": "dative", "im": "dative"}


def _stem(name: str) -> str:
    """A name without the ending of the genitive."""
    return name[:-1] if name.endswith("s") and name not in _BORN_WITH_S else name


def _phrase(scan: Scan) -> list[str]:
    """The titles and names right before this place, the last one first."""
    found: list[str] = []
    while len(found) < 4:
        word = scan.before(len(found) + 1)
        if not word[:1].isupper() or word.lower() in nouns.PREPOSITIONS:
            break
        found.append(word)
    return found


def _case(scan: Scan, names: int) -> str:
    """The case that stands before a ruler's names."""
    word, earlier = scan.before(names + 1).lower(), scan.before(names + 2).lower()
    listed = scan.token_before(names + 2) if word == "und" else None
    if listed is not None and listed.kind == "roman":  # "unter Friedrich I. und Karl V."
        word = listed.said.split()[0]
    elif word == "und":  # "mit Papst Franziskus und Benedikt XVI."
        back = names + 2
        while back < names + 6 and scan.before(back)[:1].isupper():
            back += 1
        word = scan.before(back).lower()
    if word in _ARTICLES:
        return _ARTICLES[word]
    if word in nouns.DATIVE or word in _FUSED:
        return "dative"
    if word in nouns.ACCUSATIVE:
        return "accusative"
    if word in nouns.GENITIVE:
        return "genitive"
    linking = word in ("ist", "war", "wurde", "heißt", "hieß", "als", "wie")
    return "accusative" if earlier in _SUBJECTS and word.isalpha() and not linking else "nominative"


def regnal(ordinal: str, scan: Scan) -> str | None:
    """A ruler's number as it is said behind the name, None behind what is no ruler's.

    ordinal: as it stands after "der", "zweite".
    """
    phrase = _phrase(scan)
    if not phrase:
        return None
    name, titles = phrase[0], set(phrase[1:])
    stem = _stem(name)
    known = stem in _MEN or stem in _WOMEN
    if not known and not titles & (_TITLES | _WOMEN_TITLES):
        return None
    woman = bool(titles & _WOMEN_TITLES) or (stem in _WOMEN and not titles & {*_MEN, *_TITLES})
    case = "genitive" if known and stem != name else _case(scan, len(phrase))
    forms = _OF_WOMEN if woman else _OF_MEN
    return forms[case].format(ordinal.removesuffix("e").capitalize())
