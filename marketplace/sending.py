"""Sending a file, a part at a time."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from typing import IO

from django.http import StreamingHttpResponse

from marketplace.storage import PART


def send_file(file: IO[bytes], *, name: str, content_type: str) -> StreamingHttpResponse:
    """The response that sends a file to be saved under a name, and closes it at the end."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return send_parts(_read(file), size=size, name=name, content_type=content_type)


def send_parts(
    parts: Iterator[bytes], *, size: int, name: str, content_type: str
) -> StreamingHttpResponse:
    """The response that sends parts as one file to be saved under a name.

    An error on the way breaks the connection off, and the browser says that the file is incomplete.
    """
    return StreamingHttpResponse(
        _one_by_one(parts),
        content_type=content_type,
        headers={
            "Content-Length": str(size),
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )


def _read(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while part := file.read(PART):
            yield part


async def _one_by_one(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Asynchronous, because a server of ASGI collects what an ordinary iterator gives in memory."""
    while part := await asyncio.to_thread(next, parts, b""):
        yield part
