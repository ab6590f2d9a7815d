"""Every text of a page is translated into every language, and says the same in it."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from babel.messages import Catalog, Message

from marketplace.storefront import catalogs

LOCALES = catalogs.translated_into()
_TAG = re.compile(r"</?\w+[^>]*>")
_PLACE = re.compile(r"%\(\w+\)[sd]|%%")


def _catalog(locale: str) -> Catalog:
    return catalogs.read_catalog(catalogs.catalog_path(locale), locale)


def _pairs(message: Message) -> list[tuple[str, str]]:
    """Each translated form with the English one that it stands for; of plurals the last, which is general."""
    if isinstance(message.string, tuple):
        return [(message.id[-1], message.string[-1])]
    return [(message.id, message.string)]


def test_there_are_catalogs_for_german_and_chinese() -> None:
    assert LOCALES == ["de", "zh_Hans"]


@pytest.mark.parametrize("locale", LOCALES)
def test_a_catalog_holds_exactly_what_pages_mark(locale: str) -> None:
    fresh = catalogs.updated(_catalog(locale), catalogs.marked())
    stale = "manage.py update_catalogs was not run after a text changed"
    assert catalogs.as_po(fresh) == catalogs.catalog_path(locale).read_bytes(), stale


@pytest.mark.parametrize("locale", LOCALES)
def test_every_message_is_translated(locale: str) -> None:
    assert [message.id for message in catalogs.untranslated(_catalog(locale))] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_a_translation_keeps_the_places_and_the_marks_of_what_it_translates(locale: str) -> None:
    wrong = [
        (said, translated)
        for message in _catalog(locale)
        if message.id
        for said, translated in _pairs(message)
        for kept in (_PLACE, _TAG)
        if Counter(kept.findall(said)) != Counter(kept.findall(translated))
    ]
    assert wrong == []


@pytest.mark.parametrize("locale", LOCALES)
def test_what_django_reads_is_what_is_written(locale: str) -> None:
    path = catalogs.catalog_path(locale)
    assert catalogs.as_mo(_catalog(locale)) == path.with_suffix(".mo").read_bytes()
