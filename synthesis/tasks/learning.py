"""Learning a voice from recordings, and speaking its previews."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import numpy as np
from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings

from marketplace.attempts import counted
from marketplace.consent import evidence
from marketplace.consent.queries import may_speak
from marketplace.enrolment import enrolments, previews, queries
from marketplace.enrolment.scripts import is_ours, usual_lines
from marketplace.moderation import services as moderation
from marketplace.policy import services as policy
from marketplace.policy.sounds import heard_texts
from marketplace.provenance import services as provenance
from marketplace.queue import Work
from marketplace.refusals import Refused, StorageUnavailable
from marketplace.voices.models import Enrolment, Preview, Recording, VoiceVersion
from marketplace.voices.services import recording_bytes
from synthesis.audio import decoding
from synthesis.audio.decoding import decode
from synthesis.audio.encoding import encode
from synthesis.audio.quality import waveform
from synthesis.engines.interface import AudioChunk
from synthesis.enrolment.adaptation import AdaptationPlan
from synthesis.enrolment.instant import instant_voice
from synthesis.enrolment.speaker import enrol_speaker
from synthesis.refusals import AudioRefused, TextRefused
from synthesis.tasks.engines import catch_up, current_engine, engine_for, template_of
from synthesis.tasks.marks import watermarker_for
from synthesis.tasks.progress import throttle
from synthesis.tasks.retries import WHILE_STORE_AWAY
from synthesis.template import VoiceTemplate
from synthesis.text.wording import Wording
from synthesis.verification import same_person

NAMED = 5  # recordings that a refusal names
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
    rows = list(voice.recordings.filter(state=Recording.State.ACCEPTED))
    recordings = [decode(recording_bytes(row)) for row in rows]
    _require_own_voice(enrolment, rows, recordings)
    _first_impression(enrolment, recordings)
    return enrol_speaker(
        current_engine(),
        recordings,
        [row.transcript for row in rows],
        language=voice.language,
        plan=_plan(),
        progress=report,
    )


def _plan() -> AdaptationPlan:
    steps = settings.ENROL_STEPS
    return AdaptationPlan(steps=steps) if steps else AdaptationPlan()


def _require_own_voice(
    enrolment: Enrolment, rows: list[Recording], recordings: list[decoding.Recording]
) -> None:
    """Raise AudioRefused unless all that is learned is the consenting speaker's, and may be.

    No one person's: 40 recordings may hide some of another's behind the first few that are heard.

    Codes: consent_elsewhere, speaker_mismatch, voice_taken.
    """
    consent = enrolment.consent
    assert consent is not None
    later = queries.recordings_beyond(consent)
    if later:
        raise AudioRefused("consent_elsewhere", queries.BEYOND.format(names=", ".join(later)))
    prints = [same_person.print_of(recording) for recording in recordings]
    if queries.is_compared(consent):
        reading = decoding.decode(evidence.reading_of(consent), max_seconds=120)
        others = same_person.others_than(same_person.print_of(reading), prints)
        unlike = "whoever read the consent statement"
    else:  # a moderator compared some of them with the reading by ear, so they must be alike
        others = same_person.others_among(prints)
        unlike = "the speaker of most recordings"
    if others:
        names = ", ".join(rows[place].file_name for place in others[:NAMED])
        raise AudioRefused(
            "speaker_mismatch",
            f"This does not sound like {unlike}: {names}. Remove what is not of the same speaker, "
            "and try again.",
        )
    for embedding in (same_person.mean_of(prints).ge2e, *(each.ge2e for each in prints)):
        if moderation.screen(voice=enrolment.voice, embedding=embedding.tolist()) is not None:
            raise AudioRefused(
                "voice_taken",
                "This voice is very similar to one that is here already or that may not be replicated. A "
                "moderator will compare them, and you will find the answer here.",
            )


def _first_impression(enrolment: Enrolment, recordings: list[decoding.Recording]) -> None:
    """Let the creator hear an instant voice while the real one is being learned."""
    language = enrolment.voice.language
    try:
        template = instant_voice(current_engine(), recordings, language=language)
    except AudioRefused:  # enrolment itself will report what is missing
        return
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
