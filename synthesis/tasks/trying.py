"""A visitor's own line, spoken once into their browser."""

from __future__ import annotations

import logging
import math

from celery import shared_task
from django.conf import settings

from marketplace.policy.sounds import heard_texts
from marketplace.queue import Work
from marketplace.refusals import Refused
from marketplace.trials import lines, queries, services
from marketplace.trials.models import Trial
from synthesis.audio.encoding import FORMATS
from synthesis.refusals import TextRefused, TextTooLong
from synthesis.speech_request import SpeechRequest
from synthesis.speech_stream import Sender
from synthesis.tasks.speaking import deliver
from synthesis.text.wording import Wording

_log = logging.getLogger(__name__)
AUDIO_FORMAT = "mp3"
LONGEST_HEARD = 30  # seconds: a short line of large numbers may take minutes
_LARGEST = LONGEST_HEARD * FORMATS[AUDIO_FORMAT].bit_rate // 8


class _Keeper(Sender):
    """Sends audio and keeps it, so that a player may ask again.

    Its length alone stops the work, not that nobody listens: who asks again hears the whole.
    """

    def __init__(self, url: str, name: str) -> None:
        super().__init__(url, name)
        self.kept = bytearray()

    def audio(self, data: bytes, seconds: float = 0.0) -> None:
        self.kept += data
        super().audio(data, seconds)

    def stopped(self) -> bool:
        return len(self.kept) >= _LARGEST


@shared_task(name=Work.SPEAK_TRIAL)
def speak_trial(trial_id: int) -> None:
    """Speak a line into its stream, if its voice may say it. Safe to run twice: one worker gets the
    claim, and what it leaves unfinished is ended by the sweep.
    """
    trial = queries.waiting(trial_id)
    if trial is None:
        return
    sender = _Keeper(settings.REDIS_URL, trial.stream)
    try:
        wording = _require_fit(trial)
        claimed = services.begin(trial_id=trial_id)
        if claimed is not None:
            _speak(claimed, wording, sender)
    except Refused as refusal:
        services.refuse(trial_id=trial_id, code=refusal.code, reason=str(refusal))
        sender.fail(refusal.code)
    except (TextRefused, TextTooLong) as refusal:
        services.refuse(trial_id=trial_id, code=refusal.code, reason="")
        sender.fail(refusal.code)
    except Exception:
        _log.exception("trial failed", extra={"fields": {"trial": trial_id}})
        services.fail(trial_id=trial_id, code="engine_failed")
        sender.fail("engine_failed")


def _require_fit(trial: Trial) -> Wording:
    """The line as it is read, if its voice is still on sale and the line may be heard."""
    if not queries.may_be_heard(trial):
        raise Refused("voice_not_found", "This voice is not on sale any more.")
    language = trial.voice.language
    wording = Wording.of(trial.text, language)
    lines.require_fit(wording.spoken, heard_texts(wording, language))
    return wording


def _speak(trial: Trial, wording: Wording, sender: _Keeper) -> None:
    assert trial.mark is not None
    wanted = SpeechRequest(wording, trial.voice.slug, AUDIO_FORMAT)
    said = deliver(trial, wanted, sender, trial.mark, audible=True, longest=math.inf)
    services.finish(
        trial_id=trial.pk,
        audio=bytes(sender.kept),
        seconds=said.seconds,
        from_cache=said.from_cache,
    )
    sender.end(said.samples)
