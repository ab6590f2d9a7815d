"""Queries on listings: what a visitor may see, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Exists, Min, OuterRef, Prefetch, Q, QuerySet
from pgvector.django import CosineDistance

from marketplace.consent.queries import consents_in_force
from marketplace.listings.models import Listing, Offer
from marketplace.voices.embeddings import rotated
from marketplace.voices.models import Voice


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
    like: str = field(default="")  # slug of a voice to compare with


def _public(offers: QuerySet[Offer]) -> QuerySet[Offer]:
    return offers.exclude(tier=Offer.Tier.EXCLUSIVE).filter(withdrawn=False)


def public_offers(listing: Listing) -> QuerySet[Offer]:
    """What anybody may buy of a listing; an exclusive offer is its buyer's alone."""
    return _public(listing.offers.all())


def public_offer(slug: str, tier: str) -> Offer | None:
    """The offer of a tier that anybody may buy of the voice called `slug`."""
    offers = Offer.objects.filter(listing__voice__slug=slug, tier=tier)
    return _public(offers).select_related("listing__voice__creator").first()


def on_sale() -> QuerySet[Any]:
    """Live listings whose voice may speak, with the data of a card."""
    consent = consents_in_force().filter(voice=OuterRef("voice"))
    demonstration = consent.filter(demonstration=True)
    return (
        Listing.objects.filter(state=Listing.State.LIVE)
        .filter(Q(voice__synthetic=True) | Exists(consent))
        .annotate(
            from_price_minor=Min(
                "offers__price_minor",
                filter=~Q(offers__tier="exclusive") & Q(offers__withdrawn=False),
            ),
            demonstration=Exists(demonstration),
        )
        .select_related("voice__creator", "version")
        .defer("version__embedding")
        .prefetch_related(
            Prefetch("offers", _public(Offer.objects.all())),
            "version__previews",
        )
    )


def search(filters: Filters) -> QuerySet[Any]:
    """Listings on sale that match, best or newest first."""
    listings = on_sale()
    for name in ("language", "gender", "age"):
        value = getattr(filters, name)
        if value:
            listings = listings.filter(**{f"voice__{name}": value})
    if filters.use:
        listings = listings.filter(uses__contains=[filters.use])
    if filters.style:
        listings = listings.filter(voice__styles__contains=[filters.style])
    if filters.max_price_minor is not None:
        listings = listings.filter(from_price_minor__lte=filters.max_price_minor)
    order = {"price": ("from_price_minor", "-id")}.get(filters.sort, ("-published_at", "-id"))
    for place, word in enumerate(filters.words.lower().split()[:8]):
        match = f"match_{place}"
        alike = 0.55 if len(word) > 3 else 0.9  # short words match too easily
        listings = listings.annotate(**{match: TrigramWordSimilarity(word, "search_text")}).filter(
            Q(search_text__contains=word) | Q(**{f"{match}__gte": alike})
        )
    return listings.order_by(*order)


def listings_like(slug: str, limit: int = 12) -> list[Any]:
    """Listings on sale that sound most like the one called `slug`, the closest first."""
    listing = listing_on_sale(slug)
    if listing is None or listing.version is None:
        return []
    nearest = (
        on_sale()
        .exclude(pk=listing.pk)
        .annotate(distance=CosineDistance("version__embedding", rotated(listing.version.embedding)))
        .order_by("distance")[:limit]
    )
    similar = list(nearest)
    for other in similar:
        other.likeness = 1 - other.distance
    return similar


def listing_on_sale(slug: str) -> Listing | None:
    """The live listing of the voice called `slug`; None if it is not on sale."""
    return on_sale().filter(voice__slug=slug).first()


def notice_of(voice: Voice) -> int:
    """The notice, in days, that licences sold now have after the speaker withdraws."""
    listing = Listing.objects.filter(voice=voice).first()
    return listing.notice_days if listing else 0
