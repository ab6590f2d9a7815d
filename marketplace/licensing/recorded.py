"""Whether what is to be spoken is what was reserved: nothing else is spoken on its record."""

from __future__ import annotations

import hashlib

from marketplace.licensing.models import Generation
from marketplace.refusals import SpeechRefused
from synthesis.speech_request import SpeechRequest
from synthesis.text.wording import Wording


def digest_of(wording: Wording) -> str:
    """SHA-256, in hex, of what is heard."""
    return hashlib.sha256(wording.spoken.encode()).hexdigest()


def is_as_recorded(generation: Generation, wanted: SpeechRequest) -> bool:
    """Whether a request has the text, voice and use that were reserved; it may leave the use to its key."""
    return (
        digest_of(wanted.wording) == generation.text_sha256
        and wanted.voice == generation.voice.slug
        and wanted.use in ("", generation.use)
    )


def require_as_recorded(generation: Generation, wanted: SpeechRequest) -> None:
    """Refuse to speak on a record what was not reserved with it.

    Raises:
        SpeechRefused: not_as_reserved.
    """
    if not is_as_recorded(generation, wanted):
        raise SpeechRefused(
            422,
            "not_as_reserved",
            "This is no longer what was accepted, so it is not spoken; send it again.",
        )
