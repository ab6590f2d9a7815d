"""Pinyin of Chinese words in their sentence: pypinyin's phrases, and senses of what stands alone."""

from __future__ import annotations

import re

from synthesis.text.chinese import phrases, segmentation
from synthesis.text.chinese.polyphones import SENSES, by_phrase, by_sense

_CLAUSE = re.compile(r"[\u3400-\u9fff]+")


def pinyin(text: str) -> list[tuple[str, list[str]]]:
    """Words of a clause of Chinese characters, each with a syllable ("hang2") a character."""
    package = phrases.pypinyin()
    style, known_phrases = package.Style.TONE3, package.constants.PHRASES_DICT
    pairs = [(each.word, each.flag) for each in segmentation.tagger().cut(text)]
    found: list[tuple[str, list[str]]] = []
    known = by_phrase(text)
    place = 0
    for number, (word, tag) in enumerate(pairs):
        syllables = list(package.lazy_pinyin(word, style=style, neutral_tone_with_five=True))
        if len(word) == 1 or (word not in known_phrases and len(syllables) == len(word)):
            for offset, character in enumerate(word):
                if character not in SENSES:
                    continue
                inside_left, inside_right = offset > 0, offset < len(word) - 1
                before = tag if inside_left else pairs[number - 1][1] if number else ""
                after = (
                    tag if inside_right else pairs[number + 1][1] if number + 1 < len(pairs) else ""
                )
                said = by_sense(text, place + offset, (before, tag, after))
                syllables[offset] = said or syllables[offset]
        if len(syllables) == len(word):
            syllables = [known.get(place + n, each) for n, each in enumerate(syllables)]
        found.append((word, syllables))
        place += len(word)
    return found
