"""The whole of Kokoro-82M: from phoneme tokens and a voice to samples."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from synthesis.models.acoustic import ProsodyPredictor, TextEncoder
from synthesis.models.albert import PhonemeBert
from synthesis.models.generator import FRAME, SAMPLE_RATE, Decoder

MAX_TOKENS = 510  # phonemes in one pass, without the boundary tokens


@dataclass(frozen=True)
class Prosody:
    """The predictor's output for one sentence.

    durations: [tokens] text frames (40 Hz); f0 (Hz), energy: [1, 2 * frames];
    aligned: [1, 512, frames].
    """

    durations: Tensor
    f0: Tensor
    energy: Tensor
    aligned: Tensor

    @property
    def seconds(self) -> float:
        return self.aligned.shape[2] * FRAME / SAMPLE_RATE


class Kokoro(nn.Module):
    """Text side (`bert`, `text_encoder`, `predictor`) and audio side (`decoder`)."""

    def __init__(self, hidden: int = 512) -> None:
        super().__init__()
        self.bert = PhonemeBert()
        self.bert_encoder = nn.Linear(768, hidden)
        self.text_encoder = TextEncoder(hidden=hidden)
        self.predictor = ProsodyPredictor(hidden)
        self.decoder = Decoder(hidden)

    def align(self, tokens: Tensor, durations: Tensor) -> Tensor:
        """Phoneme features [1, 512, frames], each token repeated for its frames."""
        features: Tensor = self.text_encoder(tokens)
        return features.repeat_interleave(durations, dim=2)

    def prosody(self, tokens: Tensor, style: Tensor, speed: float | Tensor = 1.0) -> Prosody:
        """Durations, F0 and energy for tokens [1, n] (boundary tokens included).

        speed: of all tokens, or [n] of each.

        The opening boundary keeps its length at any speed: the curves count its frames to time the
        first sounds, and swallow them where they come too soon.
        """
        context = self.bert_encoder(self.bert(tokens))
        raw, features = self.predictor.durations(context, style)
        predicted = raw[0].float()
        shorter = torch.ones_like(predicted) * speed
        shorter[0] = 1.0
        durations = torch.round(predicted / shorter).clamp(min=1).long()
        frames = features.repeat_interleave(durations, dim=1)
        f0, energy = self.predictor.curves(frames, style)
        return Prosody(durations, f0, energy, self.align(tokens, durations))


def noise_like(frames: int, seed: int) -> Tensor:
    """Repeatable excitation noise [1, 600 * frames]."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(1, frames * FRAME, generator=generator)
