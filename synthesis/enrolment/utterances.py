"""Turns recordings into utterances: cut at pauses, levelled, transcribed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthesis.audio.decoding import Recording
from synthesis.audio.resample import resample
from synthesis.audio.voice_activity import speech_spans
from synthesis.models.generator import FRAME, SAMPLE_RATE
from synthesis.transcription.error_rate import MAX_TRANSCRIPT, words
from synthesis.transcription.whisper import transcribe

MAX_SECONDS = (
    13.0  # seconds; the model reads about 20 s in one pass, but shorter pieces align better
)
MIN_SECONDS = 1.2
LEVEL = -23.0  # dBFS RMS that the model speaks at
MARGIN = 0.12  # seconds kept around speech


@dataclass
class Utterance:
    """samples: mono float32 at 24 kHz, a whole number of text frames long; text: its transcript;
    pitch: F0 (Hz) at 80 Hz, once it has been tracked.
    """

    samples: NDArray[np.float32]
    text: str
    pitch: NDArray[np.float32] | None = None

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE


def _pieces(spans: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Join neighbouring spans of speech while they stay under `MAX_SECONDS`."""
    start, end = spans[0]
    for next_start, next_end in spans[1:]:
        if next_end - start > MAX_SECONDS:
            yield start, end
            start = next_start
        end = next_end
    yield start, end


def _level(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    rms = float(np.sqrt(np.square(samples).mean()) + 1e-9)
    return (samples * (10 ** (LEVEL / 20) / rms)).astype(np.float32)


def cut(recording: Recording) -> list[NDArray[np.float32]]:
    """Cut a recording into utterances at 24 kHz of `MIN_SECONDS` to about `MAX_SECONDS`."""
    spans = speech_spans(recording.samples, recording.rate)
    if not spans:
        return []
    samples = resample(recording.samples, recording.rate, SAMPLE_RATE)
    pieces = []
    for start, end in _pieces(spans):
        if end - start < MIN_SECONDS:
            continue
        for first in np.arange(start, end, MAX_SECONDS + 5):  # speech without a pause
            last = min(end, first + MAX_SECONDS + 5)
            if last - first < MIN_SECONDS:
                continue
            begin = max(0, round((first - MARGIN) * SAMPLE_RATE))
            piece = samples[begin : round((last + MARGIN) * SAMPLE_RATE)]
            pieces.append(_level(piece[: len(piece) // FRAME * FRAME]))
    return pieces


def utterances(
    recordings: Sequence[Recording], transcripts: Sequence[str] | None, *, language: str
) -> Iterator[Utterance]:
    """Utterances with transcripts; a given one is used if its recording was not cut."""
    for index, recording in enumerate(recordings):
        pieces = cut(recording)
        for piece in pieces:
            given = transcripts[index].strip() if transcripts and len(pieces) == 1 else ""
            if (
                len(given) > MAX_TRANSCRIPT
            ):  # nobody says so much; it was stored without a limit once
                given = ""
            text = given or transcribe(
                piece, SAMPLE_RATE, language=language.split("-", maxsplit=1)[0]
            )
            if 1 <= len(words(text)) <= 60:
                yield Utterance(piece, text)
