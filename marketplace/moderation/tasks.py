"""Listening to people who look for their own voice."""

from __future__ import annotations

from celery import shared_task

from marketplace import storage
from marketplace.consent import statement as statements
from marketplace.moderation import searches
from marketplace.moderation.models import SpeakerSearch
from marketplace.storage import StorageUnavailable


@shared_task(
    soft_time_limit=180,
    time_limit=210,
    autoretry_for=(StorageUnavailable,),
    retry_backoff=True,
    max_retries=5,
)
def hear_search(search_id: int) -> None:
    """Check that a reading is live and of its words, and look for the speaker. Safe to repeat;
    retried while the store is away."""
    from synthesis.audio import decoding
    from synthesis.verification import statement
    from synthesis.verification.hearing import Asked

    search = SpeakerSearch.objects.get(pk=search_id)
    if search.state != SpeakerSearch.State.CHECKING:
        return
    data = storage.get_encrypted(search.recording_key, search.recording_sha256)
    try:
        reading = decoding.decode(data, max_seconds=120)
    except decoding.AudioRefused as refusal:
        searches.answer_search(
            search_id=search_id, scores={}, embedding=None, code=refusal.code, reason=str(refusal)
        )
        return
    asked = Asked(search.statement, search.phrase, searches.OPENING, statements.WORDS)
    found = statement.check(reading, asked, speaker=None)
    embedding = None if found.code else statement.speaker_of([reading]).ge2e.tolist()
    searches.answer_search(
        search_id=search_id,
        scores=found.scores,
        embedding=embedding,
        code=found.code,
        reason=found.reason,
    )


@shared_task
def forget_searches() -> None:
    """Erase what people read in searches that are over. Harmless to repeat."""
    searches.forget_searches()
