"""The engine's only door to Celery and Django: fetch, call the engine, hand the result to a service."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from celery.signals import task_prerun, worker_init, worker_process_init
from django.conf import settings

from marketplace import storage
from marketplace.storage import StorageUnavailable

if TYPE_CHECKING:
    from marketplace.api.models import SpeechJobItem
    from marketplace.consent.models import Consent
    from marketplace.licensing.models import Generation
    from marketplace.provenance.models import Mark
    from marketplace.voices.models import Enrolment, VoiceVersion
    from synthesis.audio.decoding import Recording
    from synthesis.engines.interface import AudioChunk
    from synthesis.engines.kokoro import KokoroEngine
    from synthesis.engines.live import LiveEngines
    from synthesis.speech_stream import Sender, SpeechRequest
    from synthesis.template import VoiceTemplate
    from synthesis.verification.statement import Finding
    from synthesis.watermark.embedding import Watermarker

_log = logging.getLogger(__name__)
_retry: dict[str, Any] = {
    "autoretry_for": (StorageUnavailable,),
    "retry_backoff": True,
    "max_retries": 5,
}
MARKED_PART = 20.0  # seconds of an upload that are searched for our watermark at a time
LONGEST_SPEECH = 600.0  # seconds of work on one request
HEARTBEAT = 2.0  # seconds between progress reports to the database


@lru_cache(maxsize=1)
def _engines() -> LiveEngines:
    from synthesis.engines.kokoro import engine
    from synthesis.engines.live import LiveEngines

    return LiveEngines(_planned(engine()))


def _planned(engine: KokoroEngine) -> KokoroEngine:
    from dataclasses import replace

    if settings.ENROL_STEPS:
        engine.plan = replace(engine.plan, steps=settings.ENROL_STEPS)
    return engine


def _engine() -> KokoroEngine:
    return _engines().current


def _engine_for(version: VoiceVersion) -> KokoroEngine:
    return _engines().speaking(version.engine, version.engine_version)


_taken_up: set[int] = set()  # releases that this process speaks with, or won't
_taking_up = threading.Lock()


@task_prerun.connect
def follow_release(**_: object) -> None:
    """Take up a new release beside the work, in a process that speaks already."""
    from marketplace.voices import releases

    if not _engines.cache_info().currsize or _taking_up.locked():
        return
    release_id = releases.newest()
    if release_id is not None and release_id not in _taken_up:
        threading.Thread(target=_catch_up, name="release", daemon=True).start()


def _catch_up() -> None:
    """Have the newest release, or know why not, before going on."""
    from marketplace.voices import releases

    with _taking_up:
        release_id = releases.newest()
        if release_id is not None and release_id not in _taken_up:
            _take_up(release_id)
            _taken_up.add(release_id)


def _take_up(release_id: int) -> None:
    """Load, warm, compare, switch; what came of it is for the release's record."""
    from django.db import connections

    from marketplace.voices import releases
    from marketplace.voices.models import EngineRelease
    from synthesis.engines.kokoro import KokoroEngine
    from synthesis.engines.live import CanaryFailed
    from synthesis.engines.release import Release, ReleaseInvalid

    try:
        offered = EngineRelease.objects.get(pk=release_id)
        beside = KokoroEngine(
            rendering=_engine().rendering, release=Release.read(Path(offered.folder))
        )
        comparison = _engines().replace(_planned(beside))
    except CanaryFailed as failure:
        _log.warning("release refused", extra={"fields": failure.comparison.as_dict()})
        releases.refuse(
            release_id=release_id, problem=str(failure), comparison=failure.comparison.as_dict()
        )
    except ReleaseInvalid as invalid:
        releases.refuse(release_id=release_id, problem=str(invalid))
    except Exception:
        _log.exception("release failed", extra={"fields": {"release": release_id}})
        releases.refuse(release_id=release_id, problem="It could not be loaded; see the log.")
    else:
        releases.take_up(release_id=release_id, comparison=comparison.as_dict())
    finally:
        if threading.current_thread().name == "release":
            connections.close_all()


@worker_process_init.connect
def warm_up(**_: object) -> None:
    """Load the weights before the first request where the operator says so (`TIMBRE_WARM`)."""
    if settings.WARM_ENGINE:
        _engine().warm()
        _catch_up()


@worker_init.connect
def warm_up_threads(sender: Any, **_: object) -> None:
    """The same for a worker whose requests are threads, not processes born later."""
    if "thread" in str(sender.pool_cls):
        warm_up()


@shared_task(queue="speech")
def notice_release() -> None:
    """Nothing by itself: `follow_release` runs before every task, so before this one too."""


@shared_task
def learn_anew(release_id: int) -> None:
    """Queue older voices for the newer engine. Safe to repeat: a voice is queued once at a time."""
    from marketplace.voices import releases

    releases.learn_older_voices_anew(release_id=release_id)


@lru_cache(maxsize=64)
def _template(creator_id: int, storage_key: str, sha256: str) -> VoiceTemplate:
    from marketplace.creators import vault
    from synthesis.template import VoiceTemplate

    return VoiceTemplate.from_bytes(vault.get(creator_id, storage_key, sha256))


@shared_task(soft_time_limit=120, time_limit=150, **_retry)
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
    from marketplace.signing import watermark_key
    from synthesis.audio.decoding import AudioRefused
    from synthesis.watermark.detection import Verdict, detect

    part = int(MARKED_PART * recording.rate)
    for start in range(0, max(1, len(recording.samples) - part // 2), part):
        samples = recording.samples[start : start + part]
        if detect(samples, recording.rate, watermark_key()).verdict == Verdict.WATERMARKED:
            raise AudioRefused(
                "own_watermark",
                "This was spoken by this platform, not by a person. Record your own voice.",
            )


@shared_task(soft_time_limit=180, time_limit=210, **_retry)
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

    try:
        reading = decoding.decode(evidence.reading_of(consent), max_seconds=120)
    except decoding.AudioRefused as refusal:
        return statement.Finding("", {}, refusal.code, str(refusal))
    speaker = None
    if consent.compared:
        rows = consent.voice.recordings.filter(state=Recording.State.ACCEPTED)[:10]
        speaker = statement.speaker_of([decoding.decode(recorded(row)) for row in rows])
    return statement.check(
        reading,
        statement=consent.statement,
        phrase=consent.phrase,
        speaker=speaker,
        opening=statements.opening_of(consent.legal_name),
        listed=statements.WORDS,
    )


@shared_task(soft_time_limit=800, time_limit=850, **_retry)
def enrol_voice(enrolment_id: int) -> None:
    """Learn a voice. Safe to run twice: only one worker gets the claim, a finished one is left."""
    from marketplace.voices import enrolments
    from synthesis.audio.decoding import AudioRefused

    enrolment = enrolments.claim_enrolment(enrolment_id=enrolment_id)
    if enrolment is None:
        return
    _catch_up()
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
    from marketplace.voices import enrolments
    from marketplace.voices.models import Recording
    from marketplace.voices.services import recorded
    from synthesis.audio.decoding import decode

    voice = enrolment.voice
    report = _throttled(
        lambda stage, share: enrolments.report_progress(
            enrolment_id=enrolment.pk, stage=stage, progress=share
        )
    )
    if enrolment.style_mix is not None:
        report("Mixing a voice that nobody has", 0.3)
        return _engine().mix(**enrolment.style_mix, language=voice.language)
    rows = list(voice.recordings.filter(state=Recording.State.ACCEPTED))
    recordings = [decode(recorded(row)) for row in rows]
    _require_own_voice(enrolment, recordings)
    _first_impression(enrolment, recordings)
    return _engine().enrol(
        recordings,
        [row.transcript for row in rows],
        language=voice.language,
        progress=report,
    )


def _require_own_voice(enrolment: Enrolment, recordings: list[Recording]) -> None:
    """Raise AudioRefused (voice_taken) where a speaker is somebody else's voice here, or protected."""
    from marketplace.moderation import services as moderation
    from synthesis.audio.decoding import AudioRefused
    from synthesis.verification.statement import speaker_of

    embedding = speaker_of(recordings[:10]).ge2e
    if moderation.screen(voice=enrolment.voice, embedding=embedding.tolist()) is not None:
        raise AudioRefused(
            "voice_taken",
            "This voice is very like one that is here already or that may not be replicated. A "
            "moderator compares them; you will find the answer here.",
        )


def _first_impression(enrolment: Enrolment, recordings: list[Recording]) -> None:
    """Let the creator hear an instant voice while the real one is being learned."""
    import numpy as np

    from marketplace.provenance import services as provenance
    from marketplace.voices import previews
    from synthesis.audio.decoding import AudioRefused
    from synthesis.audio.encoding import encode

    language = enrolment.voice.language
    try:
        template = _engine().instant(recordings, language=language)
    except AudioRefused:  # enrolment itself will say what is missing
        return
    text = previews.PREVIEW_TEXTS[language[:2]][0]
    samples = np.concatenate([chunk.samples for chunk in _engine().synthesize(text, template)])
    watermarker = _watermarker(provenance.mark_preview(voice=enrolment.voice))
    samples = np.concatenate([watermarker.mark(samples), watermarker.finish()])
    previews.keep_first_impression(enrolment_id=enrolment.pk, audio=encode(samples, "mp3"))


def _throttled(report: Callable[[str, float], None]) -> Callable[[str, float], None]:
    """Progress at most every `HEARTBEAT` seconds, and whenever the stage changes."""
    last_at, last_stage = 0.0, ""

    def throttled(stage: str, share: float) -> None:
        nonlocal last_at, last_stage
        now = time.monotonic()
        if stage != last_stage or now - last_at > HEARTBEAT:
            last_at, last_stage = now, stage
            report(stage, share)

    return throttled


@shared_task(soft_time_limit=300, time_limit=330, **_retry)
def make_previews(version_id: int) -> None:
    """Speak the preview clips that are not there yet. Safe to repeat."""
    import numpy as np

    from marketplace.provenance import services as provenance
    from marketplace.voices import previews
    from marketplace.voices.models import VoiceVersion
    from synthesis.audio.encoding import encode
    from synthesis.audio.quality import waveform

    version = VoiceVersion.objects.filter(pk=version_id).first()
    if version is None:
        return
    template = _template(version.voice.creator_id, version.storage_key, version.sha256)
    engine = _engine_for(version)
    for preview in version.previews.filter(storage_key=""):
        chunks = list(engine.synthesize(preview.text, template))
        samples = np.concatenate([chunk.samples for chunk in chunks])
        watermarker = _watermarker(provenance.mark_preview(voice=version.voice))
        samples = np.concatenate([watermarker.mark(samples), watermarker.finish()])
        previews.keep_preview(
            preview_id=preview.pk,
            audio=encode(samples, "mp3"),
            seconds=round(len(samples) / engine.sample_rate, 2),
            waveform=waveform(samples, 72),
        )


@shared_task
def speak(generation_id: int, stream: str) -> None:
    """Speak a licensed request into its stream and settle what was spoken. Never retried: a
    second worker finds the request begun and ends the stream with a failure.

    stream: its name, another for each try; a generation that is settled already is spoken again
    there, at no cost.
    """
    from marketplace.licensing import permission, usage
    from marketplace.licensing.access import SpeechRefused
    from marketplace.licensing.models import Generation
    from synthesis.engines.interface import TextRefused
    from synthesis.speech_stream import Sender

    generation = Generation.objects.select_related("licence__voice", "voice", "voice_version").get(
        pk=generation_id
    )
    if generation.state == Generation.State.RELEASED:
        return
    sender = Sender(settings.REDIS_URL, stream)
    request = sender.begin()
    if request is None:
        usage.release(generation_id=generation_id, failure="interrupted")
        sender.fail("interrupted")
        return
    try:
        permission.require_still_speakable(generation)
        _speak(generation, request, sender)
    except (SpeechRefused, TextRefused) as refusal:
        usage.release(generation_id=generation_id, failure=refusal.code)
        sender.fail(refusal.code)
    except Exception:
        _log.exception("speech failed", extra={"fields": {"generation": generation_id}})
        usage.release(generation_id=generation_id, failure="engine_failed")
        sender.fail("engine_failed")


def _speak(generation: Generation, request: SpeechRequest, sender: Sender) -> None:
    from marketplace.licensing import usage
    from marketplace.provenance import services as provenance
    from synthesis.audio.encoding import StreamEncoder
    from synthesis.audio.preview_mark import marked

    encoder = StreamEncoder(request.audio_format, rate=request.rate, bit_rate=request.bit_rate)
    watermarker = _watermarker(provenance.mark_generation(generation=generation))
    stop = threading.Event()
    kept, chunks = _spoken(generation, request.text, request.speed, stop)
    chunks = _noticed(generation, chunks, stop)
    end, seconds = 0, 0.0
    for chunk in _until_stopped(chunks, stop, sender.stopped):
        end, seconds = chunk.end, seconds + chunk.seconds
        if request.words:
            sender.words(chunk.words)
        samples = marked(chunk.samples, chunk.offset) if generation.preview else chunk.samples
        sender.audio(encoder.encode(watermarker.mark(samples)))
    whole = not stop.is_set()
    if whole:
        sender.audio(encoder.encode(watermarker.finish()) + encoder.finish())
    usage.settle(
        generation_id=generation.pk,
        characters=generation.characters_reserved if whole else end,
        seconds=round(seconds, 3),
        from_cache=kept,
    )
    sender.end()


def _watermarker(mark: Mark) -> Watermarker:
    from marketplace.signing import watermark_key
    from synthesis.watermark.embedding import Watermarker

    return Watermarker(watermark_key(), mark.payload)


def _spoken(
    generation: Generation, text: str, speed: float, stop: threading.Event
) -> tuple[bool, Iterator[AudioChunk]]:
    """Whether a text was spoken before, and its chunks; a new one is kept when it is whole."""
    from synthesis.cache import AudioCache
    from synthesis.text.reading import reading

    version, voice = generation.voice_version, generation.voice
    engine = _engine_for(version)
    cache = AudioCache(settings.REDIS_URL, limit=settings.AUDIO_CACHE_BYTES)
    key = cache.key(
        template_sha256=version.sha256,
        engine=f"{engine.name} {engine.version}",
        text=reading(text, voice.language),
        speed=speed,
    )
    kept = cache.get(key, written=len(text))
    if kept is not None:
        return True, iter(kept)
    template = _template(version.voice.creator_id, version.storage_key, version.sha256)
    source = engine.synthesize(text, template, speed=speed, stop=stop)

    def keeping() -> Iterator[AudioChunk]:
        made: list[AudioChunk] = []
        for chunk in source:
            made.append(chunk)
            yield chunk
        if not stop.is_set():
            cache.put(key, made, written=len(text), voice=str(voice.pk))

    return False, keeping()


def _noticed(
    generation: Generation, chunks: Iterator[AudioChunk], stop: threading.Event
) -> Iterator[AudioChunk]:
    """Chunks after an audible notice that a machine is speaking, where the operator wants one."""
    from synthesis.engines.notice import notice_in, preceded

    if settings.AI_NOTICE != "audible":
        return chunks
    _, notice = _spoken(generation, notice_in(generation.voice.language), 1.0, stop)
    return preceded(notice, chunks)


@shared_task(autoretry_for=(StorageUnavailable,), retry_backoff=True, max_retries=5)
def speak_item(item_id: int) -> None:
    """Speak one text of a job into the object store. Safe to run twice: one worker gets the claim,
    a spoken item is left, and one whose worker died begins anew."""
    from marketplace.api import jobs
    from marketplace.licensing import permission, usage
    from marketplace.licensing.access import SpeechRefused
    from synthesis.engines.interface import TextRefused

    item = jobs.claim_item(item_id=item_id)
    if item is None:
        return
    generation = item.generation
    try:
        permission.require_still_speakable(generation)
        audio, seconds, kept = _whole(item)
        key = f"jobs/{item.job.public_id}/{item.position}-{storage.random_name()}"
        storage.put(key, audio)
    except (SpeechRefused, TextRefused) as refusal:
        usage.release(generation_id=generation.pk, failure=refusal.code)
        jobs.fail_item(item_id=item_id, code=refusal.code)
    except StorageUnavailable:
        raise
    except Exception:
        _log.exception("job failed", extra={"fields": {"item": item_id}})
        usage.release(generation_id=generation.pk, failure="engine_failed")
        jobs.fail_item(item_id=item_id, code="engine_failed")
    else:
        usage.settle(
            generation_id=generation.pk,
            characters=generation.characters_reserved,
            seconds=round(seconds, 3),
            from_cache=kept,
        )
        jobs.finish_item(item_id=item_id, storage_key=key)


def _whole(item: SpeechJobItem) -> tuple[bytes, float, bool]:
    """An item's audio, its seconds, and whether it was spoken before."""
    from marketplace.api import jobs
    from marketplace.provenance import credentials, queries
    from marketplace.provenance import services as provenance
    from synthesis.audio.encoding import FileEncoder
    from synthesis.audio.preview_mark import marked

    report = _throttled(lambda stage, share: jobs.report_progress(item_id=item.pk, progress=share))
    encoder, seconds = FileEncoder(item.job.audio_format), 0.0
    watermarker = _watermarker(provenance.mark_generation(generation=item.generation))
    stop = threading.Event()
    kept, chunks = _spoken(item.generation, item.text, item.job.speed, stop)
    for chunk in _noticed(item.generation, chunks, stop):
        preview = item.generation.preview
        samples = marked(chunk.samples, chunk.offset) if preview else chunk.samples
        encoder.add(watermarker.mark(samples))
        seconds += chunk.seconds
        report("", min(1.0, chunk.end / len(item.text)))
    encoder.add(watermarker.finish())
    audio, audio_format = encoder.finish(), item.job.audio_format
    if audio_format in credentials.MEDIA_TYPES:
        audio = credentials.embed(audio, audio_format, queries.manifest_of(item.generation))
    return audio, seconds, kept


def _until_stopped(
    chunks: Iterable[AudioChunk], stop: threading.Event, stopped: Callable[[], bool]
) -> Iterator[AudioChunk]:
    """Chunks until the listener hangs up or `LONGEST_SPEECH` is over; then `stop` is set and the
    work ends. A worker of threads has no other time limit.
    """
    until = time.monotonic() + LONGEST_SPEECH
    for chunk in chunks:
        if stopped() or time.monotonic() > until:
            stop.set()
            return
        yield chunk


@shared_task(autoretry_for=(StorageUnavailable,), retry_backoff=True, max_retries=5)
def delete_object(key: str) -> None:
    """Remove an object from the store; repeats while it is away."""
    storage.delete(key)


@shared_task
def forget_audio(voice_id: int) -> None:
    """Erase what a voice said from the cache. Harmless to repeat."""
    from synthesis.cache import AudioCache

    AudioCache(settings.REDIS_URL).forget(str(voice_id))


@shared_task
def resume_stalled_work() -> None:
    """Queue again what a dead worker left: enrolments, judgements, checks and previews."""
    from datetime import timedelta

    from django.utils import timezone

    from marketplace.consent.models import Consent
    from marketplace.voices import enrolments, queries
    from marketplace.voices.models import Preview, Recording

    old = timezone.now() - timedelta(minutes=4)
    for enrolment in queries.stalled_enrolments():
        enrolments.requeue_enrolment(enrolment=enrolment)
    for pk in Recording.objects.filter(
        state=Recording.State.UPLOADED, created_at__lt=old
    ).values_list("pk", flat=True):
        judge_recording.delay(pk)
    for pk in Consent.objects.filter(state=Consent.State.CHECKING, recorded_at__lt=old).values_list(
        "pk", flat=True
    ):
        verify_consent.delay(pk)
    for pk in set(
        Preview.objects.filter(storage_key="", version__created_at__lt=old).values_list(
            "version_id", flat=True
        )
    ):
        make_previews.delay(pk)
