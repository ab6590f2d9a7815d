"""The errors for which tasks are retried."""

from __future__ import annotations

from typing import Any

from marketplace.refusals import StorageUnavailable

WHILE_STORE_AWAY: dict[str, Any] = {
    "autoretry_for": (StorageUnavailable,),
    "retry_backoff": True,
    "max_retries": 5,
}
