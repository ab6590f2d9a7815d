"""Checks of what people send in: recordings, and readings of statements."""

from __future__ import annotations

from collections.abc import Iterator

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.utils.translation import gettext_noop

from marketplace import storage
from marketplace.attempts import counted
from marketplace.consent import evidence, readings
from marketplace.consent import statement as statements
from marketplace.consent.models import Consent
from marketplace.moderation import searches
from marketplace.moderation.models import SpeakerSearch
from marketplace.queue import Work
from marketplace.voices import services as voices
from marketplace.voices.models import Recording, Voice
from synthesis.audio import decoding, quality
from synthesis.refusals import AudioRefused, TooSlow
from synthesis.tasks.marks import find_mark
from synthesis.tasks.retries import WHILE_SLOW_OR_STORE_AWAY, WHILE_STORE_AWAY
from synthesis.verification import reading_check
from synthesis.verification.hearing import ExpectedReading
from synthesis.verification.reading_check import Finding
from synthesis.watermark.interface import Verdict

RECORDINGS_COMPARED = 10  # with a reading
_NOT_IN_TIME = gettext_noop(
    "We could not check this recording in time. We keep it; nothing need be wrong with it."
)
_NOT_HEARD_IN_TIME = gettext_noop(
    "We were too slow to listen to your reading; nothing need be wrong with it. Read a new statement."
)
MARKED_PART = 20.0  # seconds of an upload to search for our watermark at a time


@shared_task(name=Work.JUDGE_RECORDING, soft_time_limit=120, time_limit=150, **WHILE_STORE_AWAY)
def judge_recording(recording_id: int) -> None:
    """Measure an upload and accept or refuse it. Retried while the store is unavailable."""
    recording = Recording.objects.filter(pk=recording_id).first()
    if recording is None or recording.state != Recording.State.UPLOADED:
        return
    with counted(recording) as may_begin:
        if may_begin:
            _judge(recording)
        else:
            voices.give_up_judging(recording_id=recording_id)


def _judge(recording: Recording) -> None:
    data = voices.recording_bytes(recording)
    try:
        decoded = decoding.decode(data)
        if not voices.has_time_left(recording.voice, decoded.seconds):
            raise AudioRefused(*voices.too_much_speech())
        measured = quality.judge(decoded)
        _require_unmarked(decoded)
    except AudioRefused as refusal:
        voices.record_judgement(
            recording_id=recording.pk, quality=None, code=refusal.code, message=str(refusal)
        )
    except (SoftTimeLimitExceeded, TooSlow):
        voices.record_judgement(
            recording_id=recording.pk,
            quality=None,
            code=Recording.TOO_SLOW,
            message=_NOT_IN_TIME,
        )
    else:
        voices.record_judgement(recording_id=recording.pk, quality=measured.as_dict())


def _require_unmarked(recording: decoding.Recording) -> None:
    """Raise AudioRefused (own_watermark) if any part of a recording was spoken by this platform."""
    part = int(MARKED_PART * recording.rate)
    last = max(0, len(recording.samples) - part)
    for start in (*range(0, last, part), last):
        samples = recording.samples[start : start + part]
        if find_mark(samples, recording.rate).verdict == Verdict.WATERMARKED:
            raise AudioRefused(
                "own_watermark",
                "This was spoken by this platform, not by a person. Record your own voice.",
            )


@shared_task(
    name=Work.VERIFY_CONSENT, soft_time_limit=180, time_limit=210, **WHILE_SLOW_OR_STORE_AWAY
)
def verify_consent(consent_id: int) -> None:
    """Check the reading of a consent statement. Retried while the store is away or the check too slow."""
    consent = Consent.objects.select_related("voice").get(pk=consent_id)
    if consent.state != Consent.State.CHECKING:
        return
    with counted(consent) as may_begin:
        if not may_begin:
            readings.give_up_check(consent_id=consent_id)
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
        _require_unmarked(reading)
    except AudioRefused as refusal:
        return reading_check.Finding("", {}, refusal.code, str(refusal))
    speaker = None
    if consent.compared:
        speaker = reading_check.speaker_of(_compared_with(consent.voice))
    expected = ExpectedReading(
        consent.statement,
        consent.phrase,
        terms=statements.terms_of(consent.statement, consent.uses),
        opening=statements.opening_of(consent.legal_name),
        listed=statements.WORDS,
    )
    return reading_check.check(reading, expected, speaker=speaker)


def _compared_with(voice: Voice) -> Iterator[decoding.Recording]:
    """What a reading is compared with: each recording's share of five minutes, one after the other,
    as a quarter of an hour takes 170 MB.
    """
    rows = list(voice.recordings.filter(state=Recording.State.ACCEPTED)[:RECORDINGS_COMPARED])
    for row in rows:
        yield reading_check.most_spoken(
            decoding.decode(voices.recording_bytes(row)), reading_check.COMPARED / len(rows)
        )


@shared_task(name=Work.HEAR_SEARCH, soft_time_limit=180, time_limit=210, **WHILE_STORE_AWAY)
def hear_search(search_id: int) -> None:
    """Check that a reading is live and has its words, and search for the speaker. Safe to repeat;
    retried while the store is unavailable."""
    search = SpeakerSearch.objects.get(pk=search_id)
    if search.state != SpeakerSearch.State.CHECKING:
        return
    try:
        _hear(search)
    except AudioRefused as refusal:
        searches.answer_search(
            search_id=search_id, scores={}, embedding=None, code=refusal.code, reason=str(refusal)
        )
    except (SoftTimeLimitExceeded, TooSlow):
        searches.answer_search(
            search_id=search_id,
            scores={},
            embedding=None,
            code="too_slow",
            reason=_NOT_HEARD_IN_TIME,
        )


def _hear(search: SpeakerSearch) -> None:
    data = storage.get_encrypted(search.recording_key, search.recording_sha256)
    reading = decoding.decode(data, max_seconds=120)
    _require_unmarked(reading)
    expected = ExpectedReading(search.statement, search.phrase, searches.OPENING, statements.WORDS)
    finding = reading_check.check(reading, expected, speaker=None)
    embedding = None if finding.code else reading_check.speaker_of([reading]).ge2e.tolist()
    searches.answer_search(
        search_id=search.pk,
        scores=finding.scores,
        embedding=embedding,
        code=finding.code,
        reason=finding.reason,
    )
