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
_MARK = "\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963"  # vowel signs are no letters to `re`
_LETTERS = rf"(?:[^\W\d_][{_MARK}]*)+"
_WORD = re.compile(rf"'s(?!\w)|{_LETTERS}(?:['-]{_LETTERS})*'?(?!\w)|{_LETTERS}|[\ue000-\uf8ff]+")
_NEXT_WORD = re.compile(rf"\s*({_LETTERS})")
_GLANCE = 72  # characters in which what a rule needs must come
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
            mark = token.end - token.start == 1 and self.text[token.start] in _MARKS
            if token.kind == "space" or mark:
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

    starts: the kinds of first character, of "a" (letter; "u" upper, "l" lower case), "d" (digit)
    and "s" (any other);
    first: the first characters themselves, where they are few; needs: characters of which one
    must come before the next space, so that most places are passed over at a glance.
    """

    kind: str
    pattern: re.Pattern[str]
    say: Say
    starts: str = "ads"
    first: str = ""
    needs: frozenset[str] = frozenset()


def rule(
    kind: str,
    pattern: str,
    say: Say,
    starts: str = "ads",
    flags: int = 0,
    *,
    first: str = "",
    needs: str = "",
) -> Rule:
    """A rule from the source of its pattern."""
    return Rule(kind, re.compile(pattern, flags), say, starts, first, frozenset(needs))


_Asked = tuple[str, Callable[[str, int], "re.Match[str] | None"], Say, frozenset[str]]


class Rules:
    """Rules in order of precedence, sorted by the character that they begin with."""

    def __init__(self, rules: Sequence[Rule], plain: re.Pattern[str] | None = None) -> None:
        """plain: what is a word and nothing else at a glance, so that no rule needs to look."""
        self._rules = rules
        self._plain = plain
        self._by_character: dict[str, tuple[_Asked, ...]] = {}

    def read(self, text: str, variant: str = "") -> list[Token]:
        """The tokens of a text, in order, without gaps."""
        scan = Scan(text, variant)
        while scan.at < len(text):
            scan.tokens.append(token := self._next(scan))
            scan.at = token.end
        return scan.tokens

    def _asked(self, character: str) -> tuple[_Asked, ...]:
        if character.isalpha():
            kinds = {"a", "u" if character.isupper() else "l"}
        else:
            kinds = {"d" if character.isdecimal() else "s"}
        found = tuple(
            (each.kind, each.pattern.match, each.say, each.needs)
            for each in self._rules
            if kinds & set(each.starts) and (not each.first or character in each.first)
        )
        if len(self._by_character) < 4096:
            self._by_character[character] = found
        return found

    def _next(self, scan: Scan) -> Token:
        text, at = scan.text, scan.at
        if self._plain is not None and (match := self._plain.match(text, at)):
            return Token("word", at, match.end(), match[0])
        character = text[at]
        if character.isspace():
            match = _SPACE.match(text, at)
            assert match is not None
            return Token("space", at, match.end(), " ")
        asked = self._by_character.get(character)
        if asked is None:
            asked = self._asked(character)
        together = text[at : at + _GLANCE].split(None, 1)[0]
        for kind, matches, say, needs in asked:
            if needs and needs.isdisjoint(together):
                continue
            found = matches(text, at)
            if found is not None and found.end() > at:
                said = say(found, scan)
                if said is not None:
                    return Token(kind, at, found.end(), said)
        word = _WORD.match(text, at)
        if word is not None:
            return Token("word", at, word.end(), word[0])
        return Token("punctuation", at, at + 1, character)
