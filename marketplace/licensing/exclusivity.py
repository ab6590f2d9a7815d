"""Exclusive licences take their voice off sale until they end."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils import timezone

from marketplace.licensing.lifecycle import GRACE
from marketplace.licensing.models import Licence, Order
from marketplace.listings import services as listings
from marketplace.listings.models import Listing, Offer


def is_exclusive(licence: Licence) -> bool:
    """Whether nobody else may buy the voice while this licence runs."""
    return bool(licence.terms["tier"] == Offer.Tier.EXCLUSIVE)


def is_in_force(licence: Licence) -> bool:
    """Whether it is this licence that keeps the voice from other buyers."""
    return is_exclusive(licence) and licence.state not in Licence.ENDED


def holders(voice_id: int) -> QuerySet[Licence]:
    """The exclusive licences that keep a voice from other buyers now.

    One whose renewal is being paid, or that is suspended, keeps it for a while beyond its term.
    """
    now = timezone.now()
    waits = Q(state__in=[Licence.State.PAUSED, Licence.State.SUSPENDED], ends_at__gt=now - GRACE)
    exclusive = Licence.objects.filter(voice=voice_id, terms__tier=Offer.Tier.EXCLUSIVE)
    in_grace = Q(state=Licence.State.ACTIVE, grace_ends_at__gt=now)
    return exclusive.filter(Q(ends_at__gt=now) | waits | in_grace).exclude(state__in=Licence.ENDED)


def follow_licence(licence: Licence) -> None:
    """Keep a voice off sale as long as its exclusive licence runs, in the caller's transaction."""
    if is_exclusive(licence):
        listings.take_off_sale(
            listing=licence.order.offer.listing, until=licence.ends_at, by=licence.buyer
        )


def is_being_bought(listing: Listing, *, by_others_than: int) -> bool:
    """Whether another organization has an exclusive licence's payment page open."""
    orders = Order.objects.filter(
        offer__listing=listing,
        offer__tier=Offer.Tier.EXCLUSIVE,
        kind=Order.Kind.NEW,
        state=Order.State.PENDING,
    ).exclude(organization=by_others_than)
    return any(order.payable_until > timezone.now() for order in orders)


def end_exclusivities() -> int:
    """Let voices be sold to anybody again whose exclusive licence has ended; returns how many."""
    count = 0
    for listing in Listing.objects.exclude(exclusive_until=None):
        if not holders(listing.voice_id).exists():
            listings.end_exclusivity(listing=listing)
            count += 1
    return count
