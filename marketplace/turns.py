"""Turns of a line: so many of its requests are worked on at once, and the others wait for them.

Each request takes a thread as soon as it has come, so that hundreds at once from one place would
leave everybody else's as little time as one of their own.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Hashable

MOST_WAITING = 500  # requests of one line; `request_bodies` bounds their bodies together


class Turns:
    """Who is worked on and who waits, by line, in the order in which they came."""

    def __init__(self) -> None:
        self._taken: Counter[Hashable] = Counter()
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = {}

    async def take(self, line: Hashable, most: int) -> bool:
        """Wait until fewer than `most` of a line are worked on; false at once if too many wait.

        Whoever took a turn gives it back.
        """
        if self._taken[line] < most:
            self._taken[line] += 1
            return True
        waiting = self._waiting.setdefault(line, deque())
        if len(waiting) >= MOST_WAITING:
            return False
        turn = asyncio.get_running_loop().create_future()
        waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back(line)
            elif turn in waiting:
                waiting.remove(turn)
            raise
        return True

    def give_back(self, line: Hashable) -> None:
        """Pass a turn on to whoever has waited longest."""
        waiting = self._waiting.get(line, deque())
        while waiting:
            turn = waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                break
        else:
            self._taken[line] -= 1
            if not self._taken[line]:
                del self._taken[line]
        if not waiting:
            self._waiting.pop(line, None)
