"""Queries on listings: what a visitor may see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from pgvector.django import CosineDistance

from marketplace.consent.queries import consents_in_force
from marketplace.listings.models import Listing, Offer
from marketplace.listings.shelf import shelf
from marketplace.voices.embeddings import rotated
from marketplace.voices.models import Voice, VoiceVersion


def _public(offers: QuerySet[Offer]) -> QuerySet[Offer]:
    return offers.exclude(tier=Offer.Tier.EXCLUSIVE).filter(withdrawn=False)


def public_offers(listing: Listing) -> QuerySet[Offer]:
    """What anybody may buy of a listing; an exclusive offer is its buyer's alone."""
    return _public(listing.offers.all())


def public_offers_of(listings: Iterable[Listing]) -> QuerySet[Offer]:
    """The same of several listings."""
    return _public(Offer.objects.filter(listing__in=list(listings)))


def public_offer(slug: str, tier: str) -> Offer | None:
    """The offer of a tier that anybody may buy of the voice called `slug`."""
    offers = Offer.objects.filter(listing__voice__slug=slug, tier=tier)
    return _public(offers).select_related("listing__voice__creator").first()


def speakable(listings: QuerySet[Listing]) -> QuerySet[Listing]:
    """Of these listings, the live ones whose voice may speak."""
    consent = consents_in_force().filter(voice=OuterRef("voice"))
    return listings.filter(state=Listing.State.LIVE).filter(
        Q(voice__synthetic=True) | Exists(consent)
    )


def _offers_read() -> Prefetch[Any]:
    """Public offers with their prices; a list of prices costs a fraction of a query set for each offer."""
    prices = Prefetch("prices", to_attr="known_prices")
    return Prefetch("offers", _public(Offer.objects.prefetch_related(prices)))


def on_sale() -> QuerySet[Any]:
    """Live listings whose voice may speak, with the data of a card."""
    demonstration = consents_in_force().filter(voice=OuterRef("voice"), demonstration=True)
    return (
        speakable(Listing.objects.all())
        .annotate(demonstration=Exists(demonstration))
        .select_related("voice__creator", "version")
        .defer("version__embedding", "version__report", "words", "search_text", "reviewed")
        .prefetch_related(
            _offers_read(),
            "version__previews",
        )
    )


def named_on_sale() -> QuerySet[Listing]:
    """The same without what only a card shows: nothing of a version, and no clips."""
    return (
        speakable(Listing.objects.all())
        .select_related("voice__creator")
        .defer("words", "search_text", "reviewed")
        .prefetch_related(_offers_read())
    )


def cards(keys: Iterable[int]) -> list[Any]:
    """The listings with these keys that are on sale, in their order."""
    keys = list(keys)
    found = {listing.pk: listing for listing in on_sale().filter(pk__in=keys)}
    return [found[key] for key in keys if key in found]


def listings_called(slugs: Sequence[str]) -> list[Any]:
    """The listings of these voices that are on sale, in their order."""
    found = {each.voice.slug: each for each in on_sale().filter(voice__slug__in=slugs)}
    return [found[slug] for slug in slugs if slug in found]


def listings_like(listing: Listing, limit: int = 12) -> list[Any]:
    """Listings on sale that sound most like one: those that speak its language first, the closest first."""
    if listing.version_id is None:
        return []
    sound = VoiceVersion.objects.filter(pk=listing.version_id).values("embedding")
    language = listing.voice.language.partition("-")[0]
    return _nearest(Subquery(sound), limit, but=listing.pk, language=language)


def listings_sounding_like(embedding: Sequence[float], limit: int = 12) -> list[Any]:
    """Listings on sale that sound most like an embedding, the closest first."""
    return _nearest(rotated(embedding), limit)


def _nearest(
    sound: Sequence[float] | Subquery, limit: int, but: int | None = None, language: str = ""
) -> list[Any]:
    """The listings on sale that sound closest, save one; sound: an embedding as it is stored.

    language: whose voices come before all others, without its country; empty: none.
    """
    every, own = VoiceVersion.objects.all(), Q(voice__language__startswith=language)
    distances = _closest(every.filter(own) if language else every, sound, limit, but)
    if language and len(distances) < limit:
        distances |= _closest(every.exclude(own), sound, limit - len(distances), but)
    found = cards(list(distances)[:limit])
    for each in found:
        each.distance = distances[each.pk]
        each.likeness = 1 - each.distance
    return found


def _closest(
    versions: QuerySet[VoiceVersion], sound: Sequence[float] | Subquery, limit: int, but: int | None
) -> dict[int, float]:
    """The distances of listings on sale that speak as some versions, by their keys, at least the closest `limit`.

    Adding nothing to a distance keeps it from an index that finds only most of the closest.
    """
    on = shelf()
    distance = CosineDistance("embedding", sound) + Value(0.0)
    closest = versions.order_by(distance).values_list("pk", distance)
    asked, distances = 4 * limit, dict[int, float]()
    while len(distances) < limit:
        read = list(closest[:asked])
        keys = on.speaking_as([version for version, _ in read])
        distances = {keys[version]: far for version, far in read if keys.get(version, but) != but}
        if len(read) < asked:
            break
        asked *= 4
    return distances


def listing_on_sale(slug: str) -> Listing | None:
    """The live listing of the voice called `slug`; None if it is not on sale."""
    return on_sale().filter(voice__slug=slug).first()


def notice_of(voice: Voice) -> int:
    """The notice, in days, that licences sold now have after the speaker withdraws."""
    listing = Listing.objects.filter(voice=voice).first()
    return listing.notice_days if listing else 0
