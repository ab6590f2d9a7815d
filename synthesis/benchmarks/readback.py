"""Sentences with numbers, spoken in every language by stock voices and a clone, heard by Whisper.

What Whisper writes is read as we read ("24" and "twenty-four" are one), and compared with how the
text is read: in words, in Chinese in characters, in Japanese in kana.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from synthesis.benchmarks.languages import HINTS, units
from synthesis.benchmarks.reading import LANGUAGES, cases, comparable
from synthesis.engines.kokoro import KokoroEngine
from synthesis.engines.style_tables import USUAL_STYLES
from synthesis.template import VoiceTemplate
from synthesis.text.spoken import spoken
from synthesis.transcription.error_rate import edit_distance
from synthesis.transcription.whisper import transcribe

SENTENCES = 20  # of each language
_FILES = {language: name for name, language in LANGUAGES.items()} | {"en-GB": "english"}
MIN_LETTERS = 10  # letters of a sentence


@dataclass(frozen=True)
class Heard:
    """What was heard of a voice in a language: errors, of so many words (or characters)."""

    voice: str
    language: str
    sentences: int
    errors: int
    units: int
    exact: int

    @property
    def rate(self) -> float:
        return self.errors / max(1, self.units)


def sentences(folder: Path, language: str, count: int = SENTENCES) -> list[str]:
    """Whole sentences with numbers, spread over the cases of a language."""
    tried = [
        case.text
        for case in cases(folder / f"{_FILES[language]}.tsv")
        if re.search(r"\d", case.text)
        and case.text.rstrip()[-1] in ".。।!?"
        and len(case.text) >= (MIN_LETTERS if language not in ("zh-CN", "ja") else 5)
        and not re.search(r"[\n<>*#@]|www", case.text)
    ]
    step = max(1, len(tried) // count)
    return tried[::step][:count]


def _units(text: str, language: str) -> list[str]:
    return units(comparable(spoken(text, language)), language)


def stock_voices(engine: KokoroEngine, language: str) -> dict[str, VoiceTemplate]:
    """Two stock voices of a language; where there is one only, an English one lends its timbre."""
    first, second = USUAL_STYLES[language]
    names = (first, second if second != first else "am_michael")
    return {name: engine.mix({name: 1.0}, language=language) for name in names}


def hear(
    engine: KokoroEngine, name: str, template: VoiceTemplate, language: str, texts: list[str]
) -> Heard:
    """Speak texts and count what Whisper hears otherwise."""
    speaking = replace(template, language=language)
    errors = units = exact = 0
    for text in texts:
        samples = np.concatenate([chunk.samples for chunk in engine.synthesize(text, speaking)])
        code = language[:2]
        transcript = transcribe(samples, engine.sample_rate, language=code, hint=HINTS.get(code))
        wanted, got = _units(text, language), _units(transcript, language)
        wrong = edit_distance(wanted, got)
        errors, units, exact = errors + wrong, units + len(wanted), exact + (wrong == 0)
    return Heard(name, language, len(texts), errors, units, exact)


def read_back(
    engine: KokoroEngine,
    folder: Path,
    languages: list[str],
    clones: Mapping[str, VoiceTemplate],
    progress: Callable[[str], None] = lambda language: None,
) -> Iterator[Heard]:
    """Every language in two stock voices and the clones."""
    for language in languages:
        progress(language)
        texts = sentences(folder, language)
        for name, template in (stock_voices(engine, language) | dict(clones)).items():
            yield hear(engine, name, template, language, texts)
