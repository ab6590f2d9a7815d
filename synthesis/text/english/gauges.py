"""Measures with a way of writing of their own: paces, tyres, timber, cups, heat, places on the globe."""

from __future__ import annotations

import re
import unicodedata

from synthesis.text.english.context import NUMBER, speaks_of
from synthesis.text.english.fractions import parts, with_article
from synthesis.text.english.measures import ANY, LAST, POWER
from synthesis.text.english.numbers import cardinal, decimal, pairs, plural
from synthesis.text.english.units import DIVISORS, unit_name
from synthesis.text.scan import Scan, rule


def _density(match: re.Match[str], scan: Scan) -> str | None:
    """ "1,268.6/km2": so many for each unit."""
    name = DIVISORS.get(match["unit"]) or unit_name(match["unit"], True)
    return f"{decimal(match['number'])} per {name}" if name else None


def _pace(match: re.Match[str], scan: Scan) -> str:
    """ "5'25\"/km": how long a runner takes for a distance."""
    seconds = f" {cardinal(match['seconds'])} seconds" if int(match["seconds"]) else ""
    per = f" per {unit_name(match['unit'], True)}" if match["unit"] else ""
    minutes = f"{cardinal(match['minutes'])} minute{'s' if per or not seconds else ''}"
    return f"{minutes}{seconds if per else seconds.removesuffix('s')}{per}"


def _part_of_a_cup(match: re.Match[str], scan: Scan) -> str | None:
    """ "1/2 c. milk"."""
    sign = unicodedata.normalize("NFKC", match["part"]).replace("⁄", "/")
    top, bottom = (int(each) for each in sign.split("/"))
    if not 0 < top < bottom < 9:
        return None
    part = parts(top, bottom)
    whole = f"{cardinal(match['whole'])} and {with_article(part)}" if match["whole"] else part
    return f"{whole} cup{'s' if match['whole'] else ''}"


def _cups(match: re.Match[str], scan: Scan) -> str:
    """ "1 c. milk"."""
    return f"{decimal(match['number'])} cup{'' if match['number'] == '1' else 's'}"


def _warmth(match: re.Match[str], scan: Scan) -> str | None:
    """ "72 F outside": degrees without their sign where the text is about heat."""
    if not speaks_of(scan, _OF_HEAT):
        return None
    last = f" to {decimal(match['last'])}" if match["last"] else ""
    name = "Fahrenheit" if match["scale"] == "F" else "Celsius"
    return f"{decimal(match['number'])}{last} degrees {name}"


_OF_HEAT = re.compile(
    r"\b(?:outside|inside|chill|feels like|temperatures?|temps?|oven|heat(?:ed)?|degrees|weather|highs?|lows?|warm(?:er)?|cold(?:er)?|cool(?:er)?|"
    r"hot(?:ter)?|forecast|bake|preheat(?:ed)?|freez\w+|boil\w*|fever|sunny|cloudy|rain|thermostat|roast|broil)\b",
    re.I,
)


def _angle(match: re.Match[str], scan: Scan) -> str:
    """ "41°43′N": degrees, minutes and seconds of a place on the globe."""
    parts_of_it = (
        (match["degrees"], "degree"),
        (match["minutes"], "minute"),
        (match["seconds"], "second"),
    )
    said = [
        f"{decimal(number)} {name}{'' if number == '1' else 's'}"
        for number, name in parts_of_it
        if number
    ]
    return " ".join([*said, *([_SIDES[match["side"]]] if match["side"] else [])])


_SIDES = {"N": "north", "S": "south", "E": "east", "W": "west"}


_ALONE = {
    "km": "kilometres", "kg": "kilograms", "cm": "centimetres", "mm": "millimetres", "mg": "milligrams",
    "ml": "millilitres", "lbs": "pounds", "kWh": "kilowatt hours", "kms": "kilometres", "kgs": "kilograms",
}  # fmt: skip


def _alone(match: re.Match[str], scan: Scan) -> str:
    """ "in km", "per kg", "10^30 kg"."""
    single = scan.before().lower() in ("per", "a", "one", "each", "every", "/")
    return _ALONE[match[0]].removesuffix("s") if single else _ALONE[match[0]]


_ROOMS = {
    "BR": "bedroom",
    "BA": "bath",
    "BD": "bedroom",
    "bd": "bedroom",
    "ba": "bath",
    "br": "bedroom",
}

RULES = [
    rule(
        "measure",
        rf"(?P<number>{NUMBER})\+\s?(?P<unit>mph|kph|km/h|miles?|mi|km|ft|feet|lbs?|kg|hrs?|mins?|yrs?|GB|TB|MB)(?![\w/])",
        lambda match, scan: (
            f"{decimal(match['number'])} plus {unit_name(match['unit'], False) or match['unit']}"
        ),
        "d",
        needs="+",
    ),
    rule(
        "measure",
        r"x(?P<number>\d{1,2}(?:\.\d{1,2})?)(?!\w|\s?[-+−*/=]\s?\w)",
        lambda match, scan: (
            f"times {decimal(match['number'])}" if scan.text[scan.at - 1 : scan.at] == "(" else None
        ),
        "l",
        first="x",
    ),
    rule(
        "measure",
        r"(?P<number>\d(?:\.5)?)\s?(?P<room>BR|BA|BD|bd|ba|br)(?=[\s/,.)]|$)",  # of a flat
        lambda match, scan: f"{decimal(match['number'])} {_ROOMS[match['room']]}",
        "d",
    ),
    rule(
        "measure",
        r"(?P<width>\d{3})/(?P<height>\d{2})R(?P<rim>\d{2})(?!\w)",  # of a tyre
        lambda match, scan: (
            f"{pairs(match['width'])} {pairs(match['height'])} R {pairs(match['rim'])}"
        ),
        "d",
        needs="/",
    ),
    rule(
        "measure",
        r"(?P<cold>\d{1,2})W-(?P<hot>\d{2})(?!\w)",  # of motor oil
        lambda match, scan: f"{cardinal(match['cold'])} W {cardinal(match['hot'])}",
        "d",
        needs="-",
    ),
    rule(
        "measure",
        r"(?P<a>\d{1,2})[x×](?P<b>\d{1,2})s(?!\w)",  # of timber
        lambda match, scan: f"{cardinal(match['a'])} by {plural(cardinal(match['b']))}",
        "d",
        needs="x×",
    ),
    rule(
        "measure",
        r"(?P<minutes>\d{1,2})[':](?P<seconds>[0-5]\d)\"?(?:\s?/\s?(?P<unit>km|mi|mile)(?!\w)|(?<=\")(?=\space\b))",
        _pace,
        "d",
        needs="':",
    ),
    rule(
        "measure",
        r"(?P<degrees>\d{1,3})(?:°|\sdeg(?:rees|\.)?,?)\s?(?P<minutes>\d{1,2}(?:\.\d+)?)',?\s?(?:(?P<seconds>\d{1,2}(?:\.\d+)?)\"\s?)?(?P<side>[NSEW]\b)?",
        _angle,
        "d",
    ),
    rule(
        "measure",
        rf"(?P<number>{NUMBER})/(?P<unit>(?:{ANY}){POWER}|person|capita)(?![\w/²³])",
        _density,
        "d",
        needs="/",
    ),
    rule(
        "measure",
        r"(?:(?P<whole>\d{1,2})\s?)?(?P<part>[½⅓⅔¼¾⅛]|[1-7]/[2-8])\sc(?:\.(?=\s[a-z(])|(?=\s[a-z]{3}))",
        _part_of_a_cup,
        "ds",
        first="0123456789½⅓⅔¼¾⅛",
    ),
    rule("measure", rf"(?P<number>{NUMBER})\s(?:c|C)\.(?=\s[a-z]|\))", _cups, "d"),
    rule("measure", rf"(?P<number>\d{{1,3}}){LAST}\s?(?P<scale>[FC])(?![\w-])", _warmth, "d"),
    rule("measure", rf"(?:{'|'.join(_ALONE)})(?!\.\w|[\w/²³'-]|\d)", _alone, "l", first="kcml"),
    rule(
        "measure",
        r"(?P<side>[NSEW])\.?(?=\s(?:lat|long)\b)|(?<=degrees )(?P<after>[NSEW])\b",
        lambda match, scan: _SIDES[match["side"] or match["after"]],
        "u",
        first="NSEW",
    ),
]
