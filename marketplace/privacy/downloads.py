"""Sending a copy to its person."""

from __future__ import annotations

from django.http import StreamingHttpResponse

from marketplace.sealed_files import SealedFile, send_sealed


def send(copy: SealedFile) -> StreamingHttpResponse:
    """The response that sends a copy as it is read from the store."""
    return send_sealed(copy, name="my-data.zip", content_type="application/zip")
