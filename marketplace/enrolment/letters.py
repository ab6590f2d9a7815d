"""What a creator is written when a voice is ready, or could not be made."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from marketplace.letters import services as letters
from marketplace.letters.kinds import Kind
from marketplace.voices.models import Enrolment, VoiceVersion


def tell_ready(version: VoiceVersion, before: VoiceVersion | None) -> None:
    """Write that a voice is ready; not if the engine alone is new, which its creator did not ask for."""
    anew = before is not None and before.engine_version != version.engine_version
    if version.enrolment.consent_id is None or anew:
        return
    name = version.voice.name
    _write(
        version.enrolment,
        f"{name} is ready to be heard",
        f"{name} has been learned from your recordings. Listen to it and compare it with yourself, choose what its "
        f"clips say, and set your prices:\n\n{_page(version.enrolment)}\n\nNobody else hears it until you submit "
        "the listing and a moderator has approved it.\n",
    )


def tell_failed(enrolment: Enrolment) -> None:
    """Write why a voice could not be made."""
    if enrolment.consent_id is None or enrolment.voice.versions.exists():
        return
    name = enrolment.voice.name
    _write(
        enrolment,
        f"{name} could not be made yet",
        f"{enrolment.error}\n\nYour recordings are still there:\n\n{_page(enrolment)}\n",
    )


def _page(enrolment: Enrolment) -> str:
    address = reverse("storefront:studio-voice", args=[enrolment.voice.public_id])
    return f"{settings.BASE_URL}{address}"


def _write(enrolment: Enrolment, subject: str, text: str) -> None:
    letters.write(
        to=[enrolment.voice.creator.user.email], subject=subject, text=text, kind=Kind.VOICE_READY
    )
