"""What similar voices cost, as a creator is told it."""

from __future__ import annotations

import pytest

from marketplace.listings.price_advice import LEAST, prices_of_similar
from marketplace.money import Money
from marketplace.voices.models import VoiceVersion
from tests import factories

pytestmark = pytest.mark.django_db


def _new() -> VoiceVersion:
    voice = factories.make_voice(factories.make_creator("Newcomer"))
    return factories.make_version(voice, factories.make_consent(voice))


def test_the_middle_and_the_range_of_similar_voices_are_told() -> None:
    for number, price in enumerate((1_000, 5_000, 2_000)):
        factories.make_listing(
            factories.make_voice(factories.make_creator(f"C{number}")), price=price
        )
    (advice,) = prices_of_similar(_new())
    assert (advice.tier, advice.voices) == ("personal", 3)
    told = (advice.lowest, advice.middle, advice.highest)
    assert told == (Money(1_000, "USD"), Money(2_000, "USD"), Money(5_000, "USD"))


def test_of_fewer_voices_nothing_is_said() -> None:
    for number in range(LEAST - 1):
        factories.make_listing(factories.make_voice(factories.make_creator(f"C{number}")))
    assert prices_of_similar(_new()) == []


def test_one_creator_with_many_voices_counts_once_and_oneself_not_at_all() -> None:
    version = _new()
    one = factories.make_creator("One")
    for creator in (one, one, one, version.voice.creator):
        factories.make_listing(factories.make_voice(creator))
    assert prices_of_similar(version) == []
