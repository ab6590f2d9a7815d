"""The help pages and the terms: documents in every language, as pages and as sections that can be searched.

A document is one file for each language of the pages, `deploy/help/<language>/<name>.md`, with the same headings
and links; a heading's anchor is that of the English one, so that a link leads to the same place in each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise
from markdown_it import MarkdownIt
from markdown_it.token import Token

from marketplace.listings.vocabulary import plain

FOR = {"buyers": gettext_lazy("For buyers"), "creators": gettext_lazy("For creators")}
TERMS = "terms"
FOLDER = Path(settings.BASE_DIR) / "deploy" / "help"
_TITLES: dict[str, StrOrPromise] = {**FOR, TERMS: gettext_lazy("Terms of use")}
_DOCUMENT = re.compile(r"^(buyers|creators)\.md(#.*)?$")


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it."""

    name: str  # of the document
    anchor: str
    title: str
    words: str  # in lower case, without accents


@dataclass(frozen=True)
class Document:
    """A page to read, in one language; its title is in that of whoever reads it."""

    title: StrOrPromise
    language: str
    html: SafeString
    sections: tuple[Section, ...]


@cache
def document(name: str, language: str) -> Document:
    """The document with one of the names in `FOR`, or the terms, in a language of the pages.

    Raises:
        KeyError: there is none.
    """
    title = _TITLES[name]
    tokens = _read(name, language)
    _anchor(tokens, _anchors(name))
    sections = tuple(_sections(name, tokens))
    _link(tokens)
    html = _markdown().renderer.render(tokens, _markdown().options, {})
    html = html.replace("<pre>", '<pre tabindex="0">')  # a wide example scrolls by keyboard, too
    return Document(title, language, mark_safe(html), sections)  # noqa: S308  # our own file, without HTML in it


def find_sections(words: str, language: str) -> list[Section]:
    """The sections that say all of these words in a language, those with one in the title first."""
    wanted = plain(words).split()[:8]
    every = [section for name in FOR for section in document(name, language).sections]
    found = [each for each in every if wanted and all(word in each.words for word in wanted)]
    return sorted(found, key=lambda each: not any(word in plain(each.title) for word in wanted))


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _read(name: str, language: str) -> list[Token]:
    text = (FOLDER / language / f"{name}.md").read_text()
    tokens = [token for token in _markdown().parse(text) if not _is_picture(token)]
    for token in tokens:
        _join_lines(token.children or [])
    return tokens


def _join_lines(children: list[Token]) -> None:
    """Leave no gap where a line of Chinese goes on in the next: it has no spaces."""
    for before, end, after in zip(children, children[1:], children[2:], strict=False):
        if end.type == "softbreak":
            around = before.content[-1:] + after.content[:1]
            if around and not any(each.isascii() for each in around):
                end.type, end.content = "text", ""


def _is_picture(token: Token) -> bool:
    return token.type == "inline" and any(child.type == "image" for child in token.children or ())


@cache
def _anchors(name: str) -> tuple[str, ...]:
    """The anchors of a document's headings, in order: made of the English ones."""
    tokens = _read(name, settings.LANGUAGE_CODE)
    return tuple(slugify(title) for _, title in _headings(tokens))


def _headings(tokens: Sequence[Token]) -> Iterator[tuple[Token, str]]:
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag in ("h2", "h3"):
            yield token, _text(tokens[index + 1])


def _anchor(tokens: Sequence[Token], anchors: Iterable[str]) -> None:
    for (token, _), anchor in zip(_headings(tokens), anchors, strict=True):
        token.attrSet("id", anchor)


def _sections(name: str, tokens: list[Token]) -> Iterator[Section]:
    """The sections of a document whose headings have their anchors."""
    title, anchor, said = "", "", list[str]()
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag in ("h2", "h3"):
            if title:
                yield Section(name, anchor, title, plain(" ".join(said)))
            title = _text(tokens[index + 1])
            anchor, said = str(token.attrGet("id")), []
        elif token.type in ("inline", "fence"):
            said.append(_text(token))
    if title:
        yield Section(name, anchor, title, plain(" ".join(said)))


def _text(token: Token) -> str:
    return "".join(
        " " if each.type == "softbreak" else each.content for each in token.children or [token]
    )


def _link(tokens: list[Token]) -> None:
    """Lead links between the documents to their pages."""
    for token in tokens:
        for child in token.children or ():
            found = _DOCUMENT.match(str(child.attrGet("href") or ""))
            if child.type == "link_open" and found:
                page = reverse("storefront:help-page", args=[found[1]])
                child.attrSet("href", page + (found[2] or ""))
