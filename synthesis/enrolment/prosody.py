"""Fits the prosody style: how long a speaker holds each phoneme, and how pitch and energy move.

The predictor's weights are frozen; the style [128] that conditions it becomes a mixture of the stock
styles, so it stays within what the predictor was trained on (an unconstrained style fits held-out
recordings better and other texts worse). Pitch is compared after the map onto the speaker's range
that synthesis uses, so only the shape of the contour is learned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from synthesis.audio import pitch
from synthesis.enrolment.aligned_speech import AlignedUtterance
from synthesis.models.generator import VOICED_ABOVE
from synthesis.models.kokoro import Kokoro

STEPS = 6
CHECK_EVERY = 3
RATE = 0.5
CERTAIN = 2.0  # initial logit of the starting style over the others
AT_ONCE = 1  # utterances per step


@dataclass(frozen=True)
class FittedProsody:
    """style: [128]; pace: prediction against recording; f0: predicted curves (Hz) of what was spoken;
    loss before and after, on held-out speech.
    """

    style: Tensor
    pace: float
    f0: list[NDArray[np.float32]]
    before: float
    after: float


@dataclass(frozen=True)
class _Example:
    """context: [1, tokens, hidden]; the other fields as recorded."""

    context: Tensor
    durations: Tensor
    f0: Tensor
    energy: Tensor


def _example(model: Kokoro, utterance: AlignedUtterance) -> _Example:
    with torch.no_grad():
        context = model.bert_encoder(model.bert(utterance.tokens))
    return _Example(context, utterance.durations, utterance.f0, utterance.energy)


@dataclass(frozen=True)
class _Predicted:
    durations: Tensor  # [tokens] text frames, before any pace
    f0: Tensor
    energy: Tensor


def _predict(model: Kokoro, example: _Example, style: Tensor) -> _Predicted:
    raw, features = model.predictor.durations(example.context, style[None])
    frames = features.repeat_interleave(example.durations, dim=1)
    f0, energy = model.predictor.curves(frames, style[None])
    return _Predicted(raw[0], f0[0], energy[0])


def _loss(predicted: list[_Predicted], examples: list[_Example]) -> Tensor:
    """Mean absolute error of log durations, of log F0 on the speaker's range, and of energy."""
    spoken_range = pitch.pitch_range([e.f0.numpy() for e in examples])
    predicted_range = pitch.pitch_range([p.f0.detach().numpy().clip(min=0) for p in predicted])
    offset, scale = (
        pitch.map_between(predicted_range, spoken_range)
        if predicted_range and spoken_range
        else (0.0, 1.0)
    )
    pace = _pace_of(predicted, examples)
    total = torch.zeros(())
    for prediction, real in zip(predicted, examples, strict=True):
        ends = slice(
            1, -1
        )  # the boundary tokens hold the surrounding silence, which is not prosody
        log_durations = torch.log(prediction.durations[ends].clamp(min=0.5) / pace)
        total = total + (log_durations - torch.log(real.durations[ends].float())).abs().mean()
        both = (prediction.f0.detach() > VOICED_ABOVE) & (real.f0 > VOICED_ABOVE)
        if both.sum() > 20:
            moved = offset + scale * torch.log(prediction.f0[both])
            total = total + F.smooth_l1_loss(moved, torch.log(real.f0[both]), beta=0.1) * 4
        total = total + 0.3 * (prediction.energy - real.energy).abs().mean()
    return total / len(examples)


def _pace_of(predicted: list[_Predicted], examples: list[_Example]) -> float:
    """How much shorter the speaker holds phonemes than predicted: the median over utterances."""
    with torch.no_grad():
        return float(
            np.median(
                [
                    float(prediction.durations[1:-1].sum() / real.durations[1:-1].sum())
                    for prediction, real in zip(predicted, examples, strict=True)
                ]
            )
        )


def fit_prosody(
    model: Kokoro,
    spoken: list[AlignedUtterance],
    held_out: list[AlignedUtterance],
    styles: Tensor,
    start: int,
) -> FittedProsody:
    """Find the mixture of prosody styles [count, 128] that reads most like the speaker.

    start: index of the style to begin with. The best mixture on held-out speech is returned.
    """
    examples = [_example(model, u) for u in spoken[: AT_ONCE * STEPS]]
    judged = [_example(model, u) for u in held_out]

    def judge(style: Tensor) -> float:
        with torch.no_grad():
            return float(_loss([_predict(model, e, style) for e in judged], judged))

    logits = torch.zeros(len(styles))
    logits[start] = CERTAIN
    logits.requires_grad_(True)
    optimizer = torch.optim.Adam([logits], lr=RATE, betas=(0.9, 0.98))
    best = styles[start].clone()
    before = after = judge(best)
    for step in range(1, STEPS + 1):
        style = torch.softmax(logits, 0) @ styles
        turn = [examples[(AT_ONCE * step + i) % len(examples)] for i in range(AT_ONCE)]
        loss = _loss([_predict(model, e, style) for e in turn], turn)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if step % CHECK_EVERY == 0:
            style = (torch.softmax(logits, 0) @ styles).detach()
            held_out_loss = judge(style)
            if held_out_loss < after:
                best, after = style, held_out_loss
    everything = examples + judged
    with torch.no_grad():
        predicted = [_predict(model, e, best) for e in everything]
    curves = [prediction.f0.numpy() for prediction in predicted]
    return FittedProsody(best, _pace_of(predicted, everything), curves, before, after)
