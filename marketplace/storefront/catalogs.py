"""Catalogs of translations, made from the texts that templates and Python mark.

`manage.py update_catalogs` brings `marketplace/locale/*/LC_MESSAGES/django.po` up to date and compiles them. That of
English holds nothing of ours: it spells what Django and django-allauth say as our pages do, e-mail and titles.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import allauth
import django
from babel.messages import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import templatize, to_locale

ROOT = Path(settings.BASE_DIR)
LOCALES = ROOT / "marketplace" / "locale"
KEYWORDS: dict[str, Any] = {
    name + lazy: places
    for name, places in {
        "gettext": None,
        "ngettext": (1, 2),
        "pgettext": ((1, "c"), 2),
        "npgettext": ((1, "c"), 2, 3),
    }.items()
    for lazy in ("", "_lazy")
} | {"gettext_noop": None, "_": None}  # as templates name what they hand to filters
_HEADER = "# The texts of pages. Updated by `manage.py update_catalogs`."
_OTHERS = (  # whose English our pages show
    Path(django.__file__).parent / "conf",
    Path(django.__file__).parent / "contrib" / "auth",
    Path(allauth.__file__).parent,
)
_ALLAUTH = _OTHERS[-1]
_SMALL = ("a", "this")  # words of titles without a capital
_CAPITALIZED = re.compile(r"\b[A-Z](?=[a-z])")  # not the letters of IP or TOTP
_EMAIL = re.compile(r"(?<![\w(){%:/.@-])([Ee])mail(?=s?(?![\w)}@]))")
_BEGUN = datetime(2026, 11, 30, tzinfo=UTC)
_FORMS = ("ngettext", "npgettext")  # keywords of messages that differ by number
Extracted = tuple[str | tuple[str, str], str | None]  # message or its forms, and its context


def translated_into() -> list[str]:
    """The locales of the catalogs: every language of the pages but the one that they are written in."""
    return [to_locale(code) for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def catalog_path(locale: str, root: Path = LOCALES) -> Path:
    """Where the catalog of a locale is."""
    return root / locale / "LC_MESSAGES" / "django.po"


def marked() -> Catalog:
    """Every message that templates and Python mark, without translations."""
    found = Catalog(charset="utf-8")
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix in (".html", ".txt"):
            # in brackets, because the indentation of a template means nothing
            text = f"({templatize(path.read_text(), origin=str(path))})"
            _add(found, text)
    for path in sorted((ROOT / "marketplace").rglob("*.py")):
        _add(found, path.read_text())
    return found


def _add(catalog: Catalog, source: str) -> None:
    for message, context in _extracted(source):
        catalog.add(message, context=context)


_SAID_BETTER = {  # of django-allauth's English
    "Signup": "Sign up",
    "Please reauthenticate to safeguard your account.": "Confirm that it is you to go on.",
    "If you have not created an account yet, then please %(link)ssign up%(end_link)s first.": (
        "New here? %(link)sSign up%(end_link)s."
    ),
}


def _extracted(source: str) -> Iterator[Extracted]:
    found: Iterator[Any] = extract_python(
        io.BytesIO(source.encode()), KEYWORDS, (), {"encoding": "utf-8"}
    )
    for _, keyword, said, _ in found:
        words = [said] if isinstance(said, str) else list(said or ())
        context = words.pop(0) if keyword.startswith(("pgettext", "npgettext")) else None
        if words and words[0]:  # none where a variable is translated
            yield (words[0], words[1]) if keyword.startswith(_FORMS) else words[0], context


def respelt() -> Catalog:
    """What Django and django-allauth say in English, as our pages spell it: "e-mail", and titles as "Sign in"."""
    found = _empty("en")
    found.creation_date = found.revision_date = _BEGUN  # the same file whenever it is written
    for folder in _OTHERS:
        with catalog_path("en", folder / "locale").open("rb") as file:
            theirs = read_po(file, locale="en")
        for message in theirs:
            if not isinstance(message.id, str):
                continue
            if message.id in _SAID_BETTER:
                found.add(message.id, _SAID_BETTER[message.id], context=message.context)
                continue
            is_title = folder == _ALLAUTH and _is_title(message.id)
            if is_title or _EMAIL.search(message.id):
                found.add(message.id, _as_we_write(message.id), context=message.context)
    return found


def _is_title(said: str) -> bool:
    """Whether every word has a capital, but small ones, places and what is in brackets."""
    words = [word for word in said.split() if word not in _SMALL and word[0] not in "(%"]
    return len(said.split()) > 1 and bool(words) and all(word[0].isupper() for word in words)


def _as_we_write(said: str) -> str:
    if _is_title(said):
        said = said[0] + _CAPITALIZED.sub(lambda found: found[0].lower(), said[1:])
    return _EMAIL.sub(r"\1-mail", said)


def _empty(locale: str) -> Catalog:
    return Catalog(
        locale=locale,
        header_comment=_HEADER,
        project="Timbre",
        version="1",
        copyright_holder="Timbre",
        msgid_bugs_address="hello@timbre.example",
        last_translator="Timbre <hello@timbre.example>",
        language_team="Timbre <hello@timbre.example>",
        charset="utf-8",
        fuzzy=False,
    )


def read_catalog(path: Path, locale: str) -> Catalog:
    """A catalog from its file; an empty one if there is none."""
    if not path.exists():
        return _empty(locale)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def updated(catalog: Catalog, messages: Catalog) -> Catalog:
    """A catalog with exactly these messages, and what it had translated of them."""
    catalog.update(messages, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    return catalog


def untranslated(catalog: Catalog) -> list[Message]:
    """The messages of a catalog without a translation, or with one for some of their forms alone."""
    return [
        message
        for message in catalog
        if message.id
        and not all(message.string if isinstance(message.string, tuple) else (message.string,))
    ]


def as_po(catalog: Catalog) -> bytes:
    """A catalog as its file is written: in alphabetical order, so that changes are read easily."""
    written = io.BytesIO()
    write_po(written, catalog, width=100, no_location=True, sort_output=True)
    return written.getvalue()


def as_mo(catalog: Catalog) -> bytes:
    """A catalog as Django reads it."""
    written = io.BytesIO()
    write_mo(written, catalog)
    return written.getvalue()
