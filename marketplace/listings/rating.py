"""A voice's stars in sum: how many, their mean, and where they place it among others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

STARS = (1, 2, 3, 4, 5)
SHOWN_FROM = 3  # reviews, on cards: a mean of fewer says more about who wrote them
_QUANTILE = 1.65  # of the normal distribution: the rank is too high in one case of 20


@dataclass(frozen=True)
class Rating:
    """given: how many reviews have one star, two stars, and so on up to five."""

    given: tuple[int, ...] = (0, 0, 0, 0, 0)

    @classmethod
    def of(cls, given: Sequence[int]) -> Rating:
        """The rating of a stored row of counts; an empty row is no review."""
        return cls(tuple(given)) if given else cls()

    @property
    def count(self) -> int:
        return sum(self.given)

    @property
    def mean(self) -> float:
        """From 1 to 5; 0 without a review."""
        return self._sum(self.given) / self.count if self.count else 0.0

    @property
    def on_cards(self) -> bool:
        """Whether cards show it."""
        return self.count >= SHOWN_FROM

    @property
    def rank(self) -> float:
        """By what voices are sorted: the mean that they have at least, with 95 % certainty.

        Lower bound under a prior of one review of each number of stars (Miller 2014, "Ranking Items With
        Star Ratings", evanmiller.org/ranking-items-with-star-ratings.html): one review of five stars proves
        less than forty with a mean of 4.8.

        >>> round(Rating((0, 0, 0, 0, 1)).rank, 2), round(Rating((0, 0, 0, 8, 32)).rank, 2)
        (2.4, 4.4)
        >>> round(Rating().rank, 2)
        2.05
        """
        smoothed = [one + 1 for one in self.given]
        total = sum(smoothed)
        mean = self._sum(smoothed) / total
        square = sum(star**2 * one for star, one in zip(STARS, smoothed, strict=True)) / total
        return mean - _QUANTILE * sqrt((square - mean**2) / (total + 1))

    @property
    def rows(self) -> list[tuple[int, int]]:
        """Each number of stars, the most first, and how many gave it."""
        return list(zip(reversed(STARS), reversed(self.given), strict=True))

    @staticmethod
    def _sum(given: Sequence[int]) -> int:
        return sum(star * one for star, one in zip(STARS, given, strict=True))


UNRATED = Rating().rank
