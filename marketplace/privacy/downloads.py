"""Sending a copy to its person."""

from __future__ import annotations

from django.http import StreamingHttpResponse

from marketplace.sending import send_parts
from marketplace.storage import SealedFile


def send(copy: SealedFile) -> StreamingHttpResponse:
    """The response that sends a copy as it is read from the store."""
    return send_parts(
        copy.parts(), size=copy.size, name="my-data.zip", content_type="application/zip"
    )
