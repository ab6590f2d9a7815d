"""Reads on listings: what a visitor may see, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from marketplace.consent.models import Consent
from marketplace.listings.models import Listing
from marketplace.voices.models import VoiceVersion
from marketplace.voices.queries import nearest_versions


@dataclass(frozen=True)
class Filters:
    """What a visitor is looking for; empty means any. Prices in minor units."""

    words: str = ""
    language: str = ""
    gender: str = ""
    age: str = ""
    use: str = ""
    style: str = ""
    max_price_minor: int | None = None
    sort: str = "newest"
    like: str = field(default="")  # slug of a voice to be like


def on_sale() -> QuerySet[Any]:
    """Live listings whose voice may speak, with what a card shows."""
    consent = Consent.objects.filter(voice=OuterRef("voice"), state=Consent.State.VERIFIED)
    demonstration = consent.filter(demonstration=True)
    return (
        Listing.objects.filter(state=Listing.State.LIVE)
        .filter(Q(voice__synthetic=True) | Exists(consent))
        .annotate(from_price_minor=Min("offers__price_minor"), demonstration=Exists(demonstration))
        .select_related("voice__creator", "version")
        .defer("version__embedding")
        .prefetch_related("offers", "version__previews")
    )


def search(filters: Filters) -> QuerySet[Any]:
    """Listings on sale that fit, best or newest first."""
    found = on_sale()
    for name in ("language", "gender", "age"):
        value = getattr(filters, name)
        if value:
            found = found.filter(**{f"voice__{name}": value})
    if filters.use:
        found = found.filter(uses__contains=[filters.use])
    if filters.style:
        found = found.filter(voice__styles__contains=[filters.style])
    if filters.max_price_minor is not None:
        found = found.filter(from_price_minor__lte=filters.max_price_minor)
    order = {"price": ("from_price_minor", "-id")}.get(filters.sort, ("-published_at", "-id"))
    if filters.words:
        for word in filters.words.lower().split()[:8]:
            found = found.annotate(
                **{f"match_{abs(hash(word))}": TrigramWordSimilarity(word, "search_text")}
            ).filter(
                Q(search_text__contains=word)
                | Q(**{f"match_{abs(hash(word))}__gte": 0.55 if len(word) > 3 else 0.9})
            )
    return found.order_by(*order)


def listings_like(slug: str, limit: int = 12) -> list[Listing]:
    """Listings on sale whose voice sounds most like the one called `slug`, that one left out."""
    version = VoiceVersion.objects.filter(voice__slug=slug, voice__listing__isnull=False).first()
    if version is None:
        return []
    order: dict[int, float] = {}
    for near in nearest_versions(version).values("voice_id", "distance")[: 5 * limit]:
        order.setdefault(near["voice_id"], near["distance"])
    listings = list(on_sale().filter(voice_id__in=order))
    listings.sort(key=lambda listing: order[listing.voice_id])
    for listing in listings:
        listing.likeness = 1 - order[listing.voice_id]
    return listings[:limit]


def listing_on_sale(slug: str) -> Listing | None:
    """The live listing of the voice called `slug`, None if there is none to buy."""
    return on_sale().filter(voice__slug=slug).first()
