"""Pictures that other sites show beside links to voices and creators."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from marketplace.listings.models import Listing
from marketplace.listings.queries import listing_on_sale, on_sale
from marketplace.money import Money
from marketplace.rate_limit import count_visitor
from marketplace.refusals import SpeechRefused
from marketplace.storefront.share_image import HUES, Shared, drawable, png_of
from marketplace.storefront.views.refused_pages import with_wait
from marketplace.voices.models import Voice
from marketplace.voices.traits import language_of

DRAWN_PER_MINUTE = 30  # for one network; what is cached is not counted
_CACHED = 6 * 60 * 60  # seconds
_BROWSERS_CACHE = 24 * 60 * 60  # seconds; the address changes with the picture


def shared_voice(listing: Listing) -> dict[str, str]:
    """The address of a voice's picture, and its words for who does not see it."""
    shared = _of_voice(listing)
    address = reverse("storefront:share-voice", args=[listing.voice.slug])
    return _described(address, shared)


def shared_creator(listings: Sequence[Listing], count: int) -> dict[str, str]:
    """The same of a creator, by their listings on sale, newest first; count: of all of them."""
    address = reverse("storefront:share-creator", args=[listings[0].voice.creator_id])
    return _described(address, _of_creator(listings, count))


def _described(address: str, shared: Shared) -> dict[str, str]:
    words = [part for part in (shared.name, shared.by, shared.line, shared.price) if part]
    return {
        "share_image": f"{settings.BASE_URL}{address}?v={shared.fingerprint}",
        "share_words": ", ".join(words),
    }


@require_safe
def voice(request: HttpRequest, slug: str) -> HttpResponse:
    """The picture of a voice on sale."""
    listing = listing_on_sale(slug)
    if listing is None:
        raise Http404
    return _picture(request, _of_voice(listing))


@require_safe
def creator(request: HttpRequest, pk: int) -> HttpResponse:
    """The picture of a creator with something on sale."""
    theirs = on_sale().filter(voice__creator=pk).order_by("-published_at", "-pk")
    listings = list(theirs[:24])
    if not listings:
        raise Http404
    return _picture(request, _of_creator(listings, theirs.count()))


def _picture(request: HttpRequest, shared: Shared) -> HttpResponse:
    """A picture as it was drawn before, or drawn now, unless too many are for one network."""
    name = f"share:{shared.fingerprint}"
    data = cache.get(name)
    if data is None:
        try:
            count_visitor("share", request, DRAWN_PER_MINUTE)
        except SpeechRefused as refusal:
            return with_wait(
                HttpResponse(
                    str(refusal), status=refusal.status, content_type="text/plain; charset=utf-8"
                )
            )
        data = png_of(shared)
        cache.set(name, data, _CACHED)
    response = HttpResponse(data, content_type="image/png")
    response["Cache-Control"] = f"public, max-age={_BROWSERS_CACHE}"
    return response


def _of_voice(listing: Listing) -> Shared:
    voice = listing.voice
    creator = drawable(voice.creator.display_name)
    return Shared(
        name=drawable(voice.name) or f"A voice in {language_of(voice)}",
        by=f"by {creator}" if creator else "",
        line=listing.headline,
        price=_price(listing.from_price_minor),
        platform=settings.PLATFORM_NAME,
        hue=zlib.crc32(voice.slug.encode()) % len(HUES),
        peaks=_peaks(listing),
    )


def _of_creator(listings: Sequence[Listing], count: int) -> Shared:
    voice: Voice = listings[0].voice
    languages = sorted({language_of(each.voice) for each in listings})
    prices = [each.from_price_minor for each in listings if each.from_price_minor is not None]
    return Shared(
        name=drawable(voice.creator.display_name) or "A creator of voices",
        by=f"{count} licensed voice" + "s" * (count != 1),
        line=f"In {', '.join(languages)}",
        price=_price(min(prices, default=None)),
        platform=settings.PLATFORM_NAME,
        hue=zlib.crc32(voice.slug.encode()) % len(HUES),
        peaks=_peaks(listings[0]),
    )


def _price(minor: int | None) -> str:
    """A lowest price in the platform's own currency: who sees a picture is not known."""
    return "" if minor is None else f"from {Money(minor, settings.CURRENCY)}"


def _peaks(listing: Any) -> tuple[float, ...]:
    clips = list(listing.version.previews.all()) if listing.version else []
    return tuple(clips[0].waveform) if clips else ()
