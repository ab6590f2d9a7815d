"""Verbs of those who look for their own voice: read live, see what is like it, say no for ever."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from marketplace import storage
from marketplace.compliance import audit
from marketplace.consent import statement as statements
from marketplace.consent.readings import require_recorder
from marketplace.moderation import services
from marketplace.moderation.models import ProtectedVoice, SearchMatch, SpeakerSearch
from marketplace.queue import Work, at_commit
from marketplace.refusals import Refused
from synthesis.verification import encoders

STATEMENT = (
    "On {date} I ask {platform} whether my own voice is here. I say this myself, live and alone, "
    "and nobody else is heard with me. My words are: {phrase}."
)
OPENING = "I ask whether my own voice is here."  # how every reading goes, for the listener
KEPT = timedelta(hours=1)  # that a reading and its embedding may be acted on; then both are erased
State = SpeakerSearch.State


def begin_search() -> SpeakerSearch:
    """A statement with a fresh phrase, to be read within ten minutes; no account, no name."""
    now, phrase = timezone.now(), statements.fresh_phrase()
    return SpeakerSearch.objects.create(
        statement=STATEMENT.format(
            date=f"{now:%B} {now.day}, {now.year}",
            platform=settings.PLATFORM_NAME,
            phrase=", ".join(phrase.split()),
        ),
        phrase=phrase,
        expires_at=now + timedelta(seconds=settings.CONSENT_PHRASE_SECONDS),
    )


def record_reading(*, search: SpeakerSearch, data: bytes) -> SpeakerSearch:
    """Keep the reading for an hour at most and have it listened to.

    Raises:
        Refused: challenge_used, challenge_expired, not_from_microphone.
        StorageUnavailable: try again.
    """
    if timezone.now() > search.expires_at:
        raise Refused(
            "challenge_expired", "The words were valid for ten minutes. Ask for new ones."
        )
    require_recorder(data)
    key = f"searches/{storage.random_name()}"
    sha256 = storage.put_encrypted(key, data)
    with transaction.atomic():
        search = SpeakerSearch.objects.select_for_update().get(pk=search.pk)
        if search.state != State.CHALLENGED:
            raise Refused("challenge_used", "This statement was read already. Ask for a new one.")
        search.recording_key, search.recording_sha256 = key, sha256
        search.recorded_at = timezone.now()
        search.save(update_fields=["recording_key", "recording_sha256", "recorded_at"])
        search.transition(State.CHECKING)
        at_commit(Work.HEAR_SEARCH, search.pk)
    return search


def answer_search(
    *,
    search_id: int,
    scores: dict[str, Any],
    embedding: Sequence[float] | None,
    code: str = "",
    reason: str = "",
) -> None:
    """Keep what a live reading is like, or why it is not taken for one; once."""
    with transaction.atomic():
        search = SpeakerSearch.objects.select_for_update().get(pk=search_id)
        if search.state != State.CHECKING:
            return
        search.scores, search.reason_code, search.reason = scores, code, reason
        if code or embedding is None:
            _forget_reading(search)
            search.save(update_fields=["scores", "reason_code", "reason"])
            search.transition(State.REFUSED)
            return
        search.embedding = list(embedding)
        search.save(update_fields=["scores", "reason_code", "reason", "embedding"])
        SearchMatch.objects.bulk_create(_matches(search, embedding))
        search.transition(State.ANSWERED)


def _matches(search: SpeakerSearch, embedding: Sequence[float]) -> list[SearchMatch]:
    protected = services.alike(ProtectedVoice.objects.filter(lifted_at=None), embedding)
    return [SearchMatch(search=search, protected=row, score=score) for row, score in protected] + [
        SearchMatch(search=search, voice=voice, score=score)
        for voice, score in services.enrolled_alike(embedding)
    ]


def locked_answer(search: SpeakerSearch) -> SpeakerSearch:
    """An answered search under lock, while it may be acted on; call it in a transaction.

    Raises:
        Refused: search_over.
    """
    search = SpeakerSearch.objects.select_for_update().get(pk=search.pk)
    if search.state != State.ANSWERED or search.embedding is None:
        raise Refused("search_over", "What you read is forgotten by now. Read a new statement.")
    return search


def opt_out(*, search: SpeakerSearch) -> ProtectedVoice:
    """Put whoever read on the list of those whom nobody may enrol. The embedding alone is kept;
    a second time changes nothing.

    Raises:
        Refused: search_over.
    """
    with transaction.atomic():
        search = locked_answer(search)
        known = search.matches.filter(
            protected__reason=ProtectedVoice.Reason.OPTED_OUT, protected__lifted_at=None
        ).first()
        if known is not None and known.protected is not None:
            return known.protected
        protected = services.protect(
            embedding=list(search.embedding),
            reason=ProtectedVoice.Reason.OPTED_OUT,
            encoder=encoders.GE2E,
            by=None,
        )
        SearchMatch.objects.create(search=search, protected=protected, score=0.0)
    return protected


def lift_opt_out(*, search: SpeakerSearch) -> int:
    """Take whoever read off that list again; returns how many places they had on it.

    Raises:
        Refused: search_over.
    """
    with transaction.atomic():
        search = locked_answer(search)
        places = ProtectedVoice.objects.select_for_update().filter(
            pk__in=search.matches.values("protected"),
            reason=ProtectedVoice.Reason.OPTED_OUT,
            lifted_at=None,
        )
        for place in places:
            place.lifted_at = timezone.now()
            # nobody needs to be told from others any more
            place.embedding = [1.0] + [0.0] * 255
            place.save(update_fields=["lifted_at", "embedding"])
            audit.record(actor=None, action="voice.unprotected", subject=place)
    return len(places)


def _forget_reading(search: SpeakerSearch) -> None:
    """Erase a reading and what was measured of the voice; what was decided on it stands."""
    key = search.recording_key
    search.recording_key, search.embedding = "", None
    search.save(update_fields=["recording_key", "embedding"])
    if key:
        at_commit(Work.DELETE_OBJECT, key)


def forget_searches() -> int:
    """Erase readings and embeddings of searches older than an hour; returns how many there were."""
    old = SpeakerSearch.objects.filter(created_at__lt=timezone.now() - KEPT).exclude(
        state=State.FORGOTTEN
    )
    count = 0
    for pk in old.values_list("pk", flat=True):
        with transaction.atomic():
            search = SpeakerSearch.objects.select_for_update().get(pk=pk)
            _forget_reading(search)
            search.matches.all().delete()
            search.transition(State.FORGOTTEN)
            count += 1
    return count
