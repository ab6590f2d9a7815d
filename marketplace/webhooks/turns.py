"""Turns of calling customers' servers, so that one organization, or all slow ones, never hold up the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.core.cache import cache

AT_ONCE = 3  # calls of one organization; `make run` makes eight altogether (deploy/instance.py)
SLOW_AT_ONCE = 4  # calls of all organizations that were slow, each of which has one
SLOW = 2.0  # seconds that a call took
REMEMBERED = 300  # seconds for which a slow organization is called so
HELD = 60  # seconds after which a turn that nobody gave back, since its worker died, is free
AGAIN = timedelta(
    seconds=30
)  # after which a message of who is slow, that had no turn, asks for one


@dataclass(frozen=True)
class Turn:
    """A call that may be made now, by the places that it takes."""

    places: tuple[str, ...]


def take(organization_id: int) -> Turn | None:
    """Take a turn to call an organization; None if enough of its calls, or of slow ones, are under way."""
    slow = is_slow(organization_id)
    own = _place(f"webhooks-held:{organization_id}:{n}" for n in range(1 if slow else AT_ONCE))
    if own is None or not slow:
        return None if own is None else Turn((own,))
    among_slow = _place(f"webhooks-slow-held:{n}" for n in range(SLOW_AT_ONCE))
    if among_slow is None:
        cache.delete(own)
        return None
    return Turn((own, among_slow))


def _place(names: Iterable[str]) -> str | None:
    return next((name for name in names if cache.add(name, 1, HELD)), None)


def give_back(organization_id: int, turn: Turn, *, took: float) -> None:
    """Give a turn back, and remember whether the call was slow. took: seconds."""
    if took > SLOW:
        cache.set(_slow(organization_id), 1, REMEMBERED)
    cache.delete_many(turn.places)


def is_slow(organization_id: int) -> bool:
    """Whether a call of an organization was slow lately."""
    return cache.get(_slow(organization_id)) is not None


def _slow(organization_id: int) -> str:
    return f"webhooks-slow:{organization_id}"
