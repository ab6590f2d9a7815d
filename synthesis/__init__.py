"""The speech engine: plain Python and torch; only `tasks/` knows Django.

What a user of the engine needs: `engine()`, which speaks and mixes voices; `enrol_speaker`, which
learns one from recordings; `VoiceTemplate`, which both of them pass on.
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
    """Load on first use: whoever wants a small part of the package doesn't wait for torch."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
