"""What filters write, in the language of the page."""

from __future__ import annotations

import pytest
from django.utils import translation

from marketplace.status.checks import Found
from marketplace.status.models import Condition
from marketplace.storefront.filter_form import FilterForm
from marketplace.storefront.templatetags import presentation
from marketplace.voices.models import Voice
from marketplace.voices.traits import language_of


@pytest.mark.parametrize(("language", "written"), [("en", "1,000+"), ("de", "1.000+")])
def test_counts_are_grouped_as_the_reader_groups_them(language: str, written: str) -> None:
    with translation.override(language):
        assert presentation.at_least(1_234) == written


@pytest.mark.parametrize(
    ("language", "names"),
    [("en", "Austria, Japan"), ("de", "Österreich, Japan"), ("zh-hans", "奥地利, 日本")],
)
def test_countries_are_called_what_the_reader_calls_them(language: str, names: str) -> None:
    with translation.override(language):
        assert presentation.country_names(["AT", "JP"]) == names


def test_the_search_names_languages_to_each_reader_in_their_own() -> None:
    with translation.override("de"):
        assert ">Französisch<" in str(FilterForm()["language"])
    with translation.override("en"):
        assert ">French<" in str(FilterForm()["language"])


def test_images_that_are_the_same_for_everybody_name_a_language_in_english() -> None:
    with translation.override("de"):
        assert language_of(Voice(language=Voice.Language.FR)) == "French"


def test_what_a_check_measured_stands_in_its_sentence() -> None:
    found = Found(Condition.SLOW, "New work waits for %(time)s.", 14.2)

    assert presentation.said(found) == "New work waits for 14 s."
