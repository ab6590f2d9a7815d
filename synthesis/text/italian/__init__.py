"""Italian as it is read aloud."""

from __future__ import annotations

import re

from num2words import num2words

from synthesis.text.italian.abbreviations import ABBREVIATIONS
from synthesis.text.italian.counted import HALVED, ONE
from synthesis.text.language_table import LanguageTable


def _whole(value: int, form: str) -> str:
    """What num2words says, which elides in "centodicotto"."""
    said = str(num2words(value, lang="it", to=form)).replace(",", "")
    return said.replace("dicott", "diciott")


def cardinal(value: int) -> str:
    return re.sub(r"(?<=\w)tre\b", "tré", _whole(value, "cardinal"))


def ordinal(value: int, feminine: bool) -> str:
    said = _whole(value, "ordinal")
    return said[:-1] + "a" if feminine else said


_IMPURE = ("sb", "sc", "sd", "sf", "sg", "sl", "sm", "sn", "sp", "sq", "sr", "st", "sv")
_PARTS = {2: "mezzo"}


def feminine(noun: str) -> bool:
    return noun.endswith("a") and noun not in ("problema", "sistema", "programma", "di", "a", "da")


def parts(top: int, bottom: int) -> str | None:
    """A fraction: "tre quarti", "un undicesimo"."""
    if bottom > 1000 and bottom % 1000:
        return None
    name = _PARTS.get(bottom) or ordinal(bottom, False)
    if (top, bottom) == (1, 2):
        return name
    return f"un {name}" if top == 1 else f"{cardinal(top)} {name[:-1]}i"


def half_day(hour: int, is_afternoon: bool) -> str:
    """What "a.m." and "p.m." say."""
    if not is_afternoon:
        return "di mattina"
    return "di sera" if 6 <= hour < 12 else "di pomeriggio"


_WITH_FEMININE = frozenset("la le una della delle nella nelle alla dalla sulla questa".split())
_WITH_MASCULINE = frozenset("il lo i gli un del dello dei nel al dal sul questo".split())
_LINKS = frozenset(
    "di a da in con su per tra fra e ed o ma che è sono era ha del della dei il la le lo gli non più meno "
    "al allo alla ai agli alle dal dallo dalla dai dalle nel nello nella nei nelle sul sullo sulla sui sulle".split()
)


def place(value: int, before: str, after: str) -> str | None:
    """A Roman numeral between an article and a noun: "la seconda guerra", "il decimo anniversario"."""
    if not before and after.lower() in (
        "guerra",
        "edizione",
        "repubblica",
        "legislatura",
        "classe",
    ):
        return ordinal(value, True)
    if value > 100 or not after or after.lower() in _LINKS:
        return None
    if before in _WITH_FEMININE:
        return ordinal(value, True)
    return ordinal(value, False) if before in _WITH_MASCULINE else None


def priced_per(unit: str) -> str:
    return f"all'{unit}" if unit[0] in "aeiou" else f"al {unit}"


def counted(value: int, noun: str) -> str:
    if value != 1 or not noun or noun.lower() in _LINKS:
        return cardinal(value)
    if feminine(noun):
        return "un'" if noun[0].lower() in "aeiou" else "una"
    return "uno" if noun.startswith(("z", "ps", "gn")) or noun[:2] in _IMPURE else "un"


def of_match(before: str, minute: int) -> str | None:
    """ "al 94'" of a match."""
    return ordinal(minute, False) if before in ("al", "dal", "nel") and minute > 1 else None


_SPELLED = "CGIL|OMS|ONG|OGM|IBM|ISBN|URL|ADSL|ATM|ATP|FMI|PMI"


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
    to_time="alle",
    per="per",
    date="{day} {month} {year}",
    date_without_year="{day} {month}",
    clock="{hour} e {minute}",
    clock_seconds="{hour}, {minute} e {second}",
    full_hour="{hour}",
    currencies={
        "€": ("euro", "euro", "centesimo", "centesimi"),
        "EUR": ("euro", "euro", "centesimo", "centesimi"),
        "$": ("dollaro", "dollari", "centesimo", "centesimi"),
        "USD": ("dollaro", "dollari", "centesimo", "centesimi"),
        "GBP": ("sterlina", "sterline", "penny", "pence"),
        "JPY": ("yen", "yen", "sen", "sen"),
        "RUB": ("rublo", "rubli", "copeco", "copechi"),
        "£": ("sterlina", "sterline", "penny", "pence"),
        "¥": ("yen", "yen", "sen", "sen"),
        "CHF": ("franco svizzero", "franchi svizzeri", "centesimo", "centesimi"),
        "KRW": ("won", "won", "", ""),
        "INR": ("rupia", "rupie", "", ""),
        "TRY": ("lira turca", "lire turche", "", ""),
        "kr": ("corona", "corone", "", ""),
        "₤": ("lira", "lire", "centesimo", "centesimi"),
    },
    cents=" e ",
    say_hundredths=False,
    parts=parts,
    feminine=feminine,
    half="mezza",
    halves=("mezzo", "mezza"),
    halved=HALVED,
    single=ONE,
    coded=r"\b[Nn](?:\.|r\.|[º°]|umero)\s?(?:19|20)\d\d$",
    of_part="di",
    over="su",
    signs={
        "&": "e",
        "+": "più",
        "=": "uguale a",
        "×": "per",
        "÷": "diviso",
        "<": "minore di",
        ">": "maggiore di",
        "@": "chiocciola",
        "€": "euro",
        "$": "dollari",
        "≈": "circa",
        "±": "più o meno",
        "√": "radice quadrata di",
        "^": "elevato a",
        "≤": "minore o uguale a",
        "≥": "maggiore o uguale a",
        "≠": "diverso da",
        "§": "paragrafo",
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
        "?": "punto interrogativo",
        "!": "punto esclamativo",
        "=": "uguale",
        "&": "e commerciale",
        "#": "cancelletto",
        "%": "per cento",
        "~": "tilde",
        "^": "accento circonflesso",
        "*": "asterisco",
        "\\": "barra rovesciata",
        "$": "dollaro",
    },
    abbreviations=ABBREVIATIONS,
    ordinal_signs={"º": False, "°": False, "ª": True, "esimo": False, "o": False, "a": True},
    regnal=lambda value: ordinal(value, False),
    rulers=r"Luigi|Carlo|Enrico|Filippo|Vittorio|Emanuele|Umberto|Paolo|Giovanni|Benedetto|Pio|Leone|Napoleone|Giacomo|Federico|Francesco|Ferdinando|Clemente|Gregorio|Giorgio|Alessandro|Giulio|Sisto|Urbano|Guglielmo|Amedeo|Vaticano",
    numbered=r"capitolo|volume|atto|parte|scena|guerra|mondiale|titolo|fase|tipo|articolo|libro",
    century=lambda value: ordinal(value, False),
    century_words=r"secol[oi]|secc?",
    century_links=r"(?:,|e|ed|o|-|–|al)\s?(?:il\s|al\s)?",
    blood_words="pressione",
    date_words=frozenset("il al dal del".split()),
    counted=counted,
    hour="ora",
    queens=r"Elisabetta|Maria|Caterina|Margherita|Giovanna|Cristina",
    day=lambda value, before: (  # "l'1 maggio"
        "primo"
        if value == 1 and before.rstrip("'") not in ("l", "all", "dell", "dall")
        else cardinal(value)
    ),
    clock_h=False,
    fold="volte",
    code_words=frozenset("codice pin otp cvv termina terminano".split()),
    other_words={"ha": r"\s+\w+(?:[aiu]t|s|tt|rt|nt|st)[oaie]\b"},
    short_scales={
        "M": ("milione", "milioni"),
        "Mln": ("milione", "milioni"),
        "mln": ("milione", "milioni"),
        "Mld": ("miliardo", "miliardi"),
        "mld": ("miliardo", "miliardi"),
        "k": ("mille", "mila"),
    },
    of_game="vite|stelle|punti|domande|missioni|livelli|passi|compiti|oggetti|monete|indizi|tentativi",
    of_match=of_match,
    priced_per=priced_per,
    clock_words=frozenset("alle dalle delle ore le h".split()),
    half_day=half_day,
    phone_words=frozenset(
        "tel cell telefono chiama chiamate chiamare chiamami cellulare fax whatsapp numero".split()
    ),
    before_numbers={
        "p.": "pagina",
        "nn.": "numeri",
        "nr.": "numero",
        "nr": "numero",
        "h": "ore",
        "h.": "ore",
        "km": "chilometro",
        "L.": "legge",
        "SS": "statale",
        "SP": "provinciale",
        "co.": "comma",
        "bin.": "binario",
        "int.": "interno",
        "sc.": "scala",
        "#": "numero",
    },
    year_parts={"T": "trimestre del", "S": "semestre del"},
    decades={**dict.fromkeys(("gli", "degli", "negli", "agli"), "anni"), "anni": ""},
    before_roman={"sc.": "scena", "co.": "comma", "int.": "interno"},
    per_words={
        "mese": "al mese",
        "anno": "all'anno",
        "giorno": "al giorno",
        "settimana": "alla settimana",
        "ora": "all'ora",
        "notte": "a notte",
        "persona": "a persona",
        "testa": "a testa",
    },
    laws=frozenset(
        "legge l d.lgs d.p.r d.l dl decreto legislativo dpr dpcm regolamento direttiva delibera sentenza ordinanza n numero".split()
    ),
    of_year="del",
    scales={
        "mln": "milioni",
        "mld": "miliardi",
        "mila": "mila",
        "milione": "milione",
        "milioni": "milioni",
        "miliardo": "miliardo",
        "miliardi": "miliardi",
    },
    of_scale="di",
    place=place,
    links=_LINKS,
    extension="interno",
    prefixes={
        "n": "nano",
        "µ": "micro",
        "m": "milli",
        "c": "centi",
        "d": "deci",
        "h": "etto",
        "k": "chilo",
        "M": "mega",
        "G": "giga",
        "T": "tera",
    },
    units={
        "l/100 km": ("litro per cento chilometri", "litri per cento chilometri"),
        "Ah": ("amperora", "amperora"),
        "d": ("giorno", "giorni"),
        "pers.": ("persona", "persone"),
        "pz.": ("pezzo", "pezzi"),
        "pz": ("pezzo", "pezzi"),
        "cpr.": ("compressa", "compresse"),
        "cpr": ("compressa", "compresse"),
        "bust.": ("bustina", "bustine"),
        "cucch.": ("cucchiaio", "cucchiai"),
        "mq": ("metro quadrato", "metri quadrati"),
        "mc": ("metro cubo", "metri cubi"),
        "dB": ("decibel", "decibel"),
        "t": ("tonnellata", "tonnellate"),
        "Wh": ("wattora", "wattora"),
        "kWh": ("chilowattora", "chilowattora"),
    },
    spelled=_SPELLED,
)
