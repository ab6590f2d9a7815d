"""How much speech a voice needs."""

from __future__ import annotations

from synthesis.refusals import AudioRefused

MIN_SPEECH = 10.0  # seconds in all recordings of a voice together
GOOD_SPEECH = 60.0  # seconds, the minute of which pages speak; more brings little


def require_enough(speech_seconds: float) -> None:
    """Raises AudioRefused (too_short) under `MIN_SPEECH` seconds of speech in all."""
    if speech_seconds < MIN_SPEECH:
        raise AudioRefused(
            "too_short",
            f"Only {speech_seconds:.0f} seconds of speech so far; {MIN_SPEECH:.0f} are needed and "
            f"{GOOD_SPEECH:.0f} or more give a better voice. Add another recording.",
        )
