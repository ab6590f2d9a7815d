"""Dialogues: texts of several voices, reserved together and spoken one after another.

Each part is licensed, charged, marked and recorded as if it had been asked for alone.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace

from asgiref.sync import async_to_sync, sync_to_async
from django.db import transaction
from rest_framework.request import Request

from marketplace.api import wordings
from marketplace.api.speaking import Speaking, admitted, begun, reserved_for, started
from marketplace.lexicons.models import LexiconVersion
from marketplace.licensing import reservations, settlement
from marketplace.licensing.models import Generation
from marketplace.refusals import SpeechRefused
from synthesis.audio.encoding import with_length
from synthesis.speech_request import SpeechRequest

WAV_HEADER = 44  # bytes


@dataclass
class Dialogue:
    """A dialogue whose first sound is there. rest: the parts behind the first."""

    first: Speaking
    rest: list[tuple[Generation, SpeechRequest]]
    wanted: SpeechRequest
    headers: dict[str, str]
    samples: int = 0
    is_heard: bool = False

    def leave(self) -> None:
        """Release the parts behind the first where nobody took any audio; else `audio` does."""
        if not self.is_heard:
            _release(self.rest, "not_reached")

    async def audio(self) -> AsyncIterator[bytes]:
        """The audio of every part; of those that nobody waits for any more, nothing is charged."""
        self.is_heard = True
        waiting = deque(self.rest)
        speaking = self.first
        try:
            while True:
                is_first = speaking is self.first
                async with contextlib.aclosing(speaking.audio()) as pieces:
                    skipped = 0 if is_first or self.wanted.audio_format != "wav" else WAV_HEADER
                    async for piece in pieces:
                        yield piece[skipped:]
                        skipped = max(0, skipped - len(piece))
                self.samples += speaking.receiver.samples
                if not waiting:
                    return
                generation, wanted = waiting[0]
                await sync_to_async(reservations.take_turn)(generation_id=generation.pk)
                receiver, first = await begun(generation, wanted)
                waiting.popleft()
                speaking = Speaking(generation, receiver, first, {})
        finally:
            await sync_to_async(_release)(waiting, "not_reached")


def _release(parts: Iterable[tuple[Generation, SpeechRequest]], failure: str) -> None:
    for generation, _ in parts:
        settlement.release(generation_id=generation.pk, failure=failure)


def begin_dialogue(
    request: Request, wanted: Sequence[SpeechRequest], lexicons: Sequence[LexiconVersion] = ()
) -> Dialogue:
    """Reserve every part, or none, and wait for the first sound, before which all are judged.

    Raises:
        SpeechRefused: a part is refused; nothing is spoken or charged.
    """
    voices = {each.voice for each in wanted}
    key, versions = admitted(request, voices, lexicons)
    first, *others = wordings.read_each(wanted, versions)
    first = replace(first, beside=tuple((each.voice, each.wording) for each in others))
    parts = [first, *others]
    with transaction.atomic():
        reservations.lock_payers(key=key, voice_slugs=voices)
        made = [reserved_for(request, key, each, part=n) for n, each in enumerate(parts)]
    rest = [(generation, each) for (generation, _), each in zip(made, parts, strict=True)][1:]
    try:
        speaking = started(*made[0], first)
    except SpeechRefused as refused:
        _release(rest, refused.code)
        raise
    except BaseException:
        _release(rest, "not_reached")
        raise
    cost = sum(0 if again else each.characters_reserved for each, again in made)
    headers = speaking.headers | {
        "Character-Cost": str(cost),
        "Timbre-Generations": ", ".join(str(each.public_id) for each, _ in made),
    }
    return Dialogue(speaking, rest, first, headers)


def collect_dialogue(dialogue: Dialogue) -> bytes:
    """All of its audio, whose header holds its length."""
    audio = async_to_sync(_all)(dialogue)
    wanted = dialogue.wanted
    return with_length(audio, wanted.audio_format, dialogue.samples, wanted.rate)


async def _all(dialogue: Dialogue) -> bytes:
    return b"".join([piece async for piece in dialogue.audio()])
