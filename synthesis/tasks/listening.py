"""Checks of what people send in: recordings, and readings of statements."""

from __future__ import annotations

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded

from marketplace import storage
from marketplace.consent import evidence, readings
from marketplace.consent import statement as statements
from marketplace.consent.models import Consent
from marketplace.moderation import searches
from marketplace.moderation.models import SpeakerSearch
from marketplace.queue import Work
from marketplace.voices import services as voices
from marketplace.voices.models import Recording
from synthesis.audio import decoding, quality
from synthesis.refusals import AudioRefused
from synthesis.tasks.marks import find_mark
from synthesis.tasks.retries import WHILE_STORE_AWAY
from synthesis.verification import reading_check
from synthesis.verification.hearing import ExpectedReading
from synthesis.verification.reading_check import Finding
from synthesis.watermark.interface import Verdict

MARKED_PART = 20.0  # seconds of an upload to search for our watermark at a time


@shared_task(name=Work.JUDGE_RECORDING, soft_time_limit=120, time_limit=150, **WHILE_STORE_AWAY)
def judge_recording(recording_id: int) -> None:
    """Measure an upload and accept or refuse it. Retried while the store is unavailable."""
    recording = Recording.objects.filter(pk=recording_id).first()
    if recording is None or recording.state != Recording.State.UPLOADED:
        return
    data = voices.recording_bytes(recording)
    try:
        decoded = decoding.decode(data)
        measured = quality.judge(decoded)
        _require_unmarked(decoded)
    except AudioRefused as refusal:
        voices.record_judgement(
            recording_id=recording_id, quality=None, code=refusal.code, message=str(refusal)
        )
    except SoftTimeLimitExceeded:
        voices.record_judgement(
            recording_id=recording_id,
            quality=None,
            code="too_slow",
            message="Reading this file took too long. Export it as WAV and upload that.",
        )
    else:
        voices.record_judgement(recording_id=recording_id, quality=measured.as_dict())


def _require_unmarked(recording: decoding.Recording) -> None:
    """Raise AudioRefused (own_watermark) if any part of a recording was spoken by this platform."""
    part = int(MARKED_PART * recording.rate)
    for start in range(0, max(1, len(recording.samples) - part // 2), part):
        samples = recording.samples[start : start + part]
        if find_mark(samples, recording.rate).verdict == Verdict.WATERMARKED:
            raise AudioRefused(
                "own_watermark",
                "This was spoken by this platform, not by a person. Record your own voice.",
            )


@shared_task(name=Work.VERIFY_CONSENT, soft_time_limit=180, time_limit=210, **WHILE_STORE_AWAY)
def verify_consent(consent_id: int) -> None:
    """Check the reading of a consent statement. Retried while the store is unavailable."""
    consent = Consent.objects.select_related("voice").get(pk=consent_id)
    if consent.state != Consent.State.CHECKING:
        return
    finding = _check_statement(consent)
    readings.decide(
        consent_id=consent_id,
        transcript=finding.transcript,
        scores=finding.scores,
        reason_code=finding.code,
        reason=finding.reason,
        doubtful=finding.doubtful,
    )


def _check_statement(consent: Consent) -> Finding:
    try:
        reading = decoding.decode(evidence.reading_of(consent), max_seconds=120)
    except AudioRefused as refusal:
        return reading_check.Finding("", {}, refusal.code, str(refusal))
    speaker = None
    if consent.compared:
        rows = consent.voice.recordings.filter(state=Recording.State.ACCEPTED)[:10]
        speaker = reading_check.speaker_of(
            [decoding.decode(voices.recording_bytes(row)) for row in rows]
        )
    expected = ExpectedReading(
        consent.statement,
        consent.phrase,
        terms=statements.terms_of(consent.statement, consent.uses),
        opening=statements.opening_of(consent.legal_name),
        listed=statements.WORDS,
    )
    return reading_check.check(reading, expected, speaker=speaker)


@shared_task(name=Work.HEAR_SEARCH, soft_time_limit=180, time_limit=210, **WHILE_STORE_AWAY)
def hear_search(search_id: int) -> None:
    """Check that a reading is live and has its words, and search for the speaker. Safe to repeat;
    retried while the store is unavailable."""
    search = SpeakerSearch.objects.get(pk=search_id)
    if search.state != SpeakerSearch.State.CHECKING:
        return
    data = storage.get_encrypted(search.recording_key, search.recording_sha256)
    try:
        reading = decoding.decode(data, max_seconds=120)
    except AudioRefused as refusal:
        searches.answer_search(
            search_id=search_id, scores={}, embedding=None, code=refusal.code, reason=str(refusal)
        )
        return
    expected = ExpectedReading(search.statement, search.phrase, searches.OPENING, statements.WORDS)
    finding = reading_check.check(reading, expected, speaker=None)
    embedding = None if finding.code else reading_check.speaker_of([reading]).ge2e.tolist()
    searches.answer_search(
        search_id=search_id,
        scores=finding.scores,
        embedding=embedding,
        code=finding.code,
        reason=finding.reason,
    )
