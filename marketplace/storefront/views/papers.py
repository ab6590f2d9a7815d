"""Documents as PDF, each made when it is asked for, by the web server itself."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from marketplace import sending
from marketplace.refusals import SpeechRefused
from marketplace.storefront.views.media import later
from marketplace.storefront.views.requests import signed_in_user

# One takes up to a second and a half of processor time, and 90 MB, where fonts with many characters are needed
IN_ALL = 4  # that a process makes at once
A_MINUTE = 30  # for one person


def paper(
    request: HttpRequest, make: Callable[[], bytes], *, name: str, save: bool = False
) -> HttpResponse:
    """A document under a name, shown or saved; a person gets one at a time, and few a minute.

    make: called at once, unless that is too many.
    """
    try:
        turn = sending.take_turn(
            f"user {signed_in_user(request).pk}",
            "paper",
            of_one=1,
            in_all=IN_ALL,
            a_minute=A_MINUTE,
        )
    except SpeechRefused as refusal:
        return later(refusal)
    try:
        content = make()
    finally:
        turn.give_back()
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'{"attachment" if save else "inline"}; filename="{name}.pdf"'
        },
    )
