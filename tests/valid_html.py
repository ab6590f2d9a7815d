"""What is wrong with the HTML of a page: as the parser of the standard sees it, and in its structure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import html5lib
from html5lib.constants import E

REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "form", "list")
INTERACTIVE = {"a", "button", "select", "textarea", "label", "input", "summary", "audio"}
ONLY = {
    "ul": {"li", "script", "template"},
    "ol": {"li", "script", "template"},
    "dl": {"dt", "dd", "div", "script", "template"},
    "select": {"option", "optgroup", "hr", "button"},
    "tr": {"td", "th", "script", "template"},
}
PHRASES_ONLY = {
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "span",
    "button",
    "label",
    "legend",
    "summary",
    "strong",
    "em",
    "dt",
}
BLOCKS = {
    "div", "p", "ul", "ol", "dl", "table", "section", "article", "aside", "form", "fieldset", "pre",
    "blockquote", "h1", "h2", "h3", "h4", "header", "footer", "details",
}  # fmt: skip
HEADING_IN = {"summary", "legend"}  # may hold a heading


def faults(page: str) -> list[str]:
    """Each fault of a whole page; empty if it is valid."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(page)
    lines = page.splitlines() or [""]
    return [
        *(
            f"{E[code] % details} at line {line}: {lines[min(line, len(lines)) - 1].strip()[:120]}"
            for (line, _), code, details in parser.errors
        ),
        *_of_references(tree),
        *_of_structure(tree, ()),
    ]


def _of_references(tree: Any) -> Iterator[str]:
    seen: set[str] = set()
    for element in tree.iter():
        name = element.get("id")
        if name in seen:
            yield f"two elements have the id {name}"
        if name is not None:
            seen.add(name)
    for element in tree.iter():
        for attribute in REFERENCES:
            for name in (element.get(attribute) or "").split():
                if name not in seen:
                    yield f"{element.tag}[{attribute}] names {name}, which is not there"


def _of_structure(element: Any, above: tuple[str, ...]) -> Iterator[str]:
    tag = element.tag
    if not isinstance(tag, str):  # a comment
        return
    allowed = ONLY.get(above[-1]) if above else None
    if allowed and tag not in allowed:
        yield f"{tag} in {above[-1]}"
    in_phrases = bool(above) and above[-1] in PHRASES_ONLY and tag in BLOCKS
    if in_phrases and not (above[-1] in HEADING_IN and tag[0] == "h"):
        yield f"{tag} in {above[-1]}"
    outer = {"a", "button"} & set(above)
    if outer and tag in INTERACTIVE and element.get("type") != "hidden":
        yield f"{tag} in {outer.pop()}"
    if "label" in above and tag == "label":
        yield "label in label"
    if tag == "img" and element.get("alt") is None:
        yield f"img without alt: {element.get('src')}"
    for child in element:
        yield from _of_structure(child, (*above, tag))
