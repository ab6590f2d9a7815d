"""Spanish as it is read aloud."""

from __future__ import annotations

from num2words import num2words

from synthesis.text.language_table import LanguageTable
from synthesis.text.spanish.abbreviations import ABBREVIATIONS
from synthesis.text.spanish.currencies import CURRENCIES

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
    "kilogramas gramas planeta planetas poeta poetas córdoba córdobas lempira lempiras balboa balboas".split()
)
_FEMININE = frozenset(
    "noche noches tarde tardes calle calles clase clases parte partes vez veces mujer mujeres flor flores "
    "llave llaves ley leyes luz luces red redes mano manos foto fotos moto motos imagen imágenes orden "
    "órdenes razón razones serie series fase fases frase frases base bases torre torres sede sedes "
    "nube nubes nave naves carne sangre leche gente madre madres voz voces cruz cruces sal sales".split()
)
_LITTLE = frozenset(
    "de y e o u en por es a que con para del al la las el los lo se sin más menos ni no son fue fueron era "
    "ha han hay está están sobre entre hasta desde como pero si ya también".split()
)
_WITH_FEMININE = frozenset("la las una unas esta estas otra primera".split())
_WITH_MASCULINE = frozenset("el los un este estos al del otro".split())


_FEMININE_ENDINGS = (
    "a", "as", "ción", "ciones", "sión", "siones", "dad", "dades", "tad", "tades", "tud", "tudes", "umbre",
    "umbres",
)  # fmt: skip


def cardinal(value: int) -> str:
    said = str(num2words(value, lang="es"))
    for counted_by in (" mil", " millones", " billones"):
        said = said.replace(f"veintiuno{counted_by}", f"veintiún{counted_by}")
        said = said.replace(f"uno{counted_by}", f"un{counted_by}")
    return said


def feminine(noun: str) -> bool:
    if noun in _FEMININE:
        return True
    return noun.endswith(_FEMININE_ENDINGS) and noun not in _MASCULINE and noun not in _LITTLE


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
    return _before_masculine(ordinal(value, False))


def _before_masculine(said: str) -> str:
    return said.removesuffix("o") if said.endswith(("primero", "tercero")) else said


def place(value: int, before: str, after: str) -> str | None:
    """A Roman numeral between an article and a noun: "la segunda guerra", "el undécimo apóstol"."""
    if value > 50 or not after or after.lower() in _LITTLE:
        return None
    if before in _WITH_FEMININE:
        return ordinal(value, True)
    return _before_masculine(ordinal(value, False)) if before in _WITH_MASCULINE else None


def _joined(value: int) -> str:
    """A number in one word, as the names of parts are made of it: "treintaiún"."""
    said = cardinal(value).replace(" y ", "i").replace(" ", "")
    return said.translate(str.maketrans("áéíóú", "aeiou"))


def parts(top: int, bottom: int) -> str | None:
    """A fraction: "tres cuartos", "un onceavo"."""
    if bottom <= 10 or bottom in _PARTS:
        name = _PARTS.get(bottom) or _REGNAL[bottom]
    elif bottom < 100:
        name = (_joined(bottom) + "avo").replace("unoavo", "unavo").replace("aavo", "avo")
    elif bottom % 100 == 0 and bottom < 1000:
        name = _HUNDREDS[bottom // 100]
    elif bottom % 1000 == 0 and bottom < 10**6:
        name = _joined(bottom // 1000) + "milésimo"
    elif bottom % 10**6 == 0 and bottom < 10**12:
        millions = bottom // 10**6
        name = ("" if millions == 1 else _joined(millions)) + "millonésimo"
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
    if hour == 12:
        return "del mediodía"
    return "de la noche" if 8 <= hour < 12 else "de la tarde"


def of_match(before: str, minute: int) -> str | None:
    """ "en el 94'" of a match."""
    return f"minuto {cardinal(minute)}" if before in ("el", "al", "del") else None


_SPELLED = r"[AEIOU][B-DF-HJ-NP-TV-XZ]{2,4}|UE|IA"  # a vowel before consonants alone, and some by themselves


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
    currencies=CURRENCIES,
    cents=" con ",
    say_hundredths=True,
    parts=parts,
    feminine=feminine,
    half="media",
    halves=("medio", "media"),
    halved=r"tazas?|tacitas?|vasos?|cucharad(?:it)?as?|horas?|días?|semanas?|mes(?:es)?|años?|minutos?|kilos?|litros?|metros?|kilómetros?|gramos?|millas?|pies?|pulgadas?|libras?|onzas?|docenas?|copas?|vueltas?|puntos?|toneladas?|hectáreas?",
    single={"mes": "mes", "meses": "mes"},
    portion=lambda bottom: ordinal(bottom, True),
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
        "§": "párrafo",
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
        "?": "signo de interrogación",
        "!": "signo de exclamación",
        "=": "igual",
        "&": "ampersand",
        "#": "almohadilla",
        "%": "por ciento",
        "~": "virgulilla",
        "^": "acento circunflejo",
        "*": "asterisco",
        "\\": "barra invertida",
        "$": "dólar",
    },
    abbreviations=ABBREVIATIONS,
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
    rulers=r"Felipe|Carlos|Alfonso|Fernando|Isabel|Juan|Enrique|Pablo|Benedicto|Luis|Jaime|Pedro|Sancho|Pío|Isabel|León|Gregorio|Francisco|Guillermo|Jorge|Ramiro|Clemente|Napoleón|Vaticano",
    numbered=r"año|siglo|siglos|capítulos|capítulo|tomo|volumen|acto|parte|guerra|mundial|título|fase|tipo",
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
    bare_telephone=r"(?:[89]0[0-2]|[67]\d\d|9[1-9]\d)[ \u00a0]\d{3}[ \u00a0](?!000)\d{3}",
    fold="veces",
    blood_words="presión|tensión",
    date_words=frozenset("el día dia del al desde hasta".split()),
    score="a",
    results=r"gan[aóe]|venc|perd|empat|marcador|resultado|acab[óa]|termin[óa]|derrot|golea|victoria|triunf",
    offers=r"\b(?:ofert|promo|descuento|rebaja|cup[oó]n|aprovech|ll[eé]va(?:te|s|r)?\b|pag(?:a|as|ue)\b)|\b(?:el|un|al|del)\s\d{1,2}\s?[x×]\s?\d{1,2}\sen\b",
    coded=r"\b[Nn](?:\.?[º°]|úm\.|úmero)\s?(?:19|20)\d\d$",
    code_words=frozenset("código pin otp clave termina terminan".split()),
    of_card=r"\b(?:tarjeta|cuenta|móvil|número|visa|mastercard)\s(?:\w{1,12}\s){0,2}(?:termin|acab|finaliz)ad[oa]\sen\s$",
    other_words={"ha": r"\s+\w+(?:[aií]d|ch|st|rt|ert|elt|ot)o\b"},
    before_numbers={"km": "kilómetro", "hab.": "habitación", "c/": "cada"},
    grouped_abroad=r"\d{1,3}(?:,\d{3})+(?![.,]?\d)",
    year_parts={"T": "trimestre de", "S": "semestre de"},
    decades=dict.fromkeys(("los", "años", "esos"), ""),
    after_numbers={
        **dict.fromkeys(("a. c.", "a.c."), "antes de Cristo"),
        **dict.fromkeys(("d. c.", "d.c."), "después de Cristo"),
    },
    letter_currencies={"Q": "GTQ", "L": "HNL", "L.": "HNL"},
    telephone_near=r"tel[ée.f]|llam|m[óo]vil|celular|fax|whats|n[úu]mero|contact|\bfijo\b|marca",
    before_roman={"s.": "siglo", "ss.": "siglos", "S.": "siglo"},
    short_scales={"M": ("millón", "millones"), "k": ("mil", "mil")},
    laws=frozenset(
        "ley decreto real orden orgánica decreto-ley reglamento sentencia n.º nº número".split()
    ),
    of_year="de",
    units={
        "dB": ("decibelio", "decibelios"),
        "l/100 km": ("litro cada cien kilómetros", "litros cada cien kilómetros"),
        "Ah": ("amperio hora", "amperios hora"),
        **dict.fromkeys(("pts", "pts.", "ptos", "ptos.", "pto."), ("punto", "puntos")),
        "pers.": ("persona", "personas"),
        "hab.": ("habitante", "habitantes"),
        "ud.": ("unidad", "unidades"),
        "uds.": ("unidad", "unidades"),
        "cda.": ("cucharada", "cucharadas"),
        "cdas.": ("cucharada", "cucharadas"),
        "cdta.": ("cucharadita", "cucharaditas"),
        "cdtas.": ("cucharadita", "cucharaditas"),
        "cdita.": ("cucharadita", "cucharaditas"),
        "cditas.": ("cucharadita", "cucharaditas"),
        "comp.": ("comprimido", "comprimidos"),
    },
    of_game="vidas|estrellas|puntos|preguntas|misiones|niveles|pasos|tareas|objetos|monedas|pistas|intentos",
    of_total="de",
    of_match=of_match,
    of_scale="de",
    place=place,
    links=_LITTLE,
    extension="extensión",
    short_months={"set": 9},
    prefixes={
        "n": "nano",
        "µ": "micro",
        "m": "mili",
        "c": "centi",
        "d": "deci",
        "h": "hecto",
        "k": "kilo",
        "M": "mega",
        "G": "giga",
        "T": "tera",
    },
    spelled=_SPELLED,
)
