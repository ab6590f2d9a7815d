"""Sending a file, a part at a time."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import IO

from django.http import StreamingHttpResponse

from marketplace.storage import PART


def send_file(file: IO[bytes], *, name: str, content_type: str) -> StreamingHttpResponse:
    """The response that sends a file to be saved under a name, and closes it at the end."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return StreamingHttpResponse(
        _parts(file),
        content_type=content_type,
        headers={
            "Content-Length": str(size),
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )


async def _parts(file: IO[bytes]) -> AsyncIterator[bytes]:
    """Asynchronous, because a server of ASGI collects what an ordinary iterator gives in memory."""
    with file:
        while part := await asyncio.to_thread(file.read, PART):
            yield part
