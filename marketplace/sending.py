"""Sending files and objects a part at a time, to as many at once as the web server can bear."""

from __future__ import annotations

import asyncio
import re
import threading
import time
import weakref
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import IO

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from marketplace import rate_limit
from marketplace.refusals import SpeechRefused
from marketplace.storage import FileSource, Source

PIECE = 1 << 18  # bytes of an answer that are held in memory; more are read once they are taken
PATIENCE = 300.0  # seconds that any answer may take,
LEAST_RATE = 16 << 10  # bytes a second beyond them, which is slower than speech is played
OF_ONE = 12  # answers that one account is sent at once; a browser asks for six
IN_ALL = 100  # of one kind that a process sends at once
A_MINUTE = 240  # requests of an account, most of which are those of players that seek
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
_lock = threading.Lock()
_taken: Counter[str] = Counter()


class Turn:
    """One of the answers that are sent at once; given back once."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def give_back(self) -> None:
        """Let another answer be sent; a repeat changes nothing."""
        with _lock:
            for name in self._names:
                _taken[name] -= 1
                if not _taken[name]:
                    del _taken[name]
            self._names = ()


def take_turn(
    whom: str, kind: str, *, of_one: int = OF_ONE, in_all: int = IN_ALL, a_minute: int = A_MINUTE
) -> Turn:
    """Count an answer of a kind to somebody, and begin it.

    Raises:
        SpeechRefused: rate_limited (429), too_busy (503).
    """
    name = f"{kind}:{whom}"
    rate_limit.count(f"sent:{name}", a_minute)
    with _lock:
        if _taken[name] >= of_one:
            raise SpeechRefused(
                429, "rate_limited", f"{of_one} downloads are running. Wait until one has ended."
            )
        if _taken[kind] >= in_all:
            raise SpeechRefused(503, "too_busy", "Too many downloads are running. Try again soon.")
        _taken.update((name, kind))
    return Turn(name, kind)


def send_file(
    file: IO[bytes], *, name: str, content_type: str, turn: Turn | None = None
) -> StreamingHttpResponse:
    """The response that sends a file to be saved under a name, and closes it at the end."""
    return send_source(FileSource(file), name=name, content_type=content_type, turn=turn)


def send_source(
    source: Source, *, name: str, content_type: str, turn: Turn | None = None
) -> StreamingHttpResponse:
    """The response that sends a source from its start to its end, to be saved under a name."""
    return _streamed(
        source,
        range(source.size),
        turn,
        content_type=content_type,
        headers={
            "Content-Length": str(source.size),
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )


def send_range(
    request: HttpRequest, open_source: Callable[[], Source], *, content_type: str, turn: Turn
) -> HttpResponseBase:
    """The response to GET or HEAD with what `Range` asks for, or everything; never kept by caches.

    Several ranges at once are answered with everything (RFC 9110, 14.2).
    """
    try:
        source = open_source()
    except BaseException:
        turn.give_back()
        raise
    headers = {"Accept-Ranges": "bytes", "Cache-Control": "private, no-store"}
    wanted = _wanted(request, source.size)
    if wanted is None:
        headers["Content-Range"] = f"bytes */{source.size}"
    elif len(wanted) < source.size:
        headers["Content-Range"] = f"bytes {wanted[0]}-{wanted[-1]}/{source.size}"
    status = 416 if wanted is None else 206 if "Content-Range" in headers else 200
    headers["Content-Length"] = str(len(wanted or ()))
    if not wanted or request.method == "HEAD":
        source.close()
        turn.give_back()
        return HttpResponse(status=status, content_type=content_type, headers=headers)
    return _streamed(
        source, wanted, turn, status=status, content_type=content_type, headers=headers
    )


def _wanted(request: HttpRequest, size: int) -> range | None:
    """The bytes that are asked for; None if there are none of them."""
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    # we send nothing by which a client could know that its part is of the same version
    if asked is None or "If-Range" in request.headers or not (asked[1] or asked[2]):
        return range(size)
    if not asked[1]:
        found = range(max(0, size - int(asked[2])), size)
    else:
        last = int(asked[2]) if asked[2] else size - 1
        if last < int(asked[1]) < size:  # not a range
            return range(size)
        found = range(int(asked[1]), min(last + 1, size))
    return found or None


def _streamed(
    source: Source,
    wanted: range,
    turn: Turn | None,
    *,
    content_type: str,
    headers: dict[str, str],
    status: int = 200,
) -> StreamingHttpResponse:
    response = StreamingHttpResponse(
        _pieces(source, wanted, turn), status=status, content_type=content_type, headers=headers
    )
    # of an answer that was never begun, as when its reader has gone, nothing else remains
    weakref.finalize(response, _end, source, turn)
    return response


async def _pieces(source: Source, wanted: range, turn: Turn | None) -> AsyncIterator[bytes]:
    """Asynchronous, because a server of ASGI collects what an ordinary iterator gives in memory.

    Raises:
        TimeoutError: it is read so slowly that it looks forgotten, and the connection is closed.
    """
    begun = time.monotonic()
    try:
        for at in range(wanted.start, wanted.stop, PIECE):
            allowed = PATIENCE + (at - wanted.start) / LEAST_RATE
            if time.monotonic() - begun > allowed:
                raise TimeoutError("An answer was read too slowly to be sent to its end.")
            yield await asyncio.to_thread(source.read, at, min(PIECE, wanted.stop - at))
    finally:
        _end(source, turn)


def _end(source: Source, turn: Turn | None) -> None:
    source.close()
    if turn is not None:
        turn.give_back()
