"""What this platform spoke is found in a recording wherever it stands."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from marketplace.signing import watermark_key
from synthesis.audio.decoding import Recording
from synthesis.audio.resample import resample
from synthesis.refusals import AudioRefused
from synthesis.tasks import listening
from synthesis.watermark.embedding import watermark
from synthesis.watermark.interface import Verdict

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


def test_speech_of_many_requests_is_no_persons_recording(person: list[Recording]) -> None:
    speech = resample(person[0].samples, person[0].rate, 24_000)[: 12 * 24_000]
    pieces = [
        watermark(speech[at : at + 48_000], watermark_key(), 0x9E3779B1 * at & 0xFFFFFFFF)
        for at in range(0, len(speech), 48_000)
    ]
    with pytest.raises(AudioRefused) as refusal:
        listening._require_unmarked(Recording(np.concatenate(pieces), 24_000, "wav"))
    assert refusal.value.code == "own_watermark"
