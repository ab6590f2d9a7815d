"""What a creator is written when a voice is ready, or could not be made."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from marketplace.letters import services as letters
from marketplace.letters.kinds import Kind
from marketplace.retelling import retell
from marketplace.voices.models import Enrolment, VoiceVersion


def tell_ready(version: VoiceVersion, before: VoiceVersion | None) -> None:
    """Write that a voice is ready; not if the engine alone is new, which its creator did not ask for."""
    anew = before is not None and before.engine_version != version.engine_version
    if version.enrolment.consent_id is None or anew:
        return

    def words() -> tuple[str, str]:
        said = {"voice": version.voice.name, "page": _page(version.enrolment)}
        subject = gettext("%(voice)s is ready to be heard") % said
        text = gettext(
            "%(voice)s has been learned from your recordings. Listen to it and compare it with yourself, choose what "
            "its clips say, and set your prices:\n\n%(page)s\n\nNobody else hears it until you submit the listing "
            "and a moderator has approved it.\n"
        )
        return subject, text % said

    _write(version.enrolment, words)


def tell_failed(enrolment: Enrolment) -> None:
    """Write why a voice could not be made."""
    if enrolment.consent_id is None or enrolment.voice.versions.exists():
        return

    def words() -> tuple[str, str]:
        said = {
            "voice": enrolment.voice.name,
            "reason": retell(enrolment.error),
            "page": _page(enrolment),
        }
        subject = gettext("%(voice)s could not be made yet") % said
        return subject, gettext(
            "%(reason)s\n\nYour recordings are still there:\n\n%(page)s\n"
        ) % said

    _write(enrolment, words)


def _page(enrolment: Enrolment) -> str:
    address = reverse("storefront:studio-voice", args=[enrolment.voice.public_id])
    return f"{settings.BASE_URL}{address}"


def _write(enrolment: Enrolment, words: letters.Words) -> None:
    letters.write(to=[enrolment.voice.creator.user.email], words=words, kind=Kind.VOICE_READY)
