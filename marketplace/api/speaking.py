"""From a wish to a stream: what every protocol's speech endpoint does."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.db import transaction
from rest_framework.request import Request

from marketplace.api import idempotency
from marketplace.api.models import IdempotentRequest
from marketplace.licensing import usage
from marketplace.licensing.access import SpeechRefused
from marketplace.licensing.certificates import plan_rights, rights_summary
from marketplace.licensing.models import ApiKey, Generation
from marketplace.policy import services as policy
from marketplace.provenance.queries import manifest_path
from synthesis import tasks
from synthesis.audio.encoding import RATE, media_type
from synthesis.engines.interface import TextRefused
from synthesis.speech_stream import Piece, Receiver, SpeechFailed, SpeechRequest
from synthesis.text import ssml

FIRST_AUDIO = 120.0  # seconds a listener waits for the first sound
NEXT_AUDIO = 60.0  # seconds between pieces
_FAILURES = {
    "timeout": (503, "system_busy", "The engine is busy. Try again in a moment."),
    "interrupted": (503, "interrupted", "The engine was restarted. Send the request again."),
    "engine_failed": (500, "engine_failed", "Speaking failed on our side; nothing was charged."),
}


@dataclass(frozen=True)
class Wish:
    """What to say, how, and what for; rate: Hz; bit_rate: bit/s, 0 for the format's own."""

    text: str
    voice: str
    audio_format: str
    speed: float = 1.0
    use: str = ""
    rate: int = RATE
    bit_rate: int = 0
    words: bool = False

    @property
    def media_type(self) -> str:
        return media_type(self.audio_format, self.rate)


@dataclass
class Speaking:
    """Speech that has begun: its first piece is here, the rest follows."""

    generation: Generation
    receiver: Receiver
    first: Piece
    headers: dict[str, str]

    async def pieces(self) -> AsyncIterator[Piece]:
        """Everything; when the listener hangs up, the worker is told to stop."""
        whole = False
        try:
            yield self.first
            async for piece in self.receiver.rest(NEXT_AUDIO):
                yield piece
            whole = True
        finally:
            if not whole:
                await self.receiver.stop()
            with contextlib.suppress(Exception):
                await self.receiver.close()

    async def audio(self) -> AsyncIterator[bytes]:
        """The audio alone."""
        async for piece in self.pieces():
            if piece.audio:
                yield piece.audio


def spoken_text(text: str) -> str:
    """What of an input is spoken and paid for: all of it, or what SSML leaves.

    Raises:
        SpeechRefused: ssml, empty_text.
    """
    if not ssml.is_ssml(text):
        return text
    try:
        return ssml.parse(text).text
    except TextRefused as refusal:
        raise SpeechRefused(422, refusal.code, str(refusal)) from refusal


def begin(request: Request, wish: Wish) -> Speaking:
    """Reserve, hand the work to a speech worker, and wait for the first sound.

    With an Idempotency-Key, a repeat is spoken again at no cost, and one that broke off goes on
    being the same piece of usage.

    Raises:
        SpeechRefused: whatever stands against it; nothing is charged then.
    """
    key = request.auth
    assert isinstance(key, ApiKey)
    policy.require_allowed(key=key, voice=wish.voice, text=spoken_text(wish.text), use=wish.use)
    generation, replayed = _generation(request, key, wish)
    stream = f"{generation.public_id}-{uuid.uuid4().hex}"  # each try has a stream of its own
    receiver = Receiver(settings.REDIS_URL, stream)
    try:
        first = async_to_sync(_first)(receiver, generation, wish, stream)
    except SpeechFailed as failure:
        async_to_sync(_abandon)(receiver)
        usage.release(generation_id=generation.pk, failure=failure.code)
        raise SpeechRefused(
            *_FAILURES.get(failure.code, (422, failure.code, "This text can't be spoken."))
        ) from failure
    licence = generation.licence
    headers = {
        **(
            {"X-Licence": licence.number, "Timbre-Rights": json.dumps(rights_summary(licence))}
            if licence is not None
            else {"Timbre-Rights": json.dumps(plan_rights(generation))}
        ),
        "X-Generation-Id": str(generation.public_id),
        "X-AI-Generated": "true",
        "Link": f'<{manifest_path(generation)}>; rel="describedby"',
        "Character-Cost": "0" if replayed else str(generation.characters_reserved),
        "Cache-Control": "no-store",
    }
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    return Speaking(generation, receiver, first, headers)


def _generation(request: Request, key: ApiKey, wish: Wish) -> tuple[Generation, bool]:
    """The usage of a request, and whether it was spoken before."""
    row = idempotency.claim(request)
    if row is None:
        return _reserve(request, key, wish), False
    with transaction.atomic():
        row = (
            IdempotentRequest.objects.select_for_update(of=("self",))
            .select_related("generation__licence", "generation__voice", "generation__plan_month")
            .get(pk=row.pk)
        )
        known = row.generation
        if known is not None and known.state == Generation.State.RESERVED:
            raise SpeechRefused(
                409, "request_in_progress", "The first request with this key is still being spoken."
            )
        if known is not None and known.state == Generation.State.SETTLED:
            return known, not usage.reopen(generation_id=known.pk)
        row.generation = _reserve(request, key, wish)
        row.save(update_fields=["generation"])
    return row.generation, False


def _reserve(request: Request, key: ApiKey, wish: Wish) -> Generation:
    return usage.reserve(
        key=key,
        voice_slug=wish.voice,
        text=spoken_text(wish.text),
        audio_format=wish.audio_format,
        use=wish.use,
        request_id=request.META.get("timbre.request_id", ""),
    )


async def _first(receiver: Receiver, generation: Generation, wish: Wish, stream: str) -> Piece:
    await receiver.request(
        SpeechRequest(
            wish.text, wish.speed, wish.audio_format, wish.rate, wish.bit_rate, wish.words
        )
    )
    await sync_to_async(tasks.speak.delay)(generation.pk, stream)
    return await receiver.next(FIRST_AUDIO) or Piece()


async def _abandon(receiver: Receiver) -> None:
    await receiver.stop()
    await receiver.close()


async def collect(speaking: Speaking) -> list[Piece]:
    """All of it, where the answer is one document."""
    return [piece async for piece in speaking.pieces()]
