"""The help pages: the documents for buyers and creators, as pages and as sections that can be searched."""

from __future__ import annotations

import re
from collections.abc import Iterator
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
_FOLDER = Path(settings.BASE_DIR) / "deploy"
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
    """A help page. title: in the language of whoever reads it; the rest is English."""

    title: StrOrPromise
    html: SafeString
    sections: tuple[Section, ...]


@cache
def document(name: str) -> Document:
    """The help page with one of the names in `FOR`.

    Raises:
        KeyError: there is none.
    """
    title = FOR[name]
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse((_FOLDER / f"{name}.md").read_text())
    tokens = [token for token in tokens if not _is_picture(token)]
    sections = tuple(_sections(name, tokens))
    _link(tokens)
    html = markdown.renderer.render(tokens, markdown.options, {})
    html = html.replace("<pre>", '<pre tabindex="0">')  # a wide example scrolls by keyboard, too
    return Document(title, mark_safe(html), sections)  # noqa: S308  # our own file, without HTML in it


def find_sections(words: str) -> list[Section]:
    """The sections that say all of these words, those with one in the title first."""
    wanted = plain(words).split()[:8]
    every = [section for name in FOR for section in document(name).sections]
    found = [each for each in every if wanted and all(word in each.words for word in wanted)]
    return sorted(found, key=lambda each: not any(word in plain(each.title) for word in wanted))


def _is_picture(token: Token) -> bool:
    return token.type == "inline" and any(child.type == "image" for child in token.children or ())


def _sections(name: str, tokens: list[Token]) -> Iterator[Section]:
    """The sections of a document; each heading gets its anchor."""
    title, anchor, said = "", "", list[str]()
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag in ("h2", "h3"):
            if title:
                yield Section(name, anchor, title, plain(" ".join(said)))
            title = _text(tokens[index + 1])
            anchor, said = slugify(title), []
            token.attrSet("id", anchor)
        elif token.type in ("inline", "fence"):
            said.append(_text(token))
    if title:
        yield Section(name, anchor, title, plain(" ".join(said)))


def _text(token: Token) -> str:
    return "".join(each.content for each in token.children or [token])


def _link(tokens: list[Token]) -> None:
    """Lead links between the documents to their pages."""
    for token in tokens:
        for child in token.children or ():
            found = _DOCUMENT.match(str(child.attrGet("href") or ""))
            if child.type == "link_open" and found:
                page = reverse("storefront:help-page", args=[found[1]])
                child.attrSet("href", page + (found[2] or ""))
