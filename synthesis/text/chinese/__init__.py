"""Mandarin as it is read aloud, by wetext's grammar, jieba's words and misaki's phonemes."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from synthesis.text.mapped_rules import MappedRules
from synthesis.text.written import Edit

_MISREAD = re.compile(r"(?<=\d),(?=\d{3}(?!\d))|(?<=[A-Za-z])-(?=\d)|[*_~^`#]+")
_HAN = re.compile(r"[\u3400-\u9fff]+(?:\s+[\u3400-\u9fff]+)*")


@lru_cache(maxsize=1)
def _jieba() -> Any:
    import jieba

    from synthesis.weights import cache_folder

    jieba.setLogLevel(logging.WARNING)
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    jieba.dt.tmp_dir = str(folder)
    return jieba


def words(text: str) -> Iterator[tuple[str, int, int]]:
    """Words and their places."""
    yield from _jieba().tokenize(text)


def _edits(text: str) -> list[Edit]:
    return [
        (match.start(), match.end(), " " if match[0] == "-" else "")
        for match in _MISREAD.finditer(text)
    ]


RULES = MappedRules("zh", words, _edits)


def reader(english: Callable[[str], str]) -> Callable[[str], str]:
    """A function from a sentence in words to its phonemes; `english` reads what is in Latin letters."""
    _jieba()
    from misaki.zh import ZHG2P

    def read(text: str) -> str:
        said, done = [], 0
        for run in _HAN.finditer(text):
            said += [_other(text[done : run.start()], english)]
            said.append(ZHG2P.legacy_call("".join(run[0].split())))
            done = run.end()
        said.append(_other(text[done:], english))
        return re.sub(r"\s+([.,;:!?])", r"\1", " ".join(" ".join(said).split()))

    def _other(text: str, english: Callable[[str], str]) -> str:
        plain = ZHG2P.map_punctuation(text)
        return english(plain) if any(each.isalpha() for each in plain) else plain

    return read
