"""What is heard in a reading: its words, the random ones, and the terms that nobody may leave out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from synthesis.audio.decoding import Recording
from synthesis.transcription.error_rate import edit_distance, word_error_rate, words
from synthesis.transcription.whisper import transcribe

MAX_WORDS_WRONG = 0.15  # of the whole statement
PHRASE_WORDS_HEARD = 7  # of the eight random words
LETTERS_PER_SLIP = 6  # of a term, in each of which one letter may be misheard


@dataclass(frozen=True)
class Asked:
    """What was to be read.

    phrase: the random words in it. terms: what nobody may leave out or change.
    opening, listed: hints. The whole word list, not this phrase: it helps hearing without giving
    the answer away. Terms are no hints: a hinted word may be heard where it wasn't said.
    """

    statement: str
    phrase: str
    opening: str
    listed: Sequence[str]
    terms: Sequence[str] = ()


@dataclass(frozen=True)
class Heard:
    """The best hearing of a reading; unheard: the terms that no hearing of the statement has."""

    transcript: str
    phrase_words: int
    word_error_rate: float
    unheard: tuple[str, ...] = ()

    @property
    def as_read(self) -> bool:
        """Whether this is the statement, a few slips aside."""
        return is_as_read(self.phrase_words, self.word_error_rate)


def is_as_read(phrase_words: int, errors: float) -> bool:
    """Whether so many random words and so large a word error rate are the statement's reading."""
    return phrase_words >= PHRASE_WORDS_HEARD and errors <= MAX_WORDS_WRONG


def hear(reading: Recording, asked: Asked) -> Heard:
    """What Whisper hears, up to three times: until all that was asked was heard."""
    all_words = ", ".join(asked.listed)
    best = Heard("", -1, math.inf, tuple(asked.terms))
    # Whisper may stop where a reading goes as its hint did, so what wasn't heard is heard again
    for hint in (
        f"{asked.opening} My words are: {all_words}.",
        f"{all_words}. {asked.opening}",
        None,
    ):
        transcript = transcribe(reading.samples, reading.rate, hint=hint)
        joined = "".join(words(transcript))  # "thunder pepper" may be heard as one word
        heard = Heard(
            transcript,
            sum(word in joined for word in words(asked.phrase)),
            word_error_rate(asked.statement, transcript),
            tuple(term for term in asked.terms if not is_said(term, transcript)),
        )
        best = _better(best, heard)
        if best.as_read and not best.unheard:
            break
    return best


def _better(one: Heard, other: Heard) -> Heard:
    """The hearing that is more of the statement; what either heard of its terms was said."""
    first, second = sorted((one, other), key=_closeness, reverse=True)
    if not second.as_read:
        return first
    unheard = tuple(term for term in first.unheard if term in second.unheard)
    return Heard(first.transcript, first.phrase_words, first.word_error_rate, unheard)


def _closeness(heard: Heard) -> tuple[bool, int, float]:
    return heard.as_read, heard.phrase_words, -heard.word_error_rate


def is_said(term: str, transcript: str) -> bool:
    """Whether a term is in what was heard, but for a letter in six; a number must be as it is."""
    letters, text = "".join(words(term)), "".join(words(transcript))
    slips = 0 if any(c.isdigit() for c in letters) else len(letters) // LETTERS_PER_SLIP
    return edit_distance(letters, text, anywhere=True) <= slips
