"""Sending a copy to its person."""

from __future__ import annotations

from typing import IO

from django.http import StreamingHttpResponse

from marketplace.sending import send_file


def send(file: IO[bytes]) -> StreamingHttpResponse:
    """The response that sends a copy, and closes its file at the end."""
    return send_file(file, name="my-data.zip", content_type="application/zip")
