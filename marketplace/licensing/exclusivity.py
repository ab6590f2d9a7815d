"""A voice licensed exclusively is off sale until that licence is over."""

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
    """Put voices on sale again whose exclusive licence is over; returns how many."""
    count = 0
    for listing in Listing.objects.filter(state=Listing.State.EXCLUSIVE):
        living = Licence.objects.filter(
            voice=listing.voice_id,
            terms__tier=Offer.Tier.EXCLUSIVE,
            ends_at__gt=timezone.now(),
        ).exclude(state__in=Licence.ENDED)
        if not living.exists():
            listings.end_exclusivity(listing=listing)
            count += 1
    return count
