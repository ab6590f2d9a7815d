"""What a pattern of the rules matches, spelled out."""

from __future__ import annotations

GAP = "\0"  # stands for what may be anything
MOST = 3000  # spellings of one pattern


def spellings(pattern: str) -> list[str]:
    """The stretches of letters that a pattern matches, between the places where anything may stand.

    >>> spellings("(?:a|b)c?.{0,9}de")
    ['ac', 'de', 'a', 'bc', 'b']
    """
    whole = _Parser(pattern).alternatives()[:MOST]
    return list(dict.fromkeys(part for each in whole for part in each.split(GAP) if part))


class _Parser:
    """Of the few signs of regular expressions that the rules use."""

    def __init__(self, pattern: str) -> None:
        self._pattern, self._at = pattern, 0

    def alternatives(self) -> list[str]:
        """All that is matched up to a closing bracket."""
        found = self._sequence()
        while self._peek() == "|":
            self._at += 1
            found += self._sequence()
        return found

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _take(self) -> str:
        self._at += 1
        return self._pattern[self._at - 1]

    def _sequence(self) -> list[str]:
        found = [""]
        while self._peek() not in ("", "|", ")"):
            options = self._repeated(self._item())
            found = [before + after for before in found for after in options][:MOST]
        return found

    def _item(self) -> list[str]:
        sign = self._take()
        if sign == "(":
            if self._pattern.startswith("?:", self._at):
                self._at += 2
            inside = self.alternatives()
            self._at += 1
            return inside
        if sign == "[":
            end = self._pattern.index("]", self._at)
            characters, self._at = self._pattern[self._at : end], end + 1
            return [GAP] if "\\" in characters or "-" in characters else list(characters)
        if sign == "\\":
            self._at += 1
            return [GAP]
        return [GAP] if sign == "." else [sign]

    def _repeated(self, options: list[str]) -> list[str]:
        sign = self._peek()
        if sign not in ("?", "*", "+", "{") or not sign:
            return options
        self._at += 1
        if sign == "?":
            return [*options, ""]
        if sign == "{":
            self._at = self._pattern.index("}", self._at) + 1
        return [GAP]
