"""Encoded speech on its way from a worker to the web server, through Redis.

The request itself is sealed by whoever asks, as the broker writes what it holds to a disk.
Each request has a list: `W` + JSON for words and marks, `A` + bytes for audio, `E` + the number of samples at
the end, `F` + JSON for a failure. Every key expires, so a listener who hangs up leaves nothing behind.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import astuple, dataclass
from typing import Any

import redis
import redis.asyncio

from synthesis.refusals import SpeechFailed
from synthesis.speech_request import SpeechRequest
from synthesis.text.words import MarkTime, WordSpan

EXPIRY = 600  # seconds
MOST_WAITING = 2 << 20  # bytes of audio that wait for one listener: the store is everybody's
# Seconds for which a whole request waits for its listener while so much waits, beside the length of what was
# sent: who hears it as it plays is never cut off, and who takes little keeps a worker's thread no longer.
PATIENCE = 60.0
LONGEST_WAIT = 600.0  # seconds from its beginning, however much was sent


@dataclass(frozen=True)
class Piece:
    """Encoded audio, or the words and marks of the sentence whose audio follows."""

    audio: bytes = b""
    words: tuple[WordSpan, ...] = ()
    marks: tuple[MarkTime, ...] = ()


Seal = Callable[[bytes], bytes]


def _as_it_is(data: bytes) -> bytes:
    return data


def _key(name: str, what: str) -> str:
    return f"speech:{name}:{what}"


class Sender:
    """The worker's end; unseal: undoes the receiver's `seal`.

    gave_up: whether the listener was waited for as long as `PATIENCE` and `LONGEST_WAIT` allow.
    """

    gave_up = False

    def __init__(self, url: str, name: str, *, unseal: Seal = _as_it_is) -> None:
        self._redis = redis.Redis.from_url(url)
        self._name, self._unseal = name, unseal
        self._sizes: deque[int] = deque()  # of what may still wait, oldest first
        self._patience, self._until = PATIENCE, time.monotonic() + LONGEST_WAIT

    def begin(self) -> SpeechRequest | None:
        """Claim the request; None if it is gone or another worker has begun it."""
        raw: Any = self._redis.get(_key(self._name, "request"))
        first = self._redis.set(_key(self._name, "begun"), 1, nx=True, ex=EXPIRY)
        if raw is None or not first:
            return None
        return SpeechRequest.from_dict(json.loads(self._unseal(raw)))

    def _push(self, item: bytes) -> None:
        key = _key(self._name, "audio")
        with self._redis.pipeline() as pipe:
            pipe.rpush(key, item)
            pipe.expire(key, EXPIRY)
            pipe.execute()
        self._sizes.append(len(item))

    def audio(self, data: bytes, seconds: float = 0.0) -> None:
        """Send audio of so many seconds; waits while the listener has much to take, and stops if they
        are too slow.
        """
        self._patience += seconds
        if not data:
            return
        while not self.gave_up and self._waiting() > MOST_WAITING and not self.stopped():
            now = time.monotonic()
            if self._patience <= 0 or now > self._until:
                self.gave_up = True
                self._redis.set(_key(self._name, "stop"), 1, ex=EXPIRY)
                break
            time.sleep(0.02)
            self._patience -= time.monotonic() - now
        self._push(b"A" + data)

    def _waiting(self) -> int:
        """Bytes that were sent and not taken yet."""
        if sum(self._sizes) > MOST_WAITING:  # else there is no need to ask
            left = self._redis.llen(_key(self._name, "audio"))
            while len(self._sizes) > left:
                self._sizes.popleft()
        return sum(self._sizes)

    def words(self, words: Sequence[WordSpan], marks: Sequence[MarkTime] = ()) -> None:
        if words or marks:
            told = [astuple(word) for word in words], [astuple(mark) for mark in marks]
            self._push(b"W" + json.dumps(told).encode())

    def end(self, samples: int) -> None:
        """End the stream; samples: at 24 kHz, of all audio in it."""
        self._push(b"E%d" % samples)

    def take_back(self) -> int:
        """Take back all that was sent and not taken yet; returns how many pieces of audio that was."""
        key = _key(self._name, "audio")
        with self._redis.pipeline() as pipe:  # a transaction: nothing is taken in between
            pipe.lrange(key, 0, -1)
            pipe.delete(key)
            left: list[bytes] = pipe.execute()[0]
        self._sizes.clear()
        return sum(item[:1] == b"A" for item in left)

    def fail(self, code: str, detail: str = "") -> None:
        self._push(b"F" + json.dumps([code, detail]).encode())

    def stopped(self) -> bool:
        """Whether the listener hung up."""
        return bool(self._redis.exists(_key(self._name, "stop")))


class Receiver:
    """The web server's end; seal: encrypts the request, whose text is nobody else's business.

    samples: at 24 kHz, of all audio; 0 until it has ended.
    """

    samples = 0

    def __init__(self, url: str, name: str, *, seal: Seal = _as_it_is) -> None:
        # no socket timeout, because waiting for audio has its own
        self._redis = redis.asyncio.Redis.from_url(url, socket_timeout=None)
        self._name, self._seal = name, seal

    async def request(self, what: SpeechRequest) -> None:
        """Store the request for the worker."""
        sealed = self._seal(json.dumps(what.as_dict()).encode())
        await self._redis.set(_key(self._name, "request"), sealed, ex=EXPIRY)

    async def next(self, timeout: float) -> Piece | None:
        """The next piece, None at the end.

        Raises:
            SpeechFailed: the worker gave up, or sent nothing for `timeout` seconds ("timeout").
        """
        answer: Any = await self._redis.blpop([_key(self._name, "audio")], timeout=timeout)
        if answer is None:
            raise SpeechFailed("timeout")
        item: bytes = answer[1]
        if item[:1] == b"F":
            raise SpeechFailed(*json.loads(item[1:]))
        if item[:1] == b"W":
            words, marks = json.loads(item[1:])
            return Piece(
                words=tuple(WordSpan(*word) for word in words),
                marks=tuple(MarkTime(*mark) for mark in marks),
            )
        if item[:1] == b"A":
            return Piece(item[1:])
        self.samples = int(item[1:] or 0)  # a worker of before sends no number
        return None

    async def rest(self, timeout: float) -> AsyncIterator[Piece]:
        """All remaining pieces."""
        while (piece := await self.next(timeout)) is not None:
            yield piece

    async def stop(self) -> None:
        """Tell the worker that nobody is listening any more."""
        await self._redis.set(_key(self._name, "stop"), 1, ex=EXPIRY)

    async def disconnect(self) -> None:
        """Give the connection back: what follows may be read in another event loop."""
        await self._redis.aclose()

    async def close(self) -> None:
        """Leave the stream, and nothing of it behind."""
        await self._redis.delete(_key(self._name, "audio"), _key(self._name, "request"))
        await self._redis.aclose()
