"""Clips of several marks, and clips that are marked in parts."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from synthesis.audio.decoding import Recording
from synthesis.audio.resample import resample
from synthesis.watermark.detection import detect
from synthesis.watermark.embedding import watermark
from synthesis.watermark.interface import Verdict, united

KEY, RATE = b"a key of thirty-two bytes, secret", 24_000


@pytest.fixture(scope="module")
def speech(person: list[Recording]) -> NDArray[np.float32]:
    """Twelve seconds of a person, as loud throughout."""
    samples = resample(person[0].samples, person[0].rate, RATE)[: 12 * RATE]
    return np.ascontiguousarray(samples / (10 * np.sqrt((samples**2).mean())), np.float32)


def _pieces(speech: NDArray[np.float32], seconds: float) -> tuple[NDArray[np.float32], list[int]]:
    """Speech of one request after the other, and the payload of each."""
    size = int(seconds * RATE)
    starts = range(0, len(speech) - size + 1, size)
    payloads = [0x9E3779B1 * (at + 1) & 0xFFFFFFFF for at in range(len(starts))]
    marked = [
        watermark(speech[at : at + size], KEY, payload)
        for at, payload in zip(starts, payloads, strict=True)
    ]
    return np.concatenate(marked), payloads


@pytest.mark.parametrize("seconds", [2.0, 3.0])
def test_each_request_of_a_conversation_is_traced_and_where_it_is_heard(
    speech: NDArray[np.float32], seconds: float
) -> None:
    clip, payloads = _pieces(speech, seconds)
    found = detect(clip, RATE, KEY)
    assert found.verdict == Verdict.WATERMARKED
    assert {mark.payload for mark in found.marks} == set(payloads)
    assert (found.payload, found.score) == (found.marks[0].payload, found.marks[0].score)
    for mark in found.marks:
        begin = payloads.index(mark.payload) * seconds
        heard = sum(
            max(0.0, min(last, begin + seconds) - max(first, begin)) for first, last in mark.spans
        )
        assert heard > 0.5 * seconds
        assert mark.seconds - heard < 1.0


def test_a_persons_recording_with_marked_speech_behind_it_is_marked_there_alone(
    speech: NDArray[np.float32],
) -> None:
    clip = np.concatenate([speech[: 8 * RATE], watermark(speech[8 * RATE :], KEY, 7)])
    found = detect(clip, RATE, KEY)
    assert (found.payload, len(found.marks)) == (7, 1)
    assert found.marks[0].spans[0][0] > 7.0
    assert found.marks[0].seconds < 5.0


def test_marked_speech_is_heard_throughout_at_another_speed_too(
    speech: NDArray[np.float32],
) -> None:
    marked = watermark(speech, KEY, 7)
    for played in (marked, resample(marked, round(RATE * 0.98), RATE)):
        found = detect(played, RATE, KEY)
        assert found.payload == 7
        assert found.marks[0].seconds > 0.8 * found.seconds


def test_a_person_has_no_mark_in_any_part(speech: NDArray[np.float32]) -> None:
    for key in (b"one key", b"another", b"a third"):
        found = detect(speech, RATE, key)
        assert (found.verdict, found.marks) == (Verdict.NOT_DETECTED, ())


def test_spans_that_touch_are_one_and_end_with_the_clip() -> None:
    assert united([(3.0, 9.0), (0.0, 1.0), (0.5, 2.004)], 8.0) == ((0.0, 2.0), (3.0, 8.0))


@pytest.fixture(scope="module")
def half_a_minute(person: list[Recording]) -> NDArray[np.float32]:
    """Thirty seconds of a person, and noise that is as loud, [2, n]."""
    parts = [resample(recording.samples, recording.rate, RATE) for recording in person]
    samples = np.concatenate(parts)[: 30 * RATE]
    noise = np.random.default_rng(2).standard_normal(len(samples))
    loud = [part / (10 * np.sqrt((part**2).mean())) for part in (samples, noise)]
    return np.ascontiguousarray(loud, np.float32)


@pytest.mark.parametrize("loudness", [0.1, 0.3])
def test_a_faint_mark_of_all_of_a_clip_is_heard_throughout(
    half_a_minute: NDArray[np.float32], loudness: float
) -> None:
    speech, noise = half_a_minute
    found = detect(watermark(speech, KEY, 7) + np.float32(loudness) * noise, RATE, KEY)
    assert [mark.payload for mark in found.marks] == [7]
    assert found.marks[0].seconds > 0.95 * found.seconds


def test_a_faint_mark_of_a_part_is_not_heard_in_the_rest(
    half_a_minute: NDArray[np.float32],
) -> None:
    speech, noise = half_a_minute
    clip = np.concatenate([speech[: 20 * RATE], watermark(speech[20 * RATE :], KEY, 7)])
    found = detect(clip + np.float32(0.1) * noise, RATE, KEY)
    assert [mark.payload for mark in found.marks] == [7]
    assert found.marks[0].spans[0][0] > 18.0
    assert 4.0 < found.marks[0].seconds < 12.0


def test_a_faint_mark_of_most_of_a_clip_is_not_heard_in_all_of_it(
    half_a_minute: NDArray[np.float32],
) -> None:
    speech, noise = half_a_minute
    marked = watermark(speech[8 * RATE : 28 * RATE], KEY, 7)
    clip = np.concatenate([speech[: 8 * RATE], marked, speech[28 * RATE :]])
    found = detect(clip + np.float32(0.15) * noise, RATE, KEY)
    assert [mark.payload for mark in found.marks] == [7]
    assert 18.0 < found.marks[0].seconds < 23.0
