"""What a WebSocket tells the site beside its requests, which no client can."""

from __future__ import annotations

from typing import Any

from synthesis.text.wording import Wording

JUDGED_BEFORE = 300  # characters of what was spoken that are judged with what follows
INNER = "timbre.inner"  # in the scope of a request: that a WebSocket makes it
SPOKEN_BEFORE = "timbre.spoken_before"  # the texts that were spoken before it, as they were sent
NOTICED = (
    "timbre.noticed"  # that whoever listens has just heard speech, and so the notice before it
)


def is_inner(request: Any) -> bool:
    """Whether a WebSocket makes a request, and not its client."""
    return bool(getattr(request, "scope", {}).get(INNER))


def spoken_before(request: Any) -> tuple[Wording, ...]:
    """The texts that are heard just before what a request asks for, and so judged with it."""
    return tuple(map(Wording, getattr(request, "scope", {}).get(SPOKEN_BEFORE, ())))


def is_noticed(request: Any) -> bool:
    """Whether whoever listens has just heard the audible notice, where there is one."""
    return bool(getattr(request, "scope", {}).get(NOTICED))
