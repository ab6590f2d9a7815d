"""The list of voices for speech clients: anybody may ask for it, so it is short and cheap."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from marketplace.api import pagination
from marketplace.api.views import catalogue
from tests import factories

pytestmark = pytest.mark.django_db
ADDRESS = "/v1/audio/voices"


@pytest.fixture(autouse=True)
def _nothing_listed() -> Iterator[None]:
    cache.delete_many([catalogue.LISTED, f"{catalogue.WHOLE}-USD"])
    yield
    cache.delete_many([catalogue.LISTED, f"{catalogue.WHOLE}-USD"])


def _listed() -> list[str]:
    return [each["id"] for each in Client().get(ADDRESS).json()["data"]]


def _asked(address: str = ADDRESS, **headers: str) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        assert Client().get(address, headers=headers).status_code == 200
    return [each["sql"] for each in queries.captured_queries if each["sql"].startswith("SELECT")]


def test_the_newest_voices_are_listed_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "ALL_AT_ONCE", 2)
    slugs = [factories.make_listing().voice.slug for _ in range(3)]
    assert _listed() == sorted(slugs[1:])


def test_no_clip_and_no_version_is_read_for_the_list_of_voices() -> None:
    factories.make_listing()
    asked = _asked()
    assert len(asked) == 3  # the listings, their offers and prices
    assert not any(
        word in sql for sql in asked for word in ("waveform", "voices_preview", "embedding")
    )


def test_the_list_of_voices_is_read_once_a_minute() -> None:
    first = factories.make_listing().voice.slug
    assert _listed() == [first]
    factories.make_listing()
    assert (_asked(), _listed()) == ([], [first])


def test_pages_of_voices_read_no_waveforms() -> None:
    listing = factories.make_listing()
    asked = _asked("/v1/voices", **{"xi-api-key": "x"})
    assert any("voices_preview" in sql for sql in asked)
    assert not any("waveform" in sql or "embedding" in sql for sql in asked)
    answer: Any = Client().get("/v1/voices").json()
    clip = listing.version.previews.get()
    assert str(clip.public_id) in answer["voices"][0]["preview_url"]


def test_the_whole_list_is_put_together_once_a_minute_whoever_asks() -> None:
    listing = factories.make_listing()
    whole = Client().get("/v1/voices", headers={"xi-api-key": "x"}).json()
    assert [each["voice_id"] for each in whole["voices"]] == [listing.voice.slug]
    assert whole["total_count"] == 1
    assert _asked("/v1/voices", **{"xi-api-key": "y"}) == []
    assert Client().get("/v1/voices", headers={"xi-api-key": "z"}).json() == whole


def test_what_is_filtered_comes_in_pages_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pagination, "DEFAULT", 1)
    listings = [factories.make_listing() for _ in range(2)]
    language = listings[0].voice.language
    asked = Client().get(f"/v1/voices?language={language}", headers={"xi-api-key": "x"}).json()
    assert (len(asked["voices"]), asked["has_more"]) == (1, True)
