"""The ways in which Chinese characters are read by themselves, and the words of a clause."""

from __future__ import annotations

from functools import lru_cache

from synthesis.text.chinese.phrases import pypinyin
from synthesis.text.chinese.segmentation import jieba


@lru_cache(maxsize=32_768)
def readings(character: str) -> tuple[str, ...]:
    """Each syllable, with its tone, that a character may be read as.

    >>> readings("了")
    ('le5', 'liao3')
    """
    package = pypinyin()
    said = package.pinyin(
        character, style=package.Style.TONE3, heteronym=True, neutral_tone_with_five=True
    )
    return tuple(dict.fromkeys(said[0])) if said else ()


@lru_cache(maxsize=4096)
def syllables(word: str) -> tuple[str, ...]:
    """How a word is read by itself, without the time that finding the words of a sentence takes."""
    package = pypinyin()
    return tuple(package.lazy_pinyin(word, style=package.Style.TONE3, neutral_tone_with_five=True))


def cut(clause: str) -> list[str]:
    """The words of jieba's dictionary that a clause consists of, in proportion to its length."""
    return list(jieba().cut(clause, HMM=False))


def is_word(characters: str) -> bool:
    """Whether jieba's dictionary has a word."""
    frequencies = jieba().dt.FREQ
    return bool(frequencies.get(characters))
