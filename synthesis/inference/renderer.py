"""What every renderer offers: from prosody to samples, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from synthesis.inference.norms import Moments

Samples = NDArray[np.float32]


class Renderer(Protocol):
    """Renders samples from aligned phoneme features, F0 and energy in a voice.

    aligned: [1, 512, frames]; f0 (Hz), energy: [1, 2 * frames]; norms: [voice_size]; rest: the
    means and deviations that the generator's norms use; noise: [1, 600 * frames]; due: the
    `time.monotonic()` at which the first sample will be heard; skipped: text frames at the beginning
    that count but are not rendered.
    """

    name: str

    def blocks(
        self,
        aligned: Tensor,
        f0: Tensor,
        energy: Tensor,
        norms: Tensor,
        rest: Tensor,
        noise: Tensor,
        due: float = 0.0,
        skipped: int = 0,
    ) -> Iterator[Samples]:
        """Consecutive blocks of one sentence, mono float32; the first one is short."""
        ...

    def measure(
        self, aligned: Tensor, f0: Tensor, energy: Tensor, norms: Tensor, moments: Moments
    ) -> Samples:
        """Render a whole sentence, each norm using its input's statistics and adding them to moments."""
        ...
