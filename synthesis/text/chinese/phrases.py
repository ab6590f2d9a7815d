"""pypinyin, with its phrases in a file that is mapped."""

from __future__ import annotations

import os
import sys
import threading
from functools import lru_cache
from types import ModuleType
from typing import Any

from synthesis.text.word_tables import WordTable, word_table

_loading = threading.Lock()


class _Beginnings:
    """What pypinyin asks of its set of all beginnings of phrases."""

    def __init__(self, phrases: WordTable) -> None:
        self._phrases = phrases

    def __contains__(self, beginning: str) -> bool:
        return self._phrases.has_words_with(beginning)


@lru_cache(maxsize=1)
def _loaded() -> Any:
    phrases = word_table("pinyin-phrases")
    table = ModuleType("pypinyin.phrases_dict")
    vars(table)["phrases_dict"] = phrases
    sys.modules[table.__name__] = table  # or the import would build the table in memory
    os.environ["PYPINYIN_NO_DICT_COPY"] = "1"  # the module's own setting: nobody changes its tables
    import pypinyin
    from pypinyin.seg import mmseg

    beginnings: Any = _Beginnings(phrases)
    mmseg.p_set, mmseg.seg = beginnings, mmseg.Seg(beginnings, no_non_phrases=True)
    return pypinyin


def pypinyin() -> Any:
    """The module. Whoever else imports it must do so after this, or gets tables of 50 MB."""
    with _loading:
        return _loaded()
