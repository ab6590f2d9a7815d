"""The speech engine in plain Python and torch; only `tasks/` knows Django.

A user of the engine needs three names: `engine()` speaks and mixes voices, `enrol_speaker` learns a
voice from recordings, and `VoiceTemplate` is what they exchange.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synthesis.engines.kokoro import engine
    from synthesis.enrolment.speaker import enrol_speaker
    from synthesis.template import VoiceTemplate

__all__ = ["VoiceTemplate", "engine", "enrol_speaker"]
_HOMES = {
    "engine": "synthesis.engines.kokoro",
    "enrol_speaker": "synthesis.enrolment.speaker",
    "VoiceTemplate": "synthesis.template",
}


def __getattr__(name: str) -> Any:
    """Load on first use, so that users of a small part of the package don't wait for torch."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
