"""Queries on voices."""

from __future__ import annotations

from django.db.models import QuerySet

from marketplace.accounts.models import User
from marketplace.voices.models import Recording, Voice, VoiceVersion


def voices_of(user: User) -> QuerySet[Voice]:
    """Voices whose creator is `user`."""
    return Voice.objects.filter(creator__user=user).order_by("-id")


def current_version(voice: Voice) -> VoiceVersion | None:
    """The newest enrolled version, with its previews."""
    return voice.versions.prefetch_related("previews").first()


def accepted_speech_seconds(voice: Voice) -> float:
    """Seconds of speech in accepted recordings."""
    accepted = voice.recordings.filter(state=Recording.State.ACCEPTED)
    return float(sum(recording.quality.get("speech_seconds", 0.0) for recording in accepted))


def accepted_seconds(voice: Voice) -> float:
    """Seconds of accepted recordings, pauses and all."""
    accepted = voice.recordings.filter(state=Recording.State.ACCEPTED)
    return float(sum(recording.quality.get("seconds", 0.0) for recording in accepted))
