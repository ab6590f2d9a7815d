"""What a WebSocket tells the site beside its requests, which no client can."""

from __future__ import annotations

from typing import Any

INNER = "timbre.inner"  # in the scope of a request: that a WebSocket makes it
SPOKEN_BEFORE = "timbre.spoken_before"  # the text that was spoken before it
NOTICED = (
    "timbre.noticed"  # that whoever listens has just heard speech, and so the notice before it
)


def is_inner(request: Any) -> bool:
    """Whether a WebSocket makes a request, and not its client."""
    return bool(getattr(request, "scope", {}).get(INNER))


def spoken_before(request: Any) -> str:
    """The text that is heard just before what a request asks for, and so judged with it."""
    return str(getattr(request, "scope", {}).get(SPOKEN_BEFORE, ""))


def is_noticed(request: Any) -> bool:
    """Whether whoever listens has just heard the audible notice, where there is one."""
    return bool(getattr(request, "scope", {}).get(NOTICED))
