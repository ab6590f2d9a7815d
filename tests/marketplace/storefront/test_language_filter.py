"""The filter by language finds all the regions of one that has several."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests import factories

pytestmark = pytest.mark.django_db


def test_all_of_english_is_one_choice_with_the_voices_of_its_regions() -> None:
    spoken = ("en-US", "en-GB", "es")
    american, british, spanish = (
        factories.make_listing(factories.make_voice(language=each)).voice.name for each in spoken
    )
    page = Client().get("/voices", {"language": "en"}).text
    assert re.search(r'<option value="en" selected>English \(all\) \(2\)<', page)
    found = page.partition("data-found")[2]
    assert american in found
    assert british in found
    assert spanish not in found
