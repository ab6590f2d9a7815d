"""Occasional progress reports of long work."""

from __future__ import annotations

import time
from collections.abc import Callable

HEARTBEAT = 2.0  # seconds between progress reports to the database


def throttle(report: Callable[[str, float], None]) -> Callable[[str, float], None]:
    """Limit reports to one every `HEARTBEAT` seconds and one for each change of stage."""
    last_at, last_stage = 0.0, ""

    def throttled(stage: str, share: float) -> None:
        nonlocal last_at, last_stage
        now = time.monotonic()
        if stage != last_stage or now - last_at > HEARTBEAT:
            last_at, last_stage = now, stage
            report(stage, share)

    return throttled
