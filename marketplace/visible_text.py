"""Texts that people chose, such as names, as pages, PDFs and XML can show them."""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = {"Cc", "Cf", "Cs", "Co"}  # control, format, half of a pair, private use
_FILLERS = frozenset(
    "\u115f\u1160\u2800\u3164\uffa0"
)  # letters and signs that are drawn as nothing
_KEPT = frozenset("\t\n\r\u200c\u200d")  # lines, and the joiners that some scripts spell with

_ENDS = "com|net|org|info|biz|io|ai|co|app|dev|me|shop|store|xyz|link|ly|gg|tv|eu|de|uk|fr|es|it|nl|ru|cn|jp|in|br"
_ADDRESS = re.compile(
    r"(?:mailto:)?[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
    r"|(?:[a-z][a-z0-9+.-]{0,15}://|www\.)[^\s<>\"]{0,500}[^\s<>\".,;:!?)\]]"
    rf"|\b(?:[a-z0-9-]{{1,63}}\.){{1,8}}(?:{_ENDS})\b(?:/[^\s<>\"]{{0,500}}[^\s<>\".,;:!?)\]])?",
    re.IGNORECASE,
)


def visible(text: str) -> str:
    """A text without characters that nobody can see, most of which XML can't hold at all.

    What consists of signs without a form alone, as a joiner or a filler, is no text: "".

    >>> visible("Ann\\x01e"), visible("Acme\\x0bGmbH"), visible("a\\u202eb\\uffff"), visible("\\u3164\\u200c")
    ('Anne', 'Acme GmbH', 'ab', '')
    """
    if not any(map(_has_form, text)):
        return ""
    if text.isprintable():
        return text
    return "".join(each if _is_visible(each) else " " if each.isspace() else "" for each in text)


def _has_form(character: str) -> bool:
    return character not in _FILLERS and unicodedata.category(character)[0] in "LNPS"


def _is_visible(character: str) -> bool:
    if character in _KEPT:
        return True
    code = ord(character)
    is_no_character = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return unicodedata.category(character) not in _HIDDEN and not is_no_character


def beginning(text: str, *, longest: int) -> str:
    """The beginning of a text, tidied, where what follows does not matter.

    >>> beginning("It  is an advertisement.", longest=5)
    'It is'
    """
    return tidied(text[: 10 * longest])[:longest]


def tidied(text: str) -> str:
    """A text in paragraphs, as it is shown: without what nobody can see, and with single spaces.

    >>> tidied(" Warm\\u200b  and\\r\\n\\n\\n\\nclear. ")
    'Warm and\\n\\nclear.'
    """
    lines = [" ".join(visible(line).split()) for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def without_addresses(text: str) -> str:
    """A text with "…" for each e-mail and web address, which lead people away from here.

    >>> without_addresses("Write to me@example.com or see www.example.com/voices, better.than nothing.")
    'Write to … or see …, better.than nothing.'
    """
    return _ADDRESS.sub("…", text)


def has_address(text: str) -> bool:
    """Whether `without_addresses` would leave something out.

    >>> has_address("J.R.R. Tolkien"), has_address("See www.example.com")
    (False, True)
    """
    return _ADDRESS.search(text) is not None
