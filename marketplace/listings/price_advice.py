"""What similar voices cost: said as such, and no more than that."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import median_low

from django.conf import settings

from marketplace.listings.models import Listing, Offer
from marketplace.listings.queries import listings_sounding_like
from marketplace.money import Money
from marketplace.voices.models import VoiceVersion

NEAREST = 24  # listings on sale that sound most alike
LEAST = 3  # below so many prices there is nothing to say: it would be one creator's price


@dataclass(frozen=True)
class Advice:
    """What a tier of similar voices costs."""

    tier: str
    lowest: Money
    middle: Money
    highest: Money
    voices: int


def prices_of_similar(version: VoiceVersion) -> list[Advice]:
    """By tier, the prices of the voices on sale that sound most like one, in the site's own currency.

    A creator's own voices don't count, and of another creator's voices only the closest does.
    """
    own = version.voice.creator_id
    closest: dict[int, Listing] = {}
    for listing in listings_sounding_like(version.embedding, NEAREST):
        if listing.voice.creator_id != own:
            closest.setdefault(listing.voice.creator_id, listing)
    found: dict[str, list[int]] = defaultdict(list)
    for listing in closest.values():
        for offer in listing.offers.all():
            if offer.currency == settings.CURRENCY:
                found[offer.tier].append(offer.price_minor)
    return [
        Advice(
            tier,
            lowest=_money(min(prices)),
            middle=_money(median_low(prices)),
            highest=_money(max(prices)),
            voices=len(prices),
        )
        for tier in Offer.Tier.values
        if len(prices := found[tier]) >= LEAST
    ]


def _money(minor: int) -> Money:
    return Money(minor, settings.CURRENCY)
