"""Portuguese as it is read aloud in Brazil."""

from __future__ import annotations

from num2words import num2words

from synthesis.text.language_table import LanguageTable

_REGNAL = "_ primeiro segundo terceiro quarto quinto sexto sétimo oitavo nono décimo".split()


def cardinal(value: int) -> str:
    return str(num2words(value, lang="pt_BR")).replace(",", "")


def ordinal(value: int, feminine: bool) -> str:
    said = str(num2words(value, lang="pt_BR", to="ordinal")) if value < 1000 else cardinal(value)
    return (
        " ".join(word[:-1] + "a" if word.endswith("o") else word for word in said.split())
        if feminine
        else said
    )


def counted(value: int, noun: str) -> str:
    """A number before its noun: "vinte e uma casas", "duas horas"."""
    said = cardinal(value)
    if noun.endswith(("a", "as", "ção", "ções", "dade", "dades")) and noun not in (
        "dia",
        "dias",
        "gramas",
        "a",
        "as",
    ):
        said = said.replace("centos", "centas")
        if said.endswith(("um", "dois")):
            return said[:-2] + "uma" if said.endswith("um") else said[:-4] + "duas"
    return said


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
    date="{day} de {month} de {year}",
    date_without_year="{day} de {month}",
    clock="{hour} e {minute}",
    full_hour="{hour} hora{s}",
    currencies={
        "R$": ("real", "reais", "centavo", "centavos"),
        "BRL": ("real", "reais", "centavo", "centavos"),
        "US$": ("dólar", "dólares", "centavo", "centavos"),
        "$": ("dólar", "dólares", "centavo", "centavos"),
        "USD": ("dólar", "dólares", "centavo", "centavos"),
        "€": ("euro", "euros", "centavo", "centavos"),
        "EUR": ("euro", "euros", "centavo", "centavos"),
        "£": ("libra", "libras", "penny", "pence"),
        "¥": ("iene", "ienes", "sen", "sen"),
    },
    cents=" e ",
    say_hundredths=True,
    fractions={
        (1, 2): "meio",
        (1, 3): "um terço",
        (2, 3): "dois terços",
        (1, 4): "um quarto",
        (3, 4): "três quartos",
        (1, 5): "um quinto",
        (0, 5): "quintos",
        (1, 8): "um oitavo",
        (0, 8): "oitavos",
        (1, 10): "um décimo",
        (0, 10): "décimos",
    },
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
    },
    abbreviations={
        "Sr.": "senhor",
        "Sra.": "senhora",
        "Srta.": "senhorita",
        "Srs.": "senhores",
        "Dr.": "doutor",
        "Dra.": "doutora",
        "Prof.": "professor",
        "Profa.": "professora",
        "D.": "dom",
        "etc.": "et cetera",
        "p. ex.": "por exemplo",
        "p.ex.": "por exemplo",
        "Tel.": "telefone",
        "tel.": "telefone",
        "Av.": "avenida",
        "R.": "rua",
        "nº": "número",
        "n.º": "número",
        "Nº": "número",
        "n°": "número",
        "pág.": "página",
        "págs.": "páginas",
        "a.C.": "antes de Cristo",
        "d.C.": "depois de Cristo",
        "aprox.": "aproximadamente",
        "Ltda.": "limitada",
        "Cia.": "companhia",
        "EUA": "Estados Unidos",
        "vol.": "volume",
        "cap.": "capítulo",
        "art.": "artigo",
        "Eng.": "engenheiro",
        "V. Exa.": "Vossa Excelência",
        "vs.": "contra",
        "min.": "minutos",
    },
    ordinal_signs={"º": False, "ª": True, "°": False, "o": False, "a": True},
    regnal=lambda value: _REGNAL[value] if value <= 10 else cardinal(value),
    rulers=r"Pedro|João|Manuel|Afonso|Henrique|Luís|Carlos|Filipe|Paulo|Bento|Pio|Leão|Elizabeth|Isabel|Maria|José|Sancho|Fernando|Napoleão|Francisco|Gregório|Jorge|Guilherme",
    numbered=r"século|séculos|capítulo|tomo|volume|ato|parte|guerra|mundial|título|fase|tipo|artigo",
    counted=counted,
    units={
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
    of_scale="de",
)
