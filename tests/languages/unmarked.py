"""The texts of a template that readers see and that no translation can reach."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from django.template.base import Lexer, Token, TokenType

TEMPLATES = Path(__file__).parents[2] / "templates"
READ_ALOUD = ("alt", "title", "aria-label", "aria-description", "placeholder", "content", "label")
SAME_EVERYWHERE = ("code", "pre", "kbd", "samp", "script", "style", "svg")  # and translate="no"
_HIDDEN = "\x00"  # where a tag or a variable stood
_ATTRIBUTES = re.compile(r'(?:[\s\x00]*[\w-]+="[^"]*")+[\s\x00]*')
_WORD = re.compile(r"[^\W\d_]{2,}")
_NAMES = {"Timbre", "OpenAI", "ElevenLabs", "API", "Python", "JavaScript", "curl", "Stripe", "UTC", "SSML",
          "IPA", "ID", "IBAN", "VAT", "MP3", "WAV", "FLAC", "ZIP", "PDF", "CSV", "JSON", "XML", "kB", "MB", "ms",
          "OSS", "DAC", "URL", "HTTP", "Hz", "kHz", "dB", "LUFS"}  # fmt: skip


def unmarked(path: Path) -> list[str]:
    """Each visible text of a template outside `translate` and `blocktranslate`, with its line."""
    reader = _Visible()
    page = "".join(_outside(Lexer(path.read_text()).tokenize()))
    if _ATTRIBUTES.fullmatch(page):  # a part of a tag
        page = f"<i {page.replace(_HIDDEN, ' ')}>"
    reader.feed(page)
    return [f"{line}: {text}" for line, text in reader.found if _WORD.search(_unnamed(text))]


def _outside(tokens: list[Token]) -> Iterator[str]:
    """A template's text, with a sign in place of each tag and nothing of what is translated."""
    within, in_tag = "", False
    for token in tokens:
        name = token.contents.split()[0] if token.contents.split() else ""
        if token.token_type == TokenType.BLOCK and name in ("blocktranslate", "comment"):
            within = f"end{name}"
        elif token.token_type == TokenType.BLOCK and name == within:
            within = ""
        elif not within and token.token_type == TokenType.TEXT:
            yield token.contents
            if set("<>") & set(token.contents):
                in_tag = token.contents.rfind("<") > token.contents.rfind(">")
            continue
        yield " " if in_tag else _HIDDEN if not within else ""
        yield "\n" * token.contents.count("\n")


def _unnamed(text: str) -> str:
    return " ".join(word for word in re.split(r"[\s\x00,.;:()/·–—?!]+", text) if word not in _NAMES)


class _Visible(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []
        self._same: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if (
            tag in SAME_EVERYWHERE
            or given.get("translate") == "no"
            or (self._same and tag == self._same[-1])
        ):
            self._same.append(tag)
        if tag == "meta" and given.get("name") != "description":
            return
        for name in READ_ALOUD:
            self._note(given.get(name) or "")
        if tag == "input" and given.get("type") in ("submit", "button"):
            self._note(given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if self._same and tag == self._same[-1]:
            self._same.pop()

    def handle_data(self, data: str) -> None:
        if not self._same:
            self._note(data)

    def _note(self, text: str) -> None:
        if shown := " ".join(text.replace(_HIDDEN, " ").split()):
            self.found.append((self.getpos()[0], shown))
