"""Speech made before, by what made it: template, engine, text and speed.

Entries hold 16-bit samples with their spans, expire, and are erased with their voice. Whether
somebody may hear them is never asked here: callers check that first, each time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import redis

from synthesis.engines.interface import AudioChunk

KEPT = 24 * 3600  # seconds
LONGEST = 60.0  # seconds of audio worth keeping


class AudioCache:
    """Redis behind `get`, `put` and `forget`."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(url)

    @staticmethod
    def key(*, template_sha256: str, engine: str, text: str, speed: float, seed: int = 0) -> str:
        """Content address of one piece of speech."""
        parts = json.dumps([template_sha256, engine, text, round(speed, 3), seed])
        return "audio:" + hashlib.sha256(parts.encode()).hexdigest()

    def get(self, key: str) -> list[AudioChunk] | None:
        """The chunks, or None."""
        raw: Any = self._redis.get(key)
        if raw is None:
            return None
        head, _, body = raw.partition(b"\n")
        chunks, position = [], 0
        for count, rate, start, end, offset in json.loads(head):
            samples = np.frombuffer(body, "<i2", count, position).astype(np.float32) / 32767.0
            position += 2 * count
            chunks.append(AudioChunk(samples, rate, start, end, offset))
        return chunks

    def put(self, key: str, chunks: Sequence[AudioChunk], *, voice: str) -> None:
        """Keep the chunks of a whole text under a voice's name; long ones are not kept."""
        if sum(chunk.seconds for chunk in chunks) > LONGEST:
            return
        head = json.dumps([[len(c.samples), c.rate, c.start, c.end, c.offset] for c in chunks])
        body = b"".join(
            (np.clip(c.samples, -1, 1) * 32767.0).round().astype("<i2").tobytes() for c in chunks
        )
        with self._redis.pipeline() as pipe:
            pipe.set(key, head.encode() + b"\n" + body, ex=KEPT)
            pipe.sadd(f"audio-of:{voice}", key)
            pipe.expire(f"audio-of:{voice}", 2 * KEPT)
            pipe.execute()

    def forget(self, voice: str) -> int:
        """Erase what a voice said; returns how many entries."""
        index = f"audio-of:{voice}"
        members: Any = self._redis.smembers(index)
        if members:
            self._redis.delete(*members)
        self._redis.delete(index)
        return len(members)
