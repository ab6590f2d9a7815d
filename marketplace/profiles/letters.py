"""Letters to creators about their biography, and to followers about new voices."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.letters import services as letters
from marketplace.letters.kinds import Kind
from marketplace.listings.models import Listing
from marketplace.profiles.models import Biography


def tell_of_sent_back(biography: Biography) -> None:
    """Tell a creator what to change in what they wrote."""
    page = settings.BASE_URL + reverse("storefront:studio-page")
    letters.write(
        to=[biography.creator.user.email],
        subject=f"Your page on {settings.PLATFORM_NAME}",
        text=f"A moderator has sent back what you wrote about yourself. They wrote: {biography.note}\n\n"
        f"What was shown before is still shown. You can change it here:\n{page}\n",
    )


def tell_of_voices(user: User, listings: Sequence[Listing], token: str) -> None:
    """Tell a follower of voices that went on sale, with a link that stops such letters."""
    told = "\n\n".join(_described(each) for each in listings)
    stop = settings.BASE_URL + reverse("storefront:stop-letters", args=[token])
    count = len(listings)
    letters.write(
        to=[user.email],
        subject=f"{count} new voice{'s' * (count != 1)} on {settings.PLATFORM_NAME}",
        text=f"New on sale from creators whom you follow:\n\n{told}\n\n"
        f"You get at most one such e-mail a day. To get none any more, open this link:\n{stop}\n",
        kind=Kind.NEW_VOICES,
    )


def _described(listing: Listing) -> str:
    voice = listing.voice
    page = settings.BASE_URL + reverse("storefront:voice", args=[voice.slug])
    headline = f": {listing.headline}" if listing.headline else ""
    return f"{voice.name} by {voice.creator.display_name}{headline}\n{page}"
