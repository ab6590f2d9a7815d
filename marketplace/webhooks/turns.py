"""Organizations whose servers were slow are called one call at a time, so that they hold up no others."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum

from django.core.cache import cache

SLOW = 2.0  # seconds that a call took
REMEMBERED = 300  # seconds for which a slow organization is called so
HELD = 60  # seconds after which a turn that nobody gave back, since its worker died, is free
AGAIN = timedelta(seconds=30)  # after which a message that had no turn asks for one


class Turn(Enum):
    """How an organization is called."""

    BESIDE_OTHERS = "beside others"
    ALONE = "alone"


def take(organization_id: int) -> Turn | None:
    """Take a turn to call an organization; None if it was slow and is being called."""
    if cache.get(_slow(organization_id)) is None:
        return Turn.BESIDE_OTHERS
    return Turn.ALONE if cache.add(_held(organization_id), 1, HELD) else None


def give_back(organization_id: int, turn: Turn, *, took: float) -> None:
    """Give a turn back, and remember whether the call was slow. took: seconds."""
    if took > SLOW:
        cache.set(_slow(organization_id), 1, REMEMBERED)
    if turn is Turn.ALONE:
        cache.delete(_held(organization_id))


def _slow(organization_id: int) -> str:
    return f"webhooks-slow:{organization_id}"


def _held(organization_id: int) -> str:
    return f"webhooks-held:{organization_id}"
