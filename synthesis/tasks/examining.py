"""Examination of clips whose origin people want to know."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from marketplace import signing, storage
from marketplace.attempts import counted
from marketplace.provenance import credentials, queries, services
from marketplace.provenance.models import Examination, Mark
from marketplace.queue import Work
from synthesis.audio.decoding import decode
from synthesis.refusals import AudioRefused
from synthesis.tasks import marks
from synthesis.tasks.retries import WHILE_STORE_AWAY
from synthesis.watermark.methods import VERSIONS

MAX_LISTENED = 120.0  # seconds of a clip to search for a mark
MIN_RATE = 8_000  # Hz
_FORMATS = {"wav": "wav", "mp3": "mp3", "flac": "flac"}


@shared_task(name=Work.EXAMINE, soft_time_limit=120, time_limit=150, **WHILE_STORE_AWAY)
def examine(examination_id: int) -> None:
    """Look for a mark and a manifest in a clip. Safe to repeat; retried while the store is away."""
    examination = Examination.objects.get(pk=examination_id)
    if examination.state != Examination.State.QUEUED:
        return
    with counted(examination) as may_begin:
        if may_begin:
            _examine(examination)
        else:
            services.give_up_examination(examination_id=examination_id)


def _examine(examination: Examination) -> None:
    data = storage.get_encrypted(examination.storage_key, examination.sha256)
    try:
        clip = decode(data, min_rate=MIN_RATE, whole=False)
    except AudioRefused as refusal:
        services.refuse_examination(
            examination_id=examination.pk, code=refusal.code, reason=str(refusal)
        )
        return
    samples = clip.samples[: int(MAX_LISTENED * clip.rate)]
    detection = marks.find_mark(samples, clip.rate)
    mark = (
        None
        if detection.payload is None
        else Mark.objects.filter(payload=detection.payload).first()
    )
    findings: dict[str, Any] = {
        "verdict": str(detection.verdict),
        "score": detection.score,
        "speed": detection.speed,
        "seconds": detection.seconds,
        "watermark": None if detection.payload is None else f"{detection.payload:08x}",
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
        examination_id=examination.pk,
        verdict=str(detection.verdict),
        findings=findings,
        mark=mark,
        report=report,
    )
