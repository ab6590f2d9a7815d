"""Units of measure by their signs."""

from __future__ import annotations

import re

_PREFIXES = {
    "k": "kilo",
    "M": "mega",
    "G": "giga",
    "T": "tera",
    "m": "milli",
    "µ": "micro",
    "n": "nano",
}


def _with(prefixes: str, sign: str, one: str, many: str) -> dict[str, tuple[str, str]]:
    return {
        prefix + sign: (_PREFIXES[prefix] + one, _PREFIXES[prefix] + many) for prefix in prefixes
    }


UNITS: dict[str, tuple[str, str]] = {  # sign -> (one, many)
    "m": ("metre", "metres"),
    **_with("kmµn", "m", "metre", "metres"),
    "cm": ("centimetre", "centimetres"),
    "dm": ("decimetre", "decimetres"),
    "um": ("micrometre", "micrometres"),
    "mi": ("mile", "miles"),
    "yd": ("yard", "yards"),
    "yds": ("yard", "yards"),
    "ft": ("foot", "feet"),
    "in": ("inch", "inches"),
    "nmi": ("nautical mile", "nautical miles"),
    "ha": ("hectare", "hectares"),
    "ac": ("acre", "acres"),
    "sqft": ("square foot", "square feet"),
    "sqm": ("square metre", "square metres"),
    "g": ("gram", "grams"),
    **_with("kmµ", "g", "gram", "grams"),
    "mcg": ("microgram", "micrograms"),
    "kgs": ("kilogram", "kilograms"),
    "t": ("tonne", "tonnes"),
    "lb": ("pound", "pounds"),
    "lbs": ("pound", "pounds"),
    "oz": ("ounce", "ounces"),
    "fl oz": ("fluid ounce", "fluid ounces"),
    "fl. oz": ("fluid ounce", "fluid ounces"),
    "l": ("litre", "litres"),
    "L": ("litre", "litres"),
    **_with("mµ", "l", "litre", "litres"),
    **_with("mµ", "L", "litre", "litres"),
    "cl": ("centilitre", "centilitres"),
    "dl": ("decilitre", "decilitres"),
    "dL": ("decilitre", "decilitres"),
    "cc": ("cubic centimetre", "cubic centimetres"),
    "gal": ("gallon", "gallons"),
    **dict.fromkeys(("qt", "qts"), ("quart", "quarts")),
    "gals": ("gallon", "gallons"),
    "pt": ("pint", "pints"),
    "tsp": ("teaspoon", "teaspoons"),
    "tbsp": ("tablespoon", "tablespoons"),
    **dict.fromkeys(("Tbsp", "Tbs", "tbs", "TBSP"), ("tablespoon", "tablespoons")),
    **dict.fromkeys(("Tsp", "TSP"), ("teaspoon", "teaspoons")),
    "s": ("second", "seconds"),
    **_with("mµn", "s", "second", "seconds"),
    "sec": ("second", "seconds"),
    "secs": ("second", "seconds"),
    **dict.fromkeys(("Hr", "Hrs"), ("hour", "hours")),
    "min": ("minute", "minutes"),
    "mins": ("minute", "minutes"),
    "h": ("hour", "hours"),
    "hr": ("hour", "hours"),
    "hrs": ("hour", "hours"),
    "wk": ("week", "weeks"),
    "wks": ("week", "weeks"),
    "mo": ("month", "months"),
    "mos": ("month", "months"),
    "yr": ("year", "years"),
    "yo": ("year old", "year old"),
    "yrs": ("year", "years"),
    "mph": ("mile per hour", "miles per hour"),
    "kph": ("kilometre per hour", "kilometres per hour"),
    "kmh": ("kilometre per hour", "kilometres per hour"),
    "mpg": ("mile per gallon", "miles per gallon"),
    "kn": ("knot", "knots"),
    "kt": ("knot", "knots"),
    "fps": ("frame per second", "frames per second"),
    "rpm": ("R P M", "R P M"),
    "bpm": ("beat per minute", "beats per minute"),
    "dpi": ("D P I", "D P I"),
    "ppi": ("P P I", "P P I"),
    "ppm": ("part per million", "parts per million"),
    "ppb": ("part per billion", "parts per billion"),
    "inHg": ("inch of mercury", "inches of mercury"),
    "lb-ft": ("pound foot", "pound feet"),
    "ft-lb": ("foot pound", "foot pounds"),
    "ft-lbs": ("foot pound", "foot pounds"),
    "psi": ("P S I", "P S I"),
    "Hz": ("hertz", "hertz"),
    **_with("kMGT", "Hz", "hertz", "hertz"),
    **_with("kMGT", "B", "byte", "bytes"),
    "KB": ("kilobyte", "kilobytes"),
    "PB": ("petabyte", "petabytes"),
    "KiB": ("kibibyte", "kibibytes"),
    "MiB": ("mebibyte", "mebibytes"),
    "GiB": ("gibibyte", "gibibytes"),
    "TiB": ("tebibyte", "tebibytes"),
    **_with("kMGT", "b", "bit", "bits"),
    "Kb": ("kilobit", "kilobits"),
    **{
        f"{prefix}{sign}": (f"{name}bit per second", f"{name}bits per second")
        for prefix, name in (
            ("k", "kilo"),
            ("K", "kilo"),
            ("M", "mega"),
            ("G", "giga"),
            ("T", "tera"),
        )
        for sign in ("bps", "bit/s")
    },
    "bp": ("basis point", "basis points"),
    "sf": ("square foot", "square feet"),
    "bps": ("bit per second", "bits per second"),
    **_with("kMGTm", "W", "watt", "watts"),
    "W": ("watt", "watts"),
    "hp": ("horsepower", "horsepower"),
    "Wh": ("watt hour", "watt hours"),
    **_with("kMGT", "Wh", "watt hour", "watt hours"),
    "V": ("volt", "volts"),
    **_with("kmM", "V", "volt", "volts"),
    **_with("mkµ", "A", "amp", "amps"),
    "Ah": ("amp hour", "amp hours"),
    "mAh": ("milliamp hour", "milliamp hours"),
    "Ω": ("ohm", "ohms"),
    **_with("kM", "Ω", "ohm", "ohms"),
    **_with("µn", "F", "farad", "farads"),
    "N": ("newton", "newtons"),
    **_with("k", "N", "newton", "newtons"),
    **dict.fromkeys(("N·m", "N⋅m"), ("newton metre", "newton metres")),
    "Bq": ("becquerel", "becquerels"),
    **_with("mµ", "Sv", "sievert", "sieverts"),
    "Sv": ("sievert", "sieverts"),
    "mGy": ("milligray", "milligrays"),
    "Nm": ("newton metre", "newton metres"),
    "J": ("joule", "joules"),
    **_with("kM", "J", "joule", "joules"),
    "cal": ("calorie", "calories"),
    "kcal": ("kilocalorie", "kilocalories"),
    "Pa": ("pascal", "pascals"),
    **_with("kMG", "Pa", "pascal", "pascals"),
    "hPa": ("hectopascal", "hectopascals"),
    "bar": ("bar", "bars"),
    "mbar": ("millibar", "millibars"),
    "atm": ("atmosphere", "atmospheres"),
    "mmHg": ("millimetre of mercury", "millimetres of mercury"),
    "eV": ("electronvolt", "electronvolts"),
    **_with("kMGT", "eV", "electronvolt", "electronvolts"),
    "mol": ("mole", "moles"),
    "mmol": ("millimole", "millimoles"),
    "lm": ("lumen", "lumens"),
    "lx": ("lux", "lux"),
    "ct": ("carat", "carats"),
    "K": ("kelvin", "kelvins"),
    "dB": ("decibel", "decibels"),
    "pts": ("point", "points"),
    "px": ("pixel", "pixels"),
    "MP": ("megapixel", "megapixels"),
    "°C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "° C": ("degree Celsius", "degrees Celsius"),
    "° F": ("degree Fahrenheit", "degrees Fahrenheit"),
    **dict.fromkeys(
        ("deg C", "deg. C", "deg.C", "degrees C", "deg C."), ("degree Celsius", "degrees Celsius")
    ),
    **dict.fromkeys(
        ("deg F", "deg. F", "deg.F", "degrees F", "deg Fahr", "deg. Fahr"),
        ("degree Fahrenheit", "degrees Fahrenheit"),
    ),
    "ºC": ("degree Celsius", "degrees Celsius"),
    "ºF": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("degree", "degrees"),
    "° N": ("degree north", "degrees north"),
    "° S": ("degree south", "degrees south"),
    "° E": ("degree east", "degrees east"),
    "° W": ("degree west", "degrees west"),
    "°N": ("degree north", "degrees north"),
    "°S": ("degree south", "degrees south"),
    "°E": ("degree east", "degrees east"),
    "°W": ("degree west", "degrees west"),
    "Mt": ("megatonne", "megatonnes"),
    "Gt": ("gigatonne", "gigatonnes"),
    "doz": ("dozen", "dozen"),
    "pp": ("page", "pages"),
    "ly": ("light year", "light years"),
}
UNITS |= {  # as they are written in capitals, where those mean nothing else
    name.upper(): UNITS[name]
    for name in "kg kgs km cm mm ml mg lb lbs oz ft yd yds sqft khz mhz ghz kwh mph kph hrs mins secs".split()
    if name in UNITS and name.upper() not in UNITS
} | {"GHZ": UNITS["GHz"], "MHZ": UNITS["MHz"], "KHZ": UNITS["kHz"], "KWH": UNITS["kWh"],
     "KW": UNITS["kW"], "mhz": UNITS["MHz"], "ghz": UNITS["GHz"], "khz": UNITS["kHz"],
     "mb": UNITS["MB"], "gb": UNITS["GB"], "tb": UNITS["TB"], "mbps": UNITS["Mbps"],
     "gbps": UNITS["Gbps"], "kbps": UNITS["kbps"], "kw": UNITS["kW"], "Km": UNITS["km"],
     "Kg": UNITS["kg"], "kms": UNITS["km"], "Lbs": UNITS["lb"]}  # fmt: skip
LOOSE = frozenset("pp K N J ac Mt Gt".split())  # never without a space before them
DOTTED = "ct ac cal Tbsp Tbs tbs Tsp doz pts in ft yd yds mi lb lbs oz gal gals qt qts pt tsp tbsp hr hrs min mins sec secs wk wks mo mos yr yrs".split()

DIVISORS = {  # what is only said behind "per"
    "d": "day", "day": "day", "dose": "dose", "wk": "week", "week": "week", "mo": "month",
    "month": "month", "year": "year", "hour": "hour", "min": "minute", "minute": "minute",
    "person": "person", "capita": "capita", "user": "user", "second": "second",
}  # fmt: skip

_POWERS = {"²": "square", "³": "cubic", "2": "square", "3": "cubic"}
_PART = re.compile(
    r"(?:(?P<kind>sq|cu|square|cubic)\.?[\s-]?)?(?P<sign>.+?)(?:\^?(?P<power>[²³23]))?\.?"
)


def _named(part: str) -> tuple[str, str] | None:
    if part in UNITS:
        return UNITS[part]
    if part == "cut":
        return None  # a word, and no cubic tonne
    match = _PART.fullmatch(part)
    if match is None or match["sign"] not in UNITS:
        return None
    one, many = UNITS[match["sign"]]
    written = match["kind"] or ""
    kind = {"sq": "square", "cu": "cubic"}.get(written, written) or _POWERS.get(
        match["power"] or ""
    )
    return (f"{kind} {one}", f"{kind} {many}") if kind else (one, many)


def _divisor(part: str) -> str | None:
    named = _named(part)
    return DIVISORS.get(part) or (named[0] if named else None)


def unit_name(sign: str, single: bool) -> str | None:
    """The name of a unit, of one over another too: "metres per second" of m/s; None of no unit."""
    whole = _named(sign)
    if whole is not None:
        return whole[0 if single else 1]
    over, slash, under = sign.partition("/")
    if "/" in under:
        under, _, last = under.partition("/")
        name, per = unit_name(f"{over}/{under}", single), _divisor(last.strip())
        return f"{name} per {per}" if name and per else None
    first, divisor = _named(over.strip()), _divisor(under.strip())
    if not slash or first is None or divisor is None:
        return None
    if divisor.startswith("square") and under.strip()[0] in "sh":
        divisor = f"{divisor.removeprefix('square ')} squared"
    return f"{first[0 if single else 1]} per {divisor}"
