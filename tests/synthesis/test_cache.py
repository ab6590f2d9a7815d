"""The audio cache on a real broker."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import pytest
import redis

from synthesis.cache import AudioCache
from synthesis.engines.interface import AudioChunk
from synthesis.text.reading import reading

SECOND = 24_000


def chunk(seconds: float = 1.0, start: int = 0, end: int = 10) -> AudioChunk:
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, round(seconds * SECOND))
    return AudioChunk(samples.astype(np.float32), SECOND, start, end, 0.0)


@pytest.fixture
def url() -> Iterator[str]:
    address = os.environ["REDIS_URL"].rsplit("/", 1)[0] + "/9"
    redis.Redis.from_url(address).flushdb()
    yield address
    redis.Redis.from_url(address).flushdb()


def test_what_was_put_is_got_with_its_span_in_the_text_at_hand(url: str) -> None:
    cache, kept = AudioCache(url), chunk(end=10)
    cache.put("audio:a", [kept], written=10, voice="v")
    found = cache.get("audio:a", written=20)
    assert found is not None
    assert np.abs(found[0].samples - kept.samples).max() < 1e-4
    assert (found[0].start, found[0].end) == (0, 20)


def test_hits_misses_and_bytes_are_counted(url: str) -> None:
    cache = AudioCache(url)
    assert cache.get("audio:a", written=10) is None
    cache.put("audio:a", [chunk()], written=10, voice="v")
    cache.get("audio:a", written=10)
    figures = cache.figures()
    assert (figures.hits, figures.misses, figures.entries) == (1, 1, 1)
    assert figures.hit_ratio == 0.5
    assert figures.bytes == redis.Redis.from_url(url).strlen("audio:a")


def test_beyond_the_limit_what_was_heard_longest_ago_goes(url: str) -> None:
    cache = AudioCache(url, limit=110_000)  # two entries of a second
    for name in ("a", "b"):
        cache.put(f"audio:{name}", [chunk()], written=10, voice="v")
    cache.get("audio:a", written=10)
    cache.put("audio:c", [chunk()], written=10, voice="v")
    assert cache.get("audio:b", written=10) is None
    assert cache.get("audio:a", written=10) and cache.get("audio:c", written=10)
    assert cache.figures().evicted == 1
    assert cache.figures().bytes <= 110_000


def test_erasing_a_voice_erases_its_audio_and_no_other(url: str) -> None:
    cache = AudioCache(url)
    cache.put("audio:a", [chunk()], written=10, voice="one")
    cache.put("audio:b", [chunk()], written=10, voice="two")
    assert cache.forget("one") == 1
    assert cache.get("audio:a", written=10) is None
    assert cache.get("audio:b", written=10)
    assert cache.figures().entries == 1


def test_putting_the_same_again_counts_its_bytes_once(url: str) -> None:
    cache = AudioCache(url)
    for _ in range(2):
        cache.put("audio:a", [chunk()], written=10, voice="v")
    assert cache.figures().bytes == redis.Redis.from_url(url).strlen("audio:a")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Dr. Smith paid $5.", "Dr. Smith  paid five dollars."),
        ("Caf\u00e9", "Cafe\u0301"),
        ("Wait. \n\n\n\nGo.", "Wait.\n\nGo.\n"),
    ],
)
def test_equal_readings_share_an_address(one: str, other: str) -> None:
    assert reading(one, "en-US") == reading(other, "en-US")


@pytest.mark.parametrize(
    ("one", "other"), [("Wait. Go.", "Wait.\n\nGo."), ("Go.", "Go!"), ("Read", "Reed")]
)
def test_what_sounds_different_has_another_address(one: str, other: str) -> None:
    assert reading(one, "en-US") != reading(other, "en-US")
