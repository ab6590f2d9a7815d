"""However much a speaker recorded, a bounded part of it is compared, one recording at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from synthesis.audio.decoding import Recording, decode
from synthesis.liveness import network as liveness
from synthesis.verification import dvector, ge2e
from synthesis.verification.reading_check import most_spoken, speaker_of

RATE = 16_000


def _recording(*parts: tuple[float, float]) -> Recording:
    """Noise: seconds and level of each part."""
    noise = np.random.default_rng(1)
    parts_of = [noise.normal(0, level, int(seconds * RATE)) for seconds, level in parts]
    return Recording(np.concatenate(parts_of).astype(np.float32), RATE, "wav")


def test_a_recording_that_is_not_longer_is_compared_as_a_whole() -> None:
    recording = _recording((60.0, 0.1))
    assert most_spoken(recording, 60.0) is recording


def test_of_a_longer_one_the_part_with_most_speech_is_compared_and_not_its_pause() -> None:
    recording = _recording((20.0, 0.1), (70.0, 1e-4), (60.0, 0.1), (30.0, 1e-4))
    part = most_spoken(recording, 60.0)
    assert np.array_equal(part.samples, recording.samples[90 * RATE : 150 * RATE])
    assert np.array_equal(part.samples, most_spoken(recording, 60.0).samples)
    assert part.samples.base is None  # nothing keeps the rest in memory


def test_a_silent_recording_has_a_part_too() -> None:
    silent = Recording(np.zeros(100 * RATE, np.float32), RATE, "wav")
    assert most_spoken(silent, 60.5).seconds == 60.0


def test_one_recording_after_the_other_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    unit = np.eye(1, 256, dtype=np.float32)[0]

    def embed(*_: Any) -> Any:
        order.append("embedded")
        return unit

    def recordings() -> Iterator[Recording]:
        for _ in range(2):
            order.append("decoded")
            yield _recording((3.0, 0.1))

    monkeypatch.setattr(ge2e, "embed", embed)
    monkeypatch.setattr(dvector, "embed", lambda *_: unit)
    speaker_of(recordings())
    assert order == ["decoded", "embedded"] * 2


class _Counting:
    """A network, and how many windows it got at a time."""

    def __init__(self, network: Any) -> None:
        self.network, self.sizes = network, list[int]()

    def __call__(self, windows: torch.Tensor) -> torch.Tensor:
        self.sizes.append(len(windows))
        result: torch.Tensor = self.network(windows)
        return result


def test_windows_are_judged_in_batches_with_the_same_result(
    people: dict[str, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    take = decode(next(iter(people.values()))[0].read_bytes())
    long = np.tile(take.samples, -(-20 * take.rate // len(take.samples)))
    whole, embedded = liveness.judge(long, take.rate), ge2e.embed(long, take.rate)
    judging, embedding = _Counting(liveness.network()), _Counting(ge2e.encoder())
    monkeypatch.setattr(liveness, "network", lambda: judging)
    monkeypatch.setattr(ge2e, "encoder", lambda: embedding)
    monkeypatch.setattr(liveness, "BATCH", 5)
    monkeypatch.setattr(ge2e, "BATCH", 5)
    found = liveness.judge(long, take.rate)
    assert (found.live, found.splices) == pytest.approx((whole.live, whole.splices), abs=2e-3)
    assert np.allclose(ge2e.embed(long, take.rate), embedded, atol=1e-5)
    assert max(judging.sizes) == max(embedding.sizes) == 5


def test_a_part_of_a_person_is_that_person(people: dict[str, list[Path]]) -> None:
    takes = [decode(path.read_bytes()) for path in next(iter(people.values()))[:6]]
    whole = replace(takes[0], samples=np.concatenate([take.samples for take in takes]))
    part = most_spoken(whole, whole.seconds / 3)
    all_of_it, some = speaker_of([whole]), speaker_of([part])
    assert float(all_of_it.ge2e @ some.ge2e) > 0.95
    assert float(all_of_it.dvector @ some.dvector) > 0.95
