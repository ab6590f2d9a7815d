"""A subset of SSML 1.1 (W3C 2010): speak, p, s, break, prosody rate, say-as, sub, phoneme.

A script is what remains of a document to be spoken: pieces of one speed with the silence before
each, in which a word with given phonemes is one private-use character.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from xml.parsers import expat

from synthesis.refusals import TextRefused

MAX_BREAK = 10.0  # seconds
MAX_DEPTH = 12  # elements in one another
BREAKS = {"none": 0.0, "x-weak": 0.1, "weak": 0.25, "medium": 0.5, "strong": 0.9, "x-strong": 1.4}
RATES = {"x-slow": 0.6, "slow": 0.8, "medium": 1.0, "default": 1.0, "fast": 1.2, "x-fast": 1.5}
ELEMENTS = {
    "speak": {"version", "xmlns", "xml:lang", "lang"},
    "p": set(),
    "s": set(),
    "break": {"time", "strength"},
    "prosody": {"rate"},
    "say-as": {"interpret-as", "format"},
    "sub": {"alias"},
    "phoneme": {"alphabet", "ph"},
}
SAY_AS = ("characters", "spell-out", "digits", "telephone", "cardinal", "ordinal")
_OPENING = re.compile(  # a prolog and comments may come before
    r"\s*(?:<\?xml[^<>]{0,200}\?>\s*)?(?:<!--(?:(?!-->)[\s\S]){0,2000}-->\s*){0,20}<speak\b"
)
_FIRST = 0xE000  # of the private-use characters that stand for given phonemes


@dataclass
class Piece:
    """Text of one speed; pause: seconds of silence before it.

    places: for each character, and the end, its place in the document.
    """

    text: str = ""
    speed: float = 1.0
    pause: float = 0.0
    places: list[int] = field(default_factory=list)


@dataclass
class Script:
    """What a document asks for; phonemes: by the private-use character that stands for them."""

    pieces: list[Piece]
    phonemes: dict[str, str]
    silence: float = 0.0  # after the last piece

    @property
    def text(self) -> str:
        """What is spoken, as one text: what it costs is its length."""
        return " ".join(piece.text.strip() for piece in self.pieces).strip()


def is_ssml(text: str) -> bool:
    """Whether a text is meant as SSML."""
    return bool(_OPENING.match(text))


def parse(document: str) -> Script:
    """Read a document.

    Raises:
        TextRefused: ssml, with line and column.
    """
    reader = _Reader(document)
    parser = expat.ParserCreate("utf-8")
    reader.parser = parser
    parser.buffer_text = False
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = lambda *_: reader.refuse("a document type is not allowed")
    parser.EntityDeclHandler = lambda *_: reader.refuse("entities are not allowed")
    try:
        parser.Parse(document.encode(), True)
    except expat.ExpatError as error:
        raise TextRefused(
            "ssml",
            f"SSML line {error.lineno}, column {error.offset + 1}: {expat.ErrorString(error.code)}.",
        ) from error
    return reader.script()


class _Reader:
    """Collects pieces while the parser walks."""

    def __init__(self, document: str) -> None:
        self._characters = [  # the character that each byte belongs to
            place for place, character in enumerate(document) for _ in character.encode()
        ]
        self._characters.append(len(document))
        self.parser: expat.XMLParserType
        self._open: list[str] = []
        self._speeds = [1.0]
        self._pieces = [Piece()]
        self._phonemes: dict[str, str] = {}
        self._pause = 0.0
        self._held: tuple[str, dict[str, str], int] | None = None  # sub, say-as, phoneme
        self._inside = ""

    def refuse(self, why: str) -> None:
        raise TextRefused(
            "ssml",
            f"SSML line {self.parser.CurrentLineNumber}, column "
            f"{self.parser.CurrentColumnNumber + 1}: {why}.",
        )

    def _at(self) -> int:
        return self._characters[min(self.parser.CurrentByteIndex, len(self._characters) - 1)]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name not in ELEMENTS:
            self.refuse(f"<{name}> is not supported; use {', '.join(ELEMENTS)}")
        unknown = set(attributes) - ELEMENTS[name]
        if unknown:
            self.refuse(f"<{name}> has no {', '.join(sorted(unknown))} here")
        if len(self._open) >= MAX_DEPTH:
            self.refuse("elements are too deep in one another")
        if (name == "speak") != (not self._open):
            self.refuse("<speak> is the outermost element, once")
        if self._held is not None:
            self.refuse(f"<{self._held[0]}> holds text only")
        self._open.append(name)
        if name == "break":
            self._pause += self._break(attributes)
        elif name in ("p", "s"):
            self._end_line("\n\n" if name == "p" else "\n")
        elif name == "prosody":
            self._speeds.append(self._speeds[-1] * self._rate(attributes.get("rate", "medium")))
        elif name in ("sub", "say-as", "phoneme"):
            self._held, self._inside = (name, attributes, self._at()), ""

    def end(self, name: str) -> None:
        self._open.pop()
        if name == "prosody":
            self._speeds.pop()
        elif name in ("p", "s"):
            self._end_line("\n\n" if name == "p" else "\n")
        elif self._held is not None and name == self._held[0]:
            held, self._held = self._held, None
            self._add(self._replaced(*held[:2]), held[2], self._at())

    def characters(self, text: str) -> None:
        if self._held is not None:
            self._inside += text
            return
        start = self._at()
        self._add(text, start, None)

    def _piece(self) -> Piece:
        last = self._pieces[-1]
        if self._pause or last.speed != self._speeds[-1]:
            if last.text.strip():
                last = Piece()
                self._pieces.append(last)
            last.speed, last.pause = self._speeds[-1], last.pause + self._pause
            self._pause = 0.0
        return last

    def _add(self, text: str, start: int, end: int | None) -> None:
        """Text from a place in the document; with `end`, all of it stands for what is between."""
        if not text.strip() and not self._pieces[-1].text:
            return
        if not text.strip() and (self._pause or self._pieces[-1].speed != self._speeds[-1]):
            return
        piece = self._piece()
        for offset, character in enumerate(text):
            piece.text += character
            piece.places.append(start if end is not None else start + offset)

    def _end_line(self, mark: str) -> None:
        piece = self._pieces[-1]
        if piece.text.strip():
            piece.text += mark
            piece.places += [piece.places[-1]] * len(mark)

    def _break(self, attributes: dict[str, str]) -> float:
        if "time" in attributes:
            match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)", attributes["time"].strip())
            if match is None:
                self.refuse("a break's time is written as 300ms or 1.5s")
                return 0.0
            seconds = float(match[1]) / (1000 if match[2] == "ms" else 1)
            if seconds > MAX_BREAK:
                self.refuse(f"a break lasts at most {MAX_BREAK:g} seconds")
            return seconds
        strength = attributes.get("strength", "medium")
        if strength not in BREAKS:
            self.refuse(f"a break's strength is one of {', '.join(BREAKS)}")
        return BREAKS[strength]

    def _rate(self, rate: str) -> float:
        match = re.fullmatch(r"(\d+(?:\.\d+)?)%", rate.strip())
        if match is not None:
            value = float(match[1]) / 100
        elif rate in RATES:
            value = RATES[rate]
        else:
            self.refuse(f"a rate is a percentage or one of {', '.join(RATES)}")
            return 1.0
        if not 0.5 <= value <= 2:
            self.refuse("a rate is between 50% and 200%")
        return value

    def _replaced(self, name: str, attributes: dict[str, str]) -> str:
        inside = self._inside.strip()
        if name == "sub":
            alias = attributes.get("alias", "").strip()
            if not alias:
                self.refuse("<sub> needs an alias")
            return alias
        if name == "phoneme":
            if attributes.get("alphabet", "ipa") != "ipa" or not attributes.get("ph"):
                self.refuse('<phoneme> needs ph, in the alphabet "ipa"')
            if len(self._phonemes) >= 200:
                self.refuse("too many <phoneme> elements")
            mark = chr(_FIRST + len(self._phonemes))
            self._phonemes[mark] = attributes.get("ph", "")
            return mark
        kind = attributes.get("interpret-as", "")
        if kind not in SAY_AS:
            self.refuse(f"say-as knows {', '.join(SAY_AS)}")
        return _said_as(kind, inside)

    def script(self) -> Script:
        pieces = [piece for piece in self._pieces if piece.text.strip()]
        if not pieces:
            raise TextRefused("empty_text", "There is nothing to say: the document has no words.")
        for piece in pieces:
            piece.places.append(piece.places[-1] + 1)
        return Script(pieces, self._phonemes, self._pause)


def _said_as(kind: str, text: str) -> str:
    """Text in the words that say-as asks for; letters and digits are named one by one."""
    from synthesis.text.english.numbers import decimal, digits, ordinal

    plain = unicodedata.normalize("NFKC", text).replace("−", "-")
    if kind in ("characters", "spell-out", "digits", "telephone"):
        groups = re.split(r"[\s\-./()]+", plain) if kind == "telephone" else [plain]
        named = [
            " ".join(digits(c) if c.isdecimal() else c.upper() for c in group if c.isalnum())
            for group in groups
        ]
        return ", ".join(group for group in named if group)
    match = re.fullmatch(r"([-+]?)((?:\d[\d,' ]*)?\d(?:\.\d+)?)(?:st|nd|rd|th)?", plain.strip())
    if match is None or (kind == "ordinal" and "." in match[2]):
        raise TextRefused("ssml", f"say-as {kind}: {text!r} is not a number that can be said so.")
    said = ordinal(match[2]) if kind == "ordinal" else decimal(match[2])
    return f"minus {said}" if match[1] == "-" else said
