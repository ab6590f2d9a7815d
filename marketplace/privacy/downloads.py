"""Sending a copy to its person."""

from __future__ import annotations

from typing import IO

from django.http import StreamingHttpResponse

from marketplace.accounts.models import User
from marketplace.privacy import services
from marketplace.privacy.models import PrivacyRequest
from marketplace.sending import Turn, send_file, take_turn

AT_ONCE = 10  # copies, of which each is a temporary file as large as itself


def send_copy(*, request: PrivacyRequest, by: User) -> StreamingHttpResponse:
    """The response that sends a copy to its person, who takes one at a time.

    Raises:
        Refused: not_found.
        SpeechRefused: rate_limited (429), too_busy (503).
        StorageUnavailable: try again.
    """
    turn = take_turn(f"user {by.pk}", "copy", of_one=1, in_all=AT_ONCE, a_minute=10)
    try:
        file = services.copy_of(request=request, by=by)
    except BaseException:
        turn.give_back()
        raise
    return send(file, turn)


def send(file: IO[bytes], turn: Turn | None = None) -> StreamingHttpResponse:
    """The response that sends a copy, and closes its file at the end."""
    return send_file(file, name="my-data.zip", content_type="application/zip", turn=turn)
