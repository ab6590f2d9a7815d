"""The status of a page that says no, and when to come back."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.http import HttpResponse

from marketplace.refusals import SpeechRefused, StorageUnavailable
from synthesis.refusals import Refusal

_TOO_OFTEN = {"rate_limited": 429}
_NONE: Mapping[str, int] = MappingProxyType({})
_WAITS = {429: 60, 503: 5}  # seconds


def status_of(refusal: Refusal, statuses: Mapping[str, int] = _NONE) -> int:
    """The status of a refusal: its own, that of its code, or 422; 429 where somebody asked too often."""
    if isinstance(refusal, SpeechRefused):
        return refusal.status
    if isinstance(refusal, StorageUnavailable):
        return 503
    return {**_TOO_OFTEN, **statuses}.get(refusal.code, 422)


def with_wait(page: HttpResponse, seconds: int = 0) -> HttpResponse:
    """The page, saying when to come back if its status is one that passes; 0: as usual for its status."""
    wait = _WAITS.get(page.status_code)
    if wait is not None:
        page["Retry-After"] = str(seconds or wait)
    return page
