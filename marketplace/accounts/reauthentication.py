"""Whether the person at the browser proved recently who they are."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.http import HttpRequest

_SIGNED_IN_AT = "signed_in_at"


def note_sign_in(*, request: HttpRequest | None, **_: Any) -> None:
    """Note in the session when it was signed in, however that was; a receiver of Django's signal."""
    if request is not None:
        request.session[_SIGNED_IN_AT] = time.time()


def recently_authenticated(request: HttpRequest) -> bool:
    """Whether they signed in, or gave password, passkey or second factor again, minutes ago."""
    if not request.user.is_authenticated:
        return False
    again = [
        float(record["at"])
        for record in get_authentication_records(request, request.user)
        if record.get("reauthenticated")
    ]
    last = max([float(request.session.get(_SIGNED_IN_AT, 0.0)), *again])
    return time.time() - last < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
