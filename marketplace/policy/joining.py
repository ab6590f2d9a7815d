"""Words that signs, spaces and short pauses part on paper, though whoever listens hears them whole.

"ma·tar", "ma -tar" and "ma<break time='50ms'/>tar" are all heard as "matar". What is joined is judged
beside what stands there: where words really end, joining them only makes a reading that says nothing.
"""

from __future__ import annotations

import re
from dataclasses import replace

from marketplace.policy.rules import UNSPACED
from synthesis.text.pieces import Piece, Script

# Seconds of a pause below which nobody hears it, and up to which what it parts is still one word
PAUSES = (0.049, 0.5)
_LETTER = "(?:[^\\W\\d_\ue000-\uf8ff]|[\u0900-\u0963])"  # vowel signs are no letters to `re`
_LETTERS = re.compile(rf"{_LETTER}{{2}}|.?[\ue000-\uf8ff].?", re.DOTALL)
_SPACED = rf"(?![{UNSPACED}]){_LETTER}"
# For which nothing is said inside a word, or a short pause: no space, and no apostrophe
_SIGNS = re.compile(
    rf"(?<={_LETTER})(?<![{UNSPACED}])(?:(?!['\u2018\u2019\u02bc\ue000-\uf8ff]|{_LETTER})[^\w\s]|[_\u037a])+"
    rf"(?={_SPACED})"
)
_SAID = re.compile("[^\\W_]|[\ue000-\uf8ff]")  # without which the engine leaves a piece out
# The same with spaces and ends of lines among them, but no mark that is heard as a pause
_SPACED_SIGNS = re.compile(
    rf"(?<={_LETTER})(?<![{UNSPACED}])(?:[^\w'\u2018\u2019\u02bc.,;:!?\u0900-\u0963\ue000-\uf8ff]|_)+(?={_SPACED})"
)
_IN_DEVANAGARI = re.compile("(?<=[\u0900-\u097f])['\u2018\u2019\u02bc\u037a]+(?=[\u0900-\u097f])")
# Where nothing is left out: "ammaz'zo", unlike "dell'altro", which only reads worse without
_IN_ITALIAN = re.compile("(?<=[^\\W\\d_]{3})['\u2018\u2019\u02bc](?=[^\\W\\d_])")
_EDGE = re.compile(r"[^\w\s.,;:!?…\ue000-\uf8ff]+")  # signs that may stand beside a pause,
_EDGES = 20  # and how far from it, in characters


def joined(said: Script, language: str) -> list[Script]:
    """What is said as it stands, and as it is when what parts its words is left out; each reading once."""
    scripts = [said, *(_without_gaps(said, pause) for pause in PAUSES)]
    scripts += [_without_signs(scripts[-1], language), _closed(said)]
    found: dict[tuple[str, ...], Script] = {}
    for script in scripts:
        found.setdefault(tuple(piece.text for piece in script.pieces), script)
    return list(found.values())


def _without_gaps(said: Script, pause: float) -> Script:
    """What is said with its pieces joined where at most such a pause is in the middle of a word."""
    pieces: list[list[Piece]] = []
    for piece in said.pieces:
        if pieces and piece.pause <= pause and _is_one_word(pieces[-1][-1].text, piece.text):
            pieces[-1].append(piece)
        else:
            pieces.append([piece])
    return replace(said, pieces=[_as_one(each) for each in pieces])


def _as_one(pieces: list[Piece]) -> Piece:
    return replace(pieces[0], text="".join(each.text for each in pieces))


def _is_one_word(before: str, after: str) -> bool:
    """Whether letters meet where one text follows another, but for signs that say nothing."""
    last, first = before[-_EDGES:], after[:_EDGES]
    return bool(_LETTERS.fullmatch(_EDGE.sub("", last)[-1:] + _EDGE.sub("", first)[:1]))


def _without_signs(said: Script, language: str) -> Script:
    """What is said without the signs inside words: "m-a·tar" is heard as "matar"."""
    pieces = []
    for each in said.pieces:
        text = _IN_DEVANAGARI.sub("", _SIGNS.sub("", each.text))
        if (each.language or language) == "it":
            text = _IN_ITALIAN.sub("", text)
        pieces.append(replace(each, text=text))
    return replace(said, pieces=pieces)


def _closed(said: Script) -> Script:
    """What is said with nothing but letters where signs, spaces and short pauses stand together.

    "ma -tar" is heard as "matar". Where words end, it only reads worse than what else is judged.
    """
    pieces: list[list[Piece]] = []
    for piece in said.pieces:
        if not _SAID.search(piece.text):  # left out together with the pause before it
            continue
        after = replace(piece, text=piece.text.lstrip())
        before = pieces[-1][-1] if pieces else after
        left = replace(before, text=before.text.rstrip())
        if pieces and piece.pause <= PAUSES[-1] and _is_one_word(left.text, after.text):
            pieces[-1][-1:] = [left, after]
        else:
            pieces.append([piece])

    def without(signs: re.Match[str]) -> str:
        return signs[0] if signs[0].strip(" ") == "" else ""

    whole = [_as_one(each) for each in pieces]
    return replace(
        said, pieces=[replace(each, text=_SPACED_SIGNS.sub(without, each.text)) for each in whole]
    )
