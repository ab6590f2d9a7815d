"""Lexicons as documents: Pronunciation Lexicon 1.0 (W3C 2008), and CSV with every column."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.translation import gettext

from marketplace.lexicons.entries import MAX_ALIAS, MAX_ENTRIES, too_many_entries
from marketplace.lexicons.models import LexiconVersion
from marketplace.refusals import Refused
from marketplace.spreadsheets import from_safe_cell, safe_cell
from synthesis.text.arpabet import from_arpabet
from synthesis.text.lexicon import Entry

NAMESPACE = "http://www.w3.org/2005/01/pronunciation-lexicon"
PLS_TYPE = "application/pls+xml"
CSV_TYPE = "text/csv; charset=utf-8"
MAX_BYTES = 1024 * 1024
COLUMNS = ("word", "alias", "ipa", "language", "case_sensitive", "whole_words")
MAX_TEXT = 4 * MAX_ALIAS  # characters of one text in a PLS file, line ends and indentation included
_TEXTS = ("grapheme", "phoneme", "alias")
_YES = {"1", "true", "yes"}
_NO = {"", "0", "false", "no"}


def parse_file(content: bytes) -> list[Entry]:
    """The entries of a file, PLS or CSV; it is read no further than a lexicon may hold.

    Raises:
        Refused: lexicon_file, with the line; too_many_entries.
    """
    if len(content) > MAX_BYTES:
        raise Refused("lexicon_file", gettext("A lexicon's file has at most 1 MB."))
    if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        return _PlsReader().read(content)
    return _from_csv(content)


def content_of(file: UploadedFile[Any]) -> bytes:
    """The content of an upload, read once its size is known to be allowed.

    Raises:
        Refused: lexicon_file.
    """
    if (file.size or 0) > MAX_BYTES:
        raise Refused("lexicon_file", gettext("A lexicon's file has at most 1 MB."))
    content: bytes = file.read()
    return content


class _PlsReader:
    """Collects entries while the parser walks."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._open: list[str] = []
        self._language = self._alphabet = ""
        self._words: list[str] = []
        self._said: list[tuple[str, str]] = []  # alphabet ("" for an alias), text
        self._preferred: tuple[str, str] | None = None
        self._text: list[str] = []  # parts, as the parser hands them over
        self._length = 0
        self._own, self._prefer = "", False
        self._parser = expat.ParserCreate()

    def read(self, content: bytes) -> list[Entry]:
        parser = self._parser
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = lambda *_: self._refuse(
            gettext("a document type is not allowed")
        )
        parser.EntityDeclHandler = lambda *_: self._refuse(gettext("entities are not allowed"))
        try:
            parser.Parse(content, True)
        except expat.ExpatError as error:
            self._refuse(expat.ErrorString(error.code))
        except (ValueError, LookupError) as error:
            if isinstance(error, Refused):
                raise
            self._refuse(gettext("the encoding is unknown; use UTF-8"))
        return self._entries

    def _refuse(self, why: str) -> None:
        raise Refused(
            "lexicon_file",
            gettext("PLS line %(line)s: %(why)s.")
            % {"line": self._parser.CurrentLineNumber, "why": why},
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if not self._open and name != "lexicon":
            self._refuse(gettext("the outermost element is <lexicon>"))
        self._open.append(name)
        if name == "lexicon":
            self._language = attributes.get("xml:lang", "")
            self._alphabet = attributes.get("alphabet", "ipa")
        elif name == "lexeme":
            self._words, self._said, self._preferred = [], [], None
        elif name in _TEXTS:
            self._text, self._length = [], 0
            self._own = attributes.get("alphabet", self._alphabet)
            self._prefer = attributes.get("prefer", "").strip() in ("true", "1")

    def _characters(self, text: str) -> None:
        if self._open[-1] not in _TEXTS:
            return
        self._text.append(text)
        self._length += len(text)
        if self._length > MAX_TEXT:
            told = gettext("<%(element)s> has at most %(most)s characters")
            self._refuse(told % {"element": self._open[-1], "most": MAX_TEXT})

    def _end(self, name: str) -> None:
        name = self._open.pop()
        text = " ".join("".join(self._text).split()) if name in _TEXTS else ""
        if name == "grapheme":
            self._words.append(text)
        elif name in ("phoneme", "alias"):
            said = (self._own if name == "phoneme" else "", text)
            self._said.append(said)
            if self._prefer:
                self._preferred = said
        elif name == "lexeme":
            self._add()

    def _add(self) -> None:
        if not self._words or not self._said:
            self._refuse(gettext("a <lexeme> has a <grapheme> and a <phoneme> or <alias>"))
        alphabet, text = self._preferred or self._said[0]
        try:
            ipa = in_ipa(alphabet, text) if alphabet else ""
        except ValueError as error:
            self._refuse(str(error))
        if len(self._entries) + len(self._words) > MAX_ENTRIES:
            raise too_many_entries()
        for word in self._words:
            self._entries.append(
                Entry(
                    word,
                    alias="" if alphabet else text,
                    ipa=ipa,
                    language=self._language,
                    case_sensitive=True,
                )
            )


def in_ipa(alphabet: str, text: str) -> str:
    """A pronunciation in IPA.

    Raises:
        ValueError: another alphabet than "ipa" and "cmu-arpabet", or an unknown symbol.
    """
    if alphabet == "ipa":
        return text
    if alphabet in ("cmu", "cmu-arpabet", "x-cmu-arpabet"):
        return from_arpabet(text)
    told = gettext("the alphabet %(alphabet)s is unknown; use ipa or cmu-arpabet")
    raise ValueError(told % {"alphabet": repr(alphabet[:20])})


def _from_csv(content: bytes) -> list[Entry]:
    try:
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True)
        names = [(name or "").strip().lower() for name in rows.fieldnames or ()]
        rows.fieldnames = names
        known = set(names)
        if (
            "word" not in known
            or not {"alias", "ipa"} & known
            or known - set(COLUMNS)
            or len(names) > len(known)
        ):
            raise Refused(
                "lexicon_file",
                gettext("The first line of a CSV file names its columns, each once: %(columns)s.")
                % {"columns": ", ".join(COLUMNS)},
            )
        filled = (_of_row(row, rows.line_num) for row in rows if any(row.values()))
        entries = list(islice(filled, MAX_ENTRIES + 1))
        if len(entries) > MAX_ENTRIES:
            raise too_many_entries()
        return entries
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refused(
            "lexicon_file",
            gettext("This is neither PLS nor CSV in UTF-8: %(error)s.") % {"error": error},
        ) from error


def _of_row(row: dict[str, str | None], line: int) -> Entry:
    if None in row or None in row.values():
        raise Refused(
            "lexicon_file",
            gettext("CSV line %(line)s: as many columns as in the first line.") % {"line": line},
        )

    def flag(name: str, usual: bool) -> bool:
        value = (row.get(name) or "").strip().lower()
        if value not in _YES | _NO:
            raise Refused(
                "lexicon_file",
                gettext("CSV line %(line)s: %(name)s is true or false.")
                % {"line": line, "name": name},
            )
        return value in _YES if value else usual

    def text(name: str) -> str:
        return from_safe_cell(row.get(name) or "")

    return Entry(
        text("word"),
        text("alias"),
        text("ipa"),
        text("language"),
        flag("case_sensitive", usual=False),
        flag("whole_words", usual=True),
    )


def as_pls(entries: Iterable[Entry], language: str = "") -> str:
    """A PLS document; its one language is that of the entries, if they have one in common."""
    rows = list(entries)
    tags = {entry.language for entry in rows}
    tag = language or (tags.pop() if len(tags) == 1 else "") or "en-US"
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<lexicon version="1.0" xmlns={quoteattr(NAMESPACE)} alphabet="ipa" xml:lang={quoteattr(tag)}>',
    ]
    for entry in rows:
        said = (
            f"<alias>{escape(entry.alias)}</alias>"
            if entry.alias
            else f"<phoneme>{escape(entry.ipa)}</phoneme>"
        )
        lines.append(f"  <lexeme><grapheme>{escape(entry.word)}</grapheme>{said}</lexeme>")
    return "\n".join([*lines, "</lexicon>", ""])


def as_csv(entries: Sequence[Entry]) -> str:
    """A CSV file, which is read back as it was, and in which no spreadsheet finds a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        writer.writerow(
            [
                *map(safe_cell, (entry.word, entry.alias, entry.ipa, entry.language)),
                str(entry.case_sensitive).lower(),
                str(entry.whole_words).lower(),
            ]
        )
    return out.getvalue()


def download(version: LexiconVersion, kind: str) -> HttpResponse:
    """A version as a file; kind: "pls" or "csv"."""
    entries = [row.entry for row in version.entries.order_by("pk")]
    body, media_type = (as_csv(entries), CSV_TYPE) if kind == "csv" else (as_pls(entries), PLS_TYPE)
    name = f"lexicon-{version.number}.{kind}"
    return HttpResponse(
        body,
        content_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )
