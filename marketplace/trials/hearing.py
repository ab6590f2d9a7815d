"""Hearing a trial: as it is spoken, for the first player that asks, and afterwards from what is kept."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import AsyncIterator

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext

from marketplace.api.speaking import NEXT_AUDIO, refusal_of
from marketplace.database_connections import give_back_now
from marketplace.refusals import Refused, SpeechRefused
from marketplace.trials import queries
from marketplace.trials.models import Trial
from synthesis.refusals import SpeechFailed
from synthesis.speech_stream import Piece, Receiver

FIRST_AUDIO = 30.0  # seconds a visitor waits for the first sound,
WHOLE_AUDIO = 20.0  # and a second player for the whole
WAITING = 8  # requests of a process that wait for the whole at once
_waiting = threading.BoundedSemaphore(WAITING)


def hear(trial: Trial) -> bytes | AsyncIterator[bytes]:
    """The audio (MP3): whole if it is finished, else as it is made.

    A stream is read once, so whoever asks again meanwhile waits for the whole.

    Raises:
        Refused: voice_not_found, trial_over.
        SpeechRefused: why it is not spoken; system_busy, engine_loading (503).
    """
    if not queries.may_be_heard(trial):
        raise Refused("voice_not_found", gettext("This voice is not on sale any more."))
    kept = _kept(trial)
    if kept is not None:
        return kept
    if cache.add(f"{queries.audio_key(trial)}:live", 1, int(queries.KEPT.total_seconds())):
        return _live(trial)
    return _whole(trial)


def _kept(trial: Trial) -> bytes | None:
    """The finished audio; None while there is none.

    Raises:
        Refused: trial_over.
        SpeechRefused: why there will be none.
    """
    audio = queries.audio_of(trial)
    if audio is not None:
        return audio
    refused = queries.refused(trial)
    if refused is not None:
        raise refused
    if trial.state == Trial.State.SPOKEN:
        raise Refused(
            "trial_over", gettext("This line is not kept any more. Have it spoken again.")
        )
    return None


def _live(trial: Trial) -> AsyncIterator[bytes]:
    receiver = Receiver(settings.REDIS_URL, trial.stream)
    give_back_now()
    try:
        first = async_to_sync(_first)(receiver)
    except SpeechFailed as failure:
        trial.refresh_from_db()
        raise queries.refused(trial) or refusal_of(failure.code) from failure
    return _audio(receiver, first)


async def _first(receiver: Receiver) -> Piece:
    try:
        return await receiver.next(FIRST_AUDIO) or Piece()
    finally:
        await receiver.disconnect()


async def _audio(receiver: Receiver, first: Piece) -> AsyncIterator[bytes]:
    try:
        yield first.audio
        async for piece in receiver.rest(NEXT_AUDIO):
            yield piece.audio
    finally:
        with contextlib.suppress(Exception):
            await receiver.close()


def _whole(trial: Trial) -> bytes:
    until = time.monotonic() + WHOLE_AUDIO
    if _waiting.acquire(blocking=False):
        try:
            while time.monotonic() < until:
                give_back_now()
                time.sleep(0.1)
                trial.refresh_from_db()
                audio = _kept(trial)
                if audio is not None:
                    return audio
        finally:
            _waiting.release()
    raise SpeechRefused(503, "system_busy", gettext("The engine is busy. Try again in a moment."))
