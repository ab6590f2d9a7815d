"""SSML 1.1 (W3C 2010) without what needs files of others: audio, lexicon, metadata, voice.

`parse` makes a script of a document: pieces of one language with the silence before each, in which
a word with given phonemes is one private-use character.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from itertools import dropwhile
from xml.parsers import expat

from synthesis.refusals import TextRefused
from synthesis.text.delivery import Delivery
from synthesis.text.languages import spoken_language
from synthesis.text.pieces import FIRST_MARK, Given, Mark, Piece, Script, Stretch
from synthesis.text.pronunciation import require_plausible
from synthesis.text.say_as import said_as

MAX_BREAK = 10.0  # seconds
MAX_SILENCE = 60.0  # seconds of all breaks together
MAX_DEPTH = 12  # elements in one another
MAX_MARKS = 500
MAX_PHONEMES = 200  # <phoneme> elements
MAX_GIVEN_LENGTH = 8_000  # characters of their words and phonemes: it takes time to compare them
MAX_SAID = 300  # <say-as> elements
MAX_SAID_LENGTH = 4_000  # characters in them: long numbers take time to put into words
BREAKS = {"none": 0.0, "x-weak": 0.1, "weak": 0.25, "medium": 0.5, "strong": 0.9, "x-strong": 1.4}
_LANGUAGE = {"xml:lang"}
ELEMENTS = {
    "speak": {
        "version",
        "xmlns",
        "xml:lang",
        "lang",
        "xmlns:xsi",
        "xsi:schemaLocation",
        "xml:base",
    },
    "p": _LANGUAGE,
    "s": _LANGUAGE,
    "lang": _LANGUAGE,
    "break": {"time", "strength"},
    "prosody": {"rate", "pitch", "volume"},
    "emphasis": {"level"},
    "mark": {"name"},
    "say-as": {"interpret-as", "format", "detail"},
    "sub": {"alias"},
    "phoneme": {"alphabet", "ph"},
}
_EMPTY = ("break", "mark")
_HOLDING_TEXT = ("sub", "say-as", "phoneme", *_EMPTY)
_OPENING = (
    re.compile(  # a prolog and comments may come before; a document type, too, but is refused
        r"\ufeff?\s*(?:<\?xml[^<>]{0,200}\?>\s*)?(?:<!--(?:(?!-->)[\s\S]){0,2000}-->\s*){0,20}"
        r"<(?:speak|!DOCTYPE\s{1,10}speak)\b"
    )
)
_BREAK = re.compile(r"\+?(\d{1,6}(?:\.\d{0,6})?|\.\d{1,6})(ms|s)")


def is_ssml(text: str) -> bool:
    """Whether a text is meant as SSML."""
    return bool(_OPENING.match(text))


def length_said_as(text: str) -> int:
    """How many characters of a text `parse` may have to put into words; 0 of what is no SSML.

    Without putting any into words, and only as far as the document could be read.
    """
    if not is_ssml(text):
        return 0
    within, length = False, 0

    def start(name: str, _: object) -> None:
        nonlocal within
        within = name == "say-as"

    def end(_: str) -> None:
        nonlocal within
        within = False

    def count(characters: str) -> None:
        nonlocal length
        length += len(characters) * within

    def stop(*_: object) -> None:
        raise TextRefused("ssml", "Nothing after a document type or an entity counts.")

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = count
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = stop
    with suppress(TextRefused, UnicodeEncodeError, expat.ExpatError):  # `parse` says what is wrong
        parser.Parse(text.encode("utf-8"), True)
    return length


def parse(document: str, language: str = "en-US") -> Script:
    """Read a document; language: the voice's own.

    Raises:
        TextRefused: ssml, with line and column; language_not_spoken; pronunciation, where the
            phonemes that are given aren't plausible.
    """
    reader = _Reader(document, language)
    parser = expat.ParserCreate("utf-8")
    reader.parser = parser
    parser.buffer_text = False
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = lambda *_: reader.refuse("a document type is not allowed")
    parser.EntityDeclHandler = lambda *_: reader.refuse("entities are not allowed")
    try:
        parser.Parse(document.encode("utf-8"), True)
    except UnicodeEncodeError as error:
        raise TextRefused("ssml", "SSML holds half of a surrogate pair.") from error
    except expat.ExpatError as error:
        raise TextRefused(
            "ssml",
            f"SSML line {error.lineno}, column {error.offset + 1}: {expat.ErrorString(error.code)}.",
        ) from error
    return reader.script()


_SPACES = str.maketrans("\n\r\t", "   ")


class _Reader:
    """Collects pieces while the parser walks."""

    def __init__(self, document: str, language: str) -> None:
        self._characters = [  # the character that each byte belongs to
            place
            for place, character in enumerate(document)
            for _ in character.encode("utf-8", "replace")
        ]
        self._characters.append(len(document))
        self.parser: expat.XMLParserType
        self._document = document
        self._own = language
        self._open: list[str] = []
        self._deliveries = [Delivery()]
        self._languages = [""]
        self._pieces = [Piece()]
        self._has_words = False  # whether the last of them is more than space
        self._given: dict[str, Given] = {}
        self._given_length = 0
        self._said = self._said_length = 0
        self._pause = self._silence = 0.0
        self._waiting: list[str] = []  # marks that the next text will follow
        self._marks = 0
        self._held: tuple[str, dict[str, str], int] | None = None  # sub, say-as, phoneme
        self._inside: list[str] = []  # its text, as it comes
        self._run: list[tuple[str, int]] = []  # text between two tags, as it comes, and where it is

    def refuse(self, why: str) -> None:
        raise TextRefused(
            "ssml",
            f"SSML line {self.parser.CurrentLineNumber}, column "
            f"{self.parser.CurrentColumnNumber + 1}: {why}.",
        )

    def _at(self) -> int:
        return self._characters[min(self.parser.CurrentByteIndex, len(self._characters) - 1)]

    @property
    def _language(self) -> str:
        """The language in force."""
        return self._languages[-1] or self._own

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._end_run()
        self._require_allowed(name, attributes)
        self._open.append(name)
        self._languages.append(self._chosen_language(name, attributes))
        try:
            self._deliveries.append(self._chosen_delivery(name, attributes))
        except ValueError as error:
            self.refuse(str(error))
        if name == "break":
            self._add_break(attributes)
        elif name == "mark":
            self._add_mark(attributes.get("name", "").strip())
        elif name in ("p", "s"):
            self._end_line("\n\n" if name == "p" else "\n")
        elif name in _HOLDING_TEXT:
            self._held, self._inside = (name, attributes, self._at()), []

    def _require_allowed(self, name: str, attributes: dict[str, str]) -> None:
        if name not in ELEMENTS:
            self.refuse(f"<{name}> is not supported; use {', '.join(ELEMENTS)}")
        unknown = set(attributes) - ELEMENTS[name]
        if unknown:
            self.refuse(f"<{name}> has no {', '.join(sorted(unknown))} here")
        if len(self._open) >= MAX_DEPTH:
            self.refuse("elements are too deep in one another")
        if (name == "speak") != (not self._open):
            self.refuse("<speak> is the outermost element, once")
        if self._open and self._open[-1] in _HOLDING_TEXT:
            empty = self._open[-1] in _EMPTY
            self.refuse(f"<{self._open[-1]}> holds {'nothing' if empty else 'text only'}")

    def _chosen_language(self, name: str, attributes: dict[str, str]) -> str:
        tag = attributes.get("xml:lang", attributes.get("lang", "")).strip()
        if not tag:
            if name == "lang":
                self.refuse("<lang> needs xml:lang")
            return self._languages[-1]
        spoken = spoken_language(tag)
        if spoken is None:
            raise TextRefused(
                "language_not_spoken",
                f"No voice speaks the language {tag[:40]!r}; leave this part out.",
            )
        return spoken

    def _chosen_delivery(self, name: str, attributes: dict[str, str]) -> Delivery:
        delivery = self._deliveries[-1]
        if name == "emphasis":
            return delivery.emphasized(attributes.get("level", "moderate").strip())
        if name != "prosody":
            return delivery
        for attribute, change in (
            ("rate", Delivery.with_rate),
            ("pitch", Delivery.with_pitch),
            ("volume", Delivery.with_volume),
        ):
            if attribute in attributes:
                delivery = change(delivery, attributes[attribute].strip())
        return delivery

    def end(self, name: str) -> None:
        self._end_run()
        self._open.pop()
        if name in ("p", "s"):
            self._end_line("\n\n" if name == "p" else "\n")
        elif self._held is not None and name == self._held[0]:
            held, self._held = self._held, None
            after = self._document.find(">", self._at()) + 1  # of the tag that ends here
            said = self._replaced(*held[:2])
            whole = [held[2]] * len(said), [after or len(self._document)] * len(said)
            self._add(said, *whole)
        self._deliveries.pop()
        self._languages.pop()

    def characters(self, text: str) -> None:
        if self._held is not None:
            self._inside.append(text)
            return
        if self._open[-1] in _EMPTY and text.strip():
            self.refuse(f"<{self._open[-1]}> holds nothing")
        self._run.append((text.translate(_SPACES), self._at()))

    def _end_run(self) -> None:
        """Add the text since the last tag at once: the parser hands over each line end by itself."""
        run, self._run = self._run, []
        if self._begins_anew or not self._pieces[-1].text:
            run = list(dropwhile(lambda part: not part[0].strip(), run))
        starts = [place for text, at in run for place in range(at, at + len(text))]
        if starts:
            self._add("".join(text for text, _ in run), starts, [each + 1 for each in starts])

    @property
    def _begins_anew(self) -> bool:
        return bool(self._pause) or self._pieces[-1].language != self._languages[-1]

    def _piece(self) -> Piece:
        """The piece to which text is added now."""
        last = self._pieces[-1]
        if self._begins_anew:
            if self._has_words:
                last = Piece()
                self._pieces.append(last)
                self._has_words = False
            last.language, last.pause = self._languages[-1], last.pause + self._pause
            self._pause = 0.0
        last.marks += [Mark(name, len(last.text)) for name in self._waiting]
        self._waiting = []
        return last

    def _add(self, text: str, starts: list[int], ends: list[int]) -> None:
        """Text, with what each of its characters stands for in the document."""
        if not text.strip() and (not self._pieces[-1].text or self._begins_anew):
            return
        piece = self._piece()
        begins = len(piece.text)
        self._has_words = self._has_words or not text.isspace()
        piece.text += text
        piece.starts += starts
        piece.ends += ends
        delivery = self._deliveries[-1]
        if delivery != Delivery():
            before = piece.stretches[-1] if piece.stretches else None
            if before is not None and before.end == begins and before.delivery == delivery:
                piece.stretches[-1] = replace(before, end=len(piece.text))
            else:
                piece.stretches.append(Stretch(begins, len(piece.text), delivery))

    def _end_line(self, line_end: str) -> None:
        piece = self._pieces[-1]
        if self._has_words:
            piece.text += line_end
            piece.starts += [piece.ends[-1]] * len(line_end)
            piece.ends += [piece.ends[-1]] * len(line_end)

    def _add_mark(self, name: str) -> None:
        self._marks += 1
        if not name or len(name) > 100:
            self.refuse("<mark> needs a name of at most 100 characters")
        if self._marks > MAX_MARKS:
            self.refuse("too many <mark> elements")
        self._waiting.append(name)

    def _add_break(self, attributes: dict[str, str]) -> None:
        seconds = self._break(attributes)
        if seconds:
            last = self._pieces[-1]  # marks before a break are where the speech before it ends
            if self._has_words and not self._pause:
                last.marks += [Mark(name, len(last.text)) for name in self._waiting]
                self._waiting = []
        self._pause += seconds
        self._silence += seconds
        if self._silence > MAX_SILENCE:
            self.refuse(f"breaks last at most {MAX_SILENCE:g} seconds together")

    def _break(self, attributes: dict[str, str]) -> float:
        if "time" in attributes:
            match = _BREAK.fullmatch(attributes["time"].strip())
            if match is None:
                self.refuse("a break's time is written as 300ms or 1.5s")
                return 0.0
            seconds = float(match[1]) / (1000 if match[2] == "ms" else 1)
            if seconds > MAX_BREAK:
                self.refuse(f"a break lasts at most {MAX_BREAK:g} seconds")
            return seconds
        strength = attributes.get("strength", "medium").strip()
        if strength not in BREAKS:
            self.refuse(f"a break's strength is one of {', '.join(BREAKS)}")
        return BREAKS[strength]

    def _replaced(self, name: str, attributes: dict[str, str]) -> str:
        inside = " ".join("".join(self._inside).split())
        if name == "sub":
            alias = " ".join(attributes.get("alias", "").split())
            if not alias:
                self.refuse("<sub> needs an alias")
            return alias
        if name == "phoneme":
            return self._pronounced(inside, attributes)
        kind = attributes.get("interpret-as", "").strip()
        self._said, self._said_length = self._said + 1, self._said_length + len(inside)
        if len(inside) > 200:
            self.refuse("<say-as> holds at most 200 characters")
        if self._said > MAX_SAID:
            self.refuse(f"there are at most {MAX_SAID} <say-as> elements")
        if self._said_length > MAX_SAID_LENGTH:
            self.refuse("the <say-as> elements are too long together")
        try:
            return said_as(kind, inside, self._language, attributes.get("format", ""))
        except ValueError as error:
            self.refuse(str(error))
            return ""

    def _pronounced(self, word: str, attributes: dict[str, str]) -> str:
        """The private-use character that stands for a word with its phonemes."""
        ipa = " ".join(attributes.get("ph", "").split())
        if attributes.get("alphabet", "ipa") != "ipa" or not ipa:
            self.refuse('<phoneme> needs ph, in the alphabet "ipa"')
        if not word:
            self.refuse("<phoneme> needs the word that is pronounced so")
        if len(self._given) >= MAX_PHONEMES:
            self.refuse("too many <phoneme> elements")
        self._given_length += len(word) + len(ipa)
        if self._given_length > MAX_GIVEN_LENGTH:
            self.refuse("the <phoneme> elements are too long together")
        require_plausible(word, ipa, self._languages[-1])
        mark = chr(FIRST_MARK + len(self._given))
        self._given[mark] = Given(word, ipa)
        return mark

    def script(self) -> Script:
        pieces = [piece for piece in self._pieces if piece.text.strip()]
        if not pieces:
            raise TextRefused("empty_text", "There is nothing to say: the document has no words.")
        pieces[-1].marks += [Mark(name, len(pieces[-1].text)) for name in self._waiting]
        return Script(pieces, self._given, self._pause)
