"""Mandarin as it is read aloud, by wetext's grammar, jieba's words and misaki's phonemes."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from synthesis.text.chinese.edits import edits
from synthesis.text.chinese.phrases import pypinyin
from synthesis.text.chinese.segmentation import words
from synthesis.text.mapped_rules import MappedRules

_HAN = re.compile(r"[\u3400-\u9fff〇]+(?:\s+[\u3400-\u9fff〇]+)*")
_SYLLABLE = re.compile(r"[a-zêü]+[1-5]?")


# wetext puts a backslash before a quote
RULES = MappedRules("zh", words, edits, said=lambda text: text.replace("\\", ""))


@lru_cache(maxsize=1)
def _misaki() -> Any:
    pypinyin()  # before misaki imports it
    from misaki.zh import ZHG2P

    return ZHG2P


@lru_cache(maxsize=4096)
def _sounds(syllable: str) -> str:
    """The phonemes of a syllable of pinyin, "" of what is none."""
    if not _SYLLABLE.fullmatch(syllable):
        return ""
    try:
        return str(_misaki().py2ipa(syllable)).replace("\u032f", "")
    except (KeyError, ValueError, IndexError):  # an interjection that has no syllable
        return ""


def _run(text: str) -> str:
    """Phonemes of Chinese words between spaces, parted where they are."""
    from synthesis.text.chinese.pinyin import pinyin

    parts = text.split()
    syllables = [each for _, said in pinyin("".join(parts)) for each in said]
    if len(syllables) != sum(map(len, parts)):
        return " ".join("".join(map(_sounds, said)) for _, said in pinyin("".join(parts)))
    sounds = iter(syllables)
    return " ".join("".join(_sounds(next(sounds)) for _ in part) for part in parts)


def reader(english: Callable[[str], str]) -> Callable[[str], str]:
    """A function from a sentence in words to its phonemes; `english` reads what is in Latin letters."""

    def other(text: str) -> str:
        plain = str(_misaki().map_punctuation(text))
        return english(plain) if any(each.isalpha() for each in plain) else plain

    def read(text: str) -> str:
        said, done = [], 0
        for run in _HAN.finditer(text):
            said += [other(text[done : run.start()]), _run(run[0])]
            done = run.end()
        said.append(other(text[done:]))
        return re.sub(r"\s+([.,;:!?])", r"\1", " ".join(" ".join(said).split()))

    return read
