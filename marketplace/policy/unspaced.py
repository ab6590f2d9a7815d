"""Japanese and Chinese that is written otherwise and heard as words of the rules: "おまえをころす", "沙了你"."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, chain, product
from unicodedata import normalize

from marketplace.policy.rules import FOLDER
from marketplace.policy.spellings import spellings
from synthesis.text.chinese.syllables import cut, is_word, readings, syllables
from synthesis.text.japanese.morphemes import Morpheme, morphemes

Sound = tuple[str, ...]  # the syllables of Chinese, the morae of Japanese

PLAIN = 6  # morae of what is heard as a word of the rules however it is written
ONE_WORD = 4  # below so many, the whole must be one word in kana
BLOCK = 300  # characters that are heard as one run across signs,
OVERLAP = 30  # and how many of them once more with the next ones
HEAD = 2  # sounds by which spellings are looked up
_FILES = {"ja": "japanese", "zh-CN": "chinese"}
_HAN = re.compile("[\u3400-\u9fff]+")
_JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u9fff\u3005]+")
_WRITTEN = {  # without the signs that are among them
    "ja": "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3400-\u9fff\u3005",
    "zh-CN": "\u3400-\u9fff",
}
_UNHEARD = "[^\\w\ue000-\uf8ff]|_"  # a private-use character stands for a word
_PARTED = {
    language: re.compile(f"(?<![{each}])[{each}]++(?:(?:{_UNHEARD})+[{each}]++)+")
    for language, each in _WRITTEN.items()
}
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30ff]+")
_TWO_KANJI = re.compile("[\u3400-\u9fff\u3005]{2}")
_MORA = re.compile(".[ャュョァィゥェォヮ]?")
_AS_SAID = str.maketrans("ヲヅヂ", "オズジ")
# "しょ" and "う" are one syllable also where OpenJTalk takes them for two words
_LONG = re.compile(
    "(?<=[オコソトノホモヨロゴゾドボポョウクスツヌフムユルグズブプュ])ウ|(?<=[エケセテネヘメレゲゼデベペ])イ"
)
_STEMS = tuple(  # which OpenJTalk reads as words
    (re.compile(pattern), kana)
    for pattern, kana in (("殺$", "ころ"), ("支払$", "しはら"), ("振り?込$", "ふりこ"))
)
_ORDINARY = re.compile("刺")  # what sounds as ordinary words: "指す"
_FUNCTION = frozenset(
    "我你妳您是请請要把将將给給的了这這里裡们們"
)  # of words that say little by themselves


@dataclass(frozen=True)
class _Heard:
    """Characters [begin, end) that are heard as a word of the rules, and the word."""

    begin: int
    end: int
    word: str


def as_written_in_rules(text: str, language: str) -> str:
    """A text with the words of the rules in place of what sounds like them, in time in proportion to it."""
    if language == "zh-CN":
        return _HAN.sub(lambda run: _in_place(run[0], _chinese(run[0])), text)
    return _JAPANESE.sub(lambda run: _in_japanese(run[0]), normalize("NFKC", text))


def _in_japanese(run: str) -> str:
    words = morphemes(run)
    return _in_place("".join(each.written for each in words), _japanese(words))


def heard_across(text: str, language: str, go_on: Callable[[], None]) -> str:
    """A text with the words of the rules in place of what sounds like them where signs part it.

    "我要沙·了你": for the sign nothing is said, or a short pause. go_on: asked before each part.
    """

    def instead(stretch: re.Match[str]) -> str:
        written = stretch[0]
        places = [at for at, each in enumerate(written) if each.isalnum()]
        parts, place = [], 0
        for heard in _straddling(written, places, language, go_on):
            first, last = places[heard.begin], places[heard.end - 1] + 1
            if first >= place:
                parts += [written[place:first], heard.word]
                place = last
        return "".join([*parts, written[place:]])

    return _PARTED[language].sub(instead, text)


def _straddling(
    written: str, places: Sequence[int], language: str, go_on: Callable[[], None]
) -> Iterator[_Heard]:
    """What of the characters at these places is heard as a word, with a sign inside it."""
    for begin in range(0, len(places), BLOCK):
        go_on()
        own = places[begin : begin + BLOCK + OVERLAP]
        run = "".join(written[place] for place in own)
        for heard in _chinese(run) if language == "zh-CN" else _japanese(morphemes(run)):
            last = heard.end - 1
            if last < len(own) and own[last] - own[heard.begin] > last - heard.begin:
                yield _Heard(begin + heard.begin, begin + heard.end, heard.word)


def _in_place(text: str, found: Iterator[_Heard]) -> str:
    parts, place = [], 0
    for heard in found:
        parts += [text[place : heard.begin], heard.word]
        place = heard.end
    return "".join([*parts, text[place:]])


@lru_cache(maxsize=2)
def _words(language: str) -> frozenset[str]:
    """What the rules' patterns match, spelled out."""
    rules = tomllib.loads((FOLDER / f"{_FILES[language]}.toml").read_text())["rule"]
    patterns = [
        pattern
        for rule in rules
        for pattern in (
            *(each for group in rule["groups"] for each in group),
            *rule.get("unless", ()),
        )
    ]
    return frozenset(word for pattern in patterns for word in spellings(pattern))


@lru_cache(maxsize=2)
def _by_head(language: str) -> dict[Sound, tuple[tuple[Sound, str], ...]]:
    """The words of the rules by how they begin to sound, the longest first."""
    sound_of = _chinese_sound if language == "zh-CN" else _japanese_sound
    words: dict[Sound, str] = {}
    for word in sorted(_words(language)):
        if sound := sound_of(word):
            words.setdefault(sound, word)
    found: dict[Sound, list[tuple[Sound, str]]] = defaultdict(list)
    for sound, word in words.items():
        found[sound[:HEAD]].append((sound, word))
    return {
        head: tuple(sorted(each, key=lambda pair: -len(pair[0]))) for head, each in found.items()
    }


def _chinese_sound(word: str) -> Sound:
    """The syllables of a word that says enough to be known by its sound; () for others."""
    if not _HAN.fullmatch(word) or len(word) < HEAD or set(word) <= _FUNCTION:
        return ()
    if len(word) == HEAD and not _FUNCTION.isdisjoint(word):
        return ()
    return syllables(word)


def _chinese(run: str) -> Iterator[_Heard]:
    """What of a run of characters sounds like words of the rules."""
    heads = _by_head("zh-CN")
    said = [readings(each) for each in run]
    around: list[tuple[int, int]] = []
    at = 0
    while at < len(run) - 1:
        heard = None
        for sound, word in chain.from_iterable(
            heads.get(head, ()) for head in product(said[at], said[at + 1])
        ):
            end = at + len(sound)
            if not _may_be(said[at:end], sound):
                continue
            if run[at:end] in _words("zh-CN"):
                break
            if len(sound) == HEAD and _is_ordinary(run, at, end):
                continue
            around = around or _words_around(run)
            if _is_said(run, around, at, sound) and not _is_other(around, at, end):
                heard = _Heard(at, end, word)
                break
        if heard:
            yield heard
        at = heard.end if heard else at + 1


def _may_be(said: Sequence[tuple[str, ...]], sound: Sound) -> bool:
    """Whether characters with these readings can sound so."""
    return len(said) == len(sound) and all(map(tuple.__contains__, said, sound))


def _is_ordinary(run: str, begin: int, end: int) -> bool:
    """Whether two characters are another word, or make one with a neighbour, without asking the engine."""
    return any(is_word(run[at : at + 2]) for at in range(max(0, begin - 1), end))


def _words_around(run: str) -> list[tuple[int, int]]:
    """For each character the word of the dictionary that it is in, as the place where that begins and ends."""
    found: list[tuple[int, int]] = []
    for word in cut(run):
        found += [(len(found), len(found) + len(word))] * len(word)
    return found


def _is_said(run: str, around: Sequence[tuple[int, int]], begin: int, sound: Sound) -> bool:
    """Whether the words that characters are in are read so; a character by itself may be read in any way."""
    for place, syllable in enumerate(sound, start=begin):
        first, last = around[place]
        if last - first > 1:
            said = syllables(run[first:last])
            if len(said) == last - first and said[place - first] != syllable:
                return False
    return True


def _is_other(around: Sequence[tuple[int, int]], begin: int, end: int) -> bool:
    """Whether characters are another word, or a part of one: "而同时" is no "儿童"."""
    for first, last in around[begin:end]:
        if last - first < 2:
            continue
        straddles = first < begin or last > end
        if straddles or (first, last) == (begin, end) or end - begin == HEAD:
            return True
    return False


def _japanese_sound(word: str) -> Sound:
    """The morae of a word that says enough to be known by its sound; () for others."""
    if not _JAPANESE.fullmatch(word) or _ORDINARY.search(word):
        return ()
    for stem, kana in _STEMS:
        word = stem.sub(kana, word)
    sound = tuple(mora for mora, _ in _morae(morphemes(word)))
    if len(sound) < HEAD or (len(sound) < ONE_WORD and _KANA.fullmatch(word)):
        return ()
    return sound


def _morae(words: Sequence[Morpheme]) -> list[tuple[str, int]]:
    """How words are said, each mora with the number of its word."""
    said = [each.said.translate(_AS_SAID) for each in words]
    whole = _LONG.sub("ー", "".join(said))
    owners = [number for number, each in enumerate(said) for _ in each]
    return [(mora[0], owners[mora.start()]) for mora in _MORA.finditer(whole)]


def _japanese(words: Sequence[Morpheme]) -> Iterator[_Heard]:
    """What of these words sounds like words of the rules."""
    heads = _by_head("ja")
    morae = _morae(words)
    sounds = tuple(mora for mora, _ in morae)
    begins = list(accumulate((len(each.written) for each in words), initial=0))
    written = 0  # words that have been heard or passed
    at = 0
    while at < len(morae) - 1:
        for sound, word in heads.get(sounds[at : at + HEAD], ()):
            end = at + len(sound)
            if sounds[at:end] != sound:
                continue
            first, last = morae[at][1], morae[end - 1][1]
            starts = at == 0 or morae[at - 1][1] != first
            ends = end == len(morae) or morae[end][1] != last
            covered = words[first : last + 1]
            if first < written or not _is_heard(covered, word, len(sound), whole=starts and ends):
                continue
            before, after = at, end
            while before and morae[before - 1][1] == first:
                before -= 1
            while after < len(morae) and morae[after][1] == last:
                after += 1
            heard = "".join([*sounds[before:at], word, *sounds[end:after]])
            yield _Heard(begins[first], begins[last + 1], heard)
            written, at = last + 1, end - 1
            break
        at += 1


def _is_heard(covered: Sequence[Morpheme], word: str, length: int, *, whole: bool) -> bool:
    """Whether words are heard as one of the rules, and not as what they are by themselves."""
    spelled = "".join(each.written for each in covered)
    if spelled == word or (length >= PLAIN and len(covered) > 1):
        return spelled not in _words("ja")
    if not whole or any(_TWO_KANJI.search(each.written) for each in covered):
        return False
    if covered[0].is_particle or spelled in _words("ja"):
        return False
    if _KANA.fullmatch(spelled):
        ends_in_kana = bool(_KANA.fullmatch(word[-1]))
        own = ends_in_kana or not covered[-1].is_particle
        return own and (length >= ONE_WORD or len(covered) == 1)
    return length >= ONE_WORD and len(covered) > 1 and not covered[-1].is_particle
