"""From phonemes to frames: text encoder and the duration, pitch and energy predictor.

The non-autoregressive family of FastSpeech 2 (Ren et al. 2021), in the shape that StyleTTS 2
(Li et al. 2023) gave it: every predictor is conditioned on a prosody style.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthesis.models.blocks import ResidualBlock
from synthesis.models.norms import AdaptiveLayerNorm, NormStack


class ChannelNorm(nn.Module):
    """Layer norm over the channel axis of [batch, channels, frames]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels))
        self.beta = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        x = F.layer_norm(x.transpose(1, 2), self.gamma.shape, self.gamma, self.beta, 1e-5)
        return x.transpose(1, 2)


class TextEncoder(nn.Module):
    """tokens [batch, tokens] -> phoneme features [batch, hidden, tokens]."""

    def __init__(self, vocabulary: int = 178, hidden: int = 512, layers: int = 3) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, hidden)
        self.cnn = nn.ModuleList(
            nn.Sequential(
                nn.Conv1d(hidden, hidden, 5, padding=2), ChannelNorm(hidden), nn.LeakyReLU(0.2)
            )
            for _ in range(layers)
        )
        self.lstm = nn.LSTM(hidden, hidden // 2, batch_first=True, bidirectional=True)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embedding(tokens).transpose(1, 2)
        for layer in self.cnn:
            x = layer(x)
        x, _ = self.lstm(x.transpose(1, 2))
        return cast(Tensor, x).transpose(1, 2)


class DurationEncoder(nn.Module):
    """Alternating LSTM and adaptive layer norm, the style appended before each LSTM.

    x: [batch, tokens, hidden]; style: [batch, style] -> [batch, tokens, hidden + style].
    """

    def __init__(self, hidden: int, style: int, layers: int) -> None:
        super().__init__()
        self.lstms = nn.ModuleList()
        for _ in range(layers):
            self.lstms.append(
                nn.LSTM(hidden + style, hidden // 2, batch_first=True, bidirectional=True)
            )
            self.lstms.append(AdaptiveLayerNorm(style, hidden))

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        repeated = style.unsqueeze(1).expand(-1, x.shape[1], -1)
        x = torch.cat([x, repeated], dim=-1)
        for layer in self.lstms:
            if isinstance(layer, AdaptiveLayerNorm):
                x = torch.cat([layer(x, style), repeated], dim=-1)
            else:
                x, _ = layer(x)
        return x


class ProsodyPredictor(NormStack):
    """Durations for phonemes; fundamental frequency and energy for frames."""

    def __init__(
        self, hidden: int = 512, style: int = 128, layers: int = 3, max_duration: int = 50
    ) -> None:
        super().__init__()
        self.text_encoder = DurationEncoder(hidden, style, layers)
        self.lstm = nn.LSTM(hidden + style, hidden // 2, batch_first=True, bidirectional=True)
        self.duration_proj = nn.Linear(hidden, max_duration)
        self.shared = nn.LSTM(hidden + style, hidden // 2, batch_first=True, bidirectional=True)
        self.F0 = self._curve(hidden, style)
        self.N = self._curve(hidden, style)
        self.F0_proj = nn.Conv1d(hidden // 2, 1, 1)
        self.N_proj = nn.Conv1d(hidden // 2, 1, 1)
        self.assign_spans()

    @staticmethod
    def _curve(hidden: int, style: int) -> nn.ModuleList:
        return nn.ModuleList(
            [
                ResidualBlock(hidden, hidden, style),
                ResidualBlock(hidden, hidden // 2, style, upsample=True),
                ResidualBlock(hidden // 2, hidden // 2, style),
            ]
        )

    def durations(self, context: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
        """context [batch, tokens, hidden] -> (frames per token [batch, tokens], features)."""
        features = self.text_encoder(context, style)
        x, _ = self.lstm(features)
        return torch.sigmoid(self.duration_proj(x)).sum(dim=-1), features

    def curves(self, frames: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
        """frames [batch, frames, hidden + style] -> F0 (Hz) and energy, each [batch, 2 * frames]."""
        voice = self.voice_from_style(style)
        x, _ = self.shared(frames)
        x = x.transpose(1, 2)
        pitch, energy = x, x
        for block in self.F0:
            pitch = block(pitch, voice)
        for block in self.N:
            energy = block(energy, voice)
        return self.F0_proj(pitch).squeeze(1), self.N_proj(energy).squeeze(1)
