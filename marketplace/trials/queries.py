"""Queries on trials: whose they are, what is heard of them, what is told about them."""

from __future__ import annotations

from datetime import timedelta

from django.core.cache import cache
from django.utils import timezone

from marketplace.api.speaking import refusal_of
from marketplace.listings.queries import listing_on_sale
from marketplace.refusals import SpeechRefused
from marketplace.retelling import retell
from marketplace.trials.models import Trial
from marketplace.voices.models import VoiceVersion

KEPT = timedelta(minutes=10)  # that a finished trial can be heard again


def audio_key(trial: Trial) -> str:
    """Where the finished audio of a trial is kept."""
    return f"trial:{trial.public_id}"


def audio_of(trial: Trial) -> bytes | None:
    """The finished audio, while it is kept."""
    kept: bytes | None = cache.get(audio_key(trial))
    return kept


def heard_before(*, holder: str, version: VoiceVersion, text_sha256: str) -> Trial | None:
    """A holder's trial of the same line and voice that is being spoken or can still be heard."""
    found = (
        Trial.objects.filter(holder=holder, voice_version=version, text_sha256=text_sha256)
        .filter(created_at__gt=timezone.now() - KEPT)
        .filter(state__in=(*Trial.UNDER_WAY, Trial.State.SPOKEN))
        .first()
    )
    if found is None or (found.state == Trial.State.SPOKEN and audio_of(found) is None):
        return None
    return found


def waiting(trial_id: int) -> Trial | None:
    """A trial that nobody has begun to speak."""
    return (
        Trial.objects.filter(pk=trial_id, state=Trial.State.ASKED)
        .select_related("voice", "voice_version")
        .first()
    )


def may_be_heard(trial: Trial) -> bool:
    """Whether its voice is on sale now, as it was when the trial was asked for."""
    listing = listing_on_sale(trial.voice.slug)
    return listing is not None and listing.version_id == trial.voice_version_id


def refused(trial: Trial) -> SpeechRefused | None:
    """The answer to whoever asked for what was not spoken; None for everything else."""
    if trial.state == Trial.State.REFUSED and trial.reason:
        return SpeechRefused(
            403 if trial.code == "text_refused" else 422, trial.code, retell(trial.reason)
        )
    if trial.state in (Trial.State.REFUSED, Trial.State.FAILED):
        return refusal_of(trial.code)
    return None
