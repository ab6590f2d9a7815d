"""Ratings in the API: what licensees say of a voice, wherever it is listed."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from marketplace.api.views import catalogue
from marketplace.listings.models import Listing
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_listed() -> None:
    cache.delete_many([catalogue.LISTED, f"{catalogue.WHOLE}-USD"])


def _ratings(address: str, **headers: str) -> dict[str, Any]:
    data = Client().get(address, headers=headers).json()["data"]
    return {each["id"]: each["rating"] for each in data}


def test_every_list_says_what_licensees_say_of_a_voice_and_null_where_nobody_has() -> None:
    rated, new = factories.make_listing(), factories.make_listing()
    Listing.objects.filter(pk=rated.pk).update(stars=[0, 0, 1, 0, 2])
    expected = {rated.voice.slug: {"average": 4.33, "count": 3}, new.voice.slug: None}
    for address in ("/v1/voices", "/v2/voices", "/v1/audio/voices"):
        assert _ratings(address) == expected, address
    assert _ratings("/v1/voices", **{"xi-api-key": "tk_x"}) == expected
    assert Client().get(f"/v1/voices/{rated.voice.slug}").json()["rating"]["count"] == 3


def test_the_schema_says_that_a_rating_may_be_null() -> None:
    schema = Client().get("/openapi.json").json()["components"]["schemas"]
    assert schema["RatingDocument"]["properties"]["average"]["maximum"] == 5
    rating = schema["VoiceDocument"]["properties"]["rating"]
    assert {"type": "null"} in rating.get("oneOf", []) or rating.get("nullable")
