"""Turns a text into the lines that an engine speaks, each with the silence around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import torch
from torch import Tensor

from synthesis.engines.expression import by_token
from synthesis.models.kokoro import MAX_TOKENS, Prosody
from synthesis.refusals import TextRefused
from synthesis.text.delivery import Delivery
from synthesis.text.normalize import read
from synthesis.text.phonemes import phonemize_with, tokenize
from synthesis.text.pieces import Given, Mark, Piece, Script, Stretch
from synthesis.text.scripts import language_of
from synthesis.text.sentences import Sentence, split_sentences
from synthesis.text.tokens import Reading
from synthesis.text.wording import Wording
from synthesis.text.words import MarkTime, WordSpan, word_spans

PARAGRAPH_PAUSE = 0.35  # seconds of extra silence after a blank line
_NOTHING_GIVEN: Mapping[str, Given] = MappingProxyType({})


@dataclass(frozen=True)
class Line:
    """A sentence ready to speak: how it is read, its tokens, the silence around it (s).

    deliveries: of each token, () for how the voice speaks by itself; marks: named places in the
    sentence.
    """

    sentence: Sentence
    reading: Reading
    phonemes: str
    tokens: Tensor
    pause: float
    language: str
    before: float = 0.0
    starts: Sequence[int] = ()
    ends: Sequence[int] = ()
    deliveries: tuple[Delivery, ...] = ()
    marks: tuple[Mark, ...] = ()
    given: Mapping[str, Given] = field(default_factory=dict)
    written: str = ""  # the whole of a plain text in which words were replaced

    def at(self, character: int) -> int:
        """Where a character begins in the text as it was sent."""
        if not self.starts:
            return character
        return self.starts[character] if character < len(self.starts) else self.ends[-1]

    def until(self, character: int) -> int:
        """Where what is before a character ends in the text as it was sent."""
        return self.ends[character - 1] if self.ends and character else character

    def _sounds_of(self, word: str) -> int:
        return len(phonemize_with(word, self.language, self.given))

    def words(self, prosody: Prosody) -> list[WordSpan]:
        """The times of each word, from the beginning of the sentence."""
        return word_spans(
            self.sentence.text, self.reading, self.phonemes, prosody.durations, self._sounds_of
        )

    def spoken_words(
        self, words: Sequence[WordSpan], heard: Callable[[float], float]
    ) -> tuple[WordSpan, ...]:
        """Words of the sentence as they were sent; heard: when what the model says at a time is heard."""
        start = self.sentence.start
        spans = WordSpan.joined(
            WordSpan(
                self.at(start + word.start),
                self.until(start + word.end),
                heard(word.begins),
                heard(word.ends),
            )
            for word in words
        )
        return tuple(WordSpan.parted(spans, self.written) if self.written else spans)

    def mark_times(
        self, words: Sequence[WordSpan], heard: Callable[[float], float]
    ) -> tuple[MarkTime, ...]:
        """When each mark is reached: as the word after it begins, or the last one ends."""
        last = words[-1].ends if words else 0.0
        return tuple(
            MarkTime(mark.name, heard(next((w.begins for w in words if w.start >= mark.at), last)))
            for mark in self.marks
        )


def lines_of(text: str | Wording, language: str) -> list[Line]:
    """Split, normalize and phonemize a text, either as sent or already read.

    Raises:
        TextRefused: empty_text, unreadable_text, foreign_text, ssml.
    """
    wording = Wording.of(text, language) if isinstance(text, str) else text
    text = wording.written
    if not text.strip():
        raise TextRefused("empty_text", "There is nothing to say: the text is empty.")
    if wording.script is not None:
        return _script_lines(wording.script, text, language)
    lines = list(_piece_lines(text, language, _NOTHING_GIVEN))
    if not lines:
        raise TextRefused("empty_text", "There is nothing to say: the text has no words.")
    lines[-1] = replace(lines[-1], pause=0.0)  # blank lines at the end separate nothing
    return lines


def _piece_lines(text: str, language: str, given: Mapping[str, Given]) -> Iterator[Line]:
    for sentence in split_sentences(text, language=language):
        following = text[sentence.end : sentence.end + 80]
        blank = following[: len(following) - len(following.lstrip())].count("\n") >= 2
        pause = PARAGRAPH_PAUSE if blank else 0.0
        yield from _lines(sentence, language, pause, given)


def _script_lines(script: Script, written: str, language: str) -> list[Line]:
    """The lines of a script; spans refer to what was written."""
    lines: list[Line] = []
    for piece in script.pieces:
        before, marks = piece.pause, list(piece.marks)
        own = piece.language or language
        for line in _piece_lines(piece.text, own, script.given):
            start, end = line.sentence.start, line.sentence.end
            reached = [mark for mark in marks if mark.at < end]
            marks = marks[len(reached) :]
            lines.append(
                replace(
                    line,
                    before=before,
                    starts=piece.starts,
                    ends=piece.ends,
                    deliveries=_deliveries(piece, line),
                    marks=tuple(Mark(mark.name, mark.at - start) for mark in reached),
                    given=script.given,
                    written="" if script.marked_up else written,
                )
            )
            before = 0.0
        if marks and lines:
            last = lines[-1]
            after = tuple(Mark(mark.name, len(last.sentence.text)) for mark in marks)
            lines[-1] = replace(last, marks=last.marks + after)
    if not lines:
        raise TextRefused("empty_text", "There is nothing to say: the document has no words.")
    lines[-1] = replace(lines[-1], pause=script.silence)
    return lines


def _deliveries(piece: Piece, line: Line) -> tuple[Delivery, ...]:
    """How each token of a line is delivered."""
    start, end = line.sentence.start, line.sentence.end
    inside = [
        Stretch(stretch.start - start, stretch.end - start, stretch.delivery)
        for stretch in piece.stretches
        if stretch.start < end and start < stretch.end
    ]
    if not inside:
        return ()
    tokens = line.tokens.shape[1]
    even = torch.ones(tokens, dtype=torch.long)
    words = word_spans(line.sentence.text, line.reading, line.phonemes, even, line._sounds_of)
    return by_token(inside, words, tokens)


def _lines(
    sentence: Sentence, language: str, pause: float, given: Mapping[str, Given]
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
            yield Line(
                sentence, reading, phonemes, tokenize(phonemes), pause, language, given=given
            )
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
