"""Amounts of money: the sign before or behind, cents, millions, and what they are for."""

from __future__ import annotations

import re

from synthesis.text.english.cardinals import SCALES
from synthesis.text.english.context import NUMBER, attributive, speaks_of
from synthesis.text.english.numbers import cardinal, decimal, plain, plural
from synthesis.text.scan import Scan, rule

_DOLLARS = ("dollar", "dollars", "cent", "cents")
_RENTS = {"pcm": "per calendar month", "pw": "per week"}


def _of(adjective: str, names: tuple[str, str, str, str]) -> tuple[str, str, str, str]:
    return (f"{adjective} {names[0]}", f"{adjective} {names[1]}", names[2], names[3])


SIGNS = {  # sign -> (one, many, one hundredth, many hundredths)
    "$": _DOLLARS,
    "US$": _of("U S", _DOLLARS),
    "USD$": _of("U S", _DOLLARS),
    "CA$": _of("Canadian", _DOLLARS),
    "C$": _of("Canadian", _DOLLARS),
    "CAD$": _of("Canadian", _DOLLARS),
    "A$": _of("Australian", _DOLLARS),
    "AU$": _of("Australian", _DOLLARS),
    "NZ$": _of("New Zealand", _DOLLARS),
    "HK$": _of("Hong Kong", _DOLLARS),
    "S$": _of("Singapore", _DOLLARS),
    "R$": ("real", "reais", "centavo", "centavos"),
    "MX$": ("Mexican peso", "Mexican pesos", "centavo", "centavos"),
    "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "¥": ("yen", "yen", "sen", "sen"),
    "₹": ("rupee", "rupees", "paisa", "paise"),
    "₩": ("won", "won", "jeon", "jeon"),
    "₽": ("ruble", "rubles", "kopeck", "kopecks"),
    "₺": ("lira", "lira", "kurus", "kurus"),
    "₪": ("shekel", "shekels", "agora", "agorot"),
    "₫": ("dong", "dong", "xu", "xu"),
    "₴": ("hryvnia", "hryvnias", "kopiyka", "kopiykas"),
    "₦": ("naira", "naira", "kobo", "kobo"),
    "₱": ("peso", "pesos", "centavo", "centavos"),
    "฿": ("baht", "baht", "satang", "satang"),
    "₿": ("bitcoin", "bitcoins", "satoshi", "satoshis"),
}
CODES = {
    "USD": SIGNS["US$"],
    "EUR": SIGNS["€"],
    "GBP": SIGNS["£"],
    "JPY": SIGNS["¥"],
    "INR": SIGNS["₹"],
    "CAD": SIGNS["CA$"],
    "AUD": SIGNS["A$"],
    "NZD": SIGNS["NZ$"],
    "HKD": SIGNS["HK$"],
    "SGD": SIGNS["S$"],
    "CHF": ("Swiss franc", "Swiss francs", "centime", "centimes"),
    "CNY": ("yuan", "yuan", "fen", "fen"),
    "RMB": ("yuan", "yuan", "fen", "fen"),
    "KRW": SIGNS["₩"],
    "RUB": SIGNS["₽"],
    "SEK": ("Swedish krona", "Swedish kronor", "öre", "öre"),
    "NOK": ("Norwegian krone", "Norwegian kroner", "øre", "øre"),
    "DKK": ("Danish krone", "Danish kroner", "øre", "øre"),
    "PLN": ("zloty", "zlotys", "grosz", "groszy"),
    "MXN": SIGNS["MX$"],
    "BRL": ("Brazilian real", "Brazilian reais", "centavo", "centavos"),
    "ZAR": ("rand", "rand", "cent", "cents"),
    "TRY": SIGNS["₺"],
    "CZK": ("Czech koruna", "Czech korunas", "haler", "halers"),
    "HUF": ("forint", "forints", "filler", "fillers"),
    "THB": SIGNS["฿"],
    "IDR": ("rupiah", "rupiah", "sen", "sen"),
    "MYR": ("ringgit", "ringgit", "sen", "sen"),
    "AED": ("dirham", "dirhams", "fils", "fils"),
    "UAH": SIGNS["₴"],
    "VND": SIGNS["₫"],
    "TWD": _of("Taiwan", _DOLLARS),
    "BGN": ("lev", "leva", "stotinka", "stotinki"),
    "RON": ("leu", "lei", "ban", "bani"),
    "ISK": ("Icelandic krona", "Icelandic kronur", "eyrir", "aurar"),
    "HRK": ("Croatian kuna", "Croatian kunas", "lipa", "lipas"),
    "EGP": ("Egyptian pound", "Egyptian pounds", "piastre", "piastres"),
    "KES": ("Kenyan shilling", "Kenyan shillings", "cent", "cents"),
    "PKR": ("Pakistani rupee", "Pakistani rupees", "paisa", "paise"),
    "NGN": SIGNS["₦"],
    "ILS": SIGNS["₪"],
    "BTC": SIGNS["₿"],
    "Rs": SIGNS["₹"],
    "kr": ("krone", "kroner", "øre", "øre"),
}
_PER = {
    "mo": "month", "month": "month", "yr": "year", "year": "year", "hr": "hour", "h": "hour",
    "hour": "hour", "day": "day", "wk": "week", "week": "week", "min": "minute",
    "minute": "minute", "person": "person", "pp": "person", "user": "user", "seat": "seat",
    "bbl": "barrel", "bu": "bushel", "mwh": "megawatt hour", "mt": "metric ton", "tonne": "tonne", "night": "night", "nt": "night", "kg": "kilogram", "lb": "pound", "oz": "ounce", "gal": "gallon",
    "mile": "mile", "mi": "mile", "km": "kilometer", "kwh": "kilowatt hour", "item": "item",
    "unit": "unit", "share": "share", "barrel": "barrel", "ton": "ton", "sq ft": "square foot",
    "gb": "gigabyte", "ea": "piece", "each": "piece", "annum": "year", "child": "child",
    "d": "day", "guest": "guest", "head": "head", "page": "page", "word": "word", "piece": "piece", "l": "liter",
}  # fmt: skip
_SIGN = "|".join(re.escape(sign) for sign in sorted(SIGNS, key=len, reverse=True))
_CODE = "|".join(CODES)
_SCALE = r"(?:[\s-]?(?P<scale>thousand|million|billion|trillion|[mb]illion|MM|mm|mn|mln|mil|bn|tn|[kKmMbBtT])\b(?:(?<=mil)\.(?=\s[a-z]))?)?"
_RATE = (
    r"(?:(?:\s?/\s?|\s(?=ea\b))(?P<per>"
    + "|".join(sorted(_PER, key=len, reverse=True))
    + r")\b(?:\.(?!\s*$))?)?"
)
_SHILLINGS = r"(?P<shillings>1?\d)\s?s\b\.?"
_PENCE = r"(?P<pence>1?\d)\s?d\b\.?"
_OF_OLD_MONEY = re.compile(
    r"\b(?:shillings?|pence|guineas?|farthings?|ha'penny|sovereigns?|half-crowns?|wages|rent)\b|£\s?\d+,?\s1?\ds\b|\b1?\d\s?s\.,?\s?1?\d\s?d\b"
)
_ABROAD = (  # "1.000,50"
    r"\d{1,3}(?:\.\d{3})+,\d\d(?![\d,])|\d{1,3},\d\d(?![\d,])|\d{1,3}(?:\.\d{3}){2,}(?![\d,.])"
)
_OF_RATES = re.compile(r"[=≈]")
_AMOUNT = rf"(?P<amount>{_ABROAD}|{NUMBER}|\.\d+)(?:\s?[-–]\s?(?P<last>{NUMBER}))?"


def amount(number: str, names: tuple[str, str, str, str], single: bool = False) -> str:
    """A sum in units and hundredths; single: as an adjective ("twenty-dollar")."""
    one, many, small_one, small_many = names
    if re.fullmatch(_ABROAD, number):
        number = number.replace(".", "").replace(",", ".")
    whole, _, cents = number.partition(".")
    if cents.strip("0") and many in ("yen", "won"):
        return f"{decimal(number)} {many}"  # of which nobody counts hundredths
    cents = cents.rstrip("0").ljust(2, "0") if cents else ""
    if cents and len(cents) != 2:
        return f"{decimal(number)} {one if single else many}"
    units, small = plain(whole) or "0", int(plain(cents) or 0)
    main = f"{cardinal(units)} {one if single or units == '1' else many}"
    if not small:
        return main
    part = f"{cardinal(small)} {small_one if small == 1 or (single and (units == '0' or small_one == 'cent')) else small_many}"
    return part if not units.strip("0") else f"{main} and {part}"


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeio" or noun == "hour" else f"a {noun}"


def _money(
    match: re.Match[str], scan: Scan, of: tuple[str, str, str, str] | None = None
) -> str | None:
    groups = match.groupdict()
    if groups.get("code") == "Rs" and match[0].endswith("Rs") and " " not in match[0]:
        return None  # "the 3Rs"
    if groups.get("minus") and scan.touches is not None and scan.touches.said[-1:].isalnum():
        return None
    names = of or (SIGNS[groups["sign"]] if groups.get("sign") else CODES[match["code"]])
    number, scale, last = match["amount"], groups.get("scale"), groups.get("last")
    if names[1] in ("euros", "reais", "lira") and re.fullmatch(r"\d{1,3}\.000", number):
        number = number.replace(".", "")  # "€ 3.000"
    per = groups.get("per")
    hourly = re.match(r"-an?-[a-z]", scan.rest(match.end(), 5))  # "$15-an-hour"
    single = not per and not hourly and attributive(scan, match.end())
    if last or scale:
        spoken = decimal(number) + (f" to {decimal(last)}" if last else "")
        if scale:
            spoken += f" {SCALES.get(scale.lower().rstrip('.'), scale.lower())}"
        said = f"{spoken} {names[0] if single else names[1]}"
    elif groups.get("code") and "." in number and (number[0] == "0" or speaks_of(scan, _OF_RATES)):
        said = f"{decimal(number)} {names[1]}"
    else:
        said = amount(number, names, single)
    if groups.get("minus"):
        said = f"minus {said}"
    if per and per.lower() in ("ea", "each"):
        return f"{said} each"
    return f"{said} {_article(_PER[per.lower()])}" if per else said


def _old_money(match: re.Match[str], scan: Scan) -> str:
    """ "£20 10s. 6d.": pounds, shillings and old pence."""
    pounds, shillings, pence = (match[name] for name in ("pounds", "shillings", "pence"))
    said = [amount(pounds, SIGNS["£"])] if pounds else []
    if shillings:
        said.append(f"{cardinal(shillings)} shilling{'' if shillings == '1' else 's'}")
    if pence:
        said.append(f"{cardinal(pence)} {'penny' if pence == '1' else 'pence'}")
    return " ".join([*said[:-1], f"and {said[-1]}"]) if len(said) > 1 else said[0]


def _loss(match: re.Match[str], scan: Scan) -> str:
    """ "$(4.2) million": an amount below nothing, as accounts write it."""
    names = SIGNS[match["sign"]]
    if match["scale"]:
        scale = SCALES.get(match["scale"].lower(), match["scale"].lower())
        return f"minus {decimal(match['amount'])} {scale} {names[1]}"
    return f"minus {amount(match['amount'], names)}"


def _cents(match: re.Match[str], scan: Scan) -> str | None:
    pence = match["unit"] in "pP"
    if pence and (scan.variant != "en-GB" or len(match["amount"]) > 2):
        return None
    one, many = ("penny", "pence") if pence else ("cent", "cents")
    single = match["amount"] == "1" or attributive(scan, match.end())
    return f"{decimal(match['amount'])} {one if single and not pence else many}"


RULES = [
    rule(
        "money",
        r"\$(?P<note>[15]|[1-9]\d?0{1,2})s(?!\w)",  # "five $20s"
        lambda match, scan: plural(cardinal(match["note"])).removeprefix("one "),
        "s",
        first="$",
    ),
    rule(
        "letters",
        rf"(?:{'|'.join(code for code in CODES if code.isupper())})/[A-Z]{{3}}(?!\w)",
        lambda match, scan: " ".join(match[0].replace("/", "")),
        "u",
        needs="/",
    ),
    rule(
        "money",
        rf"(?:£|L\.?\s?)(?P<pounds>{NUMBER})[.,]{{0,2}}\s{_SHILLINGS}(?:[.,]{{0,2}}\s{_PENCE})?",
        _old_money,
        "su",
        first="£L",
    ),
    rule(
        "money",
        rf"(?P<pounds>(?!))?{_SHILLINGS}[.,]{{0,2}}\s?{_PENCE}",
        _old_money,
        "d",
        needs="s0123456789",
    ),
    rule(
        "money",
        rf"(?P<pounds>(?!))?(?P<shillings>(?!))?{_PENCE}",
        lambda match, scan: _old_money(match, scan) if speaks_of(scan, _OF_OLD_MONEY) else None,
        "d",
    ),
    rule(
        "money",
        rf"(?P<pounds>(?!))?{_SHILLINGS}(?P<pence>(?!))?",
        lambda match, scan: _old_money(match, scan) if speaks_of(scan, _OF_OLD_MONEY) else None,
        "d",
    ),
    rule(
        "money",
        rf"(?P<sign>{_SIGN})\s?\((?P<amount>{NUMBER})\){_SCALE}",
        _loss,
        "as",
        needs="(",
    ),
    rule(
        "money",
        rf"(?P<minus>[-−]\s?)?(?P<sign>{_SIGN})\s?(?P<dash>[-−])?{_AMOUNT}{_SCALE}(?![\d]){_RATE}",
        lambda m, s: _money(m, s) if not m["dash"] else f"minus {_money(m, s)}",
        "as",
        needs="$€£¥₹₩₽₺₪₫₴₦₱฿₿",
    ),
    rule(
        "money",
        rf"U\.?S\.?\s(?P<sign>\$)\s?{_AMOUNT}{_SCALE}(?![\d]){_RATE}",
        lambda match, scan: _money(match, scan, SIGNS["US$"]),
        "u",
        first="U",
    ),
    rule(
        "money",
        rf"(?P<code>{_CODE})\.?\s?{_AMOUNT}{_SCALE}(?![\d]){_RATE}",
        _money,
        "a",
        first="UEGJICANHSKRPMBTDZkV",
    ),
    rule(
        "money",
        rf"{_AMOUNT}{_SCALE}\s?(?:(?P<sign>{_SIGN})(?![\d])|(?P<code>{_CODE})\b){_RATE}",
        _money,
        "d",
    ),
    rule(  # of a rent: "£950 pcm"
        "abbreviation",
        r"(?P<rate>pcm|pw)(?!\w)",
        lambda m, s: (
            _RENTS[m["rate"]]
            if (before := s.token_before()) is not None and before.kind == "money"
            else None
        ),
        "l",
        first="p",
    ),
    rule(
        "money",
        rf"(?P<amount>{NUMBER}|\.\d+)\s?(?P<unit>¢|(?:[cp])(?=[\s,.;!?)]|$))",
        lambda m, s: _cents(m, s) if m["unit"] != "c" else None,
        "ds",
        needs="¢cp",
    ),
]
