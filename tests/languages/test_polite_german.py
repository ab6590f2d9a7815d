"""Pages and letters say "Sie" throughout, django-allauth's too."""

from __future__ import annotations

import re
from pathlib import Path

import allauth
import pytest
from babel.messages import Message
from babel.messages.pofile import read_po
from django.utils import translation
from django.utils.translation import gettext

from marketplace.accounts.allauth_sentences import SENTENCES
from marketplace.storefront import catalogs

# "Bitte gib …" is as familiar as "du"
FAMILIAR = re.compile(
    r"\b(du|dir|dich|dein(?:e[nmrs]?)?|euch|euer|eure[nmrs]?"
    r"|gib|bist|kannst|hast|wähle|bitte versuche|lass|bestätige|überprüfe|kontaktiere)\b",
    re.IGNORECASE,
)
SHOWN = re.compile(r"(account|mfa|core|templates/(account|mfa|allauth))/|decorators|templates/base")


def _catalog(path: Path) -> list[Message]:
    with path.open("rb") as file:
        return [message for message in read_po(file, locale="de") if message.id]


def _of_allauth() -> list[str]:
    """The messages of those apps of allauth that are installed."""
    path = Path(allauth.__file__).parent / "locale" / "de" / "LC_MESSAGES" / "django.po"
    shown = [each for each in _catalog(path) if any(map(SHOWN.match, dict(each.locations)))]
    return [str(each.id[0] if isinstance(each.id, tuple) else each.id) for each in shown]


def test_there_are_messages_of_allauth_to_look_at() -> None:
    assert len(_of_allauth()) > 150


@pytest.mark.parametrize("message", _of_allauth())
def test_what_allauth_shows_is_polite(message: str) -> None:
    with translation.override("de"):
        assert not FAMILIAR.search(gettext(message))


def test_our_own_german_is_polite() -> None:
    familiar = [
        message.string
        for message in _catalog(catalogs.catalog_path("de"))
        if FAMILIAR.search(str(message.string))
    ]
    assert familiar == []


def test_nothing_is_said_for_allauth_that_it_does_not_say() -> None:
    assert set(SENTENCES) <= set(_of_allauth())
