"""Letters about a person's data: a copy that is ready, an erasure, and the erasure of an uploaded voice."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.letters import services as letters
from marketplace.voices.models import Voice


def tell_of_copy(user: User, days: int) -> None:
    """Tell somebody that the copy they asked for is ready, and for how many days."""

    def words() -> tuple[str, str]:
        link = settings.BASE_URL + reverse("storefront:privacy")
        said = {"platform": settings.PLATFORM_NAME, "days": days, "link": link}
        text = gettext(
            "The copy of your data that you asked for is ready. Only you can download it, for "
            "%(days)s days or until a newer one is made:\n%(link)s"
        )
        return gettext("Your data from %(platform)s") % said, f"{text % said}\n"

    letters.write(to=[user.email], words=words)


def tell_of_erasure(address: str, language: str, link: str) -> None:
    """Tell somebody what was erased and kept; language: what their account had chosen."""

    def words() -> tuple[str, str]:
        said = {"platform": settings.PLATFORM_NAME, "link": link}
        text = gettext(
            "Everything that %(platform)s knew about you has been erased, as you asked.\n\n"
            "What was deleted, and what the law makes us keep and for how long, is listed here; the page "
            "does not show your name:\n%(link)s"
        )
        return gettext("Erased from %(platform)s") % said, f"{text % said}\n"

    letters.write(to=[address], words=words, language=language)


def tell_of_erased_speaker(voice: Voice) -> None:
    """Tell a creator that the speaker of a voice had everything about them erased."""

    def words() -> tuple[str, str]:
        said = {"voice": voice.name, "platform": settings.PLATFORM_NAME}
        text = gettext(
            "The person whose voice is “%(voice)s” has had all their data erased from %(platform)s: "
            "recordings, consent, voice template and examples.\n\n"
            "It is off sale and silent for everyone, for good. Your earnings from it remain yours. If you "
            "have already asked for a copy of your data, ask again a day after that; it held their "
            "recordings and was deleted."
        )
        return gettext("%(voice)s is silent") % said, f"{text % said}\n"

    letters.write(to=[voice.creator.user.email], words=words)
