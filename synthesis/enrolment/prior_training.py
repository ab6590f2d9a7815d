"""Training of the voice prior on a short recording of each of many speakers.

Each step renders one window of one speaker with the frozen decoder and uses the loss of the
adaptation. Half of the steps add free coordinates per speaker to those of the regression, so that
the basis also spans what an embedding does not show.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthesis.audio.decoding import decode_own
from synthesis.audio.resample import to_16k
from synthesis.engines.kokoro import KokoroEngine
from synthesis.enrolment.adaptation import EDGE, WINDOW, spectral_distance
from synthesis.enrolment.aligned_speech import AlignedUtterance, align_speech
from synthesis.enrolment.prior import VoicePrior, refine
from synthesis.models.generator import FRAME
from synthesis.refusals import AudioRefused
from synthesis.verification import ge2e

MIN_FRAMES = WINDOW + 4  # text frames an utterance must have
JUDGED = 12  # held-out speakers


@dataclass(frozen=True)
class TrainingSpeaker:
    """Aligned speech of one speaker; embedding: unit GE2E [256]; top: bandwidth in Hz."""

    utterances: list[AlignedUtterance]
    embedding: Tensor
    top: float


@dataclass(frozen=True)
class TrainingPlan:
    """How long and how fast to train."""

    steps: int = 6000
    minutes: float = 60.0
    mean_rate: float = 2e-3
    basis_rate: float = 4e-4
    style_rate: float = 1e-3
    regression_rate: float = 5e-4
    free_rate: float = 2e-2
    identity_weight: float = 3.0
    free_penalty: float = 0.01


def prepare(
    engine: KokoroEngine, files: Iterable[Path], cache: Path, report: Callable[[str], None]
) -> Iterator[TrainingSpeaker]:
    """Aligned speech of each file (one speaker each), stored in `cache` so that a run can resume."""
    cache.mkdir(parents=True, exist_ok=True)
    for path in files:
        cached = cache / f"{path.stem}.pt"
        if not cached.exists():
            try:
                speech = align_speech(
                    engine,
                    [decode_own(path.read_bytes())],
                    None,
                    language="en-US",
                    report=lambda stage, share: None,
                    least_seconds=3.0,
                )
            except AudioRefused as refusal:
                report(f"{path.name}: left out ({refusal.code})")
                continue
            parts = ("samples", "tokens", "durations", "f0", "energy")
            torch.save(
                {
                    "utterances": [{p: getattr(u, p) for p in parts} for u in speech.utterances],
                    "embedding": torch.from_numpy(speech.embedding),
                    "top": speech.top,
                },
                cached,
            )
            report(f"{path.name}: {speech.seconds:.1f} s")
        data = torch.load(cached, weights_only=True)
        utterances = []
        for parts in data["utterances"]:
            with torch.no_grad():
                aligned = engine.model.align(parts["tokens"], parts["durations"])[0].clone()
            utterance = AlignedUtterance(aligned=aligned, **parts)
            if utterance.frames >= MIN_FRAMES:
                utterances.append(utterance)
        if utterances:
            yield TrainingSpeaker(utterances, data["embedding"], data["top"])


def _begin(prior: VoicePrior, speakers: list[TrainingSpeaker], styles: Tensor) -> None:
    """Start from the principal directions of the embeddings and the mean stock style."""
    embeddings = torch.stack([speaker.embedding for speaker in speakers])
    prior.centre.data.copy_(embeddings.mean(dim=0))
    _, spread, directions = torch.linalg.svd(embeddings - prior.centre, full_matrices=False)
    spread = spread / math.sqrt(len(speakers))
    rank = prior.regression.shape[0]
    weight = 1 / (spread[:rank] * spread[0]).sqrt()
    prior.regression.data.copy_(directions[:rank] * weight[:, None])
    prior.style_mean.data.copy_(styles.mean(dim=0))


def _window(utterance: AlignedUtterance, random: np.random.Generator) -> tuple[Tensor, ...]:
    start = int(random.integers(0, utterance.frames - WINDOW + 1))
    end = start + WINDOW
    return (
        utterance.aligned[None, :, start:end],
        utterance.f0[None, 2 * start : 2 * end],
        utterance.energy[None, 2 * start : 2 * end],
        utterance.samples[None, start * FRAME : end * FRAME],
    )


def judge(engine: KokoroEngine, prior: VoicePrior, speakers: list[TrainingSpeaker]) -> float:
    """Mean GE2E similarity of instant voices to the speakers, on their own utterances."""
    similarities = []
    with torch.no_grad():
        for speaker in speakers:
            voice = prior.norms(engine.model.decoder, speaker.embedding.numpy())[None]
            utterance = speaker.utterances[0]
            aligned, f0, energy, _ = _window(utterance, np.random.default_rng(0))
            rendered = engine.model.decoder(aligned, f0, energy, voice)[0].numpy()
            similarities.append(
                float(torch.from_numpy(ge2e.embed(rendered, 24_000)) @ speaker.embedding)
            )
    return float(np.mean(similarities))


def _optimizer(prior: VoicePrior, free: nn.Parameter, plan: TrainingPlan) -> torch.optim.Adam:
    return torch.optim.Adam(
        [
            {"params": [prior.norm_mean], "lr": plan.mean_rate},
            {"params": [prior.norm_basis], "lr": plan.basis_rate},
            {"params": [prior.style_mean, prior.style_basis], "lr": plan.style_rate},
            {"params": [prior.regression], "lr": plan.regression_rate},
            {"params": [free], "lr": plan.free_rate},
        ],
        betas=(0.9, 0.98),
    )


def train(
    engine: KokoroEngine,
    speakers: list[TrainingSpeaker],
    plan: TrainingPlan,
    report: Callable[[int, float, float | None], None],
    *,
    keep: Callable[[VoicePrior], None],
    seed: int = 0,
) -> VoicePrior:
    """Train the prior; report(step, smoothed loss, similarity on the held-out speakers)."""
    judged, training = speakers[:JUDGED], speakers[JUDGED:]
    decoder = engine.model.decoder
    prior = VoicePrior(decoder.voice_size // 2)
    _begin(prior, training, torch.stack([style.decoder for style in engine.stock.values()]))
    rank = prior.regression.shape[0]
    free = nn.Parameter(torch.zeros(len(training), rank))
    optimizer = _optimizer(prior, free, plan)
    base = [group["lr"] for group in optimizer.param_groups]
    random = np.random.default_rng(seed)
    started, smoothed = time.monotonic(), 0.0
    order: list[int] = []
    for step in range(1, plan.steps + 1):
        elapsed = (time.monotonic() - started) / 60
        share = max(step / plan.steps, elapsed / plan.minutes)
        if share >= 1:
            break
        rate = min(1.0, step / 50) * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * share)))
        for group, lr in zip(optimizer.param_groups, base, strict=True):
            group["lr"] = lr * rate
        order = order or list(random.permutation(len(training)))
        index = order.pop()
        speaker = training[index]
        utterance = speaker.utterances[int(random.integers(len(speaker.utterances)))]
        aligned, f0, energy, real = _window(utterance, random)
        coordinates = prior.coordinates(speaker.embedding)
        if random.random() < 0.5:
            coordinates = coordinates + free[index]
        voice = refine(decoder, *prior(coordinates))
        with torch.autocast("cpu", torch.bfloat16):
            rendered = decoder(aligned, f0, energy, voice).float()
        inner = slice(EDGE * FRAME, -EDGE * FRAME)
        distance = spectral_distance(rendered[:, inner], real[:, inner], speaker.top)
        embedding = ge2e.embed_windows(to_16k(rendered))
        identity = 1 - F.cosine_similarity(embedding, speaker.embedding[None])
        loss = distance + plan.identity_weight * identity.sum()
        loss = loss + plan.free_penalty * free[index].square().sum()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(
            [p for group in optimizer.param_groups for p in group["params"]], 1.0
        )
        optimizer.step()
        smoothed += (float(loss.detach()) - smoothed) / min(step, 100)
        if step % 250 == 0:
            report(step, smoothed, judge(engine, prior, judged))
            keep(prior)
        elif step % 10 == 0:
            report(step, smoothed, None)
    return prior
