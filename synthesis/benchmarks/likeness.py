"""How like a person voices are, and how natural: figures by judge, and tables with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from synthesis.benchmarks import report
from synthesis.benchmarks.judges import JUDGES, Judge, Values, in_losses
from synthesis.verification.identity import mean_similarity, normalized_identity

PERSON, STRANGER, STOCK, INSTANT, CLONE = ROWS = (
    "the person", "a stranger", "stock", "instant", "clone",
)  # fmt: skip
SURE = 0.95  # of confidence intervals
Heard = Mapping[str, Values]  # a judge's name -> embeddings [clips, size] or scores [clips, 1]
Scores = dict[str, list[float]]  # a judge's name -> one figure for each clip


@dataclass(frozen=True)
class Interval:
    """A mean, the half width of its confidence interval (None for one value), and of how many."""

    mean: float
    around: float | None
    count: int

    def __str__(self) -> str:
        text = f"{self.mean:.2f}".replace("-", "−")
        return text if self.around is None else f"{text} ± {self.around:.2f}"


def interval(values: Sequence[float]) -> Interval | None:
    """The mean of independent values with Student's interval; None of none."""
    if not values:
        return None
    around = None
    if len(values) > 1:
        from scipy import stats

        spread = float(np.std(values, ddof=1)) / len(values) ** 0.5
        around = float(stats.t.ppf((1 + SURE) / 2, len(values) - 1)) * spread
    return Interval(float(np.mean(values)), around, len(values))


def scores_of(clips: Heard, known: Heard, left_out: Heard, judges: Sequence[Judge]) -> Scores:
    """One figure for each clip: likeness from 0 (a stranger) to 1 (the person), or naturalness.

    known, left_out: two sets of the person's own clips. How like they are is 1, and a clip is
    compared with the second.
    """
    scores: Scores = {}
    for judge in judges:
        if judge.name not in clips:
            continue
        if not judge.verifier:
            scores[judge.name] = clips[judge.name][:, 0].tolist()
            continue
        judging = left_out[judge.name]
        own = mean_similarity(list(known[judge.name]), list(judging))
        alike = (clips[judge.name] @ judging.T).mean(axis=1)
        scores[judge.name] = [
            normalized_identity(judge.verifier, float(each), own) for each in alike
        ]
    return scores


def scores_of_person(known: Heard, left_out: Heard, judges: Sequence[Judge]) -> Scores:
    """The same of the person's own left-out clips, each compared with the others of them."""
    scores = {name: list[float]() for name in left_out}
    for place in range(len(next(iter(left_out.values())))):
        one = {name: values[place : place + 1] for name, values in left_out.items()}
        rest = {name: np.delete(values, place, axis=0) for name, values in left_out.items()}
        judged = [judge for judge in judges if not judge.verifier or len(rest.get(judge.name, ()))]
        for name, values in scores_of(one, known, rest, judged).items():
            scores[name] += values
    return scores


def over_people(people: Sequence[Mapping[str, Scores]]) -> dict[str, dict[str, Interval]]:
    """Row -> judge -> mean over people of each one's mean; rows that nobody has are left out."""
    table: dict[str, dict[str, Interval]] = {}
    for row in ROWS:
        for judge in JUDGES:
            means = [
                float(np.mean(person[row][judge.name]))
                for person in people
                if person.get(row, {}).get(judge.name)
            ]
            found = interval(means)
            if found and row == STOCK and not judge.verifier:  # the same clips for everybody
                over_clips = interval(people[0][row][judge.name])
                found = over_clips and replace(over_clips, count=found.count)
            if found:
                table.setdefault(row, {})[judge.name] = found
    return table


def of_person(scores: Mapping[str, Scores]) -> dict[str, dict[str, Interval]]:
    """Row -> judge -> mean over one person's clips."""
    return {
        row: {name: found for name, values in scores[row].items() if (found := interval(values))}
        for row in ROWS
        if scores.get(row)
    }


def table(blocks: Mapping[str, Mapping[str, Mapping[str, Interval]]], of: str, count: str) -> str:
    """A Markdown table with the rows of several blocks, and the line about losses.

    of: what a block is; count: what a row's means are over.
    """
    rows = []
    for block, found in blocks.items():
        for row, cells in found.items():
            most = max((cell.count for cell in cells.values()), default=0)
            rows.append(
                (block, row, most, *(str(cells.get(judge.name) or "–") for judge in JUDGES))
            )
    head = (of, "voice", count, *(judge.name for judge in JUDGES))
    return f"{report.table(head, rows)}\n\n{in_losses(JUDGES)}"
