"""Portuguese as it is read aloud in Brazil."""

from __future__ import annotations

import re

from num2words import num2words

from synthesis.text.language_table import LanguageTable
from synthesis.text.portuguese.abbreviations import ABBREVIATIONS

_PARTS = {2: "meio", 3: "terço", 100: "centésimo", 1000: "milésimo"}
_MASCULINE = frozenset(
    "dia dias gramas a as problema problemas sistema sistemas mapa mapas da das na nas "
    "fã fãs galã galãs ímã ímãs imã imãs talismã talismãs clã clãs divã divãs sutiã sutiãs amanhã".split()
)
_FEMININE = frozenset(
    "colher colheres noite noites tarde tardes parte partes vez vezes mulher mulheres flor flores lei leis luz luzes rede "
    "redes mão mãos foto fotos moto motos imagem imagens viagem viagens razão razões fase fases frase "
    "frases base bases torre torres nuvem nuvens voz vozes cruz cruzes classe classes chave chaves".split()
)
_FEMININE_ENDINGS = (
    "a", "as", "ã", "ãs", "ção", "ções", "são", "sões", "dade", "dades", "tude", "tudes", "gem", "gens",
)  # fmt: skip
_WITH_FEMININE = frozenset("a as à às da das na nas pela uma esta".split())
_WITH_MASCULINE = frozenset("o os ao aos do dos no nos pelo um este".split())
_LINKS = frozenset(
    "de e ou a o as os em por para com que do da dos das no na nos nas ao à é são foi era mais menos não "
    "até sem sobre entre".split()
)
_REGNAL = "_ primeiro segundo terceiro quarto quinto sexto sétimo oitavo nono décimo".split()


_SCALES = (
    (10**12, "trilhão", "trilhões"),
    (10**9, "bilhão", "bilhões"),
    (10**6, "milhão", "milhões"),
)
_HUNDREDS = (
    "_ cento duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos novecentos"
).split()


def cardinal(value: int) -> str:
    """A whole number; "e" before its last part only if that is round or small."""
    if value >= 10**15 or value < 100:
        return str(num2words(value, lang="pt_BR")).replace(",", "")
    classes: list[tuple[int, str]] = []
    rest = value
    for scale, one, many in _SCALES:
        count, rest = divmod(rest, scale)
        if count:
            classes.append((count, f"{_below_thousand(count)} {one if count == 1 else many}"))
    thousands, rest = divmod(rest, 1000)
    if thousands:
        classes.append(
            (thousands, "mil" if thousands == 1 else f"{_below_thousand(thousands)} mil")
        )
    if rest:
        classes.append((rest, _below_thousand(rest)))
    said = [words for _, words in classes]
    last = classes[-1][0]
    if len(said) > 1 and (last < 100 or last % 100 == 0):
        said.insert(-1, "e")
    return " ".join(said)


def _below_thousand(value: int) -> str:
    hundreds, rest = divmod(value, 100)
    if not hundreds:
        return str(num2words(rest, lang="pt_BR"))
    if value == 100:
        return "cem"
    return _HUNDREDS[hundreds] + (f" e {_below_thousand(rest)}" if rest else "")


def feminine(noun: str) -> bool:
    if noun.endswith(("grama", "gramas", "ema", "emas")) or noun in _MASCULINE:
        return False
    return noun in _FEMININE or noun.endswith(_FEMININE_ENDINGS)


def parts(top: int, bottom: int) -> str | None:
    """A fraction: "três quartos", "três onze avos"."""
    if bottom <= 10 or bottom in _PARTS:
        name = _PARTS.get(bottom) or _REGNAL[bottom]
        if (top, bottom) == (1, 2):
            return name
        return f"um {name}" if top == 1 else f"{cardinal(top)} {name}s"
    if bottom < 1000:
        return f"{cardinal(top)} {cardinal(bottom)} avos"
    return None


def half_day(hour: int, is_afternoon: bool) -> str:
    """What "a.m." and "p.m." say."""
    if not is_afternoon:
        return "da manhã"
    return "da noite" if 6 <= hour < 12 else "da tarde"


def ordinal(value: int, is_feminine: bool) -> str:
    said = str(num2words(value, lang="pt_BR", to="ordinal")) if value < 1000 else cardinal(value)
    return (
        " ".join(word[:-1] + "a" if word.endswith("o") else word for word in said.split())
        if is_feminine
        else said
    )


def place(value: int, before: str, after: str) -> str | None:
    """A Roman numeral between an article and a noun: "a Segunda Guerra", "o décimo congresso"."""
    if value > 50 or not after or after.lower() in _LINKS:
        return None
    if before in _WITH_FEMININE:
        return ordinal(value, True)
    return ordinal(value, False) if before in _WITH_MASCULINE else None


def counted(value: int, noun: str) -> str:
    """A number before its noun: "vinte e uma casas", "duas horas"."""
    said = cardinal(value)
    if feminine(noun) and noun.lower() not in _LINKS:
        head, scale, tail = said.rpartition("lhões")
        tail = re.sub(r"\bdois mil\b", "duas mil", tail)
        said = head + scale + re.sub(r"(?<=[czh]ent)os\b", "as", tail)
        if said.endswith(("um", "dois")):
            return said[:-2] + "uma" if said.endswith("um") else said[:-4] + "duas"
    return said


def weekday(value: int, sign: str) -> str | None:
    """ "3ª-feira" is "terça-feira"."""
    if "feira" not in sign or not 2 <= value <= 6:
        return None
    many = "s" if sign.endswith("s") else ""
    return f"{'terça' if value == 3 else ordinal(value, True)}{many}-feira{many}"


_SPELLED = (  # a vowel before consonants alone, and some by themselves
    r"(?!(?:USP|ONGS?|UNS)(?!\w))[AEIOU][B-DF-HJ-NP-TV-XZ]{2,4}|"
    "IBGE|BNDES|IPVA|IPTU|IPCA|DNA|UE|IA|OAB|TSE|TRE|UTI|IOF"
)


TABLE = LanguageTable(
    locale="pt_BR",
    decimal=",",
    groups=". \u00a0",
    cardinal=cardinal,
    ordinal=ordinal,
    point="vírgula",
    minus="menos",
    plus="mais",
    percent="por cento",
    to="a",
    per="por",
    date="{day} de {month} de {year}",
    date_without_year="{day} de {month}",
    clock="{hour} e {minute}",
    clock_seconds="{hour} hora{s}, {minute} e {second}",
    full_hour="{hour} hora{s}",
    currencies={
        "R$": ("real", "reais", "centavo", "centavos"),
        "BRL": ("real", "reais", "centavo", "centavos"),
        "US$": ("dólar", "dólares", "centavo", "centavos"),
        "$": ("dólar", "dólares", "centavo", "centavos"),
        "USD": ("dólar", "dólares", "centavo", "centavos"),
        "€": ("euro", "euros", "centavo", "centavos"),
        "EUR": ("euro", "euros", "centavo", "centavos"),
        "GBP": ("libra", "libras", "penny", "pence"),
        "JPY": ("iene", "ienes", "sen", "sen"),
        "£": ("libra", "libras", "penny", "pence"),
        "¥": ("iene", "ienes", "sen", "sen"),
        "KRW": ("won", "wons", "", ""),
        "INR": ("rúpia", "rúpias", "", ""),
        "kr": ("coroa", "coroas", "", ""),
    },
    cents=" e ",
    say_hundredths=True,
    parts=parts,
    feminine=feminine,
    half="meia",
    halves=("meio", "meia"),
    halved=r"xícaras?|copos?|colher(?:es)?|horas?|dias?|semanas?|mês|meses|anos?|minutos?|quilos?|litros?|metros?|quilômetros?|gramas?|milhas?|pés?|polegadas?|libras?|dúzias?|taças?|voltas?|pontos?|toneladas?|hectares?",
    single={"mês": "mês", "meses": "mês", "colheres": "colher"},
    portion=lambda bottom: "terça" if bottom == 3 else ordinal(bottom, True),
    by="por",
    sides="por",
    of_part="de",
    over="sobre",
    signs={
        "&": "e",
        "+": "mais",
        "=": "igual a",
        "×": "vezes",
        "÷": "dividido por",
        "<": "menor que",
        ">": "maior que",
        "@": "arroba",
        "§": "parágrafo",
        "€": "euros",
        "$": "dólares",
        "≈": "aproximadamente",
        "±": "mais ou menos",
        "²": "ao quadrado",
        "³": "ao cubo",
    },
    marks={
        ".": "ponto",
        "@": "arroba",
        "/": "barra",
        "-": "hífen",
        "_": "sublinhado",
        ":": "dois pontos",
        "?": "ponto de interrogação",
        "!": "ponto de exclamação",
        "=": "igual",
        "&": "e comercial",
        "#": "cerquilha",
        "%": "por cento",
        "~": "til",
        "^": "acento circunflexo",
        "*": "asterisco",
        "\\": "barra invertida",
        "$": "cifrão",
    },
    abbreviations=ABBREVIATIONS,
    ordinal_signs={
        **{"º": False, "ª": True, "°": False, "o": False, "a": True},
        **{f"{sign}{gap}feira": True for sign in ("ª", "a") for gap in "- "},
        **{f"{sign}{gap}feiras": True for sign in ("ªs", "as") for gap in "- "},
    },
    written_ordinal=weekday,
    regnal=lambda value: _REGNAL[value] if value <= 10 else cardinal(value),
    rulers=r"Pedro|João|Manuel|Afonso|Henrique|Luís|Carlos|Filipe|Paulo|Bento|Pio|Leão|Elizabeth|Isabel|Maria|José|Sancho|Fernando|Napoleão|Francisco|Gregório|Jorge|Guilherme",
    numbered=r"ano|séc|século|séculos|capítulo|tomo|volume|ato|parte|guerra|mundial|título|fase|tipo|artigo",
    counted=counted,
    hour="horas",
    queens=r"Isabel|Maria|Elizabeth|Catarina|Margarida|Vitória",
    day=lambda value, before: "primeiro" if value == 1 else cardinal(value),
    half_day=half_day,
    phone_words=frozenset(
        "tel telefone ligue ligar liga celular fax whatsapp número contato".split()
    ),
    before_numbers={"km": "quilômetro", "par.": "parágrafo", "al.": "alínea"},
    telephone_near=r"tel[.e]|\blig|celular|fax|whats|n[úu]mero|contato|\bfixo\b|ramal|disque",
    year_parts={"T": "trimestre de", "S": "semestre de"},
    decades={**dict.fromkeys(("os", "dos", "nos", "aos"), "anos"), "anos": ""},
    before_roman={"par.": "parágrafo", "al.": "alínea"},
    fold="vezes",
    blood_words="pressão",
    date_words=frozenset("dia em no até desde".split()),
    code_words=frozenset("código pin senha otp termina terminam".split()),
    of_card=r"\b(?:cartão|conta|visa|mastercard)\s(?:de\s\w{1,10}\s)?(?:com\s)?final\s$",
    score="a",
    results=r"venc|ganh|perd|empat|placar|resultado|acab(?:ou|a)|termin(?:ou|a)|derrot|golea|bateu|vitória|triunf",
    offers=r"\b(?:ofert|promo|desconto|cupo[mn]|aproveit|lev(?:a|e|ar)\b|pag(?:a|ue)\b)|\b(?:o|um|ao|do)\s\d{1,2}\s?[x×]\s?\d{1,2}\sem\b",
    coded=r"\b[Nn](?:\.?[º°]|úmero)\s?(?:19|20)\d\d$",
    short_scales={
        "mi": ("milhão", "milhões"),
        "M": ("milhão", "milhões"),
        "bi": ("bilhão", "bilhões"),
        "tri": ("trilhão", "trilhões"),
        "k": ("mil", "mil"),
    },
    laws=frozenset("lei decreto portaria resolução complementar nº n.º número".split()),
    of_year="de",
    units={
        "l/100 km": ("litro a cada cem quilômetros", "litros a cada cem quilômetros"),
        "Ah": ("ampère hora", "ampères hora"),
        "d": ("dia", "dias"),
        "pess.": ("pessoa", "pessoas"),
        "hab.": ("habitante", "habitantes"),
        "un.": ("unidade", "unidades"),
        "und.": ("unidade", "unidades"),
        "pç.": ("peça", "peças"),
        "pçs.": ("peça", "peças"),
        "cp.": ("comprimido", "comprimidos"),
        "comp.": ("comprimido", "comprimidos"),
        "col.": ("colher", "colheres"),
        "xíc.": ("xícara", "xícaras"),
        "dB": ("decibel", "decibéis"),
        "t": ("tonelada", "toneladas"),
        "°C": ("grau Celsius", "graus Celsius"),
        "kg": ("quilograma", "quilogramas"),
        "km": ("quilômetro", "quilômetros"),
    },
    scales={
        "mil": "mil",
        "milhão": "milhão",
        "milhões": "milhões",
        "bilhão": "bilhão",
        "bilhões": "bilhões",
    },
    of_total="de",
    of_game="vidas|estrelas|pontos|perguntas|missões|níveis|etapas|tarefas|itens|moedas|dicas|tentativas",
    every="em",
    of_scale="de",
    place=place,
    links=_LINKS,
    extension="ramal",
    prefixes={
        "n": "nano",
        "µ": "micro",
        "m": "mili",
        "c": "centi",
        "d": "deci",
        "h": "hecto",
        "k": "quilo",
        "M": "mega",
        "G": "giga",
        "T": "tera",
    },
    spelled=_SPELLED,
)
