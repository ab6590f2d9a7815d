"""German as it is read aloud; no voice speaks it yet."""

from __future__ import annotations

from num2words import num2words

from synthesis.text.language_table import LanguageTable


def cardinal(value: int) -> str:
    return str(num2words(value, lang="de"))


_STRONG = frozenset("am im zum vom beim dem den des bis ab seit zur".split())
_YEAR_BEFORE = frozenset(
    "jahr jahre jahren im in anno seit um ab bis von vor nach bereits erst schon".split()
)
_WEAK = frozenset("der die das jeder jede jedes".split())
_FEMININE = frozenset(("Stunde", "Minute", "Sekunde", "Tonne", "Million", "Milliarde", "Meile"))


def ordinal(value: int, feminine: bool) -> str:
    return str(num2words(value, lang="de", to="ordinal"))


def day(value: int, before: str) -> str:
    """A day or place as it stands after a word: "am dritten", "der dritte", "dritter"."""
    if before in _STRONG:
        return ordinal(value, False) + "n"
    return ordinal(value, False) + ("" if before in _WEAK else "r")


def counted(value: int, noun: str) -> str:
    """A number before its noun: "eine Stunde", "ein Euro"."""
    said = cardinal(value)
    if not noun or not said.endswith("eins"):
        return said
    if value != 1:
        return said  # "hunderteins Seiten"
    return "eine" if noun in _FEMININE else "ein"


def parts(top: int, bottom: int) -> str | None:
    """A fraction: "drei Viertel", "ein Elftel"."""
    if bottom == 2:
        return "ein halb" if top == 1 else f"{counted(top, 'Halbe')} Halbe"
    name = ordinal(bottom, False).removesuffix("e") + "el"
    return f"{counted(top, name)} {name[0].upper()}{name[1:]}"


def mixed(whole: int, top: int, bottom: int) -> str | None:
    """ "eineinhalb", "zwei drei Viertel"."""
    said = counted(whole, "x")
    return f"{said}einhalb" if (top, bottom) == (1, 2) else f"{said} {parts(top, bottom)}"


def is_year(value: int, before: str, after: str) -> bool:
    """Whether four digits by themselves are a year: "1126" is one only where a word says so."""
    return value >= 1500 or before.lower() in _YEAR_BEFORE


TABLE = LanguageTable(
    locale="de",
    decimal=",",
    groups=". \u00a0",
    cardinal=cardinal,
    ordinal=ordinal,
    point="Komma",
    minus="minus",
    plus="plus",
    percent="Prozent",
    to="bis",
    per="pro",
    date="{day} {month} {year}",
    date_without_year="{day} {month}",
    clock="{hour} Uhr {minute}",
    clock_seconds="{hour} Uhr {minute} und {second}",
    full_hour="{hour} Uhr",
    currencies={
        "€": ("Euro", "Euro", "Cent", "Cent"),
        "EUR": ("Euro", "Euro", "Cent", "Cent"),
        "$": ("Dollar", "Dollar", "Cent", "Cent"),
        "USD": ("Dollar", "Dollar", "Cent", "Cent"),
        "GBP": ("Pfund", "Pfund", "Penny", "Pence"),
        "JPY": ("Yen", "Yen", "Sen", "Sen"),
        "£": ("Pfund", "Pfund", "Penny", "Pence"),
        "CHF": ("Franken", "Franken", "Rappen", "Rappen"),
        "¥": ("Yen", "Yen", "Sen", "Sen"),
    },
    cents=" ",
    say_hundredths=False,
    parts=parts,
    mixed=mixed,
    feminine=lambda noun: noun in ("tasse", "stunde", "million", "flasche", "minute"),
    half="eine halbe",
    over="durch",
    signs={
        "&": "und",
        "+": "plus",
        "=": "gleich",
        "×": "mal",
        "÷": "geteilt durch",
        "<": "kleiner als",
        ">": "größer als",
        "@": "at",
        "€": "Euro",
        "$": "Dollar",
        "≈": "ungefähr",
        "±": "plus minus",
        "§": "Paragraf",
        "²": "Quadrat",
        "³": "hoch drei",
    },
    marks={
        ".": "Punkt",
        "@": "at",
        "/": "Schrägstrich",
        "-": "Bindestrich",
        "?": "Fragezeichen",
        "!": "Ausrufezeichen",
        "=": "Gleichheitszeichen",
        "&": "Und-Zeichen",
        "#": "Raute",
        "%": "Prozent",
        "~": "Tilde",
        "+": "Plus",
        "^": "Zirkumflex",
        "*": "Sternchen",
        "\\": "umgekehrter Schrägstrich",
        "$": "Dollar",
        "_": "Unterstrich",
        ":": "Doppelpunkt",
    },
    abbreviations={
        "Dr.": "Doktor",
        "Prof.": "Professor",
        "Hr.": "Herr",
        "Hrn.": "Herrn",
        "Mr.": "Mister",
        "Mrs.": "Missis",
        "Ms.": "Miss",
        "Frl.": "Fräulein",
        "Ing.": "Ingenieur",
        "Dipl.": "Diplom",
        "Min.": "Minuten",
        "Sek.": "Sekunden",
        "Std.": "Stunden",
        "Tsd.": "Tausend",
        "Abs.": "Absatz",
        "Anm.": "Anmerkung",
        "Aufl.": "Auflage",
        "Hrsg.": "Herausgeber",
        "geb.": "geboren",
        "gest.": "gestorben",
        "gegr.": "gegründet",
        "ehem.": "ehemalig",
        "max.": "maximal",
        "min.": "minimal",
        "mind.": "mindestens",
        "zzgl.": "zuzüglich",
        "exkl.": "exklusive",
        "einschl.": "einschließlich",
        "sog.": "sogenannt",
        "i. d. R.": "in der Regel",
        "i.d.R.": "in der Regel",
        "u. v. m.": "und vieles mehr",
        "u.v.m.": "und vieles mehr",
        "usf.": "und so fort",
        "s. o.": "siehe oben",
        "s. u.": "siehe unten",
        "a. D.": "außer Dienst",
        "i. A.": "im Auftrag",
        "Pl.": "Platz",
        "Stk.": "Stück",
        "Jhd.": "Jahrhundert",
        "Whg.": "Wohnung",
        "Bhf.": "Bahnhof",
        "Hbf.": "Hauptbahnhof",
        "Hbf": "Hauptbahnhof",
        "Tel": "Telefon",
        "m. E.": "meines Erachtens",
        "z. T.": "zum Teil",
        "z.T.": "zum Teil",
        "z. Z.": "zurzeit",
        "v. a.": "vor allem",
        "v.a.": "vor allem",
        "o. g.": "oben genannt",
        "bspw.": "beispielsweise",
        "vs.": "gegen",
        "Fr.": "Frau",
        "z. B.": "zum Beispiel",
        "z.B.": "zum Beispiel",
        "usw.": "und so weiter",
        "d. h.": "das heißt",
        "d.h.": "das heißt",
        "ca.": "circa",
        "Nr.": "Nummer",
        "Str.": "Straße",
        "bzw.": "beziehungsweise",
        "u. a.": "unter anderem",
        "u.a.": "unter anderem",
        "Tel.": "Telefon",
        "St.": "Sankt",
        "Mio.": "Millionen",
        "Mrd.": "Milliarden",
        "S.": "Seite",
        "evtl.": "eventuell",
        "ggf.": "gegebenenfalls",
        "inkl.": "inklusive",
        "v. Chr.": "vor Christus",
        "n. Chr.": "nach Christus",
        "o. Ä.": "oder Ähnliches",
        "etc.": "et cetera",
        "Abb.": "Abbildung",
        "Bd.": "Band",
        "Kap.": "Kapitel",
        "vgl.": "vergleiche",
        "Jh.": "Jahrhundert",
    },
    ordinal_signs={"er": False, "mal": False, "fach": False, "-mal": False, "-fach": False},
    written_ordinal=lambda value, sign: cardinal(value) + sign.lstrip("-"),
    ordinal_point=True,
    regnal=lambda value: f"der {ordinal(value, False).capitalize()}",
    rulers=r"Ludwig|Karl|Heinrich|Wilhelm|Friedrich|Otto|Paul|Benedikt|Pius|Johannes|Georg|Elisabeth|Katharina|Leopold|Napoleon|Maximilian|Franz|Joseph|Leo",
    numbered=r"kapitel|band|akt|teil|weltkrieg|phase|typ",
    counted=counted,
    hour="Uhr",
    is_year=is_year,
    year=lambda value: str(num2words(value, lang="de", to="year")).removesuffix(" n. chr."),
    day=day,
    clock_h=False,
    clock_words=frozenset(("um",)),
    phone_words=frozenset(
        "tel telefon ruf rufen rufe anrufen handy mobil fax nummer telefonnummer".split()
    ),
    digits_after_point=True,
    endings={"str.": "straße"},
    weekdays_alone=True,
    ratio="zu",
    extension="Durchwahl",
    short_months={"mär": 3, "jän": 1, "jänner": 1, "sept": 9, "febr": 2},
    prefixes={
        "n": "Nano",
        "µ": "Mikro",
        "m": "Milli",
        "c": "Zenti",
        "d": "Dezi",
        "h": "Hekto",
        "k": "Kilo",
        "M": "Mega",
        "G": "Giga",
        "T": "Tera",
    },
    units={
        "Ah": ("Amperestunde", "Amperestunden"),
        "dB": ("Dezibel", "Dezibel"),
        "l/100 km": ("Liter auf hundert Kilometer", "Liter auf hundert Kilometer"),
    },
    scales={
        "Mio.": "Millionen",
        "Millionen": "Millionen",
        "Million": "Million",
        "Mrd.": "Milliarden",
        "Milliarden": "Milliarden",
    },
)
