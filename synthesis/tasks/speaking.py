"""Licensed speech, either into a listener's stream or, for an item of a job, into the object store.

`deliver` is what every stream shares, licensed or not.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from celery import shared_task
from django.conf import settings

from marketplace import storage
from marketplace.api import jobs, wordings
from marketplace.api.models import SpeechJobItem
from marketplace.lexicons import queries as lexicons
from marketplace.licensing import recorded, reservations, settlement
from marketplace.licensing.models import Generation
from marketplace.policy import going_on
from marketplace.provenance import credentials, queries
from marketplace.provenance import services as provenance
from marketplace.provenance.models import Mark
from marketplace.queue import Work
from marketplace.refusals import SpeechRefused, StorageUnavailable, Tampered
from marketplace.trials.models import Trial
from synthesis.audio.encoding import FileEncoder, StreamEncoder
from synthesis.audio.preview_mark import add_preview_mark
from synthesis.cache import MAX_SECONDS as CACHED_SECONDS
from synthesis.cache import AudioCache
from synthesis.engines.interface import AudioChunk
from synthesis.engines.notice import notice_in, prepend_notice
from synthesis.refusals import TextRefused
from synthesis.speech_request import SpeechRequest
from synthesis.speech_stream import Sender
from synthesis.tasks.engines import engine_for, template_of
from synthesis.tasks.marks import watermarker_for
from synthesis.tasks.progress import throttle
from synthesis.tasks.retries import WHILE_STORE_AWAY
from synthesis.tasks.rights import Rights
from synthesis.text.wording import Wording

_log = logging.getLogger(__name__)
MAX_SPEECH = 600.0  # seconds of work per request
# Signs and numbers are charged as they are written, and some are long to say. The longest languages take a
# quarter of a second to say a character; what takes far longer is refused.
FREE_SECONDS, SECONDS_A_CHARACTER = 60.0, 0.5
HEARTBEAT = 15.0  # seconds between signs of life while nothing is sent


class _LicensedSender(Sender):
    """Sends licensed speech, and keeps what is reserved for it while a listener is waited for."""

    def __init__(self, generation_id: int, name: str) -> None:
        unseal = partial(storage.unseal, purpose=storage.speech_seal(name))
        super().__init__(settings.REDIS_URL, name, unseal=unseal)
        self._generation_id = generation_id
        self._noted_at, self._is_reserved = time.monotonic(), True

    def stopped(self) -> bool:
        """Whether the listener hung up, or what was reserved has been released."""
        now = time.monotonic()
        if now - self._noted_at > HEARTBEAT:
            self._noted_at = now
            self._is_reserved = settlement.note_heard(generation_id=self._generation_id)
        return not self._is_reserved or super().stopped()


@shared_task(name=Work.SPEAK)
def speak(generation_id: int, stream: str) -> None:
    """Speak a licensed request into its stream and settle what was spoken. Never retried: a
    second worker sees that the request was begun and ends the stream with a failure.

    stream: its name, a new one for each try; a settled generation is spoken again at no cost.
    """
    generation = Generation.objects.select_related("licence__voice", "voice", "voice_version").get(
        pk=generation_id
    )
    if generation.state == Generation.State.RELEASED:
        return
    sender = _LicensedSender(generation_id, stream)
    try:
        request = sender.begin()
    except Tampered:  # whoever wrote it was not our web server
        request = None
    if request is None:
        settlement.release(generation_id=generation_id, failure="interrupted")
        sender.fail("interrupted")
        return
    try:
        going_on.require_may_go_on(generation)
        recorded.require_as_recorded(generation, request)
        request = replace(request, use=generation.use)  # what it was reserved for
        wordings.require_fit_to_hear(generation.api_key, request)
        _speak(generation, request, sender)
    except wordings.NotToBeHeard as found:
        settlement.release(generation_id=generation_id, failure="text_refused")
        sender.fail("text_refused", str(found.refusal().public_id))
    except (SpeechRefused, TextRefused) as refusal:
        settlement.release(generation_id=generation_id, failure=refusal.code)
        sender.fail(refusal.code)
    except Exception:
        _log.exception("speech failed", extra={"fields": {"generation": generation_id}})
        settlement.release(generation_id=generation_id, failure="engine_failed")
        sender.fail("engine_failed")


def _speak(generation: Generation, request: SpeechRequest, sender: Sender) -> None:
    mark = provenance.mark_generation(generation=generation)

    rights = Rights(generation.pk)

    def heard(end: int, seconds: float) -> bool:
        if rights.lost():
            return False
        spoken = request.wording.spoken_until(end)
        return settlement.note_heard(
            generation_id=generation.pk, characters=spoken, seconds=round(seconds, 3)
        )

    said = deliver(
        generation, request, sender, mark,
        audible=generation.preview, longest=longest(request), heard=heard,
    )  # fmt: skip
    if rights.refusal and (back := sender.take_back()):  # else minutes more would be heard
        said = said.without(back)
        settlement.note_taken_back(
            began=generation,
            characters=request.wording.spoken_until(said.end),
            seconds=round(said.seconds, 3),
        )
    settlement.settle(  # if it was released meanwhile, what was noted is charged, and no more was sent
        generation_id=generation.pk,
        characters=generation.characters_reserved
        if said.whole
        else request.wording.spoken_until(said.end),
        seconds=round(said.seconds, 3),
        from_cache=said.from_cache,
    )
    if said.failure:
        sender.fail(rights.refusal or said.failure)
    else:
        sender.end(said.samples)


def longest(request: SpeechRequest) -> float:
    """The seconds that a request may last for what it costs."""
    characters = reservations.cost_of(request.wording)
    return FREE_SECONDS + SECONDS_A_CHARACTER * characters / min(1.0, request.speed)


def _too_long() -> TextRefused:
    return TextRefused("speech_too_long", "It takes far longer to say than its characters cost.")


@dataclass(frozen=True)
class Said:
    """What was sent of a request: whether all of it, else up to which character; seconds of speech.

    samples: at 24 kHz, of all audio in the stream; failure: why it broke off, if not because the listener
    hung up: not_taken by a slow one, interrupted where nothing is reserved for it any more, or speech_too_long;
    sent: its end and seconds with each piece of audio.
    """

    whole: bool
    end: int
    seconds: float
    from_cache: bool
    samples: int
    failure: str = ""
    sent: Sequence[tuple[int, float]] = ()

    def without(self, pieces: int) -> Said:
        """The same, without the last pieces of audio, which were taken back."""
        end, seconds = ((0, 0.0), *self.sent)[max(0, len(self.sent) - pieces)]
        return replace(self, end=end, seconds=seconds)


def deliver(
    row: Generation | Trial,
    request: SpeechRequest,
    sender: Sender,
    mark: Mark,
    *,
    audible: bool,
    longest: float,
    heard: Callable[[int, float], bool] = lambda *_: True,
) -> Said:
    """Speak a request into a stream, which the caller ends.

    row: whose voice and version speak; audible: whether the mark of unpaid speech is heard; longest:
    seconds after which it breaks off; heard: notes, before a piece is sent, up to which character and how
    many seconds were heard with it, and whether it may be sent.

    Raises:
        TextRefused: speech_too_long, before anything was sent; and what the engine refuses.
    """
    encoder = StreamEncoder(request.audio_format, rate=request.rate, bit_rate=request.bit_rate)
    watermarker = watermarker_for(mark)
    stop = threading.Event()
    from_cache, chunks = _synthesize(row, request.wording, request.speed, stop)
    if not request.noticed:
        chunks = _with_notice(row, chunks, stop)
    end, seconds, failure = 0, 0.0, ""
    sent: list[tuple[int, float]] = []
    for chunk in _until_stopped(chunks, stop, sender.stopped):
        if seconds + chunk.seconds > longest:
            stop.set()
            if not seconds:
                raise _too_long()
            failure = _too_long().code
            break
        samples = chunk.samples
        if audible:
            samples = add_preview_mark(samples, chunk.offset)
        audio = encoder.encode(watermarker.mark(samples))
        if not heard(chunk.end, seconds + chunk.seconds):
            stop.set()
            break
        end, seconds = chunk.end, seconds + chunk.seconds
        if request.words:
            sender.words(chunk.words, chunk.marks)
        sender.audio(audio, chunk.seconds)
        if audio:
            sent.append((end, seconds))
    whole = not stop.is_set()
    if whole:
        sender.audio(encoder.encode(watermarker.finish()) + encoder.finish())
    elif sender.gave_up:
        failure = "not_taken"
    elif not heard(end, seconds):
        failure = "interrupted"
    elif not failure and not sender.stopped():
        failure = _too_long().code  # `MAX_SPEECH` is over
    return Said(whole, end, seconds, from_cache, encoder.samples, failure, sent)


def _synthesize(
    row: Generation | Trial, wording: Wording, speed: float, stop: threading.Event
) -> tuple[bool, Iterator[AudioChunk]]:
    """Whether a text comes from the cache, and its chunks; new speech is cached once complete."""
    version, voice = row.voice_version, row.voice
    engine = engine_for(version)
    cache = AudioCache(settings.REDIS_URL, limit=settings.AUDIO_CACHE_BYTES)
    key = cache.key(
        template_sha256=version.sha256,
        engine=f"{engine.name} {engine.version} {engine.edges}",
        text=wording.sound(voice.language),
        speed=speed,
    )
    cached = cache.get(key, written=len(wording.written))
    if cached is not None:
        return True, iter(cached)
    template = template_of(version.voice.creator_id, version.storage_key, version.sha256)
    source = engine.synthesize(wording, template, speed=speed, stop=stop)

    def caching() -> Iterator[AudioChunk]:
        spoken: list[AudioChunk] = []
        left = CACHED_SECONDS
        for chunk in source:
            left -= chunk.seconds
            if left >= 0:
                spoken.append(chunk)
            else:
                spoken.clear()  # long speech is not cached, so it isn't collected either
            yield chunk
        if left >= 0 and not stop.is_set():
            cache.put(key, spoken, written=len(wording.written), voice=str(voice.pk))

    return False, caching()


def _with_notice(
    row: Generation | Trial, chunks: Iterator[AudioChunk], stop: threading.Event
) -> Iterator[AudioChunk]:
    """Prepend an audible notice that a machine is speaking, if the operator wants one."""
    if settings.AI_NOTICE != "audible":
        return chunks
    _, notice = _synthesize(row, Wording(notice_in(row.voice.language)), 1.0, stop)
    return prepend_notice(notice, chunks)


@shared_task(name=Work.SPEAK_ITEM, **WHILE_STORE_AWAY)
def speak_item(item_id: int) -> None:
    """Speak one text of a job into the object store. Safe to run twice: one worker gets the claim,
    a spoken item is skipped, and an item whose worker died starts over."""
    item = jobs.claim_item(item_id=item_id)
    if item is None:
        return
    generation = item.generation
    try:
        going_on.require_may_go_on(generation)
        wanted = _wanted(item)
        recorded.require_as_recorded(generation, wanted)
        wordings.require_fit_to_hear(generation.api_key, wanted)
        audio, seconds, from_cache = _render_item(item, wanted)
        going_on.require_may_go_on_by_now(generation_id=generation.pk)
        key = f"jobs/{item.job.public_id}/{item.position}-{storage.random_name()}"
        storage.put(key, audio)
    except wordings.NotToBeHeard as found:
        settlement.release(generation_id=generation.pk, failure="text_refused")
        jobs.fail_item(item_id=item_id, code="text_refused", refusal=found.refusal())
    except (SpeechRefused, TextRefused) as refusal:
        settlement.release(generation_id=generation.pk, failure=refusal.code)
        jobs.fail_item(item_id=item_id, code=refusal.code)
    except StorageUnavailable:
        raise
    except Exception:
        _log.exception("job failed", extra={"fields": {"item": item_id}})
        settlement.release(generation_id=generation.pk, failure="engine_failed")
        jobs.fail_item(item_id=item_id, code="engine_failed")
    else:
        is_paid = settlement.settle(
            generation_id=generation.pk,
            characters=generation.characters_reserved,
            seconds=round(seconds, 3),
            from_cache=from_cache,
        )
        if is_paid:
            jobs.finish_item(item_id=item_id, storage_key=key)
        else:  # its reservation was released while it was spoken
            storage.delete(key)
            jobs.fail_item(item_id=item_id, code="reservation_released")


def _wanted(item: SpeechJobItem) -> SpeechRequest:
    """What an item asks for, read as it was when it was accepted."""
    generation = item.generation
    lexicon = lexicons.words_of(generation.lexicon_versions)
    return SpeechRequest(
        wording=Wording.of(item.text, generation.voice.language, lexicon),
        voice=generation.voice.slug,
        audio_format=item.job.audio_format,
        speed=item.job.speed,
        use=generation.use,
    )


def _render_item(item: SpeechJobItem, wanted: SpeechRequest) -> tuple[bytes, float, bool]:
    """An item's audio, its seconds, and whether it came from the cache."""

    def tell(_: str, share: float) -> None:
        jobs.report_progress(item_id=item.pk, progress=share)
        settlement.note_heard(generation_id=item.generation.pk)  # nothing, but it is being spoken
        try:
            going_on.require_may_go_on_by_now(generation_id=item.generation.pk)
        except SpeechRefused:
            stop.set()
            raise

    report = throttle(tell)
    encoder, seconds = FileEncoder(item.job.audio_format), 0.0
    watermarker = watermarker_for(provenance.mark_generation(generation=item.generation))
    stop = threading.Event()
    written = len(wanted.wording.written)
    from_cache, chunks = _synthesize(item.generation, wanted.wording, wanted.speed, stop)
    most = longest(wanted)
    for chunk in _with_notice(item.generation, chunks, stop):
        if seconds + chunk.seconds > most:
            stop.set()
            raise _too_long()
        samples = chunk.samples
        if item.generation.preview:
            samples = add_preview_mark(samples, chunk.offset)
        encoder.add(watermarker.mark(samples))
        seconds += chunk.seconds
        report("", min(1.0, chunk.end / written))
    encoder.add(watermarker.finish())
    audio, audio_format = encoder.finish(), item.job.audio_format
    if audio_format in credentials.MEDIA_TYPES:
        audio = credentials.embed(audio, audio_format, queries.manifest_of(item.generation))
    return audio, seconds, from_cache


def _until_stopped(
    chunks: Iterable[AudioChunk], stop: threading.Event, stopped: Callable[[], bool]
) -> Iterator[AudioChunk]:
    """Yield chunks until the listener hangs up or `MAX_SPEECH` is over; then set `stop`, which ends
    the work. A worker with threads has no other time limit.
    """
    until = time.monotonic() + MAX_SPEECH
    for chunk in chunks:
        if stopped() or time.monotonic() > until:
            stop.set()
            return
        yield chunk
