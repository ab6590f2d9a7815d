"""The learned mark: the messages it sends in turn, and its networks with random weights.

Its real weights come with no package; what these tests can't show is that they are heard.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from synthesis import weights
from synthesis.audio.decoding import Recording
from synthesis.refusals import WeightsMissing
from synthesis.watermark import audioseal, methods, slots
from synthesis.watermark.interface import Detection, Verdict

KEY = b"a key"
PAYLOAD = 0xC0FFEE42


def _soft(payload: int, key: bytes, seconds: int, noise: float) -> NDArray[np.float32]:
    """The soft bits [BITS, parts] that a network hears of a mark."""
    signs = 2.0 * slots.messages(payload, key) - 1
    heard = np.concatenate([signs[n % slots.SLOTS][:, None].repeat(slots.PARTS, 1)
                            for n in range(seconds)], axis=1)  # fmt: skip
    return np.float32(heard + np.random.default_rng(0).normal(0, noise, heard.shape))


@given(
    payload=st.integers(0, 2**32 - 1), key=st.binary(min_size=1, max_size=64),
    cut=st.integers(0, 15), seconds=st.integers(9, 20),
)  # fmt: skip
def test_a_payload_is_read_wherever_a_clip_begins(
    payload: int, key: bytes, cut: int, seconds: int
) -> None:
    assert slots.read(_soft(payload, key, seconds, 0.5)[:, cut:], key) == payload


def test_a_mark_of_another_key_and_chance_are_not_read() -> None:
    assert slots.read(_soft(PAYLOAD, b"another key", 12, 0.1), KEY) is None
    chance = np.random.default_rng(1).normal(size=(500, slots.BITS, 40))
    assert all(slots.read(np.float32(each), KEY) is None for each in chance)


def test_fewer_than_all_slots_are_not_read() -> None:
    assert slots.read(_soft(PAYLOAD, KEY, 3, 0.0), KEY) is None
    assert slots.read(_soft(PAYLOAD, KEY, 4, 0.0), KEY) == PAYLOAD


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An operator's empty folder for the weights."""
    monkeypatch.setenv("TIMBRE_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("NO_TORCH_COMPILE", "1")
    (tmp_path / "audioseal").mkdir()
    caches = weights.locate, audioseal._generator, audioseal._detector
    for cache in caches:
        cache.cache_clear()
    yield tmp_path / "audioseal"
    for cache in caches:
        cache.cache_clear()


def _put_weights_of_chance(folder: Path) -> None:
    from audioseal import builder

    torch.manual_seed(0)
    for file, card, kind, create in (
        ("generator_base.pth", "audioseal_wm_16bits", builder.AudioSealWMConfig,
         builder.create_generator),
        ("detector_base.pth", "audioseal_detector_16bits", builder.AudioSealDetectorConfig,
         builder.create_detector),
    ):  # fmt: skip
        state = create(audioseal._configuration(card, kind)).state_dict()
        named = {name.replace("inner_conv.", ""): tensor for name, tensor in state.items()}
        torch.save({"model": named}, folder / file)  # under the names of the published ones


def test_without_weights_it_says_where_they_belong(folder: Path) -> None:
    with pytest.raises(WeightsMissing, match=r"TIMBRE_WEIGHTS.*facebook/audioseal"):
        methods.method("audioseal").marker(KEY, PAYLOAD)


def test_nothing_in_a_file_of_weights_is_run(folder: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (folder / "ran",)

    torch.save({"model": Trap()}, folder / "generator_base.pth")
    with pytest.raises(pickle.UnpicklingError):
        methods.method("audioseal").marker(KEY, PAYLOAD)
    assert not (folder / "ran").exists()


def test_a_stream_is_marked_a_second_at_a_time_and_stays_as_long(
    folder: Path, person: list[Recording]
) -> None:
    _put_weights_of_chance(folder)
    speech = person[0].samples[: int(1.3 * audioseal.RATE)]
    marker = methods.method("audioseal").marker(KEY, PAYLOAD)
    pieces = [marker.mark(speech[at : at + 7_000]) for at in range(0, len(speech), 7_000)]
    assert [len(piece) for piece in pieces] == [0, 0, 0, audioseal.SLOT, 0]
    marked = np.concatenate([*pieces, marker.finish()])
    assert marked.shape == speech.shape
    assert np.any(marked != speech)
    other = methods.method("audioseal").marker(KEY, PAYLOAD ^ 1 << 31).mark(speech)
    assert np.any(marked[: audioseal.SLOT] != other)
    found = methods.method("audioseal").detect(marked, audioseal.RATE, KEY)
    assert (found.payload, found.verdict) == (None, Verdict.INCONCLUSIVE)
    assert found.seconds == 1.3


@pytest.mark.parametrize(
    ("key", "seconds", "present", "verdict"),
    [
        (KEY, 8, 3.0, Verdict.WATERMARKED),
        (b"another key", 8, 3.0, Verdict.INCONCLUSIVE),
        (b"another key", 8, -3.0, Verdict.NOT_DETECTED),
        (b"another key", 4, -3.0, Verdict.INCONCLUSIVE),
    ],
)
def test_a_verdict_is_of_what_the_network_hears(
    monkeypatch: pytest.MonkeyPatch, key: bytes, seconds: int, present: float, verdict: Verdict
) -> None:
    heard = torch.from_numpy(_soft(PAYLOAD, key, seconds, 0.3))
    presence = torch.tensor([-present, present])[:, None].repeat(1, heard.shape[1])
    logits = torch.cat([presence, heard]).repeat_interleave(audioseal.SLOT // slots.PARTS, 1)
    network = SimpleNamespace(detector=lambda sound: logits[None, :, : sound.shape[-1]])
    monkeypatch.setattr(audioseal, "_detector", lambda: network)
    silence = np.zeros(seconds * audioseal.RATE, np.float32)
    found = methods.method("audioseal").detect(silence, audioseal.RATE, KEY)
    assert found.verdict == verdict
    assert found.payload == (PAYLOAD if verdict == Verdict.WATERMARKED else None)


def test_an_older_mark_is_found_where_the_method_has_changed(
    monkeypatch: pytest.MonkeyPatch, person: list[Recording]
) -> None:
    unmarked = Detection(Verdict.NOT_DETECTED, None, 0.0, 1.0, 6.0)
    monkeypatch.setattr(audioseal.AudioSeal, "detect", lambda *_: unmarked)
    marker = methods.method("spread_spectrum").marker(KEY, PAYLOAD)
    speech = person[0].samples[: 6 * 24_000]
    marked = np.concatenate([marker.mark(speech), marker.finish()])
    found = methods.detect(marked, 24_000, KEY, ["audioseal", "spread_spectrum"])
    assert (found.verdict, found.payload) == (Verdict.WATERMARKED, PAYLOAD)
