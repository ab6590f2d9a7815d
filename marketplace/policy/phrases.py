"""Phrases of the rules that several words sound like, wherever those begin and end: "te voy amatar"."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

from marketplace.normalization import normalize
from marketplace.policy.rules import FOLDER, HARD
from marketplace.policy.sounding import sounds_of
from marketplace.policy.spellings import spellings

SHORTEST = 7  # phones of a phrase that is known by its sound
ANYWHERE = 10  # phones of one that may begin and end within words
LONGEST_WORD = 60  # characters of a word that is compared
_HEAD = 4  # phones by which phrases are looked up
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_JOINTS = frozenset((" ", "-", "\n", "'", "\u2019"))  # what isn't heard between words
_SPELLED = re.compile("[a-z' ]+")
_NEAR = str.maketrans("ɪjʊwɛɔ", "iiuueo")  # sounds that are one to a listener
_DOUBLED = re.compile(r"(.)\1+")
_MUTE = {"fr": str.maketrans("", "", "ə")}  # what a language may leave out


def with_phrases(text: str, language: str) -> str:
    """A text in a Romance language with the phrases of the rules in place of what sounds the same.

    Takes time in proportion to it.
    """
    parts: list[str] = []
    place = 0
    for run in _runs(text):
        sounds = [_sound(word[0], language) for word in run]
        for first, last, phrase in _heard(run, sounds, language):
            parts += [text[place : run[first].start()], phrase]
            place = run[last].end()
    return "".join([*parts, text[place:]])


def _runs(text: str) -> list[list[re.Match[str]]]:
    """The words of a text between which nothing is heard."""
    runs: list[list[re.Match[str]]] = [[]]
    for word in _WORD.finditer(text):
        before = runs[-1]
        if before and text[before[-1].end() : word.start()] not in _JOINTS:
            runs.append([])
        if len(word[0]) > LONGEST_WORD:
            runs.append([])
        else:
            runs[-1].append(word)
    return [run for run in runs if run]


def _sound(word: str, language: str) -> str:
    return _folded(sounds_of(word.casefold().replace("\u2019", "'"), language)[0], language)


def _folded(sound: str, language: str) -> str:
    return _DOUBLED.sub(r"\1", sound.translate(_NEAR).translate(_MUTE.get(language, {})))


@lru_cache(maxsize=4)
def _phrases(language: str) -> dict[str, tuple[tuple[str, str], ...]]:
    """The phrases of the rules by how they begin to sound, the longest first."""
    rules = tomllib.loads((FOLDER / "romance.toml").read_text())["rule"]
    # of what is always refused: "a voté pour" sounds like "votez pour", and asks nobody to
    refused = (rule for rule in rules if rule["category"] in HARD)
    patterns = (pattern for rule in refused for group in rule["groups"] for pattern in group)
    spelled = dict.fromkeys(phrase.strip() for each in patterns for phrase in spellings(each))
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for phrase in spelled:
        words = phrase.split()
        if len(words) < 2 or not _SPELLED.fullmatch(phrase):
            continue
        sound = _DOUBLED.sub(r"\1", "".join(_sound(word, language) for word in words))
        if sum(len(sounds_of(word, language)[0]) for word in words) >= SHORTEST:
            found[sound[:_HEAD]].setdefault(sound, phrase)
    return {
        head: tuple(sorted(each.items(), key=lambda pair: -len(pair[0])))
        for head, each in found.items()
    }


def _heard(
    run: Sequence[re.Match[str]], sounds: Sequence[str], language: str
) -> list[tuple[int, int, str]]:
    """The first and the last word of each stretch of a run that is heard as a phrase, and the phrase."""
    stream, ends = _joined(sounds)
    phrases = _phrases(language)
    found: list[tuple[int, int, str]] = []
    edges = frozenset((0, *ends))
    at = free = 0
    while at <= len(stream) - _HEAD:
        for sound, phrase in phrases.get(stream[at : at + _HEAD], ()):
            end = at + len(sound)
            if not stream.startswith(sound, at):
                continue
            if len(sound) < ANYWHERE and not (at in edges and end in edges):
                continue
            first = bisect_right(ends, at)
            last = bisect_right(ends, end - 1)
            written = " ".join(word[0] for word in run[first : last + 1])
            if first >= free and normalize(written) != phrase:
                found.append((first, last, phrase))
                free, at = last + 1, end - 1
            break
        at += 1
    return found


def _joined(sounds: Sequence[str]) -> tuple[str, list[int]]:
    """What words sound like together, a sound at the end of one and the start of the next once."""
    kept: list[str] = []
    before = ""
    for sound in sounds:
        own = sound[1:] if sound and sound[0] == before else sound
        kept.append(own)
        before = sound[-1:] or before
    return "".join(kept), list(accumulate(map(len, kept)))
