"""How a sentence is delivered, as curves: pace by token, F0 by frame, level by sample."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthesis.models.generator import FRAME, SAMPLE_RATE, VOICED_ABOVE
from synthesis.text.delivery import Delivery
from synthesis.text.pieces import Stretch
from synthesis.text.words import FRAMES, WordSpan

GLIDE = 5  # frames at 80 Hz over which the pitch moves from one delivery to another
RAMP = round(0.012 * SAMPLE_RATE)  # samples over which the level does, so that nothing clicks


def by_token(
    stretches: Sequence[Stretch], words: Sequence[WordSpan], tokens: int
) -> tuple[Delivery, ...]:
    """The delivery of each token of a sentence; () if all of it is as the voice speaks by itself.

    words: when each word would be said if every token took one text frame.
    """
    if not stretches:
        return ()
    found = [Delivery()] * tokens
    if not words:
        return tuple([stretches[0].delivery] * tokens)
    done = 0
    for place, word in enumerate(words):
        delivery = next(
            (s.delivery for s in stretches if s.start < word.end and word.start < s.end), Delivery()
        )
        last = place == len(words) - 1
        end = tokens if last else max(done, min(tokens, round(words[place + 1].begins * FRAMES)))
        found[done:end] = [delivery] * (end - done)
        done = end
    return tuple(found) if any(each != Delivery() for each in found) else ()


def paces(deliveries: Sequence[Delivery]) -> tuple[float, Tensor | None]:
    """The pace that all tokens share, and where it differs that of each."""
    rates = {each.rate for each in deliveries} or {1.0}
    if len(rates) == 1:
        return rates.pop(), None
    return 1.0, torch.tensor([each.rate for each in deliveries])


def moved_f0(f0: Tensor, deliveries: Sequence[Delivery], durations: Tensor) -> Tensor:
    """F0 (Hz) [1, frames] with each token's part higher or lower."""
    plain = Delivery()
    wanted = {(each.base, each.hertz, each.semitones) for each in deliveries}
    voiced = f0 > VOICED_ABOVE
    if wanted <= {(plain.base, plain.hertz, plain.semitones)} or not bool(voiced.any()):
        return f0
    usual = float(f0[voiced].median())  # the mean is drawn down where voices fade out
    shifts = torch.tensor([each.shift(usual) for each in deliveries])
    curve = shifts.repeat_interleave(2 * durations)[None, None]
    width = f0.shape[1]
    curve = torch.nn.functional.pad(curve[..., :width], (GLIDE // 2, GLIDE // 2), "replicate")
    smooth = torch.nn.functional.avg_pool1d(curve, GLIDE, 1)[0]
    return torch.where(voiced, (f0 * smooth.exp()).clamp(45.0, 650.0), f0)


def levels(deliveries: Sequence[Delivery], durations: Tensor) -> NDArray[np.float32] | None:
    """The factor of the amplitude at each sample; None where it is 1 throughout."""
    gains = np.array([each.gain for each in deliveries], np.float32)
    if np.all(gains == 1):
        return None
    from scipy.ndimage import uniform_filter1d

    steps = np.repeat(gains, durations.numpy() * FRAME)
    smooth: NDArray[np.float32] = uniform_filter1d(steps, RAMP, mode="nearest")
    return smooth
