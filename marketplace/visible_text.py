"""Texts that people chose, such as names, as pages, PDFs and XML can show them."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

_HIDDEN = {"Cc", "Cf", "Cs", "Co"}  # control, format, half of a pair, private use
_FILLERS = frozenset(
    "\u115f\u1160\u2800\u3164\uffa0"
)  # letters and signs that are drawn as nothing
_KEPT = frozenset("\t\n\r\u200c\u200d")  # lines, and the joiners that some scripts spell with

# of the Internet Assigned Numbers Authority (IANA), in Punycode where they are not Latin
_LISTED = (Path(__file__).parent / "top_level_domains.txt").read_text("ascii").lower().split("\n")
_TOP_LEVEL = frozenset(line for line in _LISTED if line and not line.startswith("#"))
_DOT = r"[.\uff0e\u3002\uff61]"  # those of other scripts, too, which browsers read as one
_ADDRESS = re.compile(
    r"(?:mailto:)?[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
    r"|(?:[a-z][a-z0-9+.-]{0,15}://|www\.)[^\s<>\"]{0,500}[^\s<>\".,;:!?)\]]"
    rf"|\b(?P<host>[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{1,8}})\b"
    r"(?P<rest>(?::\d{1,5})?(?:[/?#][^\s<>\"]{0,500}[^\s<>\".,;:!?)\]])?)",
    re.IGNORECASE,
)
_HOUR = re.compile(r"\d{1,2}\.(?:am|pm)", re.IGNORECASE)


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


def in_lines(text: str) -> str:
    """A text with one character at the end of each line, as its writer's browser counts it.

    >>> in_lines("One,\\r\\ntwo.")
    'One,\\ntwo.'
    """
    return text.replace("\r\n", "\n").replace("\r", "\n")


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

    A name with a point in it is an address if its end is a registered top-level domain.

    >>> without_addresses("Write to me@example.com or see www.example.com/voices, better.than nothing.")
    'Write to … or see …, better.than nothing.'
    >>> without_addresses("Cheaper at voices.zone and buy.voices.zone:8080/now, e.g. with Node.js 2.0")
    'Cheaper at … and …, e.g. with Node.js 2.0'
    """
    return _ADDRESS.sub(_without_address, text)


def _without_address(found: re.Match[str]) -> str:
    """What is shown for something that may be an address: of a host, what follows its top-level domain."""
    host = found["host"]
    if host is None:
        return "…"
    if _HOUR.fullmatch(host):
        return found[0]
    for label in reversed(list(re.finditer(r"[\w-]+", host))[1:]):
        if _is_top_level(label[0], after=host[label.start() - 1]):
            left = host[label.end() :]
            return f"…{left}{found['rest']}" if left else "…"
    return found[0]


def _is_top_level(label: str, *, after: str) -> bool:
    """Whether a label is a registered top-level domain; after: the point before it."""
    if label.isascii():
        return label.lower() in _TOP_LEVEL
    try:  # after an ideographic full stop, a word of the next sentence is more likely
        return after == "." and label.encode("idna").decode().lower() in _TOP_LEVEL
    except UnicodeError:
        return False


def has_address(text: str) -> bool:
    """Whether `without_addresses` would leave something out.

    >>> has_address("J.R.R. Tolkien"), has_address("See www.example.com")
    (False, True)
    """
    return without_addresses(text) != text
