"""jieba, with its dictionary in a file that is mapped."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from synthesis.text.word_tables import word_table

_loading = threading.Lock()


@lru_cache(maxsize=1)
def _loaded() -> Any:
    import jieba

    jieba.setLogLevel(logging.WARNING)
    frequencies = word_table("jieba-frequencies")
    jieba.dt.FREQ, jieba.dt.total = frequencies, frequencies[""]
    jieba.dt.initialized = True
    return jieba


@lru_cache(maxsize=1)
def _loaded_tagger() -> Any:
    dictionary = _loaded().dt
    dictionary.get_dict_file = io.BytesIO  # or the import would build a table of its own
    try:
        from jieba import posseg
    finally:
        del dictionary.get_dict_file
    posseg.dt.word_tag_tab = word_table("jieba-tags")
    return posseg


def jieba() -> Any:
    """The module, its dictionary loaded."""
    with _loading:
        return _loaded()


def tagger() -> Any:
    """Its module of parts of speech, likewise."""
    with _loading:
        return _loaded_tagger()


def words(text: str) -> Iterator[tuple[str, int, int]]:
    """Words and their places."""
    yield from jieba().tokenize(text)
