"""Letters to creators about their biography, and to followers about new voices."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from marketplace.accounts.models import User
from marketplace.letters import services as letters
from marketplace.letters.kinds import Kind
from marketplace.listings.models import Listing
from marketplace.profiles.models import Biography


def tell_of_sent_back(biography: Biography) -> None:
    """Tell a creator what to change in what they wrote."""

    def words() -> tuple[str, str]:
        page = settings.BASE_URL + reverse("storefront:studio-page")
        text = gettext(
            "A moderator has sent back what you wrote about yourself. They wrote: %(note)s\n\n"
            "What was shown before is still shown. You can change it here:"
        ) % {"note": biography.note}
        subject = gettext("Your page on %(platform)s") % {"platform": settings.PLATFORM_NAME}
        return subject, f"{text}\n{page}\n"

    letters.write(to=[biography.creator.user.email], words=words)


def tell_of_voices(user: User, listings: Sequence[Listing], token: str) -> None:
    """Tell a follower of voices that went on sale, with a link that stops such letters."""

    def words() -> tuple[str, str]:
        told = "\n\n".join(_described(each) for each in listings)
        stop = settings.BASE_URL + reverse("storefront:stop-letters", args=[token])
        count = len(listings)
        subject = ngettext(
            "%(count)s new voice on %(platform)s", "%(count)s new voices on %(platform)s", count
        ) % {"count": count, "platform": settings.PLATFORM_NAME}
        new = gettext("New on sale from creators whom you follow:")
        rest = gettext(
            "You get at most one such e-mail a day. To get none any more, open this link:"
        )
        return subject, f"{new}\n\n{told}\n\n{rest}\n{stop}\n"

    letters.write(to=[user.email], words=words, kind=Kind.NEW_VOICES)


def _described(listing: Listing) -> str:
    voice = listing.voice
    page = settings.BASE_URL + reverse("storefront:voice", args=[voice.slug])
    said = gettext("%(voice)s by %(creator)s") % {
        "voice": voice.name,
        "creator": voice.creator.display_name,
    }
    return f"{said}{f': {listing.headline}' if listing.headline else ''}\n{page}"
