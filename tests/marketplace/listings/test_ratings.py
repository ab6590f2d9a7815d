"""Stars in sum, and the order that they put voices in."""

from __future__ import annotations

from itertools import product

import pytest

from marketplace.listings import noted
from marketplace.listings.rating import UNRATED, Rating
from marketplace.listings.search import Filters, find
from tests import factories


def test_one_review_of_five_stars_comes_after_forty_of_nearly_five() -> None:
    assert Rating((0, 0, 0, 0, 1)).rank < Rating((0, 0, 0, 8, 32)).rank


def test_a_voice_without_a_review_comes_between_the_praised_and_the_panned() -> None:
    assert Rating((10, 2, 0, 0, 0)).rank < UNRATED < Rating((0, 0, 0, 0, 1)).rank


def test_one_more_review_of_five_stars_raises_a_voice_and_one_of_one_star_lowers_it() -> None:
    for before in product((0, 1, 7, 200), repeat=5):
        one, *between, five = before
        rank = Rating(before).rank
        assert Rating((one, *between, five + 1)).rank > rank, before  # type: ignore[arg-type]
        assert Rating((one + 1, *between, five)).rank < rank, before  # type: ignore[arg-type]


def test_cards_show_a_mean_from_three_reviews_on() -> None:
    assert not Rating((0, 0, 0, 0, 2)).on_cards
    assert Rating((0, 0, 0, 1, 2)).on_cards
    assert round(Rating((0, 0, 0, 1, 2)).mean, 1) == 4.7


@pytest.mark.django_db
def test_the_best_rated_come_first() -> None:
    few, many, none = (factories.make_listing() for _ in range(3))
    noted.note_stars(voice_id=few.voice_id, given=[0, 0, 0, 0, 1])
    noted.note_stars(voice_id=many.voice_id, given=[0, 0, 0, 8, 32])
    assert list(find(Filters(sort="rated")).keys) == [many.pk, few.pk, none.pk]
