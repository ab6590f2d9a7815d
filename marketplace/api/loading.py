"""Whether a speech worker is still loading its engine, so that nobody is told that it is busy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache

_LOADING = "speech:loading"
_AT_MOST = 600  # seconds, for a worker that dies on the way


@contextmanager
def loading() -> Iterator[None]:
    """Note that speech waits for as long as this takes."""
    cache.set(_LOADING, 1, _AT_MOST)
    try:
        yield
    finally:
        cache.delete(_LOADING)


def is_loading() -> bool:
    """Whether speech waits for an engine."""
    return cache.get(_LOADING) is not None
