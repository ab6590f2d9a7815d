"""What is stored and signed stays in the site's own language, whoever asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import translation
from django.utils.translation import trans_real

from marketplace.billing import vat_checks
from marketplace.billing.models import BillingDetails
from marketplace.consent.statement import uses_as_read
from marketplace.countries import countries_in
from marketplace.storefront.templatetags.written import in_sentence
from marketplace.voices.models import Voice
from marketplace.voices.traits import language_of, traits_of
from marketplace.voices.uses import Use, told

_SAID = {
    "Audiobooks": "Hörbücher",
    "Japanese": "Japanisch",
    "Warm": "Herzlich",
    "You switched it off.": "Sie haben es abgeschaltet.",
    "valid in VIES on %(day)s": "am %(day)s laut VIES gültig",
}


@pytest.fixture
def _in_german(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A page in German, with these words translated."""
    catalog: Any = trans_real.translation("de")
    known = catalog.gettext
    monkeypatch.setattr(catalog, "gettext", lambda words: _SAID.get(words) or known(words))
    with translation.override("de"):
        yield


@pytest.mark.usefixtures("_in_german")
def test_pages_name_uses_in_the_readers_language_and_statements_in_the_sites_own() -> None:
    assert told(Use.AUDIOBOOK) == "Hörbücher"
    assert uses_as_read([Use.AUDIOBOOK]) == "audiobooks"


@pytest.mark.usefixtures("_in_german")
def test_what_searches_find_does_not_depend_on_who_saved_the_listing() -> None:
    voice = Voice(language="ja", gender="neutral", age="old", styles=["warm"])
    assert voice.get_language_display() == "Japanisch"
    assert traits_of(voice) == ["Warm", "Neutral", "Older", "Japanese"]
    assert language_of(voice) == "Japanese"


@pytest.mark.usefixtures("_in_german")
def test_a_label_within_a_sentence_keeps_the_capitals_of_german_nouns() -> None:
    assert in_sentence("Viele Anfragen") == "Viele Anfragen"
    with translation.override("en"):
        assert in_sentence("Many requests") == "many requests"


@pytest.mark.usefixtures("_in_german")
def test_a_stored_sentence_of_ours_is_told_in_the_readers_language_and_a_persons_as_it_was_written() -> (
    None
):
    page = Template("{% load stored %}{{ ours|retold }}|{{ theirs|retold }}|{{ none|retold }}")
    words = {"ours": "You switched it off.", "theirs": "Wait for my call.", "none": ""}
    assert page.render(Context(words)) == "Sie haben es abgeschaltet.|Wait for my call.|"


def test_countries_are_called_and_sorted_as_a_language_does() -> None:
    german = countries_in("de")
    assert german["AT"] == "Österreich"
    assert list(german.values()) == sorted(german.values())
    assert countries_in("en")["AT"] == "Austria"


@pytest.mark.usefixtures("_in_german")
def test_documents_keep_what_the_register_said_of_a_number_in_the_sites_own_language() -> None:
    details = BillingDetails(
        vat_number="DE123456789",
        vat_check=vat_checks.Check.VALID,
        vat_checked_at=datetime(2026, 3, 5, 12, tzinfo=UTC),
    )
    assert vat_checks.in_words(details) == "am 5. März 2026 laut VIES gültig"
    assert vat_checks.on_documents(details) == "valid in VIES on 5 March 2026"
