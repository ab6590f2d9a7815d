"""What was sent to be said: a text, or SSML that is read once, and what a lexicon makes of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any
from unicodedata import normalize

from synthesis.refusals import TextRefused
from synthesis.text.lexicon import Lexicon
from synthesis.text.marks import MAX_MARKS, has_few_marks
from synthesis.text.pieces import FIRST_MARK, MAX_GIVEN, Given, Piece, Script, plain_piece
from synthesis.text.reading import reading
from synthesis.text.ssml import is_ssml, parse

# Times its length that a text may be once its signs are spelled out, as "\ufdfa" is with 18 letters:
# that many are judged and read
SPELLED_OUT = 4
SHORT = 200  # characters more, so that a short text may well consist of such signs
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]{2}")


@dataclass(frozen=True)
class Wording:
    """written: as it was sent; script: what of it is to be spoken where that isn't all and as it is."""

    written: str
    script: Script | None = None

    @classmethod
    def of(cls, written: str, language: str = "en-US", lexicon: Lexicon | None = None) -> Wording:
        """Read what was sent to be said by a voice of a language.

        Raises:
            TextRefused: ssml, with line and column; language_not_spoken, pronunciation,
                unreadable_text.
        """
        _require_readable(written)
        script = parse(written, language) if is_ssml(written) else None
        if script is not None:
            _require_readable(script.text)  # an SSML document may name a mark by its number
        if lexicon is None or not lexicon.entries:
            return cls(written, script)
        plain = script or Script([plain_piece(written)], marked_up=False)
        applied = lexicon.applied(plain, language)
        if applied is plain:
            return cls(written, script)
        _require_readable(applied.text)
        return cls(written, applied)

    @classmethod
    def together(cls, heard: Iterable[tuple[Wording, str]]) -> Wording:
        """Texts that are heard one after the other as one, each with its language; "" for the voice's own."""
        pieces: list[Piece] = []
        given: dict[str, Given] = {}
        for wording, language in heard:
            script = wording.script or Script([Piece(wording.written)], marked_up=False)
            marks: dict[int, str] = {}
            for mark, each in script.given.items():
                own = chr(FIRST_MARK + len(given))
                if len(given) < MAX_GIVEN:
                    given[own] = each
                marks[ord(mark)] = own if own in given else each.word
            for piece in script.pieces:
                text, own_language = piece.text.translate(marks), piece.language or language
                before = pieces[-1] if pieces else Piece()
                if _UNSPACED.fullmatch(before.text[-1:] + text[:1]):
                    text = f"{pieces.pop().text}{text}"  # between pieces stands a space
                pieces.append(Piece(text, own_language))
        return cls("", Script(pieces, given))

    def last(self, characters: int) -> Wording:
        """Its end, of so many characters; a word with a given pronunciation counts as one."""
        script = self.script or Script([Piece(self.written)], marked_up=False)
        pieces: list[Piece] = []
        for piece in reversed(script.pieces):
            if characters <= 0:
                break
            pieces.insert(0, Piece(piece.text[-characters:], piece.language))
            characters -= len(piece.text)
        text = "".join(piece.text for piece in pieces)
        given = {mark: each for mark, each in script.given.items() if mark in text}
        return Wording("", Script(pieces, given, marked_up=script.marked_up))

    @property
    def spoken(self) -> str:
        """What is heard, and so judged and paid for."""
        return self.written if self.script is None else self.script.text

    def spoken_until(self, end: int) -> int:
        """How many characters of `spoken` are heard when what was written is spoken to a place."""
        return end if self.script is None else self.script.spoken_until(end)

    @property
    def silence(self) -> float:
        """Seconds of the breaks that were asked for."""
        if self.script is None:
            return 0.0
        return sum(piece.pause for piece in self.script.pieces) + self.script.silence

    def sound(self, language: str) -> str:
        """What decides how it sounds in a voice of a language: equal sounds are cached once."""
        if self.script is None:
            return reading(self.written, language)
        return json.dumps(self.as_dict(), sort_keys=True)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> Wording:
        script = kept["script"]
        return cls(kept["written"], None if script is None else Script.from_dict(script))


def _require_readable(text: str) -> None:
    if not has_few_marks(text):
        raise TextRefused(
            "unreadable_text", f"A letter in the text has more than {MAX_MARKS} marks on it."
        )
    if not text.isascii() and len(normalize("NFKC", text)) > SPELLED_OUT * len(text) + SHORT:
        raise TextRefused(
            "unreadable_text", "The text has too many signs that each stand for several words."
        )
