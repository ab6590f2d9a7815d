"""An audible notice before speech: that a machine is speaking (EU AI Act, art. 50(4) and (5))."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from synthesis.engines.interface import AudioChunk

NOTICES = {
    "en": "This is an artificial voice.",
    "es": "Esta es una voz artificial.",
    "fr": "Ceci est une voix artificielle.",
    "it": "Questa è una voce artificiale.",
    "pt": "Esta é uma voz artificial.",
    "hi": "यह एक कृत्रिम आवाज़ है।",
    "zh": "这是人工合成的声音。",
    "ja": "これは合成音声です。",
}


def notice_in(language: str) -> str:
    """The notice in a language given by its tag (RFC 5646); English if there is none."""
    return NOTICES.get(language[:2], NOTICES["en"])


def prepend_notice(
    notice: Iterable[AudioChunk], speech: Iterable[AudioChunk]
) -> Iterator[AudioChunk]:
    """The chunks of a notice, then those of the speech, shifted by its length; the notice has no span
    in the text.
    """
    seconds = 0.0
    for chunk in notice:
        yield replace(chunk, start=0, end=0, words=())
        seconds = chunk.offset + chunk.seconds
    for chunk in speech:
        words = tuple(word.moved(0, seconds) for word in chunk.words)
        marks = tuple(mark.moved(seconds) for mark in chunk.marks)
        yield replace(chunk, offset=chunk.offset + seconds, words=words, marks=marks)
