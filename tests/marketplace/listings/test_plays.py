"""Plays of clips: counted by day, once a while for one network, and never whose."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.listings.models import DayOfPlays, Listing
from marketplace.listings.plays import count_play
from marketplace.queue import Work
from marketplace.storefront.interest import interest_in
from marketplace.voices.models import Preview
from tests import factories
from tests.work import do

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_asked_yet() -> None:
    cache.clear()


@pytest.fixture
def listing() -> Listing:
    return factories.make_listing()


@pytest.fixture
def clip(listing: Listing, _nobody_asked_yet: None) -> Preview:
    """A clip of 60 kB, as if it had been heard before."""
    clip = listing.version.previews.earliest("position")
    cache.set(f"preview:{clip.storage_key}", bytes(60_000), 300)
    return clip


def _plays() -> int:
    return sum(DayOfPlays.objects.values_list("plays", flat=True))


def _hear(clip: Preview, network: str = "192.0.2.1", **more: Any) -> None:
    client = more.pop("client", None) or Client()
    address = reverse("storefront:preview", args=[clip.public_id])
    client.get(address, REMOTE_ADDR=network, **more)


def test_a_visitor_who_hears_a_clip_is_counted(clip: Preview) -> None:
    _hear(clip)
    (day,) = DayOfPlays.objects.all()
    assert (day.clip, day.voice_id, day.plays) == (clip, clip.version.voice_id, 1)


def test_seeking_and_hearing_again_is_the_same_play(clip: Preview) -> None:
    _hear(clip)
    _hear(clip)
    _hear(clip, headers={"Range": "bytes=40000-"})
    assert _plays() == 1


def test_a_player_that_looks_at_the_first_bytes_is_counted_when_it_plays(clip: Preview) -> None:
    _hear(clip, headers={"Range": "bytes=0-1"})
    assert _plays() == 0
    _hear(clip, headers={"Range": "bytes=0-48211"})
    assert _plays() == 1


def test_each_network_counts_for_itself(clip: Preview) -> None:
    for number in range(3):
        _hear(clip, network=f"192.0.2.{number}")
    assert _plays() == 3


def test_the_creators_own_hearing_is_not_counted(clip: Preview) -> None:
    client = Client()
    client.force_login(clip.version.voice.creator.user)
    _hear(clip, client=client)
    assert _plays() == 0


def test_a_clip_that_is_not_on_sale_is_not_counted(listing: Listing, clip: Preview) -> None:
    Listing.objects.update(state=Listing.State.SUSPENDED)
    _hear(clip)
    assert _plays() == 0


def test_nothing_about_who_asked_is_kept() -> None:
    assert {field.name for field in DayOfPlays._meta.get_fields()} == {
        "id", "voice", "clip", "day", "plays",
    }  # fmt: skip


def test_a_creator_sees_plays_by_clip_and_what_became_of_them(
    listing: Listing, clip: Preview
) -> None:
    for number in range(4):
        count_play(clip, network=str(number))
    factories.make_licence(listing)
    (found,) = interest_in(listing.voice.creator)
    assert (found.played, found.sold, found.sold_of_played) == (4, 1, 0.25)
    assert [(each.text, each.plays) for each in found.clips] == [(clip.text, 4)]


def test_plays_of_a_clip_that_gave_way_stay_with_its_voice(listing: Listing, clip: Preview) -> None:
    count_play(clip, network="a")
    clip.delete()
    (found,) = interest_in(listing.voice.creator)
    assert (found.played, found.clips) == (1, ())


def test_plays_are_forgotten_after_ninety_days(clip: Preview) -> None:
    count_play(clip, network="a")
    today = timezone.now().date()
    DayOfPlays.objects.update(day=today - timedelta(days=90))
    do(Work.FORGET_WHAT_IS_OVER)
    assert DayOfPlays.objects.exists()
    DayOfPlays.objects.update(day=today - timedelta(days=91))
    do(Work.FORGET_WHAT_IS_OVER)
    assert not DayOfPlays.objects.exists()


def test_plays_of_longer_ago_do_not_count(listing: Listing, clip: Preview) -> None:
    count_play(clip, network="a")
    DayOfPlays.objects.update(day=timezone.now().date() - timedelta(days=40))
    assert interest_in(listing.voice.creator) == []
