"""Secrets that a page shows once: sealed in the session between the form that made one and that page."""

from __future__ import annotations

import base64
import time
from typing import Any

from django.http import HttpRequest

from marketplace import storage

SESSION_KEY = "shown_once"
LIFETIME = 10 * 60  # seconds, for a browser that never follows the redirect
_PURPOSE = "secret shown once"


def keep(request: HttpRequest, secret: str, *, page: str) -> None:
    """Keep a new secret for a page's next showing, replacing any earlier one.

    page: its path.
    """
    sealed = storage.seal(secret.encode(), _PURPOSE)
    request.session[SESSION_KEY] = {
        "page": page,
        "sealed": base64.b64encode(sealed).decode(),
        "at": time.time(),
    }


def take(request: HttpRequest) -> str:
    """The secret that waits for the page that is asked for, and no second time; "" if none does."""
    kept: dict[str, Any] | None = request.session.get(SESSION_KEY)
    if kept is None or request.method != "GET":
        return ""
    is_over = time.time() - kept["at"] > LIFETIME
    if kept["page"] != request.path and not is_over:
        return ""
    del request.session[SESSION_KEY]
    return "" if is_over else storage.unseal(base64.b64decode(kept["sealed"]), _PURPOSE).decode()
