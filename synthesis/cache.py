"""A cache of speech, keyed by template, engine, text as read, and speed.

Entries hold 16-bit samples with their spans, before any watermark of a licensee. They expire, are
evicted when the cache is full (least recently heard first), and are erased with their voice. The
cache never asks who may hear an entry: callers check that first, each time.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any, cast

import numpy as np
import redis

from synthesis.engines.interface import AudioChunk
from synthesis.text.words import MarkTime, WordSpan

EXPIRY = 24 * 3600  # seconds
MAX_SECONDS = 60.0  # longer speech is not cached
_HEARD, _SIZES, _VOICES = "audio-heard", "audio-sizes", "audio-voices"
_COUNTS = "audio-counts"

# One atomic step in Redis, so that an entry and its recorded size never diverge.
_DROP = """
local freed = 0
for _, key in ipairs(ARGV) do
  local size = tonumber(redis.call('HGET', KEYS[2], key) or '0')
  local voice = redis.call('HGET', KEYS[3], key)
  redis.call('DEL', key)
  redis.call('ZREM', KEYS[1], key)
  redis.call('HDEL', KEYS[2], key)
  redis.call('HDEL', KEYS[3], key)
  if voice then redis.call('SREM', 'audio-of:' .. voice, key) end
  if size > 0 then redis.call('HINCRBY', KEYS[4], 'bytes', -size) end
  freed = freed + size
end
return freed
"""


@dataclass(frozen=True)
class CacheFigures:
    """Counts since the cache was created, and its current size."""

    hits: int
    misses: int
    evicted: int
    bytes: int
    entries: int

    @property
    def hit_ratio(self) -> float:
        asked = self.hits + self.misses
        return self.hits / asked if asked else 0.0


class AudioCache:
    """Redis behind `get`, `put` and `forget`; limit: bytes of audio it may hold."""

    def __init__(self, url: str, *, limit: int = 256 << 20) -> None:
        self._redis = redis.Redis.from_url(url)
        self._limit = limit
        self._drop = self._redis.register_script(_DROP)

    @staticmethod
    def key(*, template_sha256: str, engine: str, text: str, speed: float, seed: int = 0) -> str:
        """Content address of one piece of speech.

        text: as it is read (`synthesis.text.reading`), so that different spellings of the same reading
        share an entry.
        """
        parts = json.dumps([template_sha256, engine, text, round(speed, 3), seed])
        return "audio:" + hashlib.sha256(parts.encode()).hexdigest()

    def get(self, key: str, *, written: int) -> list[AudioChunk] | None:
        """The chunks, or None; written: length of the requested text, to which spans are scaled."""
        raw: Any = self._redis.getex(key, ex=EXPIRY)
        with self._redis.pipeline() as pipe:
            pipe.hincrby(_COUNTS, "misses" if raw is None else "hits", 1)
            if raw is not None:
                pipe.zadd(_HEARD, {key: time.time()}, xx=True)
            pipe.execute()
        if raw is None:
            return None
        head, _, body = raw.partition(b"\n")
        chunks, position = [], 0
        described = json.loads(head)
        scale = written / described["written"]
        for count, rate, start, end, offset, words, *marks in described["chunks"]:
            samples = np.frombuffer(body, "<i2", count, position).astype(np.float32) / 32767.0
            position += 2 * count
            span = round(start * scale), round(end * scale)
            spoken = tuple(
                WordSpan(round(begin * scale), round(stop * scale), *times)
                for begin, stop, *times in words
            )
            named = tuple(MarkTime(*mark) for mark in (marks[0] if marks else ()))
            chunks.append(AudioChunk(samples, rate, *span, offset, spoken, named))
        return chunks

    def put(self, key: str, chunks: Sequence[AudioChunk], *, written: int, voice: str) -> None:
        """Cache the chunks of a whole text of `written` characters for a voice.

        Long speech is not cached.
        """
        if sum(chunk.seconds for chunk in chunks) > MAX_SECONDS:
            return
        described = [
            [
                len(c.samples),
                c.rate,
                c.start,
                c.end,
                c.offset,
                [astuple(word) for word in c.words],
                [astuple(mark) for mark in c.marks],
            ]
            for c in chunks
        ]
        head = json.dumps({"written": written, "chunks": described})
        body = b"".join(
            (np.clip(c.samples, -1, 1) * 32767.0).round().astype("<i2").tobytes() for c in chunks
        )
        entry = head.encode() + b"\n" + body
        if len(entry) > self._limit:
            return
        self._remove(key)
        with self._redis.pipeline() as pipe:
            pipe.set(key, entry, ex=EXPIRY)
            pipe.zadd(_HEARD, {key: time.time()})
            pipe.hset(_SIZES, key, str(len(entry)))
            pipe.hset(_VOICES, key, voice)
            pipe.hincrby(_COUNTS, "bytes", len(entry))
            pipe.sadd(f"audio-of:{voice}", key)
            pipe.execute()
        self._make_room()

    def _remove(self, *keys: str) -> None:
        if keys:
            self._drop(keys=[_HEARD, _SIZES, _VOICES, _COUNTS], args=keys)

    def _make_room(self) -> None:
        """Drop expired entries, then the least recently heard ones, down to the limit."""
        expired: Any = self._redis.zrangebyscore(_HEARD, 0, time.time() - EXPIRY)
        self._remove(*(key.decode() for key in expired))
        while int(cast(Any, self._redis.hget(_COUNTS, "bytes")) or 0) > self._limit:
            oldest: Any = self._redis.zrange(_HEARD, 0, 0)
            if not oldest:
                return
            self._remove(oldest[0].decode())
            self._redis.hincrby(_COUNTS, "evicted", 1)

    def forget(self, voice: str) -> int:
        """Erase all speech of a voice; returns the number of entries."""
        members: Any = self._redis.smembers(f"audio-of:{voice}")
        self._remove(*(key.decode() for key in members))
        self._redis.delete(f"audio-of:{voice}")
        return len(members)

    def figures(self) -> CacheFigures:
        """Counts since the cache was created, and current bytes and entries."""
        raw: Any = self._redis.hgetall(_COUNTS)
        counts = {name.decode(): int(value) for name, value in raw.items()}
        entries: Any = self._redis.zcard(_HEARD)
        return CacheFigures(
            hits=counts.get("hits", 0),
            misses=counts.get("misses", 0),
            evicted=counts.get("evicted", 0),
            bytes=counts.get("bytes", 0),
            entries=entries,
        )
