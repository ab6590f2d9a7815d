"""French as it is read aloud."""

from __future__ import annotations

from num2words import num2words

from synthesis.text.language_table import LanguageTable


def cardinal(value: int) -> str:
    return str(num2words(value, lang="fr"))


_FEMININE = frozenset(
    "heure minute seconde tonne livre semaine année page fois personne place fille femme maison chose "
    "voiture chaise table pomme roupie couronne journée nuit lettre question réponse ville rue idée photo "
    "crêpe tomate carotte banane orange cerise fraise tarte gousse feuille tranche goutte dose boîte brique "
    "cuillère plante vache poule rose roue étape tâche robe vitre chambre cabane clef clé fleur main dent "
    "mer part forêt nation fin mort peau eau loi voix croix fée lampe pierre pièce glace classe tasse montre "
    "partie équipe victime carte école route image once ligne étoile bouteille marche porte fenêtre".split()
)


_FEMININE_ENDINGS = (
    "tion", "sion", "ette", "esse", "ance", "ence", "ure", "ade", "trice", "euse", "elle", "enne", "ité",
    "ière", "aison", "ée", "ie", "ille", "tude", "ine", "ise", "anne", "onne", "otte", "erie", "ouche",
)  # fmt: skip


_MASCULINE = frozenset(
    "cimetière derrière musée lycée trophée incendie génie parapluie magazine domaine squelette verre".split()
)


def is_feminine(noun: str) -> bool:
    one = noun.removesuffix("s")
    if one in _MASCULINE:
        return False
    return one in _FEMININE or noun == "fois" or one.endswith(_FEMININE_ENDINGS)


def counted(value: int, noun: str) -> str:
    """A number before its noun: "vingt et une pages"."""
    said = cardinal(value)
    if said.endswith("un") and is_feminine(noun.lower()):
        return said + "e"
    return said


_LINKS = frozenset(
    "de et ou à en par pour avec que du des le la les au aux est sont était a ont sur sous plus moins ne "
    "ni mais dans sans entre".split()
)
_HALVES_AND_MORE = {2: "demi", 3: "tiers", 4: "quart"}


def parts(top: int, bottom: int) -> str | None:
    """A fraction: "trois quarts", "un onzième"."""
    if bottom > 1000 and bottom % 1000:
        return None
    name = _HALVES_AND_MORE.get(bottom) or ordinal(bottom, False)
    many = name if name.endswith("s") else name + "s"
    return f"un {name}" if top == 1 else f"{cardinal(top)} {many}"


def mixed(whole: int, top: int, bottom: int) -> str | None:
    return f"{cardinal(whole)} et demi" if (top, bottom) == (1, 2) else None


def half_day(hour: int, is_afternoon: bool) -> str:
    """What "a.m." and "p.m." say."""
    if not is_afternoon:
        return "du matin"
    return "du soir" if 6 <= hour < 12 else "de l'après-midi"


def ordinal(value: int, feminine: bool) -> str:
    if value == 1:
        return "première" if feminine else "premier"
    return str(num2words(value, lang="fr", to="ordinal"))


_SPELLED = (  # a vowel before consonants alone, and some by themselves
    r"(?!(?:EST|ONT|ARTS?|ANS|ILS|OURS)(?!\w))[AEIOU][B-DF-HJ-NP-TV-XZ]{2,4}|"
    "PME|PMI|FMI|RSA|CHU|UE|RER|IUT|SUV|IA|TER|SAV|VAE|USA|ETI|AOC|AOP"
)


TABLE = LanguageTable(
    locale="fr",
    decimal=",",
    groups=" \u00a0.",
    cardinal=cardinal,
    ordinal=ordinal,
    point="virgule",
    minus="moins",
    plus="plus",
    percent="pour cent",
    to="à",
    per="par",
    date="{day} {month} {year}",
    date_without_year="{day} {month}",
    clock="{hour} heure{s} {minute}",
    clock_seconds="{hour} heure{s} {minute} et {second}",
    full_hour="{hour} heure{s}",
    currencies={
        "€": ("euro", "euros", "centime", "centimes"),
        "EUR": ("euro", "euros", "centime", "centimes"),
        "$": ("dollar", "dollars", "cent", "cents"),
        "USD": ("dollar", "dollars", "cent", "cents"),
        "$US": ("dollar", "dollars", "cent", "cents"),
        "GBP": ("livre", "livres", "penny", "pence"),
        "JPY": ("yen", "yens", "sen", "sen"),
        "£": ("livre", "livres", "penny", "pence"),
        "CHF": ("franc suisse", "francs suisses", "centime", "centimes"),
        "¥": ("yen", "yens", "sen", "sen"),
        "KRW": ("won", "wons", "", ""),
        "INR": ("roupie", "roupies", "", ""),
        "kr": ("couronne", "couronnes", "", ""),
    },
    cents=" ",
    say_hundredths=False,
    parts=parts,
    mixed=mixed,
    feminine=is_feminine,
    half="une demi",
    halves=("demi", "demie"),
    halved=r"tasses?|verres?|cuillères?|cuillerées?|heures?|jours?|semaines?|mois|ans?|années?|minutes?|kilos?|litres?|mètres?|kilomètres?|grammes?|milles?|pieds?|pouces?|livres?|onces?|douzaines?|tours?|points?|tonnes?|hectares?",
    single={"mois": "mois"},
    out_of=frozenset((10, 20)),
    other_words={"j": r"/7", "h": r"/24"},
    sides="sur",
    coded=r"\b[LRD]\.?\s?\d[\d-]*$|\b[Nn][º°]\s?(?:19|20)\d\d$",
    of_part="de",
    over="sur",
    signs={
        "&": "et",
        "+": "plus",
        "=": "égale",
        "×": "fois",
        "÷": "divisé par",
        "<": "inférieur à",
        ">": "supérieur à",
        "@": "arobase",
        "§": "paragraphe",
        "€": "euros",
        "$": "dollars",
        "≈": "environ",
        "±": "plus ou moins",
        "²": "au carré",
        "³": "au cube",
    },
    marks={
        ".": "point",
        "@": "arobase",
        "/": "barre oblique",
        "-": "tiret",
        "_": "tiret bas",
        ":": "deux points",
        "?": "point d'interrogation",
        "!": "point d'exclamation",
        "=": "égal",
        "&": "et commercial",
        "#": "dièse",
        "%": "pour cent",
        "~": "tilde",
        "^": "accent circonflexe",
        "*": "astérisque",
        "\\": "barre oblique inverse",
        "$": "dollar",
    },
    abbreviations={
        "M.": "Monsieur",
        "MM.": "Messieurs",
        "c. à s.": "cuillère à soupe",
        "c. à c.": "cuillère à café",
        "c. à café": "cuillère à café",
        "c. à soupe": "cuillère à soupe",
        "c.à.s.": "cuillère à soupe",
        "c.à.c.": "cuillère à café",
        "arr.": "arrondissement",
        "appart.": "appartement",
        "appt.": "appartement",
        "et al.": "et alii",
        "bât.": "bâtiment",
        "esc.": "escalier",
        "ét.": "étage",
        "pdt": "pendant",
        "N.-O.": "nord-ouest",
        "N.-E.": "nord-est",
        "S.-O.": "sud-ouest",
        "S.-E.": "sud-est",
        "N-O": "nord-ouest",
        "N-E": "nord-est",
        "S-O": "sud-ouest",
        "S-E": "sud-est",
        "th.": "thermostat",
        "7j/7": "sept jours sur sept",
        "7 j/7": "sept jours sur sept",
        "24h/24": "vingt-quatre heures sur vingt-quatre",
        "24 h/24": "vingt-quatre heures sur vingt-quatre",
        **{
            f"{word} {short}": f"{word} {said}"
            for word in ("de", "du", "vers")
            for short, said in {
                "NO": "nord-ouest",
                "NE": "nord-est",
                "SO": "sud-ouest",
                "SE": "sud-est",
            }.items()
        },
        "pts": "points",
        "niv.": "niveau",
        "qté": "quantité",
        "rdv": "rendez-vous",
        "RDV": "rendez-vous",
        "rdc": "rez-de-chaussée",
        "bcp": "beaucoup",
        "tlj": "tous les jours",
        "Cdlt": "cordialement",
        "stp": "s'il te plaît",
        "dispo.": "disponible",
        "Mme": "Madame",
        "Mme.": "Madame",
        "Mmes": "Mesdames",
        "Mlle": "Mademoiselle",
        "Mlle.": "Mademoiselle",
        "Mlles": "Mesdemoiselles",
        "Mr": "Monsieur",
        "Mr.": "Monsieur",
        "Dre": "docteure",
        "Drs": "docteurs",
        "Dres": "docteures",
        "Prof.": "professeur",
        "Mgr": "Monseigneur",
        "Vve": "veuve",
        "Cdt": "commandant",
        "Gal": "général",
        "dép.": "département",
        "éd.": "édition",
        "fig.": "figure",
        "sq.": "square",
        "pl.": "place",
        "chem.": "chemin",
        "imp.": "impasse",
        "rte": "route",
        "Rte": "route",
        "fg": "faubourg",
        "réf.": "référence",
        "max.": "maximum",
        "hab.": "habitants",
        "s.v.p.": "s'il vous plaît",
        "SVP": "s'il vous plaît",
        "svp": "s'il vous plaît",
        "Stes": "Saintes",
        "Sts": "Saints",
        "Ets": "établissements",
        "Éts": "établissements",
        "Dr": "docteur",
        "Dr.": "docteur",
        "Pr": "professeur",
        "Pr.": "professeur",
        "Me": "Maître",
        "Tél.": "téléphone",
        "tél.": "téléphone",
        "etc.": "et cetera",
        "p. ex.": "par exemple",
        "p.ex.": "par exemple",
        "c.-à-d.": "c'est-à-dire",
        "n°": "numéro",
        "N°": "numéro",
        "nº": "numéro",
        "n° ": "numéro ",
        "av. J.-C.": "avant Jésus-Christ",
        "apr. J.-C.": "après Jésus-Christ",
        "St": "Saint",
        "Ste": "Sainte",
        "bd": "boulevard",
        "Bd": "boulevard",
        "Bd.": "boulevard",
        "av.": "avenue",
        "env.": "environ",
        "p.": "page",
        "pp.": "pages",
        "vol.": "volume",
        "chap.": "chapitre",
        "art.": "article",
        "janv.": "janvier",
        "min.": "minutes",
        "vs": "contre",
        "Cie": "compagnie",
    },
    ordinal_signs={
        "er": False,
        "re": True,
        "ère": True,
        "e": False,
        "ème": False,
        "ᵉ": False,
        "ᵉʳ": False,
        "nd": False,
        "nde": True,
        "es": False,
        "ième": False,
    },
    regnal=lambda value: "premier" if value == 1 else cardinal(value),
    rulers=r"Louis|Charles|Henri|François|Philippe|Napoléon|Paul|Benoît|Pie|Jean|Léon|Élisabeth|Elisabeth|Guillaume|George|Georges|Albert|Édouard|Jacques|Clovis|Robert|Frédéric|Nicolas|Alexandre|Catherine|Grégoire|Clément",
    numbered=r"siècle|siècles|chapitre|tome|volume|acte|partie|scène|guerre|titre|phase|type|article|mondiale|livre",
    counted=counted,
    hour="heure",
    day=lambda value, before: "premier" if value == 1 else cardinal(value),
    phone_pairs=True,
    year_parts={"T": "trimestre", "S": "semestre"},
    decades={**dict.fromkeys(("les", "des", "aux", "ces"), "années"), "années": ""},
    placed_nouns="étages?|siècles?|arrondissements?|chapitres?|jours?|rangs?|anniversaires?|tours?|mois|années?|places?|positions?|éditions?|niveaux?|congrès",
    before_numbers={"km": "kilomètre", "ch.": "chambre", "al.": "alinéa"},
    before_roman={"al.": "alinéa"},
    after_roman={"s.": "siècle", "arr.": "arrondissement", "ét.": "étage", "éd.": "édition"},
    scales={
        "mille": "mille",
        "million": "million",
        "millions": "millions",
        "milliard": "milliard",
        "milliards": "milliards",
    },
    of_scale="de",
    links=_LINKS,
    extension="poste",
    prefixes={
        "n": "nano",
        "µ": "micro",
        "m": "milli",
        "c": "centi",
        "d": "déci",
        "h": "hecto",
        "k": "kilo",
        "M": "méga",
        "G": "giga",
        "T": "téra",
    },
    fold="fois",
    blood_words="tension",
    date_words=frozenset("le du au".split()),
    code_words=frozenset("code pin otp termine terminant".split()),
    short_scales={
        "M": ("million", "millions"),
        "Md": ("milliard", "milliards"),
        "Mds": ("milliards", "milliards"),
        "k": ("mille", "mille"),
    },
    units={
        "l/100 km": ("litre aux cent kilomètres", "litres aux cent kilomètres"),
        "Ah": ("ampère heure", "ampères heure"),
        "j": ("jour", "jours"),
        "pers.": ("personne", "personnes"),
        "pce": ("pièce", "pièces"),
        "pces": ("pièce", "pièces"),
        "cp": ("comprimé", "comprimés"),
        "cp.": ("comprimé", "comprimés"),
        "c. à s.": ("cuillère à soupe", "cuillères à soupe"),
        "c. à c.": ("cuillère à café", "cuillères à café"),
        "c. à soupe": ("cuillère à soupe", "cuillères à soupe"),
        "c. à café": ("cuillère à café", "cuillères à café"),
        "c.à.s.": ("cuillère à soupe", "cuillères à soupe"),
        "c.à.c.": ("cuillère à café", "cuillères à café"),
        "dB": ("décibel", "décibels"),
        "ko": ("kilooctet", "kilooctets"),
        "Ko": ("kilooctet", "kilooctets"),
        "Mo": ("mégaoctet", "mégaoctets"),
        "Go": ("gigaoctet", "gigaoctets"),
        "To": ("téraoctet", "téraoctets"),
        "km/h": ("kilomètre à l'heure", "kilomètres à l'heure"),
    },
    small_words=frozenset(("est", "art", "wet")),
    of_game="vies|étoiles|points|questions|missions|niveaux|étapes|tâches|objets|pièces|indices",
    elides=True,
    singular_below_two=True,
    number_after_point=3,
    half_day=half_day,
    phone_words=frozenset(
        "tél tel téléphone appelez appelle appeler portable mobile fax numéro".split()
    ),
    spelled=_SPELLED,
)
