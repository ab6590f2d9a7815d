"""Reads on voices."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.voices.enrolments import STALLED_AFTER
from marketplace.voices.models import Enrolment, Recording, Voice, VoiceVersion


def voices_of(user: User) -> QuerySet[Voice]:
    """Voices whose creator is `user`."""
    return Voice.objects.filter(creator__user=user).order_by("-id")


def current_version(voice: Voice) -> VoiceVersion | None:
    """The newest enrolled version, with its previews."""
    return voice.versions.prefetch_related("previews").first()


def accepted_speech_seconds(voice: Voice) -> float:
    """Seconds of speech in recordings that were judged good."""
    accepted = voice.recordings.filter(state=Recording.State.ACCEPTED)
    return float(sum(recording.quality.get("speech_seconds", 0.0) for recording in accepted))


def stalled_enrolments(now: datetime | None = None) -> QuerySet[Enrolment]:
    """Enrolments whose worker died, or whose task never reached one."""
    now = now or timezone.now()
    return Enrolment.objects.filter(
        Q(state__in=Enrolment.OPEN, heartbeat_at__lt=now - STALLED_AFTER)
        | Q(state=Enrolment.State.QUEUED, heartbeat_at=None, created_at__lt=now - STALLED_AFTER)
    )
