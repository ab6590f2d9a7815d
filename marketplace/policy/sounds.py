"""What a listener hears: the text as the engine reads it, and words that the rules know by their sound.

The engine says nothing for many a sign and foreign letter inside a word, so that what is written can
look like no word at all. And a text whose words are harmless can be pronounced as one that isn't:
"I will call you", with the vowel of another verb. So each given pronunciation is compared with the
words of the rules, and the text is judged with those that sound like it, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, groupby, islice, product

from marketplace.normalization import without_invisible
from marketplace.policy.excerpts import excerpts_of
from marketplace.policy.given import atoms_of, clusters_of, readings_of
from marketplace.policy.joining import joined
from marketplace.policy.patience import Patience
from marketplace.policy.respelling import as_english, reparted, respelled
from marketplace.policy.rules import UNSPACED
from marketplace.policy.unspaced import heard_across
from synthesis.text.normalize import normalize
from synthesis.text.pieces import Given, Piece, Script
from synthesis.text.scripts import language_of
from synthesis.text.sentences import split_sentences
from synthesis.text.wording import Wording

MAX_VARIANTS = 64  # readings of one text that are judged in which several words sound like others,
MIN_VARIANTS = 8  # and of each part of it, if there are many
_UNSAID = re.compile(  # letters and marks for which a voice of a script without spaces says nothing
    "[\u0250-\u036f\u0374\u037a\u0900-\u0970\u1d00-\u1dff\u207f\u2090-\u209c\u2116\u2120\u2122\u2206]+"
)
_UNSPACED = ("zh-CN", "ja")
_GAPS = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")
_BESIDE = re.compile(rf"(?<=[{UNSPACED}])(?=[a-zA-Z])|(?<=[a-zA-Z])(?=[{UNSPACED}])")


def heard_texts(
    wording: Wording, language: str = "en-US", patience: Patience | None = None
) -> Iterator[str]:
    """What is heard beside what is written: as a voice of a language reads it, and as it sounds.

    Each piece and sentence is read in the language in which the voice speaks it. Nothing where it is
    read as it is written. Each is worked out when it is asked for, the cheapest first.

    Raises:
        SpeechRefused: text_unjudged, where somebody's patience is given and over.
    """
    go_on = patience.require if patience else _at_leisure
    said = wording.script or Script([Piece(wording.written)], marked_up=False)
    known = {" ".join(wording.spoken.split())}
    for script in chain.from_iterable(
        _as_heard(each, language, go_on) for each in joined(said, language)
    ):
        for text in _pronounced(script, language, go_on):
            plain = " ".join(text.split())
            if plain not in known:
                known.add(plain)
                yield text


def _at_leisure() -> None:
    """Nobody waits."""


def _as_heard(said: Script, language: str, go_on: Callable[[], None]) -> Iterator[Script]:
    """What is said as it is written, as it is read, with words as they sound, and parted as they sound.

    Last as it is heard by whoever knows English alone. go_on: asked before each sentence.
    """

    def each(parts: list[list[_Part]], heard: Callable[[_Part], _Part]) -> list[list[_Part]]:
        made: list[list[_Part]] = []
        for piece in parts:
            made.append([])
            for part in piece:
                go_on()
                made[-1].append(heard(part))
        return made

    yield said
    marks = frozenset(said.given)
    parts = [_read(piece.text, piece.language or language, marks, go_on) for piece in said.pieces]
    yield _with_parts(said, parts)
    english = each(parts, _Part.as_english)
    parts = each(parts, _Part.respelled)
    yield _with_parts(said, parts)
    yield _with_parts(said, _across(parts, go_on))
    yield _with_parts(said, each(parts, partial(_Part.reparted, given=said.given)))
    yield _with_parts(said, english)


@dataclass(frozen=True)
class _Part:
    """A sentence as it is read, the language of its reading, and the space before it.

    counted: whether it was written with digits.
    """

    space: str
    text: str
    language: str
    counted: bool

    def respelled(self) -> _Part:
        text = _BESIDE.sub(" ", self.text) if self.language in _UNSPACED else self.text
        return replace(self, text=respelled(text, self.language, counted=self.counted))

    def as_english(self) -> _Part:
        return replace(self, text=as_english(self.text, self.language))

    def reparted(self, given: Mapping[str, Given]) -> _Part:
        text = reparted(self.text, self.language, counted=self.counted, given=given)
        return replace(self, text=text)


def _across(parts: list[list[_Part]], go_on: Callable[[], None]) -> list[list[_Part]]:
    """Sentences in scripts without spaces with what is heard as words where signs or pauses part it."""
    made = [list(each) for each in parts]
    places = [(piece, at) for piece, each in enumerate(parts) for at in range(len(each))]

    def language_at(place: tuple[int, int]) -> str:
        return parts[place[0]][place[1]].language

    for language, run in groupby(places, key=language_at):
        if language not in _UNSPACED:
            continue
        first, *others = run
        told = " ".join(parts[piece][at].text for piece, at in (first, *others))
        heard = heard_across(told, language, go_on)
        if heard != told:  # which sentence has which word no longer matters
            for piece, at in others:
                made[piece][at] = replace(parts[piece][at], text="")
            piece, at = first
            made[piece][at] = replace(parts[piece][at], text=heard)
    return made


def _read(
    text: str, language: str, marks: frozenset[str], go_on: Callable[[], None]
) -> list[_Part]:
    """The sentences of a piece as the engine reads them, each in the language that it is in.

    marks: characters that stand for words with given pronunciations.
    """
    parts = []
    place = 0
    for sentence in split_sentences(text, language=language):
        go_on()
        own = language_of(sentence.text, language) or language
        read = normalize(" ".join(sentence.text.split()), own)
        if own in _UNSPACED:  # where the reading parts words, the rules look at clauses
            read = _GAPS.sub("", _UNSAID.sub("", read))
        counted = any(each.isdigit() for each in sentence.text)
        heard = without_invisible(read, marks)
        parts.append(_Part(text[place : sentence.start], heard, own, counted))
        place = sentence.end
    return parts


def _with_parts(script: Script, parts: list[list[_Part]]) -> Script:
    """A script with the sentences of each piece."""
    pieces = [
        replace(piece, text="".join(part.space + part.text for part in each))
        for piece, each in zip(script.pieces, parts, strict=True)
    ]
    return replace(script, pieces=pieces)


def _pronounced(script: Script, language: str, go_on: Callable[[], None]) -> Iterator[str]:
    """The text with the words for which pronunciations are given, and what else is heard around them.

    Of what they sound like only the words around them are told: as far as a rule looks, so that a
    long text is not judged as often as it has variants.
    """
    given = script.given
    yield script.with_words({mark: each.word for mark, each in given.items()})
    if not given:
        return
    sounds = _sounds(script, language, go_on)
    excerpts = list(excerpts_of(script.with_words({}), given))
    most = max(MIN_VARIANTS, MAX_VARIANTS // max(1, len(excerpts)))
    for excerpt in excerpts:
        heard = {each: sounds.get(each, ()) for each in excerpt.clusters}
        choices = product(*([*words, excerpt.written[each]] for each, words in heard.items()))
        for chosen in islice(choices, most):
            yield excerpt.with_words(dict(zip(heard, chosen, strict=True)))
        go_on()
        around = excerpt.around()
        for each, words in heard.items():
            go_on()
            for word in words:
                yield from (excerpt.with_words({each: word}, span) for span in around[each])


def _sounds(script: Script, language: str, go_on: Callable[[], None]) -> dict[str, tuple[str, ...]]:
    """The words of a script that have given parts, with what each is heard as."""
    found: dict[str, tuple[str, ...]] = {}
    for piece in script.pieces:
        for cluster in clusters_of(piece.text, script.given):
            if cluster[0] not in found:
                go_on()
                parts = atoms_of(cluster[0], script.given, piece.language or language)
                found[cluster[0]] = readings_of(parts, go_on)
    return found
