"""Who waits for an engine that is still loading is told so."""

from __future__ import annotations

from django.core.cache import cache

from marketplace.api.loading import is_loading, loading
from marketplace.api.speaking import _answer_to
from synthesis.refusals import SpeechFailed


def test_a_listener_hears_that_the_engine_is_loading_and_not_that_it_is_busy() -> None:
    cache.clear()
    with loading():
        refusal = _answer_to(SpeechFailed("timeout"))
    assert (refusal.status, refusal.code) == (503, "engine_loading")
    assert not is_loading()
    assert _answer_to(SpeechFailed("timeout")).code == "system_busy"
