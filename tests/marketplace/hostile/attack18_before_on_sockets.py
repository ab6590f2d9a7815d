"""What was heard by an alias is not judged with what follows on a WebSocket. Fails on today's code."""

from __future__ import annotations

import asyncio
from collections import deque
from types import SimpleNamespace
from typing import Any

from marketplace.api.text_streams.contexts import Context
from marketplace.policy.rules import Rules

FIRST = '<speak>I am going to <sub alias="kill">call</sub></speak>'
THEN = "you and your family."


async def _nothing(*_: Any) -> None: ...


async def _before_what_follows(*stretches: str) -> str:
    """What a context has judged with the next stretch, once these were spoken."""
    context: Any = object.__new__(Context)
    context.name, context._gap, context._before, context._number = None, " ", "", 0
    context._stretches, context._ends, context._is_speaking = deque(stretches), True, False
    context._more, context._room = asyncio.Event(), asyncio.Event()
    context._opened = SimpleNamespace(repeated_as="")
    context._speak_patiently = context._say = context._refuse = _nothing
    await context._run()
    return str(context._before)


def test_what_follows_is_judged_with_what_was_heard_and_not_with_what_was_written() -> None:
    assert not Rules().matches("I am going to kill")
    assert Rules().matches(f"I am going to kill {THEN}")
    before = asyncio.run(_before_what_follows(FIRST))
    assert Rules().matches(f"{before} {THEN}"), f"judged: {before} {THEN}"
