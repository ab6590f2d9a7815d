"""The steps of a voice as they change, over one connection that ends with the work (server-sent events).

Between two looks a stream holds nothing but its socket: it looks in a thread of the loop's pool, for
milliseconds, and gives the database connection back each time.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
import weakref
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import SyncToAsync
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.utils import translation
from django.views.decorators.http import require_GET

from marketplace import sending, shutdown
from marketplace.database_connections import give_back_now
from marketplace.enrolment.progress import progress_of
from marketplace.refusals import SpeechRefused
from marketplace.storefront.studio_steps import Step
from marketplace.storefront.views.media import later
from marketplace.storefront.views.requests import my_voice
from marketplace.storefront.views.sign_in_first import sign_in_first
from marketplace.storefront.views.studio import steps_context
from marketplace.voices.models import Voice
from marketplace.voices.queries import state_of_work

EVERY = 1.0  # seconds between looks
LONGEST = 300.0  # seconds; then the page connects again, and is asked who it is
HEARTBEAT = 20.0  # seconds without a word after which one is said, so that proxies don't hang up
OF_ONE = 3  # streams of one person; a browser has six connections to a site
IN_ALL = 200


@sign_in_first
@require_GET
def events(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """Stream what changes; `has` names the steps that the page shows already, by their digests."""
    voice = my_voice(request, public_id)
    try:
        turn = sending.take_turn(f"user {request.user.pk}", "events", of_one=OF_ONE, in_all=IN_ALL)
    except SpeechRefused as refusal:
        return later(refusal)
    watch = _Watch(request, voice, _digests(request.GET.get("has", "")))
    answer = StreamingHttpResponse(
        _stream(watch, turn),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
    weakref.finalize(answer, turn.give_back)  # of an answer that was never begun
    return answer


def _digests(text: str) -> dict[str, str]:
    pairs = (part.partition(".") for part in text[:500].split(","))
    return {name: digest for name, _, digest in pairs}


@dataclass
class _Watch:
    """What one page shows of a voice, and what is new to it."""

    request: HttpRequest
    voice: Voice
    shown: dict[str, str]
    language: str = field(default_factory=translation.get_language)
    token: str = ""
    seen: Any = None  # the state of the work when it was last looked at
    told: dict[str, Any] | None = None

    def look(self) -> tuple[list[str], bool]:
        """The events since the last look, and whether more may follow."""
        try:
            with translation.override(self.language):
                return self._look()
        finally:
            give_back_now()

    def _look(self) -> tuple[list[str], bool]:
        if not self._is_signed_in():
            return [_event("again", {})], False
        state, found = state_of_work(self.voice), []
        more = True
        if state.steps != self.seen:
            self.seen = state.steps
            self.token = self.token or get_token(self.request)
            context = steps_context(self.request, self.voice, token=self.token)
            found = [self._shown(step) for step in context["steps"] if self._is_new(step)]
            more = context["pending"]
        if state.enrolment is not None and (told := progress_of(state.enrolment)) != self.told:
            self.told = told
            found.append(_event("progress", told))
        return found if more else [*found, _event("done", {})], more

    def _is_signed_in(self) -> bool:
        session = self.request.session
        return session.session_key is None or session.exists(session.session_key)

    def _is_new(self, step: Step) -> bool:
        return self.shown.get(step.name) != step.digest

    def _shown(self, step: Step) -> str:
        self.shown[step.name] = step.digest
        return _event("step", {"step": step.name, "digest": step.digest, "html": step.html})


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _give_thread_back() -> None:
    """End the thread in which Django called the view; it would wait for the end of the answer."""
    context = SyncToAsync.thread_sensitive_context.get(None)
    if context is None:
        return
    executor = SyncToAsync.context_to_thread_executor.pop(context, None)
    if executor is not None:
        executor.shutdown(wait=False)


async def _stream(watch: _Watch, turn: sending.Turn) -> AsyncIterator[bytes]:
    _give_thread_back()
    begun = said = time.monotonic()
    try:
        while True:
            found, more = await asyncio.to_thread(watch.look)
            now = time.monotonic()
            if found or now - said > HEARTBEAT:
                said = now
                yield "".join(found or [":\n\n"]).encode()
            if not more:
                return
            if shutdown.begun.is_set() or now - begun > LONGEST:
                yield _event("again", {}).encode()
                return
            await asyncio.sleep(EVERY)
    finally:
        turn.give_back()
