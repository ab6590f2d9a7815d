"""German nouns: their gender, and the articles and endings that it asks for."""

from __future__ import annotations

import re
from functools import lru_cache

_FEMININE = """
    angst ansicht antwort app arbeit art bahn bank bar box brust butter cd cola dauer dvd e-mail eins email
    fahrt faser feder firma formel form frau frist gabel gans gefahr gegend geduld geburt gewalt gruppe hand haut
    insel jacht jugend kammer kamera kartoffel klausel kost kraft kugel kuh kunst kur last leber leiter luft lust
    macht mail mark mauer maus milch million mutter nachricht nacht nadel natur nudel null nummer oper paprika
    person pflicht pizza post regel sauna schachtel schicht schlacht schrift schuld schulter schüssel schwester sicht
    sms spur stadt steuer tafel tochter tour tür uhr umwelt ursache wahl wand website welt wurst wurzel zahl zeit
    ziffer zukunft zwiebel ampel vokabel erlaubnis kenntnis villa aula liga bundesliga regionalliga kreisliga dna uni kita gmbh ag
"""
_MASCULINE = """
    abschnitt absatz abend advent akku akt anruf anschluss antrag anzug apfel arm artikel arzt auftrag ausgang ausweis ball
    band baum becher beitrag berg betrag betrieb beutel block brief bruder bund bus cent chef chip code computer
    dollar eimer eingang eintrag erfolg euro fall fc fehler film fisch fleck flug fluss franken freund fund fuß
    gang gast geist gewinn grad grund gutschein gürtel halt hektar hinweis hof hund hut job kaffee kanal karton
    kasten kauf keks klick knopf koffer kopf korb krieg kunde kurs kuss laden lauf laptop link löffel mann markt
    meter moment monat monitor morgen motor mund name ort park pc plan platz pokal preis prozess pullover punkt
    rabatt rang raum rest ring rock router ruf rubel sack saft salat satz schalter schein schlag schlüssel schluss schrank schritt
    schuh schuss schutz schwanz senat server sieg sitz sohn spieler stab stall stamm stand start stein stern stick stich stiel stock stoff
    strauß streit strich strom stuhl sturm tag tee teil teller termin test text tipp tisch titel tod ton topf traum treffer
    treffpunkt trick turm umschlag umzug unfall urlaub vater verein verkauf verlust versand versuch vertrag vogel vorschlag vorteil
    wagen wald weg wein wert wunsch wurf yen zahn zaun zentner zettel zoll zucker zug zweig zwerg würfel onkel muskel
    käse junge hase löwe affe kollege experte zeuge erbe buchstabe gedanke neffe riese pole däne russe franzose
    türke grieche bote matrose insasse beamte neukunde stammkunde privatkunde psychologe biologe funke wille
"""
_NEUTER = """
    abo angebot amt auge auto bad bein bett bier bild bit blatt boot brot buch büro byte dach datum dorf ei eigelb eis
    eiweiß ende event feld fenster fest feuer fieber finale fleisch flugzeug foto futter gebot gebäude gehalt geld gelände gemüse
    gerät geschenk geschoss geschäft gesetz gesicht gewicht gewürz getränk glas glied gold gramm haar handy haus heft hemd herz hertz
    holz hotel huhn image interesse jahr jahrhundert jahrzehnt kabel kapitel kilo kind kino kissen kleid kloster konto konzert lager
    land leben leder licht lied loch lokal los mal meer mehl menü messer mittel modell motiv muster möbel netz objekt ohr
    opfer paar paket papier passwort pfand pferd pfund plus poster problem produkt programm projekt prozent pulver quartal rad radio
    rätsel recht regal restaurant rezept ruder salz schaf schiff schild schloss schnitzel schreiben schwein segel semester set signal silber
    spiel steak stockwerk stück system tablet taxi team telefon theater ticket tier tor training turnier tuch ufer unternehmen urteil
    verbot verfahren verhältnis video viertel volk volt wasser watt wetter werk werkzeug wochenende wort wunder zeichen zelt zentrum zeug ziel
    zimmer zeugnis ergebnis öl og obergeschoss eg abitur benzin magazin modul ampere pint gallon drittel
"""
_HEADS = {
    **dict.fromkeys(_FEMININE.split(), "f"),
    **dict.fromkeys(_MASCULINE.split(), "m"),
    **dict.fromkeys(_NEUTER.split(), "n"),
}
_WHOLE = frozenset(
    "kunde ei art eis band bar bund ag uhr ort arm ton rat og eg fc pc teil mal see".split()
)
_ENDINGS = (
    ("n", re.compile(r"(?:chen|lein|ment|[^aä]um|tum|tel|ett|nis|o)$")),
    ("f", re.compile(r"(?:ung|heit|keit|schaft|[st]ion|tät|ik|[^e]ei|[^i]ur|[ae]nz|ie|[rtdn]in|e)$")),
    ("m", re.compile(r"(?:er|el|en|ling|or|ismus|ig|ich)$")),
)  # fmt: skip
_ARTICLES = {
    "nominative": {"m": "ein", "f": "eine", "n": "ein"},
    "accusative": {"m": "einen", "f": "eine", "n": "ein"},
    "dative": {"m": "einem", "f": "einer", "n": "einem"},
    "genitive": {"m": "eines", "f": "einer", "n": "eines"},
}
_DETERMINER = re.compile(
    r"(?:d|dies|jen|jed|welch|[dms]?ein|ihr|unser|kein)(?:er|en|em|es)?|ihre?|unsere?"
)
_STRONG = {"m": "er", "f": "e", "n": "es"}


@lru_cache(maxsize=4096)
def gender(noun: str) -> str:
    """ "m", "f" or "n"; a compound has that of its last part, an unknown noun is masculine."""
    return _of_head(word := noun.lower()) or next(
        (found for found, ending in _ENDINGS if ending.search(word)), "m"
    )


def _of_head(word: str) -> str | None:
    """The gender of a word that is known, or whose last part is."""
    if word in _HEADS:
        return _HEADS[word]
    for start in range(1, min(len(word) - 2, 40)):
        part = word[start:]
        person = part == "ende" and word[start - 1] not in "sn"  # "Vorsitzende" is no end
        if part in _HEADS and part not in _WHOLE and not person:
            return _HEADS[part]
    return None


def declined(noun: str, before: str, earlier: str) -> str:
    """The ending of an adjective, which may stand before many: "die deutsch-en Firmen"."""
    word = before.lower()
    many = _of_head(noun.lower()) is None and re.search(r"(?:en|eln|ern)$", noun) is not None
    if word in ("die", "diese", "jene", "meine", "seine", "ihre", "unsere", "keine"):
        if noun.isupper():  # "die ehem. DDR"
            return "e"
        return "en" if many or gender(noun) != "f" else "e"
    if many and word not in _TO_EN and not _DETERMINER.fullmatch(word):
        return "en" if word in DATIVE else "e"
    return ending(noun, before, earlier)


def article(noun: str, case: str = "nominative") -> str:
    """ "ein" as it stands before a noun.

    >>> article("Stimme"), article("Stunde", "dative"), article("Tag", "accusative")
    ('eine', 'einer', 'einen')
    """
    return "ein" if noun == "Uhr" else _ARTICLES[case][gender(noun)]


def after_article(noun: str, case: str = "nominative") -> str:
    """The ending of an adjective between "ein" and a noun: "ein halb-er Liter"."""
    of = gender(noun)
    return _STRONG[of] if case == "nominative" or (case == "accusative" and of != "m") else "en"


def ending(noun: str, before: str, earlier: str) -> str:
    """The ending of an ordinal by its noun and the two words before: "in der zweit-en Woche"."""
    of, word = gender(noun), before.lower()
    if word in _TO_EN or re.fullmatch(
        r"(?:[dms]?ein|k?ein|ihr|unser|eur|dies|jed|jen)(?:en|em|es)", word
    ):
        # "dieses" and "jedes" may be subjects
        return "e" if of == "n" and word in ("dieses", "jedes", "jenes") else "en"
    if word in ("der", "dieser", "jeder", "jener"):
        oblique = of == "f" and word == "der"
        return "en" if oblique or earlier.lower() in PREPOSITIONS else "e"
    if re.fullmatch(r"(?:[dms]?ein|kein|ihr|unser|eur)er", word):
        return "en"
    if word in _TO_E or re.fullmatch(r"(?:[dms]?ein|kein|ihr|unser|eur)e", word):
        return "e"
    if word in DATIVE:
        return {"m": "em", "f": "er", "n": "em"}[of]
    return _STRONG[of]


_TO_EN = frozenset("am im zum vom beim zur dem den des allen beiden".split())
_TO_E = frozenset("die das diese jede ins ans aufs fürs jedes dieses welche".split())
DATIVE = frozenset(
    "nach mit von bei aus seit zu ab vor in an auf unter binnen außer neben zwischen gegenüber".split()
)
ACCUSATIVE = frozenset("für um durch gegen ohne bis über je pro per".split())
GENITIVE = frozenset(
    "während wegen trotz innerhalb außerhalb statt anstatt infolge mangels".split()
)
PREPOSITIONS = DATIVE | ACCUSATIVE | GENITIVE
