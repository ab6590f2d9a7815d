"""What anyone may send in: clips whose origin people want to know, and samples of how a voice should sound."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any

import numpy as np
from celery import shared_task
from django.utils import timezone
from numpy.typing import NDArray

from marketplace import signing, storage
from marketplace.attempts import counted
from marketplace.in_line import others_wait
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
from synthesis.watermark.interface import Detection, Heard, Verdict, united
from synthesis.watermark.methods import VERSIONS

PIECE = 120.0  # seconds of a clip that are searched for marks at a time: about 4 s of a core
LISTENING = 60.0  # seconds that may pass until the last piece of a clip is begun; the rest isn't listened to
HURRIED = 15.0  # the same while somebody else waits
MOST_MARKS = 60  # of a clip that are told, those that are heard longest
MIN_HEARD, MAX_HEARD = 3.0, 60.0  # seconds of a sample: of speech in it, and looked at
MIN_RATE = 8_000  # Hz
_WEIGHT = (Verdict.NOT_DETECTED, Verdict.INCONCLUSIVE, Verdict.WATERMARKED)
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
        clip = decode(data, min_rate=MIN_RATE, whole=False, lenient=True)
    except AudioRefused as refusal:
        services.refuse_examination(
            examination_id=examination.pk, code=refusal.code, reason=str(refusal)
        )
        return
    hurried = others_wait(examination)
    detection = _listened(clip, HURRIED if hurried else LISTENING)
    told = detection.marks[:MOST_MARKS]
    rows = Mark.objects.filter(payload__in=[heard.payload for heard in told])
    known = {mark.payload: mark for mark in rows.select_related("voice", "generation__licence")}
    mark = None if detection.payload is None else known.get(detection.payload)
    findings: dict[str, Any] = {
        "score": detection.score,
        "speed": detection.speed,
        "seconds": detection.seconds,
        "length": round(clip.seconds, 2),
        "sounds": clip.sounds,
        "one_channel": clip.cancelled,
        "watermark": None if detection.payload is None else f"{detection.payload:08x}",
        "origin": None if mark is None else queries.origin_of(mark),
        "marks": [_told(heard, known) for heard in told],
        "marks_left_out": len(detection.marks) - len(told),
        "share": _share(detection, clip),
        "credentials": queries.credentials_of(
            credentials.read(data, _FORMATS.get(clip.container, ""))
        ),
    }
    findings["in_parts"] = queries.is_in_parts(findings)
    verdict = detection.verdict
    if verdict == Verdict.NOT_DETECTED and queries.is_heard_in_part(findings):
        verdict = Verdict.INCONCLUSIVE
    findings["verdict"] = str(verdict)
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
        verdict=str(verdict),
        findings=findings,
        mark=mark,
        report=report,
    )


def _listened(clip: Recording, patience: float) -> Detection:
    """What is heard of a clip piece by piece, from its beginning; `seconds` says how far.

    patience: seconds until the last piece is begun.
    """
    size, until = int(PIECE * clip.rate), time.monotonic() + patience
    last = max(0, len(clip.samples) - size)  # the last piece is a whole one, too
    found: list[tuple[float, Detection]] = []
    heard = 0
    for start in (*range(0, last, size), last):
        if found and time.monotonic() > until:
            break
        heard = min(start + size, len(clip.samples))
        found.append((start / clip.rate, marks.find_mark(clip.samples[start:heard], clip.rate)))
    return _together(found, round(heard / clip.rate, 2)) if len(found) > 1 else found[0][1]


def _together(found: list[tuple[float, Detection]], seconds: float) -> Detection:
    """The detection of a clip from those of its pieces, each with its beginning (s)."""
    spans: dict[int, list[tuple[float, float]]] = defaultdict(list)
    scores: dict[int, float] = defaultdict(float)
    for begins, piece in found:
        for mark in piece.marks:
            spans[mark.payload] += [(begins + begin, begins + end) for begin, end in mark.spans]
            scores[mark.payload] = max(scores[mark.payload], mark.score)
    heard = [Heard(each, scores[each], united(spans[each], seconds)) for each in spans]
    heard.sort(key=lambda mark: -mark.seconds)
    pieces = [piece for _, piece in found]
    # of all pieces, the one whose verdict says most, and is surest of it
    best = max(pieces, key=lambda piece: (_WEIGHT.index(piece.verdict), piece.score))
    payload = heard[0].payload if heard else best.payload
    return Detection(best.verdict, payload, best.score, best.speed, seconds, tuple(heard))


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


def _share(detection: Detection, clip: Recording) -> float:
    """The share, of the speech that was listened to, in which a mark is heard; of all that was, if nobody speaks."""
    marked = united((span for mark in detection.marks for span in mark.spans), detection.seconds)
    if not marked:
        return 0.0
    samples = clip.samples[: int(detection.seconds * clip.rate)]
    spoken = speech_spans(samples, clip.rate) or [(0.0, detection.seconds)]
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
