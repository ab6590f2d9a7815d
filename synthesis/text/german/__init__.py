"""German as it is read aloud; no voice speaks it yet."""

from __future__ import annotations

from num2words import num2words

from synthesis.text.language_table import LanguageTable


def cardinal(value: int) -> str:
    return str(num2words(value, lang="de"))


def ordinal(value: int, feminine: bool) -> str:
    return str(num2words(value, lang="de", to="ordinal"))


def day(value: int) -> str:
    """A day as it stands after "am"."""
    return ordinal(value, False) + "n"


def counted(value: int, noun: str) -> str:
    return "ein" if value == 1 and noun else cardinal(value)


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
    date="{day} {month} {year}",
    date_without_year="{day} {month}",
    clock="{hour} Uhr {minute}",
    full_hour="{hour} Uhr",
    currencies={
        "€": ("Euro", "Euro", "Cent", "Cent"),
        "EUR": ("Euro", "Euro", "Cent", "Cent"),
        "$": ("Dollar", "Dollar", "Cent", "Cent"),
        "USD": ("Dollar", "Dollar", "Cent", "Cent"),
        "£": ("Pfund", "Pfund", "Penny", "Pence"),
        "CHF": ("Franken", "Franken", "Rappen", "Rappen"),
        "¥": ("Yen", "Yen", "Sen", "Sen"),
    },
    cents=" ",
    say_hundredths=False,
    fractions={
        (1, 2): "ein halb",
        (1, 3): "ein Drittel",
        (2, 3): "zwei Drittel",
        (1, 4): "ein Viertel",
        (3, 4): "drei Viertel",
        (1, 5): "ein Fünftel",
        (0, 5): "Fünftel",
        (1, 8): "ein Achtel",
        (0, 8): "Achtel",
        (1, 10): "ein Zehntel",
        (0, 10): "Zehntel",
    },
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
        "-": "Strich",
        "_": "Unterstrich",
        ":": "Doppelpunkt",
    },
    abbreviations={
        "Dr.": "Doktor",
        "Prof.": "Professor",
        "Hr.": "Herr",
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
    ordinal_signs={},
    ordinal_point=True,
    regnal=lambda value: f"der {ordinal(value, False).capitalize()}",
    rulers=r"Ludwig|Karl|Heinrich|Wilhelm|Friedrich|Otto|Paul|Benedikt|Pius|Johannes|Georg|Elisabeth|Katharina|Leopold|Napoleon|Maximilian|Franz|Joseph|Leo",
    numbered=r"kapitel|band|akt|teil|weltkrieg|phase|typ",
    counted=counted,
    year=lambda value: str(num2words(value, lang="de", to="year")).removesuffix(" n. chr."),
    day=day,
    digits_after_point=True,
    scales={
        "Mio.": "Millionen",
        "Millionen": "Millionen",
        "Million": "Million",
        "Mrd.": "Milliarden",
        "Milliarden": "Milliarden",
    },
)
