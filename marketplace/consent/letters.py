"""What somebody whose reading was with moderators is written: that it counts, or why not."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from marketplace.consent.models import Consent
from marketplace.letters import services as letters


def tell_decided(consent: Consent) -> None:
    """Write to whoever read the statement what moderators decided; an estate read none and hears from them."""
    if consent.given_by == Consent.GivenBy.ESTATE:
        return
    words = _agreed if consent.state == Consent.State.VERIFIED else _refused
    invitation = consent.invitation
    address = consent.voice.creator.user.email if invitation is None else invitation.email
    letters.write(to=[address], words=lambda: words(consent))


def _agreed(consent: Consent) -> tuple[str, str]:
    said = {"voice": consent.voice.name, "where": _where(consent)}
    subject = gettext("Your consent for %(voice)s counts") % said
    return subject, gettext(
        "A moderator has listened to your reading for %(voice)s, and your consent counts from now on. "
        "%(where)s\n"
    ) % said


def _refused(consent: Consent) -> tuple[str, str]:
    said = {"voice": consent.voice.name, "note": consent.reason, "where": _where(consent)}
    subject = gettext("Your reading for %(voice)s was not accepted") % said
    return subject, gettext(
        "A moderator has listened to your reading for %(voice)s and did not accept it. They wrote: "
        "%(note)s\n\nYou can read a new statement. %(where)s\n"
    ) % said


def _where(consent: Consent) -> str:
    """Where the reader goes on; the link of an invited speaker is not stored, and is in their first letter."""
    if consent.invitation_id is not None:
        return gettext("Open the link that we sent you before to see it.")
    address = reverse("storefront:studio-voice", args=[consent.voice.public_id])
    return gettext("Go on in the studio:\n\n%(page)s") % {"page": f"{settings.BASE_URL}{address}"}
