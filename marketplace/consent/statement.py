"""The statement that is read aloud: who, for which uses, until when, and an unpredictable phrase."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from marketplace.voices.uses import Use

STATEMENT_VERSION = "2026-12"
STATEMENT = (
    "I, {name}, agree on {date} that {platform} may make a synthetic version of my voice "
    "and license it for {uses}, until {end}. My words are: {phrase}."
)
_DAY = re.compile(r"[A-Z][a-z]+ \d{1,2}, \d{4}")
WITH_GUARDIAN = "{name}, and {guardian}, my parent or guardian,"
PHRASE_WORDS = 8
WORDS = [
    "amber",
    "anchor",
    "apple",
    "autumn",
    "basket",
    "beacon",
    "bridge",
    "butter",
    "button",
    "candle",
    "canyon",
    "carpet",
    "castle",
    "cherry",
    "circle",
    "clover",
    "cobalt",
    "copper",
    "cotton",
    "cradle",
    "crystal",
    "dancer",
    "desert",
    "dragon",
    "eagle",
    "engine",
    "fabric",
    "falcon",
    "feather",
    "forest",
    "garden",
    "ginger",
    "glacier",
    "hammer",
    "harbor",
    "hazel",
    "island",
    "ivory",
    "jacket",
    "jasmine",
    "jungle",
    "kettle",
    "ladder",
    "lantern",
    "lemon",
    "linen",
    "magnet",
    "maple",
    "marble",
    "meadow",
    "mirror",
    "morning",
    "mountain",
    "needle",
    "ocean",
    "olive",
    "orange",
    "orchard",
    "paper",
    "pepper",
    "picture",
    "planet",
    "pocket",
    "purple",
    "rabbit",
    "ribbon",
    "river",
    "rocket",
    "saddle",
    "salmon",
    "shadow",
    "silver",
    "spider",
    "spring",
    "summer",
    "sunset",
    "table",
    "temple",
    "thunder",
    "tiger",
    "timber",
    "tunnel",
    "valley",
    "velvet",
    "village",
    "violet",
    "walnut",
    "water",
    "willow",
    "window",
    "winter",
    "wonder",
    "yellow",
]


def fresh_phrase() -> str:
    """Random words that nobody could have recorded beforehand."""
    return " ".join(secrets.SystemRandom().sample(WORDS, PHRASE_WORDS))


def opening_of(name: str) -> str:
    """The opening of a person's statement, as a hint for speech recognition."""
    return f"I, {name}, agree. {settings.PLATFORM_NAME}."


def day(moment: datetime) -> str:
    """A date as it is read aloud."""
    return f"{moment:%B} {moment.day}, {moment.year}"


def _labels(uses: Sequence[str]) -> list[str]:
    return [str(use.label).lower() for use in Use if use in uses]


def uses_as_read(uses: Sequence[str]) -> str:
    """Uses as they are read aloud."""
    labels = _labels(uses)
    return ", ".join(labels[:-1]) + (" and " if len(labels) > 1 else "") + labels[-1]


def terms_of(statement: str, uses: Sequence[str]) -> list[str]:
    """The parts of a statement that must be read exactly: its dates and the uses."""
    return [*_DAY.findall(statement), *_labels(uses)]


def statement_of(
    *,
    name: str,
    now: datetime,
    uses: Sequence[str],
    ends_at: datetime,
    phrase: str,
    guardian: str = "",
) -> str:
    """The text that a person reads aloud; a minor also names their guardian."""
    return STATEMENT.format(
        name=WITH_GUARDIAN.format(name=name, guardian=guardian) if guardian else name,
        date=day(now),
        platform=settings.PLATFORM_NAME,
        uses=uses_as_read(uses),
        end=day(ends_at),
        phrase=", ".join(phrase.split()),
    )
