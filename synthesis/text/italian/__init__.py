"""Italian as it is read aloud."""

from __future__ import annotations

from num2words import num2words

from synthesis.text.language_table import LanguageTable


def cardinal(value: int) -> str:
    return str(num2words(value, lang="it"))


def ordinal(value: int, feminine: bool) -> str:
    said = str(num2words(value, lang="it", to="ordinal"))
    return said[:-1] + "a" if feminine else said


def counted(value: int, noun: str) -> str:
    if value != 1 or not noun:
        return cardinal(value)
    return "una" if noun.endswith("a") else "un"


TABLE = LanguageTable(
    locale="it",
    decimal=",",
    groups=". \u00a0",
    cardinal=cardinal,
    ordinal=ordinal,
    point="virgola",
    minus="meno",
    plus="più",
    percent="per cento",
    to="a",
    date="{day} {month} {year}",
    date_without_year="{day} {month}",
    clock="{hour} e {minute}",
    full_hour="{hour}",
    currencies={
        "€": ("euro", "euro", "centesimo", "centesimi"),
        "EUR": ("euro", "euro", "centesimo", "centesimi"),
        "$": ("dollaro", "dollari", "centesimo", "centesimi"),
        "USD": ("dollaro", "dollari", "centesimo", "centesimi"),
        "£": ("sterlina", "sterline", "penny", "pence"),
        "¥": ("yen", "yen", "sen", "sen"),
        "CHF": ("franco svizzero", "franchi svizzeri", "centesimo", "centesimi"),
    },
    cents=" e ",
    say_hundredths=False,
    fractions={
        (1, 2): "mezzo",
        (1, 3): "un terzo",
        (2, 3): "due terzi",
        (1, 4): "un quarto",
        (3, 4): "tre quarti",
        (1, 5): "un quinto",
        (0, 5): "quinti",
        (1, 8): "un ottavo",
        (0, 8): "ottavi",
        (1, 10): "un decimo",
        (0, 10): "decimi",
    },
    over="su",
    signs={
        "&": "e",
        "+": "più",
        "=": "uguale",
        "×": "per",
        "÷": "diviso",
        "<": "minore di",
        ">": "maggiore di",
        "@": "chiocciola",
        "€": "euro",
        "$": "dollari",
        "≈": "circa",
        "±": "più o meno",
        "²": "al quadrato",
        "³": "al cubo",
    },
    marks={
        ".": "punto",
        "@": "chiocciola",
        "/": "barra",
        "-": "trattino",
        "_": "trattino basso",
        ":": "due punti",
    },
    abbreviations={
        "Sig.": "signor",
        "Sig.ra": "signora",
        "Sig.na": "signorina",
        "sig.": "signor",
        "sig.ra": "signora",
        "Sigg.": "signori",
        "Dott.": "dottor",
        "dott.": "dottor",
        "Dott.ssa": "dottoressa",
        "Dr.": "dottor",
        "Prof.": "professor",
        "prof.": "professor",
        "Prof.ssa": "professoressa",
        "Ing.": "ingegner",
        "Avv.": "avvocato",
        "ecc.": "eccetera",
        "es.": "esempio",
        "p. es.": "per esempio",
        "p.es.": "per esempio",
        "n.": "numero",
        "N.": "numero",
        "n°": "numero",
        "nº": "numero",
        "Tel.": "telefono",
        "tel.": "telefono",
        "pag.": "pagina",
        "pagg.": "pagine",
        "cap.": "capitolo",
        "art.": "articolo",
        "vol.": "volume",
        "a.C.": "avanti Cristo",
        "d.C.": "dopo Cristo",
        "S.": "San",
        "P.zza": "piazza",
        "V.le": "viale",
        "C.so": "corso",
        "ca.": "circa",
        "fig.": "figura",
        "On.": "onorevole",
        "vs.": "contro",
        "S.p.A.": "S P A",
        "min.": "minuti",
    },
    ordinal_signs={"º": False, "°": False, "ª": True, "esimo": False, "o": False, "a": True},
    regnal=lambda value: ordinal(value, False),
    rulers=r"Luigi|Carlo|Enrico|Filippo|Vittorio|Emanuele|Umberto|Paolo|Giovanni|Benedetto|Pio|Leone|Napoleone|Giacomo|Federico|Francesco|Ferdinando|Clemente|Gregorio|Giorgio|Alessandro|Giulio|Sisto|Urbano|Guglielmo|Amedeo",
    numbered=r"capitolo|volume|atto|parte|scena|guerra|mondiale|titolo|fase|tipo|articolo|libro",
    century=lambda value: ordinal(value, False),
    century_words=r"secolo|sec",
    counted=counted,
    scales={
        "mila": "mila",
        "milione": "milione",
        "milioni": "milioni",
        "miliardo": "miliardo",
        "miliardi": "miliardi",
    },
    of_scale="di",
)
