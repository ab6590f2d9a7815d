"""Turns a text into the lines that an engine speaks, each with the silence around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from torch import Tensor

from synthesis.models.kokoro import MAX_TOKENS, Prosody
from synthesis.refusals import TextRefused
from synthesis.text import ssml
from synthesis.text.normalize import read
from synthesis.text.phonemes import phonemize, phonemize_with, tokenize
from synthesis.text.scripts import language_of
from synthesis.text.sentences import Sentence, split_sentences
from synthesis.text.tokens import Reading
from synthesis.text.wording import Wording
from synthesis.text.words import WordSpan, word_spans

PARAGRAPH_PAUSE = 0.35  # seconds of extra silence after a blank line


@dataclass(frozen=True)
class Line:
    """A sentence ready to speak: how it is read, its tokens, its speed, the silence around it (s)."""

    sentence: Sentence
    reading: Reading
    phonemes: str
    tokens: Tensor
    pause: float
    language: str
    speed: float = 1.0
    before: float = 0.0
    places: Sequence[int] = ()

    def at(self, character: int) -> int:
        """The position of a character in the text as it was sent."""
        return self.places[character] if self.places else character

    def words(self, prosody: Prosody) -> list[WordSpan]:
        """The times of each word, from the beginning of the sentence."""
        return word_spans(
            self.sentence.text,
            self.reading,
            self.phonemes,
            prosody.durations,
            lambda word: len(phonemize(word, self.language)),
        )


def lines_of(text: str | Wording, language: str) -> list[Line]:
    """Split, normalize and phonemize a text, either as sent or already read.

    Raises:
        TextRefused: empty_text, unreadable_text, foreign_text, ssml.
    """
    wording = Wording.of(text) if isinstance(text, str) else text
    text = wording.written
    if not text.strip():
        raise TextRefused("empty_text", "There is nothing to say: the text is empty.")
    if wording.script is not None:
        return _document_lines(wording.script, language)
    lines: list[Line] = []
    for sentence in split_sentences(text, language=language):
        following = text[sentence.end : sentence.end + 80]
        blank = following[: len(following) - len(following.lstrip())].count("\n") >= 2
        pause = PARAGRAPH_PAUSE if blank else 0.0
        lines.extend(_lines(sentence, language, pause))
    if not lines:
        raise TextRefused("empty_text", "There is nothing to say: the text has no words.")
    lines[-1] = replace(lines[-1], pause=0.0)  # blank lines at the end separate nothing
    return lines


def _document_lines(script: ssml.Script, language: str) -> list[Line]:
    """The lines of an SSML document; spans refer to the document."""
    lines: list[Line] = []
    for piece in script.pieces:
        before = piece.pause
        for sentence in split_sentences(piece.text, language=language):
            for line in _lines(sentence, language, 0.0, script.phonemes):
                lines.append(replace(line, speed=piece.speed, before=before, places=piece.places))
                before = 0.0
    if not lines:
        raise TextRefused("empty_text", "There is nothing to say: the document has no words.")
    lines[-1] = replace(lines[-1], pause=lines[-1].pause + script.silence)
    return lines


def _lines(
    sentence: Sentence,
    language: str,
    pause: float,
    given: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Line]:
    own = language_of(sentence.text, language)
    if own is None:
        raise TextRefused(
            "foreign_text",
            f"No voice speaks the language of {sentence.text[:40]!r}; leave it out or write it in a "
            "language that voices speak.",
        )
    language = own
    reading = read(sentence.text, language)
    phonemes = phonemize_with(reading.text, language, given)
    if len(phonemes) <= MAX_TOKENS:
        if any(symbol.isalpha() for symbol in phonemes):
            yield Line(sentence, reading, phonemes, tokenize(phonemes), pause, language)
        return
    parts = split_sentences(
        sentence.text, limit=max(20, len(sentence.text) // 2), language=language
    )
    if len(parts) < 2:
        raise TextRefused(
            "unreadable_text", "A word in the text is too long to be read; put spaces into it."
        )
    for index, part in enumerate(parts):
        moved = Sentence(part.text, sentence.start + part.start, sentence.start + part.end)
        yield from _lines(moved, language, pause if index == len(parts) - 1 else 0.0, given)
