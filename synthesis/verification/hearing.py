"""What is heard in a reading: its words, the random ones, and the terms that must not be left out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from synthesis.audio.decoding import Recording
from synthesis.transcription.error_rate import edit_distance, word_error_rate, words
from synthesis.transcription.whisper import transcribe
from synthesis.verification.thresholds import MAX_WORDS_WRONG, PHRASE_WORDS_HEARD

LETTERS_PER_SLIP = 6  # letters of a term per letter that may be misheard


@dataclass(frozen=True)
class ExpectedReading:
    """What was to be read.

    phrase: the random words in it. terms: must not be left out or changed.
    opening, listed: hints. `listed` is the whole word list, not this phrase, so that it helps
    recognition without giving the answer away. Terms are not hints, because Whisper may hear a
    hinted word that wasn't said.
    """

    statement: str
    phrase: str
    opening: str
    listed: Sequence[str]
    terms: Sequence[str] = ()


@dataclass(frozen=True)
class Hearing:
    """The best transcript of a reading; unheard: the terms in none of its matching transcripts."""

    transcript: str
    phrase_words: int
    word_error_rate: float
    unheard: tuple[str, ...] = ()

    @property
    def as_read(self) -> bool:
        """Whether this is the statement, apart from a few slips."""
        return is_as_read(self.phrase_words, self.word_error_rate)


def is_as_read(phrase_words: int, errors: float) -> bool:
    """Whether this many random words and this word error rate count as a reading of the statement."""
    return phrase_words >= PHRASE_WORDS_HEARD and errors <= MAX_WORDS_WRONG


def hear(reading: Recording, expected: ExpectedReading) -> Hearing:
    """Transcribe up to three times, until everything expected was heard."""
    all_words = ", ".join(expected.listed)
    best = Hearing("", -1, math.inf, tuple(expected.terms))
    # Whisper may stop early if a reading resembles its hint, so another hint is tried
    for hint in (
        f"{expected.opening} My words are: {all_words}.",
        f"{all_words}. {expected.opening}",
        None,
    ):
        transcript = transcribe(reading.samples, reading.rate, hint=hint)
        joined = "".join(words(transcript))  # "thunder pepper" may be transcribed as one word
        hearing = Hearing(
            transcript,
            sum(word in joined for word in words(expected.phrase)),
            word_error_rate(expected.statement, transcript),
            tuple(term for term in expected.terms if not is_said(term, transcript)),
        )
        best = _better(best, hearing)
        if best.as_read and not best.unheard:
            break
    return best


def _better(one: Hearing, other: Hearing) -> Hearing:
    """The better transcript; a term that either contains counts as said."""
    first, second = sorted((one, other), key=_closeness, reverse=True)
    if not second.as_read:
        return first
    unheard = tuple(term for term in first.unheard if term in second.unheard)
    return Hearing(first.transcript, first.phrase_words, first.word_error_rate, unheard)


def _closeness(hearing: Hearing) -> tuple[bool, int, float]:
    return hearing.as_read, hearing.phrase_words, -hearing.word_error_rate


def is_said(term: str, transcript: str) -> bool:
    """Whether a transcript contains a term, with one slip per six letters; numbers must be exact."""
    letters, text = "".join(words(term)), "".join(words(transcript))
    slips = 0 if any(c.isdigit() for c in letters) else len(letters) // LETTERS_PER_SLIP
    return edit_distance(letters, text, anywhere=True) <= slips
