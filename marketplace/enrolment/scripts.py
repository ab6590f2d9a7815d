"""What clips say: scripts by use, in the languages of the voices (`scripts.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import pgettext_lazy

from marketplace.voices.uses import Use

LANGUAGES = ("en", "es", "fr", "it", "pt", "hi", "zh", "ja")
_LABELS = {
    "story": pgettext_lazy("clip", "A first page"),
    "order": pgettext_lazy("clip", "An order"),
    "lantern": pgettext_lazy("clip", "Somebody below"),
    "novel": pgettext_lazy("clip", "A novel"),
    "villain": pgettext_lazy("clip", "A villain"),
    "hold": pgettext_lazy("clip", "Please hold"),
    "day": pgettext_lazy("clip", "An assistant"),
    "breath": pgettext_lazy("clip", "A meditation"),
    "podcast": pgettext_lazy("clip", "A podcast"),
    "news": pgettext_lazy("clip", "The news"),
    "lesson": pgettext_lazy("clip", "A lesson"),
    "museum": pgettext_lazy("clip", "A museum"),
    "spot": pgettext_lazy("clip", "A spot"),
}


@dataclass(frozen=True)
class Script:
    """A text for a clip that shows a voice in one use.

    texts: by the first two letters of a voice's language.
    """

    key: str
    use: Use
    texts: dict[str, str]
    usual: bool = False

    @property
    def label(self) -> str:
        """What pages call it, in their language."""
        return str(_LABELS[self.key])

    def text(self, language: str) -> str:
        """The text in a voice's language, given as a tag such as en-GB."""
        return self.texts[language[:2]]


@dataclass(frozen=True)
class Line:
    """What one clip says, and the use in which it shows the voice; no use: any."""

    text: str
    use: str = ""


def _read() -> tuple[Script, ...]:
    rows = tomllib.loads(Path(__file__).with_name("scripts.toml").read_text("utf-8"))["script"]
    return tuple(
        Script(
            row["key"],
            Use(row["use"]),
            {language: row[language] for language in LANGUAGES},
            row.get("usual", False),
        )
        for row in rows
    )


SCRIPTS = _read()
USES = tuple(use for use in Use if any(script.use == use for script in SCRIPTS))
_TEXTS = {(language, text) for script in SCRIPTS for language, text in script.texts.items()}


def lines_of(scripts: Iterable[Script], language: str) -> list[Line]:
    """Scripts in a voice's language."""
    return [Line(script.text(language), script.use) for script in scripts]


def usual_lines(language: str) -> list[Line]:
    """What a new voice says of itself until its creator chooses."""
    return lines_of((script for script in SCRIPTS if script.usual), language)


def is_ours(text: str, language: str) -> bool:
    """Whether a text is one of the scripts, so that nobody need judge it."""
    return (language[:2], text) in _TEXTS
