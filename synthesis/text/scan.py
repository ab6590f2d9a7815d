"""Recognizing what a text is made of: the first rule that knows the place names the token.

Rules look at a place once, and as far as their pattern reaches, so that the work grows with the
length of the text and no faster.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from synthesis.text.tokens import Token

_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*'?(?!\w)|[^\W\d_]+|[\ue000-\uf8ff]+")
_NEXT_WORD = re.compile(r"\s*([^\W\d_]+)")
_MARKS = frozenset("\"'“”‘’«»()[]{},;:")


@dataclass
class Scan:
    """A text that is being read, up to `at`; `british` and the like are for the rules."""

    text: str
    variant: str = ""
    tokens: list[Token] = field(default_factory=list)
    at: int = 0

    def before(self, back: int = 1) -> str:
        """The word, number or sign `back` tokens before this place, "" where there is none.

        Quotes and brackets are passed over; the end of a sentence isn't.
        """
        found = self.token_before(back)
        return self.text[found.start : found.end] if found else ""

    def token_before(self, back: int = 1) -> Token | None:
        """The token `back` tokens before this place that is neither space nor a quote."""
        for place in range(len(self.tokens) - 1, max(-1, len(self.tokens) - 12), -1):
            token = self.tokens[place]
            if token.kind == "space" or self.text[token.start] in _MARKS:
                continue
            back -= 1
            if back == 0:
                return token
        return None

    @property
    def touches(self) -> Token | None:
        """The token that ends right here, without a space."""
        last = self.tokens[-1] if self.tokens else None
        return last if last is not None and last.kind != "space" else None

    def after(self, end: int) -> str:
        """The word that follows after white space, "" where a mark or a number follows."""
        found = _NEXT_WORD.match(self.text, end, end + 60)
        return found[1] if found else ""

    def rest(self, end: int, length: int = 40) -> str:
        """What follows, a little way."""
        return self.text[end : end + length]


Say = Callable[[re.Match[str], Scan], "str | None"]


@dataclass(frozen=True)
class Rule:
    """A class of token: what it looks like, and its words or None where it is something else.

    starts: the kinds of first character, of "a" (letter), "d" (digit) and "s" (any other).
    """

    kind: str
    pattern: re.Pattern[str]
    say: Say
    starts: str = "ads"


def rule(kind: str, pattern: str, say: Say, starts: str = "ads", flags: int = 0) -> Rule:
    """A rule from the source of its pattern."""
    return Rule(kind, re.compile(pattern, flags), say, starts)


class Rules:
    """Rules in order of precedence, sorted by the character that they begin with."""

    def __init__(self, rules: Sequence[Rule], plain: re.Pattern[str] | None = None) -> None:
        """plain: what is a word and nothing else at a glance, so that no rule needs to look."""
        self._by_start = {
            start: [(each.kind, each.pattern.match, each.say) for each in rules if start in each.starts]
            for start in "ads"
        }
        self._plain = plain

    def read(self, text: str, variant: str = "") -> list[Token]:
        """The tokens of a text, in order, without gaps."""
        scan = Scan(text, variant)
        while scan.at < len(text):
            scan.tokens.append(token := self._next(scan))
            scan.at = token.end
        return scan.tokens

    def _next(self, scan: Scan) -> Token:
        text, at = scan.text, scan.at
        if self._plain is not None and (match := self._plain.match(text, at)):
            return Token("word", at, match.end(), match[0])
        character = text[at]
        if character.isspace():
            match = _SPACE.match(text, at)
            assert match is not None
            return Token("space", at, match.end(), " ")
        start = "d" if character.isdecimal() else "a" if character.isalpha() else "s"
        for kind, matches, say in self._by_start[start]:
            found = matches(text, at)
            if found is not None and found.end() > at:
                said = say(found, scan)
                if said is not None:
                    return Token(kind, at, found.end(), said)
        word = _WORD.match(text, at)
        if word is not None:
            return Token("word", at, word.end(), word[0])
        return Token("punctuation", at, at + 1, character)
