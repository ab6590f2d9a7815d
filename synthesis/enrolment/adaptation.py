"""Fitting the conditional norms of the decoder to a speaker by gradient descent.

Only a point in the prior, the decoder style, and a scale and shift per normalized channel are trained;
the weights are frozen. The loss is multi-resolution log-mel distance and spectral convergence (Yamamoto
et al. 2020) plus the distance of the GE2E embedding to the speaker's. Some steps read an unrecorded text
with the prosody that the engine will predict for the voice; they use the embedding loss alone and fit the
voice where it will be used. A held-out recording and held-out texts decide when to stop.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from synthesis.audio.resample import to_16k
from synthesis.audio.spectrum import magnitude, mel_filters
from synthesis.enrolment.aligned_speech import AlignedUtterance
from synthesis.enrolment.prior import VoicePrior, refine
from synthesis.inference.precision import in_half
from synthesis.models.generator import FRAME, Decoder
from synthesis.verification import ge2e

WINDOW = 66  # text frames per step (1.65 s; the verifier needs 1.6)
MIN_HEARD = round(1.6 * 24_000)  # samples that the verifier needs
EDGE = 2  # text frames at each side of a window that the loss ignores
RESOLUTIONS = ((2048, 300, 1200, 80), (1024, 150, 600, 64), (512, 60, 240, 40))


@dataclass(frozen=True)
class AdaptationPlan:
    """How long and how fast to adapt."""

    steps: int = 72
    check_every: int = 36
    read_share: float = 0.45  # of steps, on unrecorded texts
    coordinate_rate: float = 2e-2
    style_rate: float = 1e-2
    norm_rate: float = 4e-3
    identity_weight: float = 6.0
    average: float = 0.9  # decay of the running mean of the voice
    pull: float = 0.02  # towards the start, per unit of mean squared change
    seconds: float = 190.0  # wall clock after which no further step starts


@dataclass(frozen=True)
class Adaptation:
    """norms: [voice_size]; similarity: held-out GE2E cosine; step: where it stopped."""

    norms: Tensor
    similarity: float
    step: int


class NormAdapter(nn.Module):
    """The trainable part: a point in the prior and, on top of it, style, factor and offset.

    embedding: unit GE2E [256] of the speaker, whose place in the prior is the start.
    """

    def __init__(self, decoder: Decoder, prior: VoicePrior, embedding: Tensor) -> None:
        super().__init__()
        self._frozen = (
            decoder,
            prior,
        )  # a tuple, so that they are not registered as submodules and trained
        self.coordinates = nn.Parameter(prior.coordinates(embedding).clone())
        self.register_buffer("start", self.coordinates.detach().clone())
        style, factor, offset = prior(self.coordinates.detach())
        self.style = nn.Parameter(torch.zeros_like(style))
        self.factor = nn.Parameter(torch.zeros_like(factor))
        self.offset = nn.Parameter(torch.zeros_like(offset))

    def forward(self) -> Tensor:
        """The voice as norm parameters [1, voice_size]."""
        decoder, prior = self._frozen
        style, factor, offset = prior(self.coordinates)
        return refine(decoder, style + self.style, factor + self.factor, offset + self.offset)

    def distance_from_start(self) -> Tensor:
        """Mean squared change of the trainable parameters."""
        assert isinstance(self.start, Tensor)
        return (
            (self.coordinates - self.start).square().mean()
            + self.style.square().mean()
            + self.factor.square().mean()
            + self.offset.square().mean()
        )


def spectral_distance(rendered: Tensor, real: Tensor, top: float) -> Tensor:
    """Log-mel L1 plus spectral convergence of [batch, n] at 24 kHz, up to `top` Hz."""
    total = rendered.new_zeros(())
    for n_fft, hop, window, mels in RESOLUTIONS:
        filters = mel_filters(n_fft, mels, top)
        a = filters @ magnitude(rendered, n_fft, hop, window)
        b = filters @ magnitude(real, n_fft, hop, window)
        log_distance = (torch.log(a + 1e-4) - torch.log(b + 1e-4)).abs().mean()
        convergence = torch.linalg.norm(a - b) / torch.linalg.norm(b).clamp(min=1e-3)
        total = total + log_distance + 0.5 * convergence
    return total / len(RESOLUTIONS)


def _window(utterance: AlignedUtterance, start: int, length: int) -> tuple[Tensor, ...]:
    end = start + length
    return (
        utterance.aligned[None, :, start:end],
        utterance.f0[None, 2 * start : 2 * end],
        utterance.energy[None, 2 * start : 2 * end],
        utterance.samples[None, start * FRAME : end * FRAME],
    )


@dataclass(frozen=True)
class Material:
    """Training and evaluation data.

    spoken: recordings; read: unrecorded texts with predicted prosody (no samples);
    held_out, held_out_read: the same, held out of training;
    speaker, held_out_speaker: unit GE2E embeddings of the recordings and of those held out;
    top: highest frequency in the recordings (Hz).
    """

    spoken: list[AlignedUtterance]
    read: list[AlignedUtterance]
    held_out: AlignedUtterance
    held_out_read: list[AlignedUtterance]
    speaker: NDArray[np.float32]
    held_out_speaker: NDArray[np.float32]
    top: float


def _render(decoder: Decoder, voice: Tensor, utterance: AlignedUtterance) -> tuple[Tensor, Tensor]:
    """Render up to five seconds of an utterance; returns the rendering and the recording."""
    length = min(utterance.frames, 200)
    aligned, f0, energy, real = _window(utterance, 0, length)
    with torch.no_grad(), in_half():
        return decoder(aligned, f0, energy, voice).float(), real


def _judge(decoder: Decoder, voice: Tensor, material: Material) -> tuple[float, float]:
    """Mean GE2E similarity of held-out texts to the held-out speech, and spectral distance to it."""
    target = torch.from_numpy(material.held_out_speaker)
    similarities = []
    for utterance in material.held_out_read:
        rendered, _ = _render(decoder, voice, utterance)
        embedding = ge2e.embed(rendered[0].numpy().astype(np.float32), 24_000)
        similarities.append(float(torch.from_numpy(embedding) @ target))
    rendered, real = _render(decoder, voice, material.held_out)
    return float(np.mean(similarities)), float(spectral_distance(rendered, real, material.top))


def _optimizer(adapter: NormAdapter, plan: AdaptationPlan) -> torch.optim.Adam:
    return torch.optim.Adam(
        [
            {"params": [adapter.coordinates], "lr": plan.coordinate_rate},
            {"params": [adapter.style], "lr": plan.style_rate},
            {"params": [adapter.factor, adapter.offset], "lr": plan.norm_rate},
        ],
        betas=(0.9, 0.98),
    )


def _loss(
    adapter: NormAdapter,
    decoder: Decoder,
    window: tuple[Tensor, ...],
    plan: AdaptationPlan,
    target: Tensor,
    top: float | None,
) -> Tensor:
    """Loss of the current voice on a window.

    top: highest frequency (Hz) compared with the recording; None for an unrecorded text.
    """
    aligned, f0, energy, real = window
    with in_half():
        rendered = decoder(aligned, f0, energy, adapter()).float()
    loss = plan.pull * adapter.distance_from_start()
    if top is not None:
        inner = slice(EDGE * FRAME, -EDGE * FRAME)
        loss = loss + spectral_distance(rendered[:, inner], real[:, inner], top)
    if rendered.shape[1] >= MIN_HEARD:
        embedding = ge2e.embed_windows(to_16k(rendered))
        identity = 1 - F.cosine_similarity(embedding, target[None])
        loss = loss + plan.identity_weight * identity.sum()
    return loss


def adapt(
    decoder: Decoder,
    prior: VoicePrior,
    material: Material,
    *,
    plan: AdaptationPlan,
    seed: int = 0,
    progress: Callable[[int, int, float], None] | None = None,
    clock: Callable[[], float],
) -> Adaptation:
    """Fit the decoder's norms to a speaker.

    material.speaker says where in the prior to start; progress(step, steps, held-out similarity).
    The decoder must be frozen. Deterministic for a seed, unless `plan.seconds` cuts it short.
    """
    adapter = NormAdapter(decoder, prior, torch.from_numpy(material.speaker))
    optimizer = _optimizer(adapter, plan)
    base_rates = [group["lr"] for group in optimizer.param_groups]
    random = np.random.default_rng(seed)
    target = torch.from_numpy(material.speaker)
    odds = np.array([u.frames for u in material.spoken], float)
    odds /= odds.sum()

    mean = adapter().detach()  # running mean of the voice, steadier than the last step
    best_voice, best_step, best_score = mean, 0, -math.inf
    best_similarity, started = 0.0, clock()
    for step in range(1, plan.steps + 1):
        rate = min(1.0, step / 8) * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * step / plan.steps)))
        for group, base in zip(optimizer.param_groups, base_rates, strict=True):
            group["lr"] = base * rate
        reading = int(step * plan.read_share) > int((step - 1) * plan.read_share)
        if reading:
            utterance = material.read[random.integers(len(material.read))]
        else:
            utterance = material.spoken[random.choice(len(material.spoken), p=odds)]
        length = min(WINDOW, utterance.frames)
        start = int(random.integers(0, utterance.frames - length + 1))
        window = _window(utterance, start, length)
        loss = _loss(adapter, decoder, window, plan, target, None if reading else material.top)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(adapter.parameters(), 1.0)
        optimizer.step()
        decay = min(plan.average, step / (step + 4))
        mean = decay * mean + (1 - decay) * adapter().detach()

        out_of_time = clock() - started > plan.seconds
        if step % plan.check_every == 0 or step == plan.steps or out_of_time:
            similarity, distance = _judge(decoder, mean, material)
            score = similarity - 0.15 * distance
            if score > best_score:
                best_voice, best_step, best_score = mean, step, score
                best_similarity = similarity
            if out_of_time:
                break
        if progress is not None:
            progress(step, plan.steps, best_similarity)
    return Adaptation(best_voice[0], best_similarity, best_step)
