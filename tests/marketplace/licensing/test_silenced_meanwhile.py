"""What is being spoken ends when its voice may not speak any more; what was heard by then is charged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from marketplace.api import jobs
from marketplace.api.models import SpeechJobItem
from marketplace.consent.models import Consent
from marketplace.licensing import reservations, settlement
from marketplace.licensing.models import Generation, Licence
from marketplace.listings.models import Listing
from synthesis.engines.interface import AudioChunk
from synthesis.tasks import rights, speaking
from tests import factories
from tests.listeners import Listener, Slow

pytestmark = pytest.mark.django_db
RATE = 24_000
TEXT = "One sentence. Another one. A third."
ENDS = (13, 26, len(TEXT))


def _suspend() -> None:
    Listing.objects.update(state=Listing.State.SUSPENDED)


def _revoke() -> None:
    Licence.objects.update(state=Licence.State.REVOKED)


def _withdraw() -> None:
    Consent.objects.update(state=Consent.State.REVOKED, revoked_at=timezone.now())


SILENCED = pytest.mark.parametrize(
    ("meanwhile", "why"),
    [
        (_suspend, "listing_suspended"),
        (_revoke, "licence_revoked"),
        (_withdraw, "consent_withdrawn"),
    ],
)


@pytest.fixture(autouse=True)
def _ask_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "ASKED_AGAIN", -1.0)


def _three_chunks(before_the_third: Callable[[], object]) -> Callable[..., Any]:
    def chunks() -> Iterator[AudioChunk]:
        second, begun = np.zeros(RATE, np.float32), (0, *ENDS[:2])
        for n in range(3):
            if n == 2:
                before_the_third()
            yield AudioChunk(second, RATE, begun[n], ENDS[n], float(n))

    return lambda *_: (False, chunks())


@SILENCED
def test_a_stream_breaks_off_and_what_was_heard_is_charged(
    monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], None], why: str
) -> None:
    key, _ = factories.make_key()
    licence = key.licences.get()
    wanted = factories.wanted(licence.voice.slug, TEXT, audio_format="pcm")
    made, listener = reservations.reserve(key=key, wanted=wanted), Slow(lambda: None)
    monkeypatch.setattr(speaking, "_synthesize", _three_chunks(meanwhile))
    speaking._speak(made, wanted, listener)  # type: ignore[arg-type]
    licence.refresh_from_db()
    assert listener.ended == why
    assert listener.heard <= 2 * 2 * RATE  # the two seconds before, as far as their mark was ready
    assert licence.characters_used == ENDS[1]


@SILENCED
def test_a_text_of_a_job_is_not_finished_and_costs_nothing(
    monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], None], why: str
) -> None:
    key, _ = factories.make_key()
    licence = key.licences.get()
    wanted = factories.wanted(licence.voice.slug, TEXT, audio_format="wav")
    job = jobs.create_job(key=key, requests=[wanted])
    monkeypatch.setattr(speaking, "_synthesize", _three_chunks(meanwhile))
    speaking.speak_item(job.items.get().pk)
    item = job.items.get()
    licence.refresh_from_db()
    assert (item.state, item.error_code) == (SpeechJobItem.State.FAILED, why)
    assert item.storage_key == ""
    assert item.generation.state == Generation.State.RELEASED
    assert licence.characters_used == 0


class _Behind(Listener):
    """Takes the first piece of audio, and the others wait."""

    def take_back(self) -> int:
        return self.pieces - 1


@pytest.mark.parametrize("heard_before", [0, 20])
def test_what_was_sent_and_not_taken_yet_is_taken_back_and_not_charged(
    monkeypatch: pytest.MonkeyPatch, heard_before: int
) -> None:
    key, _ = factories.make_key()
    licence = key.licences.get()
    wanted = factories.wanted(licence.voice.slug, TEXT, audio_format="pcm")
    made, listener = reservations.reserve(key=key, wanted=wanted), _Behind()
    if heard_before:
        settlement.settle(generation_id=made.pk, characters=heard_before, seconds=0.5)
        assert reservations.reopen(generation_id=made.pk)
        made.refresh_from_db()
    monkeypatch.setattr(speaking, "_synthesize", _three_chunks(_suspend))
    speaking._speak(made, wanted, listener)  # type: ignore[arg-type]
    licence.refresh_from_db()
    assert (listener.pieces, listener.ended) == (2, "listing_suspended")
    assert licence.characters_used == max(heard_before, ENDS[0])
