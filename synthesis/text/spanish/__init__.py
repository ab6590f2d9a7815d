"""Spanish as it is read aloud."""

from __future__ import annotations

from num2words import num2words

from synthesis.text.language_table import LanguageTable

_REGNAL = "_ primero segundo tercero cuarto quinto sexto séptimo octavo noveno décimo".split()
_TENS = (
    "_ décimo vigésimo trigésimo cuadragésimo quincuagésimo sexagésimo septuagésimo octogésimo "
    "nonagésimo"
).split()
_HUNDREDS = (
    "_ centésimo ducentésimo tricentésimo cuadringentésimo quingentésimo sexcentésimo "
    "septingentésimo octingentésimo noningentésimo"
).split()
_PARTS = {2: "medio", 3: "tercio", 100: "centésimo", 1000: "milésimo"}
_MASCULINE = frozenset(
    "día días problema problemas mapa mapas idioma idiomas sistema sistemas programa programas "
    "kilogramas gramas planeta planetas poeta poetas".split()
)
_LITTLE = frozenset("de y o en por es a que con para del al la las".split())


def cardinal(value: int) -> str:
    return str(num2words(value, lang="es"))


def feminine(noun: str) -> bool:
    return (
        noun.endswith(("a", "as", "ción", "ciones", "dad", "dades"))
        and noun not in _MASCULINE
        and noun not in _LITTLE
    )


def ordinal(value: int, is_feminine: bool) -> str:
    """A place in an order, as the Academy writes it: "vigesimoprimero", "trigésimo primero"."""
    said = _ordinal(value)
    if is_feminine:
        return " ".join(word[:-1] + "a" if word.endswith("o") else word for word in said.split())
    return said


def _ordinal(value: int) -> str:
    thousands, below = divmod(value, 1000)
    if thousands >= 1000 or value == 0:
        return cardinal(value)
    said = []
    if thousands:
        said.append(
            "milésimo" if thousands == 1 else cardinal(thousands).replace(" ", "") + "milésimo"
        )
    hundreds, rest = divmod(below, 100)
    if hundreds:
        said.append(_HUNDREDS[hundreds])
    tens, ones = divmod(rest, 10)
    if rest in (11, 12):
        said.append(("undécimo", "duodécimo")[rest - 11])
    elif tens in (1, 2) and ones:
        joined = ("decimo", "vigesimo")[tens - 1] + _REGNAL[ones]
        said.append(joined.replace("oo", "o"))
    else:
        said += [_TENS[tens]] * bool(tens) + [_REGNAL[ones]] * bool(ones)
    return " ".join(said)


def written_ordinal(value: int, sign: str) -> str | None:
    """ "1.er piso" is "primer piso"."""
    if sign not in ("er", "ᵉʳ"):
        return None
    said = ordinal(value, False)
    return said.removesuffix("o") if said.endswith(("primero", "tercero")) else said


def parts(top: int, bottom: int) -> str | None:
    """A fraction: "tres cuartos", "un onceavo"."""
    if bottom <= 10 or bottom in _PARTS:
        name = _PARTS.get(bottom) or _REGNAL[bottom]
    elif bottom < 100:
        name = cardinal(bottom).replace(" ", "").removesuffix("o") + "avo"
        name = name.replace("aavo", "avo").replace("eavo", "eavo").replace("tiuavo", "tiunavo")
    elif bottom % 100 == 0 and bottom < 1000:
        name = _HUNDREDS[bottom // 100]
    elif bottom % 1000 == 0 and bottom < 10**6:
        name = cardinal(bottom // 1000).replace(" ", "") + "milésimo"
    else:
        return None
    if (top, bottom) == (1, 2):
        return name
    return f"un {name}" if top == 1 else f"{counted(top, name + 's')} {name}s"


def counted(value: int, noun: str) -> str:
    """A number before its noun: "veintiuna casas", "veintiún años"."""
    said = cardinal(value)
    is_feminine = feminine(noun)
    if is_feminine:
        head, million, tail = said.rpartition("millones")
        said = head + million + tail.replace("ientos", "ientas").replace("quinientos", "quinientas")
    if not noun or not said.endswith("uno"):
        return said
    if is_feminine:
        return said[:-1] + "a"
    if noun in _LITTLE:
        return said
    return said[:-3] + ("ún" if said.endswith("veintiuno") else "un")


def half_day(hour: int, is_afternoon: bool) -> str:
    """What "a. m." and "p. m." say."""
    if not is_afternoon:
        return "de la noche" if hour == 12 else "de la mañana"
    return "de la noche" if 8 <= hour < 12 else "de la tarde"


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
    per="por",
    date="{day} de {month} de {year}",
    date_without_year="{day} de {month}",
    clock="{hour} y {minute}",
    clock_seconds="{hour} hora{s} {minute} y {second}",
    full_hour="{hour} hora{s}",
    currencies={
        "€": ("euro", "euros", "céntimo", "céntimos"),
        "EUR": ("euro", "euros", "céntimo", "céntimos"),
        "$": ("dólar", "dólares", "centavo", "centavos"),
        "US$": ("dólar", "dólares", "centavo", "centavos"),
        "USD": ("dólar", "dólares", "centavo", "centavos"),
        "GBP": ("libra", "libras", "penique", "peniques"),
        "JPY": ("yen", "yenes", "sen", "sen"),
        "CHF": ("franco suizo", "francos suizos", "céntimo", "céntimos"),
        "ptas": ("peseta", "pesetas", "céntimo", "céntimos"),
        "£": ("libra", "libras", "penique", "peniques"),
        "¥": ("yen", "yenes", "sen", "sen"),
        "MXN": ("peso mexicano", "pesos mexicanos", "centavo", "centavos"),
    },
    cents=" con ",
    say_hundredths=True,
    parts=parts,
    feminine=feminine,
    half="media",
    of_part="de",
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
        "Ing.": "ingeniero",
        "Lic.": "licenciado",
        "Pza.": "plaza",
        "esq.": "esquina",
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
        "ᵉʳ": False,
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
    numbered=r"siglo|siglos|capítulos|capítulo|tomo|volumen|acto|parte|guerra|mundial|título|fase|tipo",
    counted=counted,
    hour="horas",
    queens=r"Isabel|María|Juana|Catalina|Cristina|Margarita|Victoria",
    written_ordinal=written_ordinal,
    minutes={15: "cuarto", 30: "media"},
    clock_words=frozenset(("las", "la")),
    half_day=half_day,
    phone_words=frozenset(
        "tel teléfono teléfonos llama llame llámame llámenos llamar móvil celular fax whatsapp número".split()
    ),
    scales={
        "mil": "mil",
        "millón": "millón",
        "millones": "millones",
        "mil millones": "mil millones",
        "billón": "billón",
        "billones": "billones",
    },
    of_scale="de",
)
