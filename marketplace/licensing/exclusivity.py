"""Exclusive licences take their voice off sale until they end."""

from __future__ import annotations

from django.utils import timezone

from marketplace.licensing.models import Licence
from marketplace.listings import services as listings
from marketplace.listings.models import Listing, Offer


def follow_licence(licence: Licence) -> None:
    """Take a voice off sale when it is licensed exclusively, in the caller's transaction."""
    if licence.terms["tier"] == Offer.Tier.EXCLUSIVE:
        listings.take_off_sale(listing=licence.order.offer.listing, by=licence.buyer)


def end_exclusivities() -> int:
    """Put voices back on sale whose exclusive licence has ended; returns how many."""
    count = 0
    for listing in Listing.objects.filter(state=Listing.State.EXCLUSIVE):
        in_force = Licence.objects.filter(
            voice=listing.voice_id,
            terms__tier=Offer.Tier.EXCLUSIVE,
            ends_at__gt=timezone.now(),
        ).exclude(state__in=Licence.ENDED)
        if not in_force.exists():
            listings.end_exclusivity(listing=listing)
            count += 1
    return count
