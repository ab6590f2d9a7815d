"""Sending a copy to its person."""

from __future__ import annotations

from django.http import StreamingHttpResponse

from marketplace.accounts.models import User
from marketplace.privacy import kept_copies
from marketplace.privacy.models import PrivacyRequest
from marketplace.sending import send_source, take_turn

AT_ONCE = 10  # copies that a process sends
A_MINUTE = 10  # requests of a person


def send_copy(*, request: PrivacyRequest, by: User) -> StreamingHttpResponse:
    """The response that sends a copy to its person as it is read from the store; they take one at a time.

    A copy that was changed breaks the connection off before its end, so that no browser keeps it.

    Raises:
        Refused: not_found.
        SpeechRefused: rate_limited (429), too_busy (503).
        StorageUnavailable: try again.
    """
    turn = take_turn(f"user {by.pk}", "copy", of_one=1, in_all=AT_ONCE, a_minute=A_MINUTE)
    try:
        copy = kept_copies.copy_of(request=request, by=by)
    except BaseException:
        turn.give_back()
        raise
    return send_source(copy, name="my-data.zip", content_type="application/zip", turn=turn)
