"""What a person reads into the microphone, one sentence at a time (`prompts.toml`).

`manage.py choose_prompts` computes it from `prompt_candidates.toml` and `scripts.toml`: few sentences with as many
of the language's sounds as possible, of every use in turn.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from marketplace.enrolment.scripts import LANGUAGES, SCRIPTS
from marketplace.voices.uses import Use
from synthesis.text.sentences import split_sentences

HERE = Path(__file__).parent
CHOSEN = HERE / "prompts.toml"
TAGS = {language: language for language in LANGUAGES} | {
    "en": "en-US",
    "pt": "pt-BR",
    "zh": "zh-CN",
}
LONGEST = 120  # characters, for one breath
MOST = 14  # sentences; they take a minute and a half to read, and a voice needs less


@dataclass(frozen=True)
class Prompt:
    """A sentence to read; `key` stays the same while its text does not change."""

    key: str
    use: Use
    text: str


def key_of(text: str) -> str:
    """The key of a sentence."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def candidates_in(language: str) -> list[tuple[Use, str]]:
    """All sentences to choose from in a language, given by its first two letters."""
    own = tomllib.loads((HERE / "prompt_candidates.toml").read_text("utf-8")).get(language, {})
    pool = [(Use(use), text) for use, texts in own.items() for text in texts]
    for script in SCRIPTS:
        pool += [
            (script.use, each.text)
            for each in split_sentences(script.texts[language], language=TAGS[language])
        ]
    return [(use, text) for use, text in pool if len(text) <= LONGEST]


@cache
def prompts_in(language: str) -> tuple[Prompt, ...]:
    """The sentences to read in a voice's language, given as a tag such as en-GB."""
    rows = tomllib.loads(CHOSEN.read_text("utf-8"))[language[:2]]
    return tuple(Prompt(key_of(row["text"]), Use(row["use"]), row["text"]) for row in rows)


def prompt_of(language: str, key: str) -> Prompt | None:
    """The sentence of a key; None if there is none."""
    return next((each for each in prompts_in(language) if each.key == key), None)
