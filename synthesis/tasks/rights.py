"""Whether speech that is being made may still be, asked now and then by the worker that makes it."""

from __future__ import annotations

import time

from marketplace.policy.going_on import require_may_go_on_by_now
from marketplace.refusals import SpeechRefused

ASKED_AGAIN = 2.0  # seconds after which a worker asks once more whether a voice may still speak


class Rights:
    """Asks for one generation; refusal: the code of why it may not be spoken any more."""

    def __init__(self, generation_id: int) -> None:
        self.refusal = ""
        self._generation_id, self._asked_at = generation_id, time.monotonic()

    def lost(self) -> bool:
        """Whether consent, licence, listing or what pays ended meanwhile, or its owner was stopped."""
        now = time.monotonic()
        if not self.refusal and now - self._asked_at > ASKED_AGAIN:
            self._asked_at = now
            try:
                require_may_go_on_by_now(generation_id=self._generation_id)
            except SpeechRefused as refusal:
                self.refusal = refusal.code
        return bool(self.refusal)
