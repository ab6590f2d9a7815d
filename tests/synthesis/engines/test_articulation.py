"""Sounds of another language: French is understood in every voice, and timbre stays its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from synthesis.benchmarks.languages import SENTENCES
from synthesis.engines import articulation
from synthesis.engines.kokoro import KokoroEngine
from synthesis.template import VoiceTemplate
from synthesis.transcription.error_rate import edit_distance, words
from synthesis.transcription.whisper import transcribe
from synthesis.verification import ge2e


def _speech(engine: KokoroEngine, texts: tuple[str, ...], template: VoiceTemplate) -> np.ndarray:  # type: ignore[type-arg]
    return np.concatenate([c.samples for text in texts for c in engine.synthesize(text, template)])


@pytest.mark.slow  # as `make bench` asks of every language
def test_french_is_understood_in_a_voice_of_another_language(
    engine: KokoroEngine, mixed: VoiceTemplate
) -> None:
    french, wrong, spoken = replace(mixed, language="fr"), 0, 0
    for text in SENTENCES["fr"]:
        samples = _speech(engine, (text,), french)
        heard = words(transcribe(samples, engine.sample_rate, language="fr"))
        wrong, spoken = wrong + edit_distance(words(text), heard), spoken + len(words(text))
    assert wrong / spoken < 0.25


@pytest.mark.slow
def test_the_voice_is_recognized_in_its_french(engine: KokoroEngine, mixed: VoiceTemplate) -> None:
    english = ge2e.embed(_speech(engine, SENTENCES["en-US"], mixed), engine.sample_rate)
    french = replace(mixed, language="fr")
    own = ge2e.embed(_speech(engine, SENTENCES["fr"], french), engine.sample_rate)
    lender = engine.mix({"ff_siwis": 1.0}, language="fr")
    lent = ge2e.embed(_speech(engine, SENTENCES["fr"], lender), engine.sample_rate)
    assert ge2e.similarity(own, english) > ge2e.similarity(own, lent)


@pytest.mark.parametrize(
    ("details", "own", "language", "is_changed"),
    [
        ({"shares": {"am_michael": 1.0}}, "en-US", "fr", True),
        ({"shares": {"am_michael": 1.0}}, "fr", "fr", True),
        ({"shares": {"ff_siwis": 0.7, "am_michael": 0.3}}, "fr", "fr", False),
        ({"source": "recordings"}, "fr", "fr", False),
        ({"source": "recordings"}, "en-US", "fr", True),
        ({"source": "embedding"}, "fr", "fr", True),
        ({"shares": {"am_michael": 1.0}}, "en-US", "es", False),
    ],
)
def test_sounds_are_borrowed_for_french_alone_by_voices_that_never_learned_it(
    engine: KokoroEngine,
    mixed: VoiceTemplate,
    details: dict[str, object],
    own: str,
    language: str,
    *,
    is_changed: bool,
) -> None:
    template = replace(mixed, details=details, language=own)
    norms = articulation.norms(engine.model.decoder, template, language)
    first = engine.model.decoder.generator.norms()[0].span.start
    assert torch.equal(norms[first:], template.norms[first:])
    assert torch.equal(norms, template.norms) is not is_changed
