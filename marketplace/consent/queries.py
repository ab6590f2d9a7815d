"""Reads on consent."""

from __future__ import annotations

from marketplace.consent.models import Consent
from marketplace.voices.models import Voice


def living_consent(voice: Voice) -> Consent | None:
    """The verified consent a voice speaks under; None where there is none."""
    return voice.consents.filter(state=Consent.State.VERIFIED).first()


def latest_consent(voice: Voice) -> Consent | None:
    """The newest consent of any state."""
    return voice.consents.first()


def may_speak(voice: Voice) -> bool:
    """Whether consent allows speech at this moment; a synthetic voice has no one to ask."""
    return voice.synthetic or living_consent(voice) is not None
