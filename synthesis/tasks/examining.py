"""What anyone may send in: clips whose origin people want to know, and samples of how a voice should sound."""

from __future__ import annotations

from typing import Any

import numpy as np
from celery import shared_task
from django.utils import timezone
from numpy.typing import NDArray

from marketplace import signing, storage
from marketplace.attempts import counted
from marketplace.listings import samples
from marketplace.listings.models import Sample
from marketplace.provenance import credentials, queries, services
from marketplace.provenance.models import Examination, Mark
from marketplace.queue import Work
from synthesis.audio.decoding import Recording, decode
from synthesis.audio.voice_activity import speech_spans
from synthesis.refusals import AudioRefused
from synthesis.tasks import marks
from synthesis.tasks.retries import WHILE_SLOW_OR_STORE_AWAY
from synthesis.verification import ge2e
from synthesis.watermark.interface import Detection, Heard, united
from synthesis.watermark.methods import VERSIONS

MAX_LISTENED = 120.0  # seconds of a clip to search for a mark
MOST_MARKS = 60  # of a clip that are told, those that are heard longest
MIN_HEARD, MAX_HEARD = 3.0, 60.0  # seconds of a sample: of speech in it, and looked at
MIN_RATE = 8_000  # Hz
_FORMATS = {"wav": "wav", "mp3": "mp3", "flac": "flac"}


@shared_task(name=Work.EXAMINE, soft_time_limit=120, time_limit=150, **WHILE_SLOW_OR_STORE_AWAY)
def examine(examination_id: int) -> None:
    """Look for a mark and a manifest in a clip. Safe to repeat; retried while slow or the store away."""
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
    told = detection.marks[:MOST_MARKS]
    rows = Mark.objects.filter(payload__in=[heard.payload for heard in told])
    known = {mark.payload: mark for mark in rows.select_related("voice", "generation__licence")}
    mark = None if detection.payload is None else known.get(detection.payload)
    findings: dict[str, Any] = {
        "verdict": str(detection.verdict),
        "score": detection.score,
        "speed": detection.speed,
        "seconds": detection.seconds,
        "watermark": None if detection.payload is None else f"{detection.payload:08x}",
        "origin": None if mark is None else queries.origin_of(mark),
        "marks": [_told(heard, known) for heard in told],
        "marks_left_out": len(detection.marks) - len(told),
        "share": _share(detection, samples, clip.rate),
        "credentials": queries.credentials_of(
            credentials.read(data, _FORMATS.get(clip.container, ""))
        ),
    }
    findings["in_parts"] = queries.is_in_parts(findings)
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


def _told(heard: Heard, known: dict[int, Mark]) -> dict[str, Any]:
    """What is told of one mark of a clip: where it is heard, and what our records know of it."""
    mark = known.get(heard.payload)
    return {
        "watermark": f"{heard.payload:08x}",
        "score": heard.score,
        "spans": heard.spans,
        "seconds": round(heard.seconds, 2),
        "origin": None if mark is None else queries.origin_of(mark),
    }


def _share(detection: Detection, samples: NDArray[np.float32], rate: int) -> float:
    """The share of a clip's speech in which a mark is heard; of all of it, if nobody speaks."""
    marked = united((span for mark in detection.marks for span in mark.spans), detection.seconds)
    if not marked:
        return 0.0
    spoken = speech_spans(samples, rate) or [(0.0, detection.seconds)]
    both = sum(
        max(0.0, min(end, last) - max(begin, first))
        for begin, end in marked
        for first, last in spoken
    )
    return round(min(1.0, both / sum(last - first for first, last in spoken)), 3)


@shared_task(name=Work.HEAR_SAMPLE, soft_time_limit=60, time_limit=90, **WHILE_SLOW_OR_STORE_AWAY)
def hear_sample(sample_id: int) -> None:
    """Measure how a sample sounds. Safe to repeat; retried while slow or the store is away."""
    sample = Sample.objects.filter(pk=sample_id).first()
    if sample is None or sample.state != Sample.State.QUEUED:
        return
    with counted(sample) as may_begin:
        if may_begin:
            _hear(sample)
        else:
            samples.give_up_sample(sample_id=sample_id)


def _hear(sample: Sample) -> None:
    data = storage.get_encrypted(sample.storage_key, sample.sha256)
    try:
        speech = _speech_of(decode(data, min_rate=MIN_RATE, whole=False))
    except AudioRefused as refusal:
        samples.refuse_sample(sample_id=sample.pk, code=refusal.code, reason=str(refusal))
        return
    embedding = ge2e.embed(*speech)
    samples.finish_sample(sample_id=sample.pk, embedding=embedding.tolist())


def _speech_of(recording: Recording) -> tuple[NDArray[np.float32], int]:
    """What is spoken in a sample's first minute, without the pauses, [n], and its rate in Hz.

    Raises:
        AudioRefused: too_short.
    """
    heard, rate = recording.samples[: int(MAX_HEARD * recording.rate)], recording.rate
    spans = speech_spans(heard, rate)
    if sum(end - start for start, end in spans) < MIN_HEARD:
        raise AudioRefused(
            "too_short",
            f"There are less than {MIN_HEARD:.0f} seconds of speech in this sample. Send a longer one.",
        )
    parts = [heard[int(start * rate) : int(end * rate)] for start, end in spans]
    return np.concatenate(parts), rate
