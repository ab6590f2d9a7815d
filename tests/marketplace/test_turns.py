"""One place that asks for hundreds of pages at once waits for itself, and nobody else does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from marketplace import turns
from marketplace.request_bodies import LimitedBodies

CROWD, VISITOR = "203.0.113.7", "198.51.100.4"


class Working:
    """An application whose answers wait until the test has them begin, and end when it ends."""

    def __init__(self) -> None:
        self.begin, self.end = asyncio.Semaphore(0), asyncio.Event()
        self.at_work: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if (await receive())["type"] == "http.disconnect":
            return
        self.at_work.append(scope["client"][0])
        await self.begin.acquire()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await self.end.wait()
        await send({"type": "http.response.body", "body": b""})


class Site:
    """A site whose work is under the test's control."""

    def __init__(self) -> None:
        self.work = Working()
        self._app = LimitedBodies(self.work)
        self.statuses: list[int] = []
        self._asked: list[asyncio.Task[None]] = []

    async def ask(self, client: str = CROWD, path: str = "/voices", times: int = 1) -> None:
        """Send requests and let them come as far as they may."""
        for _ in range(times):
            scope = {
                "type": "http", "method": "GET", "path": path, "headers": [], "client": (client, 1),
            }  # fmt: skip
            self._asked.append(asyncio.create_task(self._app(scope, self._receive, self._send)))
        await self.settle()

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async def hang_up(self, number: int) -> None:
        self._asked[number].cancel()
        await self.settle()

    async def finish(self) -> None:
        """Answer all that was asked; afterwards the site remembers nobody."""
        self.work.end.set()
        for _ in self._asked:
            self.work.begin.release()
        await asyncio.gather(*self._asked, return_exceptions=True)
        assert (self._app._turns._taken, self._app._turns._waiting) == ({}, {})

    async def _receive(self) -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.statuses.append(message["status"])


@pytest.fixture
def play(settings: Any) -> Callable[[Callable[[Site], Any]], None]:
    """Run a scene on a site that works on three pages of one line at once, and four of its calls."""
    settings.REQUESTS_AT_ONCE, settings.SPEECH_THREADS = 3, 4

    def run(scene: Callable[[Site], Any]) -> None:
        async def whole() -> None:
            site = Site()
            await scene(site)
            await site.finish()

        asyncio.run(whole())

    return run


def test_a_crowd_at_one_address_keeps_no_visitor_waiting(play: Any) -> None:
    async def scene(site: Site) -> None:
        await site.ask(times=50)
        assert site.work.at_work == [CROWD] * 3
        await site.ask(VISITOR)
        assert site.work.at_work == [CROWD] * 3 + [VISITOR]

    play(scene)


def test_the_next_one_has_its_turn_once_an_answer_begins_however_slowly_it_is_read(
    play: Any,
) -> None:
    async def scene(site: Site) -> None:
        await site.ask(times=5)
        site.work.begin.release()
        await site.settle()
        assert len(site.work.at_work) == 4
        assert site.statuses == [200]

    play(scene)


def test_programs_that_wait_for_speech_keep_no_page_of_their_line_waiting(play: Any) -> None:
    async def scene(site: Site) -> None:
        await site.ask(path="/v1/audio/speech", times=9)
        assert len(site.work.at_work) == 4
        await site.ask(path="/voices")
        assert len(site.work.at_work) == 5

    play(scene)


def test_one_address_has_so_many_waiting_and_no_more(
    play: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "MOST_WAITING", 2)

    async def scene(site: Site) -> None:
        await site.ask(times=7)
        assert site.statuses == [429, 429]
        assert len(site.work.at_work) == 3

    play(scene)


@pytest.mark.parametrize("number", [0, 4], ids=["while it is worked on", "while it waits"])
def test_a_request_that_is_given_up_costs_its_line_no_turn(play: Any, number: int) -> None:
    async def scene(site: Site) -> None:
        await site.ask(times=6)
        await site.hang_up(number)
        site.work.begin.release()
        await site.settle()
        assert len(site.work.at_work) == 4 + (number == 0)

    play(scene)
