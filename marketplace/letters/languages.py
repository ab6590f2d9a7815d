"""In which language a letter is written: its reader's, whoever had it sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models.functions import Lower
from django.utils import translation

from marketplace.money import written_in


def languages_of(addresses: Iterable[str]) -> dict[str, str]:
    """The language of each address: what its account has chosen, else the site's own."""
    return {address: of_account(chosen) for address, chosen in chosen_by(addresses).items()}


def chosen_by(addresses: Iterable[str]) -> dict[str, str]:
    """What the account of each address has chosen; empty where it chose none or there is none."""
    addresses = list(addresses)
    users = get_user_model().objects.annotate(lower=Lower("email"))
    rows = users.filter(lower__in=[address.lower() for address in addresses])
    chosen = dict(rows.values_list("lower", "language"))
    return {address: chosen.get(address.lower(), "") for address in addresses}


def of_account(language: str) -> str:
    """What an account has chosen if pages are written in it, else the site's own language."""
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


@contextmanager
def written_for(language: str) -> Iterator[None]:
    """Words, dates and amounts are those of a language, whatever is in force around it."""
    with translation.override(language), written_in(translation.to_locale(language)):
        yield


def in_sentence(label: object) -> str:
    """A label within a sentence: English begins it small; other languages keep their nouns as they are."""
    english = (translation.get_language() or settings.LANGUAGE_CODE).startswith("en")
    return str(label).lower() if english else str(label)
