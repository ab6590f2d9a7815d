"""Cards of voices, rendered once for each that looks different."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from django import template
from django.template import Context
from django.utils.translation import get_language

from marketplace.currencies import sold_in
from marketplace.listings.models import Offer
from marketplace.storefront.templatetags.presentation import clip_for, percent
from marketplace.voices.models import Preview

register = template.Library()
MOST_KEPT = 2_000  # cards of some 4 KB
_kept: dict[Hashable, str] = {}


@register.simple_tag(takes_context=True)
def voice_card(context: Context, listing: Any, *, compares: bool = False) -> str:
    """The card of a voice on sale. What it shows is its key, so that none is ever out of date."""
    key = shown_on(context, listing, compares=compares)
    card = _kept.get(key)
    if card is None:
        assert context.template is not None  # while it is rendered
        card_template = context.template.engine.get_template("storefront/_voice_card.html")
        with context.push(listing=listing, compares=compares):
            card = card_template.render(context)
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = card
    return card


def shown_on(context: Context, listing: Any, *, compares: bool) -> Hashable:
    """Everything that a card says, and what decides how it says it."""
    voice, likeness = listing.voice, getattr(listing, "likeness", None)
    return (
        get_language(),
        sold_in(),
        context.get("shown_currency"),
        compares,
        voice.slug in (context.get("saved") or ()),
        (voice.slug, voice.name, voice.creator.display_name, voice.synthetic),
        (voice.language, voice.gender, voice.age, *voice.styles),
        (listing.headline, *listing.uses),
        tuple(listing.stars),
        getattr(listing, "demonstration", None),
        likeness and percent(likeness),
        _shown_clip(clip_for(listing.version, context.get("heard_use") or "")),
        tuple(map(_shown_offer, listing.offers.all())),
    )


def _shown_clip(clip: Preview | None) -> Hashable:
    if clip is None:
        return None
    return clip.public_id, clip.storage_key, clip.text, clip.use, *clip.waveform


def _shown_offer(offer: Offer) -> Hashable:
    abroad = (part for price in offer.abroad for part in (price.currency, price.price_minor))
    return offer.price_minor, offer.currency, offer.characters, *abroad
