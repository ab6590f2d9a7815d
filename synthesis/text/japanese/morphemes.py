"""What OpenJTalk takes the words of a Japanese text for, and how it says each."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PARTICLES = ("助詞", "助動詞")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30ffー]+")
_KATAKANA = {each: each + 0x60 for each in range(0x3041, 0x3097)}


@dataclass(frozen=True)
class Morpheme:
    """A word as it is written, and as it is said, in katakana; "" where nothing is known of it."""

    written: str
    said: str
    is_particle: bool


def morphemes(text: str) -> list[Morpheme]:
    """The words of a text without spaces.

    >>> [each.said for each in morphemes("おまえを頃す")]
    ['オマエ', 'ヲ', 'コロ', 'ス']
    """
    import pyopenjtalk

    found = []
    for feature in pyopenjtalk.run_mecab(text):  # without the accents, which take ten times as long
        written, kind, *others = feature.split(",")
        said = others[7] if len(others) > 8 and kind != "記号" else ""
        if not said and _KANA.fullmatch(written):
            said = written.translate(_KATAKANA)
        found.append(Morpheme(written, said.replace("’", ""), kind in _PARTICLES))
    return found
