"""Listening to clips that people want to know the origin of."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from marketplace import signing, storage
from marketplace.provenance import credentials, queries, services
from marketplace.provenance.models import Examination, Mark
from marketplace.storage import StorageUnavailable

LISTENED = 120.0  # seconds of a clip that are searched for a mark
LOWEST_RATE = 8_000
_FORMATS = {"wav": "wav", "mp3": "mp3", "flac": "flac"}


@shared_task(
    soft_time_limit=120,
    time_limit=150,
    autoretry_for=(StorageUnavailable,),
    retry_backoff=True,
    max_retries=5,
)
def examine(examination_id: int) -> None:
    """Look for a mark and a manifest in a clip. Safe to repeat; retried while the store is away."""
    from synthesis.audio.decoding import AudioRefused, decode
    from synthesis.tasks import marks
    from synthesis.watermark.methods import VERSIONS

    examination = Examination.objects.get(pk=examination_id)
    if examination.state != Examination.State.QUEUED:
        return
    data = storage.get(examination.storage_key)
    try:
        clip = decode(data, min_rate=LOWEST_RATE, whole=False)
    except AudioRefused as refusal:
        services.refuse_examination(
            examination_id=examination_id, code=refusal.code, reason=str(refusal)
        )
        return
    heard = clip.samples[: int(LISTENED * clip.rate)]
    found = marks.find_mark(heard, clip.rate)
    mark = None if found.payload is None else Mark.objects.filter(payload=found.payload).first()
    findings: dict[str, Any] = {
        "verdict": str(found.verdict),
        "score": found.score,
        "speed": found.speed,
        "seconds": found.seconds,
        "watermark": None if found.payload is None else f"{found.payload:08x}",
        "origin": None if mark is None else queries.origin_of(mark),
        "credentials": credentials.read(data, _FORMATS.get(clip.container, "")),
    }
    report = signing.sign(
        {
            "iss": "timbre",
            "sub": str(examination.public_id),
            "iat": int(timezone.now().timestamp()),
            "audio_sha256": examination.sha256,
            "detector": ", ".join(VERSIONS[name] for name in marks.methods()),
            **findings,
        }
    )
    services.finish_examination(
        examination_id=examination_id,
        verdict=str(found.verdict),
        findings=findings,
        mark=mark,
        report=report,
    )
