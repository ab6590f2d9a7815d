"""How many lines somebody may try: a minute and a day, by account or by network."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.rate_limit import A_DAY, A_MINUTE, count, count_visitor
from marketplace.refusals import SpeechRefused


def count_trial(request: HttpRequest) -> None:
    """Count a line against whoever asks.

    Raises:
        SpeechRefused: rate_limited (429).
    """
    user = request.user
    known = isinstance(user, User)
    suffix = "_SIGNED_IN" if known else ""
    for span, name in ((A_MINUTE, "TRIALS_PER_MINUTE"), (A_DAY, "TRIALS_PER_DAY")):
        limit = int(getattr(settings, name + suffix))
        try:
            if known:
                count(f"{name}:{user.pk}", limit, span=span)
            else:
                count_visitor(name, request, limit, span=span)
        except SpeechRefused as refused:
            raise _explained(limit, span, known) from refused


def _explained(limit: int, span: int, known: bool) -> SpeechRefused:
    if span == A_MINUTE:
        text = gettext("%(limit)s lines a minute is the most. Wait a moment.")
    elif known:
        text = gettext("You have tried %(limit)s lines today, which is the most. Go on tomorrow.")
    else:
        text = gettext(
            "%(limit)s lines were tried from your network today, which is the most without an "
            "account. Sign in to go on."
        )
    return SpeechRefused(429, "rate_limited", text % {"limit": limit})
