"""Training of the detector on people, their clones, and replays of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch.nn import functional as F

from synthesis.audio.decoding import decode_own
from synthesis.audio.resample import resample
from synthesis.liveness.network import (
    LIVE,
    REPLAY,
    SAMPLE_RATE,
    SPLICED,
    WINDOW,
    LivenessNetwork,
    windows_of,
)
from synthesis.liveness.simulation import (
    lengthen_pauses,
    splice,
    through_loudspeaker,
    through_microphone,
)

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Clip:
    """A clip at 16 kHz and its real or imitated speaker."""

    speaker: str
    samples: Samples
    kind: int  # LIVE or SYNTHETIC, before any replay


def load(path: Path, speaker: str, kind: int) -> Clip:
    """Load a clip from a file."""
    recording = decode_own(path.read_bytes())
    return Clip(speaker, resample(recording.samples, recording.rate, SAMPLE_RATE), kind)


def vary(clip: Clip, seed: int) -> list[tuple[Samples, int]]:
    """A clip as it is, through a browser, and through a loudspeaker, each with its kind.

    People's clips also get longer pauses, and splices.
    """
    random = np.random.default_rng(seed)
    beginning = clip.samples[: 16 * SAMPLE_RATE]
    variations = [
        (beginning, clip.kind),
        (through_microphone(beginning, random), clip.kind),
        (through_microphone(beginning, random), clip.kind),
        (through_loudspeaker(beginning, random), REPLAY),
    ]
    if clip.kind == LIVE:
        variations += [
            (lengthen_pauses(beginning, random), LIVE),
            (through_microphone(lengthen_pauses(beginning, random), random), LIVE),
            (splice(beginning, random), SPLICED),
            (splice(through_microphone(beginning, random), random), SPLICED),
            (through_microphone(splice(beginning, random), random), SPLICED),
        ]
    return variations


def windows(clips: list[Clip], say: Callable[[str], None]) -> tuple[torch.Tensor, torch.Tensor]:
    """Windows [n, WINDOW] of every variation of clips, and their kinds [n]."""
    parts, kinds = [], []
    for number, clip in enumerate(clips):
        for samples, kind in vary(clip, number):
            cut = windows_of(samples)
            parts.append(cut.astype(np.float16))
            kinds += [kind] * len(cut)
        if number % 50 == 0:
            say(f"{number} of {len(clips)} clips varied")
    return torch.from_numpy(np.concatenate(parts)), torch.tensor(kinds)


def _weights(kinds: torch.Tensor) -> torch.Tensor:
    counts = torch.bincount(kinds, minlength=4).float().clamp(min=1)
    return counts.sum() / counts / 4


def train(
    clips: list[Clip],
    *,
    epochs: int,
    say: Callable[[str], None],
    seed: int = 0,
    judge: Callable[[LivenessNetwork], str] | None = None,
) -> LivenessNetwork:
    """Train a detector on clips; judge(model) describes its quality after each epoch."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    inputs, kinds = windows(clips, say)
    model = LivenessNetwork()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2)
    batch = 48
    steps = epochs * (len(inputs) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps + 1)
    share = _weights(kinds)
    say(
        f"{len(inputs)} windows: {torch.bincount(kinds).tolist()} live, synthetic, replayed, spliced"
    )
    for epoch in range(epochs):
        order, total = random.permutation(len(inputs)), 0.0
        model.train()
        for at in range(0, len(order) - batch + 1, batch):
            chosen = order[at : at + batch]
            samples = inputs[chosen].float()
            # a random start and noise floor, so that only the sound itself counts
            shift = int(random.integers(0, WINDOW // 4))
            samples = torch.roll(samples, shift, 1)
            samples = samples + 1e-4 * samples.std() * torch.randn_like(samples)
            loss = F.cross_entropy(model(samples), kinds[chosen], share, label_smoothing=0.03)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            total += float(loss)
        model.eval()
        verdict = judge(model) if judge else ""
        say(f"epoch {epoch + 1}  loss {total / max(1, len(order) // batch):.3f}  {verdict}")
    return model


def write(model: LivenessNetwork, path: Path, about: dict[str, str]) -> None:
    """Save a detector, rounded to half precision."""
    tensors = {name: value.half().float().contiguous() for name, value in model.state_dict().items()
            if value.is_floating_point()}  # fmt: skip
    tensors |= {n: v for n, v in model.state_dict().items() if not v.is_floating_point()}
    save_file(tensors, path, metadata=about)
