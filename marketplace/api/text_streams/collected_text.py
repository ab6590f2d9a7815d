"""Text that comes in parts, until so much of it is there that it can be spoken."""

from __future__ import annotations

import re
from collections.abc import Sequence

from synthesis.text.sentences import split_sentences
from synthesis.text.ssml import is_ssml

MOST_SIGNS = 300  # characters without a letter or digit that are kept until one comes
_PROBES = ("Zeta", "zeta", "7")  # what might come next; a sentence that ends before each has ended
_LOOKS_BACK = 100  # characters by which it is judged whether a sentence ends
_SAYS = re.compile(r"[^\W_]")
_DOCUMENT_ENDS = re.compile(r"</speak\s*>")
_BEFORE_DOCUMENT = re.compile(r"\s*<(?:\?xml|!--)")
_HALF_A_TAG = re.compile(r"<(?:[/?!a-zA-Z][^<>]{0,300})?\Z")


class CollectedText:
    """What was sent and isn't spoken yet; whole sentences are taken from it.

    schedule: characters that must have come before the first stretch is spoken, the second, and so
    on; its last number counts for all that follow.
    """

    def __init__(self, language: str, schedule: Sequence[int] = ()) -> None:
        self._language, self._schedule = language, schedule
        self._waiting = ""
        self._says_from: int | None = None  # the place of the first letter or digit
        self._is_searched = True  # for whole sentences
        self._taken = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, text: str) -> None:
        """Keep what came; of a long row of signs before a word, the end."""
        if text:
            self._keep(self._waiting + text)

    def take_sentences(self, *, now: bool = False) -> str:
        """All whole sentences; none before as many characters came as the schedule wants, unless `now`."""
        if self._is_searched or self._says_from is None:
            return ""
        if not now and len(self._waiting) < self._least():
            return ""
        self._is_searched = True
        return self._take(self._end_of_sentences(max(0, self._says_from - _LOOKS_BACK)))

    def take_parts(self) -> str:
        """All that can be read: everything but half of a tag, or of an SSML document."""
        return self._take(self._readable())

    def take_rest(self) -> str:
        """Everything, also what is no whole document."""
        return self._take(len(self._waiting))

    def _keep(self, text: str) -> None:
        says = _SAYS.search(text)
        signs = says.start() if says else len(text)
        dropped = max(0, signs - MOST_SIGNS)
        self._waiting = text[dropped:]
        self._says_from = says.start() - dropped if says else None
        self._is_searched = False

    def _take(self, end: int) -> str:
        if self._says_from is None or self._says_from >= end:
            return ""  # stray signs are said with what follows
        taken = self._waiting[:end]
        self._keep(self._waiting[end:])
        self._is_searched = True
        self._taken += 1
        return taken.strip()

    def _least(self) -> int:
        if not self._schedule:
            return 0
        return self._schedule[min(self._taken, len(self._schedule) - 1)]

    def _readable(self) -> int:
        if is_ssml(self._waiting):
            end = _DOCUMENT_ENDS.search(self._waiting)
            return end.end() if end else 0
        if _BEFORE_DOCUMENT.match(self._waiting):
            return 0
        half = _HALF_A_TAG.search(self._waiting)
        return half.start() if half else len(self._waiting)

    def _end_of_sentences(self, start: int) -> int:
        end = self._readable()
        if is_ssml(self._waiting):
            return end
        text = self._waiting[start:end]
        sentences = split_sentences(text, language=self._language)
        if not sentences:
            return 0
        return end if self._has_ended(text) else start + sentences[-1].start

    def _has_ended(self, text: str) -> bool:
        """Whether the last sentence is whole, whatever follows."""
        tail = text[max(0, len(text.rstrip()) - _LOOKS_BACK) :]
        return all(
            split_sentences(tail + probe, language=self._language)[-1].start == len(tail)
            for probe in _PROBES
        )
