"""Spanish as it is read aloud."""

from __future__ import annotations

from num2words import num2words

from synthesis.text.language_table import LanguageTable

_REGNAL = "_ primero segundo tercero cuarto quinto sexto séptimo octavo noveno décimo".split()


def cardinal(value: int) -> str:
    return str(num2words(value, lang="es"))


def ordinal(value: int, feminine: bool) -> str:
    said = str(num2words(value, lang="es", to="ordinal")) if value < 1000 else cardinal(value)
    return (
        " ".join(word[:-1] + "a" if word.endswith("o") else word for word in said.split())
        if feminine
        else said
    )


def counted(value: int, noun: str) -> str:
    """A number before its noun: "veintiuna casas", "veintiún años"."""
    said = cardinal(value)
    feminine = noun.endswith(("a", "as", "ción", "ciones", "dad", "dades")) and noun not in (
        "día",
        "días",
        "gramas",
        "a",
        "problemas",
    )
    if feminine:
        said = said.replace("ientos", "ientas")
    if not noun or not said.endswith("uno"):
        return said
    if feminine:
        return said[:-1] + "a"
    if noun in ("de", "y", "o", "en", "por", "es", "a", "que", "con"):
        return said
    return said[:-3] + ("ún" if said.endswith("veintiuno") else "un")


TABLE = LanguageTable(
    locale="es",
    decimal=",",
    groups=". \u00a0",
    cardinal=cardinal,
    ordinal=ordinal,
    point="coma",
    minus="menos",
    plus="más",
    percent="por ciento",
    to="a",
    date="{day} de {month} de {year}",
    date_without_year="{day} de {month}",
    clock="{hour} y {minute}",
    full_hour="{hour} horas",
    currencies={
        "€": ("euro", "euros", "céntimo", "céntimos"),
        "EUR": ("euro", "euros", "céntimo", "céntimos"),
        "$": ("dólar", "dólares", "centavo", "centavos"),
        "US$": ("dólar", "dólares", "centavo", "centavos"),
        "USD": ("dólar", "dólares", "centavo", "centavos"),
        "£": ("libra", "libras", "penique", "peniques"),
        "¥": ("yen", "yenes", "sen", "sen"),
        "MXN": ("peso mexicano", "pesos mexicanos", "centavo", "centavos"),
    },
    cents=" con ",
    say_hundredths=True,
    fractions={
        (1, 2): "medio",
        (1, 3): "un tercio",
        (2, 3): "dos tercios",
        (1, 4): "un cuarto",
        (3, 4): "tres cuartos",
        (0, 5): "quintos",
        (1, 5): "un quinto",
        (0, 8): "octavos",
        (1, 8): "un octavo",
        (1, 10): "un décimo",
        (0, 10): "décimos",
    },
    over="sobre",
    signs={
        "&": "y",
        "+": "más",
        "=": "igual a",
        "×": "por",
        "÷": "entre",
        "<": "menor que",
        ">": "mayor que",
        "@": "arroba",
        "€": "euros",
        "$": "dólares",
        "≈": "aproximadamente",
        "±": "más o menos",
        "#": "número",
        "²": "al cuadrado",
        "³": "al cubo",
    },
    marks={
        ".": "punto",
        "@": "arroba",
        "/": "barra",
        "-": "guion",
        "_": "guion bajo",
        ":": "dos puntos",
    },
    abbreviations={
        "Sr.": "señor",
        "Sra.": "señora",
        "Srta.": "señorita",
        "Sres.": "señores",
        "Dr.": "doctor",
        "Dra.": "doctora",
        "D.": "don",
        "Dña.": "doña",
        "Ud.": "usted",
        "Uds.": "ustedes",
        "Prof.": "profesor",
        "Profa.": "profesora",
        "etc.": "etcétera",
        "p. ej.": "por ejemplo",
        "p.ej.": "por ejemplo",
        "EE. UU.": "Estados Unidos",
        "EE.UU.": "Estados Unidos",
        "Tel.": "teléfono",
        "tel.": "teléfono",
        "Avda.": "avenida",
        "Av.": "avenida",
        "C/": "calle ",
        "n.º": "número",
        "nº": "número",
        "Nº": "número",
        "N.º": "número",
        "núm.": "número",
        "pág.": "página",
        "págs.": "páginas",
        "a. C.": "antes de Cristo",
        "d. C.": "después de Cristo",
        "aprox.": "aproximadamente",
        "a. m.": "a eme",
        "p. m.": "pe eme",
        "a.m.": "a eme",
        "p.m.": "pe eme",
        "Ing.": "ingeniero",
        "Lic.": "licenciado",
        "Sto.": "santo",
        "Sta.": "santa",
        "vs.": "contra",
        "Cía.": "compañía",
        "min.": "minutos",
        "cap.": "capítulo",
        "art.": "artículo",
    },
    ordinal_signs={
        "º": False,
        "ª": True,
        "°": False,
        "er": False,
        "ro": False,
        "do": False,
        "ra": True,
        "da": True,
        "to": False,
        "ta": True,
        "o": False,
        "a": True,
    },
    regnal=lambda value: _REGNAL[value] if value <= 10 else cardinal(value),
    rulers=r"Felipe|Carlos|Alfonso|Fernando|Isabel|Juan|Enrique|Pablo|Benedicto|Luis|Jaime|Pedro|Sancho|Pío|Isabel|León|Gregorio|Francisco|Guillermo|Jorge|Ramiro|Clemente|Napoleón",
    numbered=r"siglo|siglos|capítulo|tomo|volumen|acto|parte|guerra|mundial|título|fase|tipo",
    counted=counted,
    scales={"mil": "mil", "millón": "millón", "millones": "millones"},
    of_scale="de",
)
