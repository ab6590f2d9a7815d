"""Prices on pages: every template shows them through these tags, so that there is one place to choose how."""

from __future__ import annotations

from django import template

from marketplace.listings.models import Listing, Offer
from marketplace.money import Money

register = template.Library()


@register.simple_tag
def offer_price(offer: Offer) -> Money:
    """What a licence of an offer costs, without tax."""
    return offer.price


@register.simple_tag
def thousand_price(offer: Offer) -> Money:
    """What 1,000 characters come to if all that is included is spoken."""
    return offer.price_per_thousand


@register.simple_tag
def overage_price(offer: Offer) -> Money | None:
    """What each 1,000 characters beyond those included cost; None where no more are sold."""
    return Money(offer.overage_minor, offer.currency) if offer.overage_minor else None


@register.simple_tag
def from_price(listing: Listing) -> Money | None:
    """The lowest price at which anybody may buy; None without an offer."""
    return min((offer.price for offer in listing.offers.all()), default=None)
