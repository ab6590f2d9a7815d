"""Licensees who have spoken with a voice, and what they say of it."""

from __future__ import annotations

from marketplace.accounts.models import User
from marketplace.licensing.models import Generation, Licence
from marketplace.listings.models import Listing
from marketplace.reviews import services
from marketplace.reviews.models import Review
from marketplace.reviews.services import ReviewDraft
from tests import factories


def speak(licence: Licence) -> Generation:
    """Have a licence speak."""
    return Generation.objects.create(
        licence=licence, voice=licence.voice, voice_version=licence.voice_version,
        api_key=factories.make_key(licence)[0], state="settled", characters_reserved=9,
        characters_spoken=9, text_sha256="0" * 64, audio_format="mp3",
    )  # fmt: skip


def make_licensee(listing: Listing) -> User:
    """Somebody who paid for a licence and had the voice speak."""
    licence = factories.make_licence(listing)
    speak(licence)
    return licence.buyer


def draft(stars: int = 5, text: str = "Warm, clear and never tired.", **more: str) -> ReviewDraft:
    return ReviewDraft(stars, text, **{"use": "audiobook", **more})


def make_review(
    listing: Listing | None = None, by: User | None = None, stars: int = 5, **more: str
) -> Review:
    listing = listing or factories.make_listing()
    by = by or make_licensee(listing)
    return services.write_review(voice=listing.voice, draft=draft(stars, **more), by=by)


def seen(review: Review) -> str:
    """What the desk sends with a decision on a review as it is now."""
    return Review.objects.get(pk=review.pk).digest
