"""The errors for which tasks are retried."""

from __future__ import annotations

from typing import Any

from celery.exceptions import SoftTimeLimitExceeded

from marketplace.refusals import StorageUnavailable
from synthesis.refusals import TooSlow

WHILE_STORE_AWAY: dict[str, Any] = {
    "autoretry_for": (StorageUnavailable,),
    "retry_backoff": True,
    "max_retries": 5,
}
# for work whose attempts are counted (`marketplace/attempts.py`), which ends the retries in time
WHILE_SLOW_OR_STORE_AWAY: dict[str, Any] = {
    **WHILE_STORE_AWAY,
    "autoretry_for": (StorageUnavailable, SoftTimeLimitExceeded, TooSlow),
}
