"""An audible notice precedes speech and shifts everything else by its length."""

from __future__ import annotations

import numpy as np

from synthesis.engines.interface import AudioChunk
from synthesis.engines.kokoro import KokoroEngine
from synthesis.engines.notice import NOTICES, notice_in, prepend_notice
from synthesis.template import VoiceTemplate
from synthesis.text.words import WordSpan
from synthesis.transcription.error_rate import word_error_rate
from synthesis.transcription.whisper import transcribe


def _chunk(seconds: float, offset: float, words: tuple[WordSpan, ...] = ()) -> AudioChunk:
    samples = np.zeros(round(seconds * 24_000), np.float32)
    return AudioChunk(samples, 24_000, 3, 9, offset, words)


def test_what_follows_a_notice_is_later_and_keeps_its_place_in_the_text() -> None:
    word = WordSpan(3, 9, 0.1, 0.4)
    first, second, third = prepend_notice(
        [_chunk(1.5, 0.0, (word,))], [_chunk(1.0, 0.0, (word,)), _chunk(1.0, 1.0)]
    )
    assert (first.start, first.end, first.words) == (0, 0, ())
    assert (second.offset, third.offset) == (1.5, 2.5)
    assert second.words == (WordSpan(3, 9, 1.6, 1.9),)
    assert (second.start, second.end) == (3, 9)


def test_the_notice_is_in_the_language_of_the_voice() -> None:
    assert notice_in("fr") == NOTICES["fr"]
    assert notice_in("en-GB") == notice_in("xx") == NOTICES["en"]


def test_the_notice_is_understood(engine: KokoroEngine, mixed: VoiceTemplate) -> None:
    heard = prepend_notice(
        engine.synthesize(notice_in("en"), mixed), engine.synthesize("The tide comes in.", mixed)
    )
    samples = np.concatenate([chunk.samples for chunk in heard])
    said = transcribe(samples, 24_000)
    assert word_error_rate("This is an artificial voice. The tide comes in.", said) <= 0.2
