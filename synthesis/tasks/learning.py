"""Learning a voice from recordings, and speaking its previews."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial

import numpy as np
from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.utils.translation import gettext_noop

from marketplace.attempts import counted
from marketplace.consent.queries import may_speak
from marketplace.enrolment import enrolments, previews
from marketplace.enrolment.scripts import is_ours, usual_lines
from marketplace.policy import services as policy
from marketplace.policy.sounds import heard_texts
from marketplace.provenance import services as provenance
from marketplace.queue import Work
from marketplace.refusals import Refused, StorageUnavailable
from marketplace.voices.models import Enrolment, Preview, Recording, Voice, VoiceVersion
from marketplace.voices.services import recording_bytes
from synthesis.audio import decoding
from synthesis.audio.decoding import decode
from synthesis.audio.encoding import encode
from synthesis.audio.quality import waveform
from synthesis.engines.interface import AudioChunk
from synthesis.enrolment.adaptation import AdaptationPlan
from synthesis.enrolment.instant import instant_voice
from synthesis.enrolment.speaker import enrol_speaker
from synthesis.refusals import AudioRefused, TextRefused, TooSlow
from synthesis.tasks import own_voice
from synthesis.tasks.engines import catch_up, current_engine, engine_for, template_of
from synthesis.tasks.marks import watermarker_for
from synthesis.tasks.progress import throttle
from synthesis.tasks.retries import WHILE_STORE_AWAY
from synthesis.template import VoiceTemplate
from synthesis.text.wording import Wording

HEARD = 30 * 60.0  # seconds of recordings that are heard and learned from: three minutes are enough
_NOT_READ_IN_TIME = gettext_noop(
    "We were too slow to read your recordings; nothing need be wrong with them. Try again."
)
_log = logging.getLogger(__name__)


@shared_task(name=Work.ENROL_VOICE, soft_time_limit=800, time_limit=850, **WHILE_STORE_AWAY)
def enrol_voice(enrolment_id: int) -> None:
    """Learn a voice. Safe to run twice: only one worker gets the claim, and finished work is skipped."""
    enrolment = enrolments.claim_enrolment(enrolment_id=enrolment_id)
    if enrolment is None:
        return
    catch_up()
    try:
        template = _learn(enrolment)
    except AudioRefused as refusal:
        enrolments.fail_enrolment(
            enrolment_id=enrolment_id, code=refusal.code, message=str(refusal)
        )
    except TooSlow as slow:
        enrolments.fail_enrolment(
            enrolment_id=enrolment_id, code=slow.code, message=_NOT_READ_IN_TIME
        )
    except (StorageUnavailable, SoftTimeLimitExceeded):
        raise
    except Exception:
        _log.exception("enrolment failed", extra={"fields": {"enrolment": enrolment_id}})
        enrolments.fail_enrolment(
            enrolment_id=enrolment_id,
            code="engine_failed",
            message="Something went wrong on our side while learning your voice. Try again.",
        )
    else:
        enrolments.finish_enrolment(
            enrolment_id=enrolment_id,
            engine=template.engine,
            engine_version=template.version,
            template=template.to_bytes(),
            embedding=template.embedding,
            report=template.report,
        )


def _learn(enrolment: Enrolment) -> VoiceTemplate:
    voice = enrolment.voice
    report = throttle(
        lambda stage, share: enrolments.report_progress(
            enrolment_id=enrolment.pk, stage=stage, progress=share
        )
    )
    if enrolment.style_mix is not None:
        report("Mixing a voice that nobody has", 0.3)
        return current_engine().mix(**enrolment.style_mix, language=voice.language)
    rows, recordings = _recordings_of(voice)
    speaker = own_voice.require_own_voice(
        enrolment, rows, recordings, report=partial(report, "Listening to your recordings", 0.0)
    )
    _first_impression(enrolment, rows, recordings, speaker)
    template = enrol_speaker(
        current_engine(),
        recordings,
        [row.transcript for row in rows],
        language=voice.language,
        plan=_plan(),
        progress=report,
    )
    own_voice.require_learned(enrolment, template.embedding, speaker, rows)
    return template


def _recordings_of(voice: Voice) -> tuple[list[Recording], list[decoding.Recording]]:
    """The newest accepted recordings of a voice, with `HEARD` seconds in all, in their order.

    Whoever reads something again, better, is heard; what they read long before is left alone.
    """
    rows: list[Recording] = []
    recordings: list[decoding.Recording] = []
    for row in voice.recordings.filter(state=Recording.State.ACCEPTED).order_by("-id"):
        if sum(each.seconds for each in recordings) >= HEARD:
            break
        rows.append(row)
        recordings.append(decode(recording_bytes(row)))
    return rows[::-1], recordings[::-1]


def _plan() -> AdaptationPlan:
    steps = settings.ENROL_STEPS
    return AdaptationPlan(steps=steps) if steps else AdaptationPlan()


def _first_impression(
    enrolment: Enrolment,
    rows: list[Recording],
    recordings: list[decoding.Recording],
    speaker: own_voice.ConsentingSpeaker,
) -> None:
    """Let the creator hear an instant voice while the real one is being learned."""
    language = enrolment.voice.language
    try:
        template = instant_voice(current_engine(), recordings, language=language)
    except AudioRefused:  # enrolment itself will report what is missing
        return
    own_voice.require_learned(enrolment, template.embedding, speaker, rows)
    text = usual_lines(language)[0].text
    samples = np.concatenate(
        [chunk.samples for chunk in current_engine().synthesize(text, template)]
    )
    watermarker = watermarker_for(provenance.mark_preview(voice=enrolment.voice))
    samples = np.concatenate([watermarker.mark(samples), watermarker.finish()])
    previews.keep_first_impression(enrolment_id=enrolment.pk, audio=encode(samples, "mp3"))


@shared_task(name=Work.MAKE_PREVIEWS, soft_time_limit=300, time_limit=330, **WHILE_STORE_AWAY)
def make_previews(version_id: int) -> None:
    """Speak the missing preview clips that may be heard, of a voice that may. Safe to repeat."""
    version = VoiceVersion.objects.filter(pk=version_id).first()
    if version is None or not may_speak(version.voice):
        return
    template = template_of(version.voice.creator_id, version.storage_key, version.sha256)
    engine = engine_for(version)
    for preview in version.previews.filter(storage_key="", refused=""):
        with counted(preview) as may_begin:
            if not may_begin:
                previews.refuse_preview(preview_id=preview.pk, why=previews.NOT_SPOKEN)
            elif _may_be_heard(preview, version.voice.language):
                _make_preview(
                    preview, engine.synthesize(preview.text, template), engine.sample_rate
                )


def _make_preview(preview: Preview, chunks: Iterator[AudioChunk], rate: int) -> None:
    """Keep one clip, or refuse it as soon as it gets too long."""
    spoken, left = [], int(previews.LONGEST_CLIP * rate)
    for chunk in chunks:
        spoken.append(chunk.samples)
        left -= len(chunk.samples)
        if left < 0:
            previews.refuse_preview(preview_id=preview.pk, why=previews.TOO_LONG)
            return
    samples = np.concatenate(spoken)
    watermarker = watermarker_for(provenance.mark_preview(voice=preview.version.voice))
    samples = np.concatenate([watermarker.mark(samples), watermarker.finish()])
    previews.keep_preview(
        preview_id=preview.pk,
        audio=encode(samples, "mp3"),
        seconds=round(len(samples) / rate, 2),
        waveform=waveform(samples, 72),
    )


def _may_be_heard(preview: Preview, language: str) -> bool:
    """Whether a clip may be heard as the engine says it; if not, its creator is told why.

    The scripts are ours. What a creator wrote was judged as it is written; how it sounds, only
    a worker knows.
    """
    if is_ours(preview.text, language):
        return True
    try:
        policy.require_fit(preview.text, heard_texts(Wording.of(preview.text, language), language))
    except (Refused, TextRefused) as refusal:
        previews.refuse_preview(preview_id=preview.pk, why=str(refusal))
        return False
    return True
