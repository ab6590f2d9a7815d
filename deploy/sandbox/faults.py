"""Faults on request: failures, delays, and repeated, reordered or lost webhooks."""

from __future__ import annotations

from dataclasses import dataclass, field

from deploy.sandbox.endpoints import Receiver


@dataclass
class Faults:
    """What goes wrong next; counts run down to zero.

    fail_before: requests answered 500 without doing anything; fail_after: done, then answered 500
    (so the client can't know); delay: seconds before each answer; repeat: how often each webhook is
    sent; hold: webhooks are held back and sent newest first when `hold` ends; lose: webhooks never
    sent; only: the path that request faults apply to, "" for every path.
    """

    fail_before: int = 0
    fail_after: int = 0
    delay: float = 0.0
    repeat: int = 1
    hold: bool = False
    lose: int = 0
    only: str = ""
    held: list[tuple[Receiver, str]] = field(default_factory=list)

    def concerns(self, path: str) -> bool:
        return self.only in path

    def take(self, name: str) -> bool:
        """Whether a fault of a kind is due; counts it down."""
        left: int = getattr(self, name)
        if left > 0:
            setattr(self, name, left - 1)
        return left > 0
