"""Searches for one's own voice: read live, see what matches, opt out for good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from marketplace import storage
from marketplace.compliance import audit
from marketplace.consent import statement as statements
from marketplace.consent.readings import require_recorder
from marketplace.in_line import LEFT, require_place, take_place
from marketplace.moderation import services
from marketplace.moderation.models import ProtectedVoice, SearchMatch, SpeakerSearch, Takedown
from marketplace.queue import Work, at_commit
from marketplace.refusals import Refused
from synthesis.verification import encoders

STATEMENT = (
    "On {date} I ask {platform} whether my own voice is here. I say this myself, live and alone, "
    "and nobody else is heard with me. My words are: {phrase}."
)
OPENING = "I ask whether my own voice is here."  # the gist of every reading, as a hint for speech recognition
KEPT = timedelta(hours=1)  # that a reading and its embedding can be used; then both are erased
State = SpeakerSearch.State
_FOLDER = "searches"


def begin_search() -> SpeakerSearch:
    """Issue a statement with a fresh phrase, to be read within ten minutes, without account or name."""
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


def record_reading(*, search: SpeakerSearch, data: bytes, sender: str) -> SpeakerSearch:
    """Store the reading for about an hour and queue its check; sender: by `in_line.sender_of`.

    Raises:
        Refused: challenge_used, challenge_expired, not_from_microphone.
        SpeechRefused: rate_limited (429).
        StorageUnavailable: try again.
    """
    if timezone.now() > search.expires_at:
        raise Refused(
            "challenge_expired", gettext("The words were valid for ten minutes. Ask for new ones.")
        )
    require_recorder(data)
    require_place(SpeakerSearch.objects, sender)
    with transaction.atomic():
        search = SpeakerSearch.objects.select_for_update(no_key=True).get(pk=search.pk)
        if search.state != State.CHALLENGED:
            raise Refused(
                "challenge_used",
                gettext("This statement has already been read. Ask for a new one."),
            )
        key = f"{_FOLDER}/{storage.random_name()}"
        sha256 = storage.put_encrypted(key, data)
        search.recording_key, search.recording_sha256 = key, sha256
        search.recorded_at = timezone.now()
        search.save(update_fields=["recording_key", "recording_sha256", "recorded_at"])
        take_place(sender, partial(_stand, search))
        search.transition(State.CHECKING)
        at_commit(Work.HEAR_SEARCH, search.pk)
    return search


def _stand(search: SpeakerSearch, sender: str, place: int) -> None:
    search.sender, search.place = sender, place
    search.save(update_fields=["sender", "place"])


def answer_search(
    *,
    search_id: int,
    scores: dict[str, Any],
    embedding: Sequence[float] | None,
    code: str = "",
    reason: str = "",
) -> None:
    """Record what a live reading matches, or why it was refused; a repeat changes nothing."""
    with transaction.atomic():
        search = SpeakerSearch.objects.select_for_update(no_key=True).get(pk=search_id)
        if search.state != State.CHECKING:
            return
        search.scores, search.reason_code, search.reason = scores, code, reason
        search.leave_line()
        if code or embedding is None:
            _forget_reading(search)
            search.save(update_fields=["scores", "reason_code", "reason", *LEFT])
            search.transition(State.REFUSED)
            return
        search.embedding = list(embedding)
        search.save(update_fields=["scores", "reason_code", "reason", "embedding", *LEFT])
        SearchMatch.objects.bulk_create(_matches(search, embedding))
        search.transition(State.ANSWERED)


def _matches(search: SpeakerSearch, embedding: Sequence[float]) -> list[SearchMatch]:
    protected = services.matching_rows(ProtectedVoice.objects.filter(lifted_at=None), embedding)
    return [SearchMatch(search=search, protected=row, score=score) for row, score in protected] + [
        SearchMatch(search=search, voice=voice, score=score)
        for voice, score in services.enrolled_matches(embedding)
    ]


def lock_answer(search: SpeakerSearch) -> SpeakerSearch:
    """Lock an answered search that can still be used; call it in a transaction.

    Raises:
        Refused: search_over.
    """
    search = SpeakerSearch.objects.select_for_update(no_key=True).get(pk=search.pk)
    if search.state != State.ANSWERED or search.embedding is None:
        raise Refused(
            "search_over", gettext("Your reading has been erased by now. Read a new statement.")
        )
    return search


def opt_out(*, search: SpeakerSearch) -> ProtectedVoice:
    """Put the reader on the list of those whom nobody may enrol. Only the embedding is stored;
    a repeat changes nothing.

    Raises:
        Refused: search_over.
    """
    with transaction.atomic():
        search = lock_answer(search)
        existing = search.matches.filter(
            protected__reason=ProtectedVoice.Reason.OPTED_OUT, protected__lifted_at=None
        ).first()
        if existing is not None and existing.protected is not None:
            return existing.protected
        protected = services.protect(
            embedding=list(search.embedding),
            reason=ProtectedVoice.Reason.OPTED_OUT,
            encoder=encoders.GE2E,
            by=None,
        )
        SearchMatch.objects.create(search=search, protected=protected, score=0.0)
    return protected


def lift_opt_out(*, search: SpeakerSearch) -> int:
    """Take the reader off that list; returns how many entries were lifted.

    Raises:
        Refused: search_over.
    """
    with transaction.atomic():
        search = lock_answer(search)
        places = ProtectedVoice.objects.select_for_update(no_key=True).filter(
            pk__in=search.matches.values("protected"),
            reason=ProtectedVoice.Reason.OPTED_OUT,
            lifted_at=None,
        )
        for place in places:
            place.lifted_at = timezone.now()
            # nobody has to be distinguished by it any more
            place.embedding = [1.0] + [0.0] * 255
            place.save(update_fields=["lifted_at", "embedding"])
            audit.record(actor=None, action="voice.unprotected", subject=place)
    return len(places)


def _forget_reading(search: SpeakerSearch) -> None:
    """Erase a reading and its measurements; decisions based on it stand."""
    key = search.recording_key
    search.recording_key, search.embedding = "", None
    search.leave_line()
    search.save(update_fields=["recording_key", "embedding", *LEFT])
    if key:
        at_commit(Work.DELETE_OBJECT, key)


def forget_searches() -> int:
    """Erase readings and embeddings of searches older than an hour; returns how many there were.

    Readings that no search and no takedown has any more are erased with them.
    """
    old = SpeakerSearch.objects.filter(created_at__lt=timezone.now() - KEPT).exclude(
        state=State.FORGOTTEN
    )
    count = 0
    for pk in old.values_list("pk", flat=True):
        with transaction.atomic():
            search = SpeakerSearch.objects.select_for_update(no_key=True).get(pk=pk)
            _forget_reading(search)
            search.matches.all().delete()
            search.transition(State.FORGOTTEN)
            count += 1
    named = {
        key
        for model in (SpeakerSearch, Takedown)
        for key in model._default_manager.exclude(recording_key="").values_list(
            "recording_key", flat=True
        )
    }
    storage.delete_strays(_FOLDER, named)
    return count
