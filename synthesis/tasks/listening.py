"""What people send in: is a recording good enough, is a statement what it should be?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded

from synthesis.tasks.marks import find_mark
from synthesis.tasks.retries import WHILE_STORE_AWAY

if TYPE_CHECKING:
    from marketplace.consent.models import Consent
    from synthesis.audio.decoding import Recording
    from synthesis.verification.statement import Finding

MARKED_PART = 20.0  # seconds of an upload that are searched for our watermark at a time


@shared_task(
    name="synthesis.tasks.judge_recording", soft_time_limit=120, time_limit=150, **WHILE_STORE_AWAY
)
def judge_recording(recording_id: int) -> None:
    """Measure an upload and accept or refuse it. Repeats while the store is away."""
    from marketplace.voices import services
    from marketplace.voices.models import Recording
    from synthesis.audio import decoding, quality

    recording = Recording.objects.filter(pk=recording_id).first()
    if recording is None or recording.state != Recording.State.UPLOADED:
        return
    data = services.recorded(recording)
    try:
        decoded = decoding.decode(data)
        measured = quality.judge(decoded)
        _require_unmarked(decoded)
    except decoding.AudioRefused as refusal:
        services.record_judgement(
            recording_id=recording_id, quality=None, code=refusal.code, message=str(refusal)
        )
    except SoftTimeLimitExceeded:
        services.record_judgement(
            recording_id=recording_id,
            quality=None,
            code="too_slow",
            message="Reading this file took too long. Export it as WAV and upload that.",
        )
    else:
        services.record_judgement(recording_id=recording_id, quality=measured.as_dict())


def _require_unmarked(recording: Recording) -> None:
    """Raise AudioRefused (own_watermark) where any part of a recording was spoken by this platform."""
    from synthesis.audio.decoding import AudioRefused
    from synthesis.watermark.interface import Verdict

    part = int(MARKED_PART * recording.rate)
    for start in range(0, max(1, len(recording.samples) - part // 2), part):
        samples = recording.samples[start : start + part]
        if find_mark(samples, recording.rate).verdict == Verdict.WATERMARKED:
            raise AudioRefused(
                "own_watermark",
                "This was spoken by this platform, not by a person. Record your own voice.",
            )


@shared_task(
    name="synthesis.tasks.verify_consent", soft_time_limit=180, time_limit=210, **WHILE_STORE_AWAY
)
def verify_consent(consent_id: int) -> None:
    """Check the reading of a consent statement. Repeats while the store is away."""
    from marketplace.consent import services
    from marketplace.consent.models import Consent

    consent = Consent.objects.select_related("voice").get(pk=consent_id)
    if consent.state != Consent.State.CHECKING:
        return
    found = _check_statement(consent)
    services.decide(
        consent_id=consent_id,
        transcript=found.transcript,
        scores=found.scores,
        reason_code=found.code,
        reason=found.reason,
        doubtful=found.doubtful,
    )


def _check_statement(consent: Consent) -> Finding:
    from marketplace.consent import evidence
    from marketplace.consent import statement as statements
    from marketplace.voices.models import Recording
    from marketplace.voices.services import recorded
    from synthesis.audio import decoding
    from synthesis.verification import statement
    from synthesis.verification.hearing import Asked

    try:
        reading = decoding.decode(evidence.reading_of(consent), max_seconds=120)
    except decoding.AudioRefused as refusal:
        return statement.Finding("", {}, refusal.code, str(refusal))
    speaker = None
    if consent.compared:
        rows = consent.voice.recordings.filter(state=Recording.State.ACCEPTED)[:10]
        speaker = statement.speaker_of([decoding.decode(recorded(row)) for row in rows])
    asked = Asked(
        consent.statement,
        consent.phrase,
        terms=statements.terms_of(consent.statement, consent.uses),
        opening=statements.opening_of(consent.legal_name),
        listed=statements.WORDS,
    )
    return statement.check(reading, asked, speaker=speaker)
