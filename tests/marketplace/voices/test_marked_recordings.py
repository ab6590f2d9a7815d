"""What this platform spoke is found in a recording wherever it stands."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from marketplace import storage
from marketplace.consent import evidence
from marketplace.moderation import searches
from marketplace.moderation.models import SpeakerSearch
from marketplace.signing import watermark_key
from synthesis.audio.decoding import Recording
from synthesis.audio.resample import resample
from synthesis.refusals import AudioRefused
from synthesis.tasks import listening
from synthesis.watermark.embedding import watermark
from synthesis.watermark.interface import Verdict
from tests import factories

RATE = 16_000


@pytest.mark.parametrize("seconds", [5, 20, 29, 61])
def test_the_end_of_a_recording_is_searched_for_our_mark_too(
    monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    marked = seconds * RATE - 2 * RATE  # the last two seconds were spoken by us

    def find_mark(samples: Any, rate: int) -> Any:
        found = samples[-1] > marked and len(samples) <= listening.MARKED_PART * rate
        return SimpleNamespace(verdict=Verdict.WATERMARKED if found else None)

    monkeypatch.setattr(listening, "find_mark", find_mark)
    samples = np.arange(seconds * RATE, dtype=np.float32)
    with pytest.raises(AudioRefused) as refusal:
        listening._require_unmarked(Recording(samples, RATE, "wav"))
    assert refusal.value.code == "own_watermark"


@pytest.fixture
def marked_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is read was spoken by us; nothing asks a model what was said."""

    def never(*_: object, **__: object) -> None:
        raise AssertionError("what we spoke ourselves is listened to")

    found = SimpleNamespace(verdict=Verdict.WATERMARKED)
    decoded = Recording(np.zeros(5 * RATE, np.float32), RATE, "ogg")
    monkeypatch.setattr(listening, "find_mark", lambda samples, rate: found)
    monkeypatch.setattr(listening.decoding, "decode", lambda *_, **__: decoded)
    monkeypatch.setattr(listening.reading_check, "check", never)


@pytest.mark.django_db
def test_a_statement_that_we_spoke_ourselves_is_no_reading(
    marked_reading: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "reading_of", lambda consent: b"OggS")
    finding = listening._check_statement(factories.make_consent(factories.make_voice()))
    assert finding.code == "own_watermark"
    assert finding.scores == {}


@pytest.mark.django_db
def test_a_search_for_a_voice_that_we_spoke_ourselves_finds_nothing(
    marked_reading: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = searches.record_reading(
        search=searches.begin_search(), data=b"OggS" + bytes(200), sender="one"
    )
    monkeypatch.setattr(storage, "get_encrypted", lambda *_: b"OggS")
    listening.hear_search(search.pk)
    search.refresh_from_db()
    assert (search.state, search.reason_code) == (SpeakerSearch.State.REFUSED, "own_watermark")
    assert not search.matches.exists()


def test_speech_of_many_requests_is_no_persons_recording(person: list[Recording]) -> None:
    speech = resample(person[0].samples, person[0].rate, 24_000)[: 12 * 24_000]
    pieces = [
        watermark(speech[at : at + 48_000], watermark_key(), 0x9E3779B1 * at & 0xFFFFFFFF)
        for at in range(0, len(speech), 48_000)
    ]
    with pytest.raises(AudioRefused) as refusal:
        listening._require_unmarked(Recording(np.concatenate(pieces), 24_000, "wav"))
    assert refusal.value.code == "own_watermark"
