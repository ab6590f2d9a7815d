"""Judges who have heard everybody's own recordings, and hear the voices made from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from synthesis.audio.decoding import Recording
from synthesis.benchmarks.judges import Judge, hear
from synthesis.benchmarks.likeness import (
    PERSON,
    STOCK,
    STRANGER,
    Heard,
    Scores,
    scores_of,
    scores_of_person,
)
from synthesis.benchmarks.people import Person


class Panel:
    """What the judges heard of some people and of the stock styles.

    stock: clips of stock styles, the same for everybody.
    """

    def __init__(
        self, judges: Sequence[Judge], people: Sequence[Person], stock: Sequence[Recording]
    ) -> None:
        self.judges = judges
        verifiers = [judge for judge in judges if judge.verifier]
        self.known = {person.name: hear(verifiers, person.known) for person in people}
        self.left_out = {person.name: hear(judges, person.left_out) for person in people}
        self.stock = hear(judges, stock)

    def scores(self, name: str, voices: Mapping[str, Heard]) -> dict[str, Scores]:
        """Row -> scores of a person, the others, the stock styles and the person's voices.

        voices: row -> what `hear` made of that voice's clips.
        """
        known, left_out = self.known[name], self.left_out[name]
        others = [heard for other, heard in self.left_out.items() if other != name]
        heard = {STOCK: self.stock, **voices}
        if others:
            heard[STRANGER] = {
                judge.name: np.concatenate([each[judge.name] for each in others])
                for judge in self.judges
            }
        rows = {PERSON: scores_of_person(known, left_out, self.judges)}
        for row, clips in heard.items():
            rows[row] = scores_of(clips, known, left_out, self.judges)
        return rows
