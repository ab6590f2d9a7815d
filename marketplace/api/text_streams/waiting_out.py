"""Waiting out the refusals that pass by themselves: of one WebSocket together, so that it asks seldom."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from marketplace.refusals import SpeechRefused

A_MINUTE = 60.0  # for which requests are counted, from one full minute to the next
# Seconds for which a refusal that passes by itself is waited out
PATIENCE = {
    "rate_limited": 61.0, "too_many_streams": 10.0, "engine_loading": 60.0, "request_in_progress": 10.0,
}  # fmt: skip
FIRST_DELAY, MAX_DELAY = 0.25, 4.0  # seconds between tries where nobody says when a refusal passes


class Turns:
    """The tries of one WebSocket: after a refusal one text at a time, and none before it has passed."""

    def __init__(self) -> None:
        self.one = asyncio.Lock()  # held by who tries again
        self._not_before = 0.0

    def refused(self, seconds: float) -> None:
        """Let nobody try again for so long."""
        self._not_before = max(self._not_before, time.monotonic() + seconds)

    @property
    def wait(self) -> float:
        """Seconds until somebody may try again."""
        return max(0.0, self._not_before - time.monotonic())


class Tries:
    """What is tried again until it is done, or waiting for it takes too long."""

    def __init__(self, turns: Turns) -> None:
        self._turns, self._begun, self._delay = turns, time.monotonic(), FIRST_DELAY
        self._refused: SpeechRefused | None = None

    def after(self, refused: SpeechRefused) -> None:
        """Note a refusal.

        Raises:
            SpeechRefused: it, if it doesn't pass or not soon enough.
        """
        if refused.code == "rate_limited":
            self._turns.refused(A_MINUTE - time.time() % A_MINUTE + FIRST_DELAY)
        else:
            self._turns.refused(self._delay)
            self._delay = min(2 * self._delay, MAX_DELAY)
        self._refused = refused
        self._give_up(refused)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[AsyncExitStack]:
        """When it may be tried; whoever closes what it gives lets others try.

        Raises:
            SpeechRefused: the last refusal, if others made waiting too long.
        """
        async with AsyncExitStack() as turn:
            if self._refused is not None:
                await turn.enter_async_context(self._turns.one)
                self._give_up(self._refused)
                await asyncio.sleep(self._turns.wait)
            yield turn

    def _give_up(self, refused: SpeechRefused) -> None:
        waited = time.monotonic() - self._begun
        if waited + self._turns.wait > PATIENCE.get(refused.code, 0.0):
            raise refused
