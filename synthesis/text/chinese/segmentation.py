"""jieba, with its cache in our own folder."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

_loading = threading.Lock()


@lru_cache(maxsize=1)
def _loaded() -> Any:
    import jieba

    from synthesis.weights import cache_folder

    jieba.setLogLevel(logging.WARNING)
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    jieba.dt.tmp_dir = str(folder)
    jieba.initialize()
    return jieba


def jieba() -> Any:
    """The module, its dictionary loaded."""
    with _loading:
        return _loaded()


def words(text: str) -> Iterator[tuple[str, int, int]]:
    """Words and their places."""
    yield from jieba().tokenize(text)
