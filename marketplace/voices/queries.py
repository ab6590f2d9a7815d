"""Queries on voices."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet, Window
from django.db.models.functions import RowNumber

from marketplace.accounts.models import User
from marketplace.voices.models import Enrolment, Preview, Recording, Voice, VoiceVersion


def voices_of(user: User) -> QuerySet[Voice]:
    """Voices whose creator is `user`."""
    return Voice.objects.filter(creator__user=user).order_by("-id")


def current_version(voice: Voice) -> VoiceVersion | None:
    """The newest enrolled version, with its previews."""
    return voice.versions.prefetch_related("previews").first()


def current_versions(voices: Collection[int]) -> dict[int, VoiceVersion]:
    """The same of several voices, by their keys; without embeddings."""
    newest = VoiceVersion.objects.filter(voice__in=voices).order_by("voice_id", "-number")
    found = newest.distinct("voice_id").defer("embedding").prefetch_related("previews")
    return {version.voice_id: version for version in found}


def first_accepted(voices: Collection[int], most: int) -> dict[int, list[Recording]]:
    """The first accepted recordings of several voices, by the voices' keys."""
    place = Window(RowNumber(), partition_by="voice", order_by="id")
    accepted = Recording.objects.filter(voice__in=voices, state=Recording.State.ACCEPTED)
    found: dict[int, list[Recording]] = {}
    for recording in accepted.annotate(place=place).filter(place__lte=most):
        found.setdefault(recording.voice_id, []).append(recording)
    return found


def accepted_speech_seconds(voice: Voice) -> float:
    """Seconds of speech in accepted recordings."""
    accepted = voice.recordings.filter(state=Recording.State.ACCEPTED)
    return float(sum(recording.quality.get("speech_seconds", 0.0) for recording in accepted))


def accepted_seconds(voice: Voice) -> float:
    """Seconds of accepted recordings, pauses and all."""
    accepted = voice.recordings.filter(state=Recording.State.ACCEPTED)
    return float(sum(recording.quality.get("seconds", 0.0) for recording in accepted))


@dataclass(frozen=True)
class Work:
    """What is done for a voice now; `steps` differs whenever a step of the studio may look different."""

    steps: tuple[object, ...]
    enrolment: Enrolment | None


def state_of_work(voice: Voice) -> Work:
    """The state of a voice's recordings, consents, learning and clips, in few small queries."""
    enrolment = voice.enrolments.order_by("-id").first()
    learned = enrolment and (enrolment.pk, enrolment.state, enrolment.first_impression)
    return Work(
        steps=(
            *voice.recordings.values_list("id", "state"),
            *voice.consents.order_by("id").values_list("id", "state"),
            learned,
            *Preview.objects.filter(version__voice=voice).values_list(
                "id", "storage_key", "refused"
            ),
        ),
        enrolment=enrolment if enrolment and enrolment.state in Enrolment.OPEN else None,
    )
