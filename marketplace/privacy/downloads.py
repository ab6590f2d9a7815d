"""Sending a copy to its person, a part at a time."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import IO

from django.http import StreamingHttpResponse

from marketplace.storage import PART


def send(file: IO[bytes]) -> StreamingHttpResponse:
    """The response that sends a copy, and closes its file at the end."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return StreamingHttpResponse(
        _parts(file),
        content_type="application/zip",
        headers={
            "Content-Length": str(size),
            "Content-Disposition": 'attachment; filename="my-data.zip"',
        },
    )


async def _parts(file: IO[bytes]) -> AsyncIterator[bytes]:
    """Asynchronous, because a server of ASGI collects what an ordinary iterator gives in memory."""
    with file:
        while part := await asyncio.to_thread(file.read, PART):
            yield part
