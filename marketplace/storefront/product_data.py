"""What search engines and link previews read of a voice's page (schema.org, Open Graph)."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from marketplace.listings.models import Listing

_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


def product(listing: Listing) -> dict[str, Any]:
    """A voice as a schema.org Product, with an Offer for each tier."""
    voice = listing.voice
    page = settings.BASE_URL + reverse("storefront:voice", args=[voice.slug])
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "@id": page,
        "url": page,
        "name": voice.name,
        "description": voice.description or listing.headline,
        "category": "Licensed synthetic voice",
        "brand": {"@type": "Brand", "name": voice.creator.display_name},
        "offers": [
            {
                "@type": "Offer",
                "name": f"{offer.get_tier_display()} licence",
                "url": settings.BASE_URL
                + reverse("storefront:buy", args=[voice.slug])
                + f"?tier={offer.tier}",
                "price": str(offer.price.amount),
                "priceCurrency": offer.price.currency,
                "availability": "https://schema.org/InStock",
            }
            for offer in listing.offers.all()
        ],
    }
    return data


def as_script(data: dict[str, Any]) -> SafeString:
    """JSON for a `script` element that is data, which no browser runs: nothing in it ends the element."""
    return mark_safe(json.dumps(data, ensure_ascii=False).translate(_ESCAPES))  # noqa: S308
