"""People whose recordings stand for readings of a consent statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from synthesis.audio.decoding import Recording, decode_own
from synthesis.transcription.error_rate import words
from synthesis.transcription.whisper import transcribe
from synthesis.verification import reading_check as checks
from synthesis.verification.reading_check import Speaker

PATHS = 4  # random simulated recordings of each reading
PHRASE_WORDS = 8
MIN_READING = 8.0  # seconds
MASCULINE = 165.0  # Hz; a lower median F0 is taken for a man's
MIN_WORD = 4  # letters of a word that may stand for one of the random ones


@dataclass(frozen=True)
class Reading:
    """Consecutive utterances, long enough to stand for a statement; used: their indices."""

    recording: Recording
    text: str
    phrase: str
    used: frozenset[int]


@dataclass
class Person:
    """A person's utterances, their embeddings over all of them, and their readings."""

    name: str
    utterances: list[Recording]
    masculine: bool
    speaker: Speaker
    readings: list[Reading]

    @classmethod
    def meet(cls, name: str, files: Sequence[Path]) -> Person:
        """Build a person from recordings, transcribed by Whisper; a reading begins at each utterance."""
        utterances = [decode_own(path.read_bytes()) for path in files]
        transcripts = [transcribe(u.samples, u.rate) for u in utterances]
        readings = [
            _reading_from(start, utterances, transcripts) for start in range(len(utterances))
        ]
        return cls(
            name,
            utterances,
            _pitch(utterances) < MASCULINE,
            checks.speaker_of(utterances),
            [reading for reading in readings if reading is not None],
        )

    def without(self, reading: Reading) -> Speaker:
        """The speaker, from all utterances but those of a reading."""
        rest = [u for n, u in enumerate(self.utterances) if n not in reading.used]
        return checks.speaker_of(rest)


def _reading_from(
    start: int, utterances: Sequence[Recording], transcripts: Sequence[str]
) -> Reading | None:
    used: list[int] = []
    for step in range(len(utterances) - 2):
        used.append((start + step) % len(utterances))
        text, rate = " ".join(transcripts[n] for n in used), utterances[0].rate
        samples = np.concatenate([utterances[n].samples for n in used])
        if len(samples) < MIN_READING * rate:
            continue
        # There is no true transcript: a word that Whisper hears only once may never have been said
        phrase = phrase_in(text, again=transcribe(samples, rate))
        if phrase is not None:
            return Reading(replace(utterances[0], samples=samples), text, phrase, frozenset(used))
    return None


def _pitch(utterances: Sequence[Recording]) -> float:
    """Median F0 (Hz)."""
    from synthesis.audio.pitch import track

    f0 = np.concatenate([track(u.samples[: 5 * u.rate], u.rate) for u in utterances[:3]])
    return float(np.median(f0[f0 > 0]))


def phrase_in(text: str, *, again: str | None = None) -> str | None:
    """The last eight long words of a text, standing for the random ones; None where it has fewer.

    again: another transcript, which must contain them too.
    """
    sure = set(words(text if again is None else again))
    long = list(dict.fromkeys(w for w in words(text) if len(w) >= MIN_WORD and w in sure))
    return " ".join(long[-PHRASE_WORDS:]) if len(long) >= PHRASE_WORDS else None
