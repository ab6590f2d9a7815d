"""The mark in speech: what it survives, what it costs, and that unmarked speech shows none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from synthesis.audio.decoding import decode
from synthesis.audio.encoding import encode
from synthesis.audio.resample import resample
from synthesis.engines.kokoro import KokoroEngine
from synthesis.template import VoiceTemplate
from synthesis.watermark.coding import CODED_BITS
from synthesis.watermark.coding import decode as decode_bits
from synthesis.watermark.coding import encode as encode_bits
from synthesis.watermark.detection import detect
from synthesis.watermark.embedding import Watermarker, watermark
from synthesis.watermark.interface import Verdict

KEY, PAYLOAD = b"a key of thirty-two bytes, secret", 0xDEADBEEF
Samples = NDArray[np.float32]


TEXT = (
    "The harbour was quiet that morning, and the boats lay still on the grey water. Nobody had told "
    "the children that the ferry would not come, so they waited on the stones until noon."
)


@pytest.fixture(scope="module")
def clip(engine: KokoroEngine, mixed: VoiceTemplate) -> Samples:
    """Ten seconds of speech at 24 kHz."""
    return np.concatenate([c.samples for c in engine.synthesize(TEXT, mixed)])[:240_000]


@pytest.fixture(scope="module")
def marked(clip: Samples) -> Samples:
    return watermark(clip, KEY, PAYLOAD)


def _found(samples: Samples, rate: int = 24_000) -> int | None:
    return detect(samples, rate, KEY).payload


@given(payload=st.integers(0, (1 << 32) - 1), seed=st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_a_payload_survives_noise_as_loud_as_its_bits(payload: int, seed: int) -> None:
    noise = np.random.default_rng(seed).standard_normal(CODED_BITS) * 0.6
    assert decode_bits(encode_bits(payload) + noise) == payload


def test_noise_alone_is_not_a_payload() -> None:
    random = np.random.default_rng(1)
    assert [decode_bits(random.standard_normal(CODED_BITS)) for _ in range(40)] == [None] * 40


def test_the_mark_is_read_back_and_is_25_decibels_under_the_speech(
    clip: Samples, marked: Samples
) -> None:
    assert len(marked) == len(clip)
    assert _found(marked) == PAYLOAD
    mark = marked - clip
    assert 10 * np.log10((clip**2).sum() / (mark**2).sum()) >= 25.0


@pytest.mark.parametrize("audio_format", ["mp3", "opus", "aac"])
def test_the_mark_survives_delivery(marked: Samples, audio_format: str) -> None:
    heard = decode(encode(marked, audio_format))
    assert _found(heard.samples, heard.rate) == PAYLOAD


@pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
def test_the_mark_survives_other_rates(marked: Samples, rate: int) -> None:
    assert _found(resample(marked, 24_000, rate), rate) == PAYLOAD


@pytest.mark.parametrize("speed", [0.97, 1.03])
def test_the_mark_survives_other_speeds(marked: Samples, speed: float) -> None:
    assert _found(resample(marked, round(24_000 * speed), 24_000)) == PAYLOAD


def test_the_mark_survives_a_cut_of_three_seconds(marked: Samples) -> None:
    assert _found(marked[55_555 : 55_555 + 72_000].copy()) == PAYLOAD


def test_the_mark_survives_noise(marked: Samples) -> None:
    noise = np.random.default_rng(2).standard_normal(len(marked)).astype(np.float32)
    noise *= np.sqrt((marked**2).mean()) / 10
    assert _found(marked + noise) == PAYLOAD


def test_unmarked_speech_is_not_marked(clip: Samples) -> None:
    assert detect(clip, 24_000, KEY).verdict == Verdict.NOT_DETECTED


def test_another_key_sees_no_mark(marked: Samples) -> None:
    assert detect(marked, 24_000, b"another key").verdict == Verdict.NOT_DETECTED


def test_too_little_is_inconclusive(clip: Samples) -> None:
    assert detect(clip[:12_000], 24_000, KEY).verdict == Verdict.INCONCLUSIVE


@given(sizes=st.lists(st.integers(0, 9_000), max_size=12))
@settings(max_examples=15, deadline=None)
def test_pieces_of_any_size_are_as_long_as_the_whole(clip: Samples, sizes: list[int]) -> None:
    whole = clip[: sum(sizes)]
    marker, pieces, at = Watermarker(KEY, PAYLOAD), [], 0
    for size in sizes:
        pieces.append(marker.mark(whole[at : at + size]))
        at += size
    pieces.append(marker.finish())
    made = np.concatenate(pieces)
    assert len(made) == len(whole)
    assert np.abs(made - whole).max(initial=0.0) < 0.2


def test_a_stream_in_pieces_carries_the_mark(clip: Samples) -> None:
    marker = Watermarker(KEY, PAYLOAD)
    pieces = [marker.mark(part) for part in np.array_split(clip, 37)]
    assert _found(np.concatenate([*pieces, marker.finish()])) == PAYLOAD
