"""From frames to samples: decoder and iSTFTNet generator with a harmonic source.

iSTFTNet (Kaneko et al. 2022) on a HiFi-GAN trunk (Kong et al. 2020); the excitation is the
harmonic-plus-noise source of the neural source-filter model (Wang et al. 2019).
"""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from synthesis.models.blocks import ResidualBlock, SnakeBlock
from synthesis.models.norms import AdaptiveInstanceNorm, NormStack

SAMPLE_RATE = 24_000  # Hz, of all speech of the engine
FRAME = 600  # samples per text frame (40 Hz)
VOICED_ABOVE = 10.0  # Hz; a lower F0 means an unvoiced frame


class HarmonicSource(nn.Module):
    """Sine harmonics of F0, merged to one excitation.

    f0: [batch, curve frames] at 80 Hz -> [batch, samples]. Unvoiced samples carry silence, or
    noise of a third of the sine's amplitude where `noise` [batch, samples] is given.
    """

    def __init__(self, harmonics: int = 9, hop: int = FRAME // 2) -> None:
        super().__init__()
        self.l_linear = nn.Linear(harmonics, 1)
        self.harmonics = harmonics
        self.hop = hop

    def forward(self, f0: Tensor, noise: Tensor | None = None) -> Tensor:
        multiples = torch.arange(1, self.harmonics + 1, device=f0.device, dtype=f0.dtype)
        cycles = torch.remainder(f0.unsqueeze(1) * multiples[:, None] / SAMPLE_RATE, 1.0)
        phase = torch.cumsum(cycles.double(), dim=-1) * (2 * math.pi * self.hop)
        phase = F.interpolate(phase, scale_factor=float(self.hop), mode="linear")
        voiced = (f0 > VOICED_ABOVE).to(f0.dtype).repeat_interleave(self.hop, dim=-1)
        sines = 0.1 * torch.sin(phase).to(f0.dtype) * voiced.unsqueeze(1)
        if noise is not None:
            amplitude = voiced * 0.003 + (1 - voiced) * (0.1 / 3)
            sines = sines + (amplitude * noise).unsqueeze(1)
        return torch.tanh(self.l_linear(sines.transpose(1, 2))).squeeze(-1)


class Generator(nn.Module):
    """x: [batch, 512, curve frames], f0: [batch, curve frames] -> samples [batch, 300 * frames]."""

    RATES = (10, 6)
    KERNELS = (3, 7, 11)

    def __init__(self, channels: int = 512, style: int = 128, n_fft: int = 20, hop: int = 5):
        super().__init__()
        self.n_fft, self.hop = n_fft, hop
        bins = n_fft // 2 + 1
        self.m_source = HarmonicSource()
        self.noise_convs = nn.ModuleList(
            [nn.Conv1d(2 * bins, 256, 12, stride=6, padding=3), nn.Conv1d(2 * bins, 128, 1)]
        )
        self.noise_res = nn.ModuleList([SnakeBlock(256, 7, style), SnakeBlock(128, 11, style)])
        self.ups = nn.ModuleList()
        self.resblocks = nn.ModuleList()
        for rate in self.RATES:
            self.ups.append(
                nn.ConvTranspose1d(
                    channels, channels // 2, 2 * rate, stride=rate, padding=(rate + 1) // 2
                )
            )
            channels //= 2
            self.resblocks.extend(SnakeBlock(channels, kernel, style) for kernel in self.KERNELS)
        self.conv_post = nn.Conv1d(channels, 2 * bins, 7, padding=3)
        self.register_buffer("window", torch.hann_window(n_fft), persistent=False)

    def norms(self) -> list[AdaptiveInstanceNorm]:
        """The generator's norms, in template order."""
        return [m for m in self.modules() if isinstance(m, AdaptiveInstanceNorm)]

    def source_spectrum(self, f0: Tensor, noise: Tensor | None) -> Tensor:
        """Magnitude and phase of the excitation: [batch, 22, source frames]."""
        spectrum = torch.stft(
            self.m_source(f0, noise),
            self.n_fft,
            self.hop,
            window=cast(Tensor, self.window),
            center=True,
            return_complex=True,
        )
        return torch.cat([spectrum.abs(), spectrum.angle()], dim=1)

    def forward(
        self,
        x: Tensor,
        f0: Tensor,
        voice: Tensor,
        noise: Tensor | None = None,
        rest: Tensor | None = None,
    ) -> Tensor:
        with torch.no_grad():
            source = self.source_spectrum(f0, noise)
        return self.from_source(x, source, voice, rest)

    def from_source(
        self, x: Tensor, source: Tensor, voice: Tensor, rest: Tensor | None = None
    ) -> Tensor:
        """As `forward`, the excitation given as its spectrum [batch, 22, 60 * frames + 1]."""
        return self.samples(self.spectrum(x, source, voice, rest).float())

    def spectrum(
        self, x: Tensor, source: Tensor, voice: Tensor, rest: Tensor | None = None
    ) -> Tensor:
        """Log magnitude and phase [batch, 22, 60 * frames + 1]."""
        blocks = len(self.KERNELS)
        for stage, up in enumerate(self.ups):
            excitation = self.noise_res[stage](self.noise_convs[stage](source), voice, rest)
            x = up(F.leaky_relu(x, 0.1))
            if stage == len(self.ups) - 1:
                x = F.pad(x, (1, 0), mode="reflect")
            x = x + excitation
            branches = self.resblocks[stage * blocks : (stage + 1) * blocks]
            x = torch.stack([block(x, voice, rest) for block in branches]).mean(dim=0)
        return cast(Tensor, self.conv_post(F.leaky_relu(x)))

    def samples(self, spectrum: Tensor) -> Tensor:
        """Log magnitude and phase [batch, 22, 60 * frames + 1] -> [batch, 300 * frames]."""
        magnitude, phase = spectrum.chunk(2, dim=1)
        return torch.istft(
            torch.polar(torch.exp(magnitude), torch.sin(phase)),
            self.n_fft,
            self.hop,
            window=cast(Tensor, self.window),
            center=True,
        )


class Decoder(NormStack):
    """Aligned phoneme features, F0 and energy to samples, in the voice's norm parameters.

    aligned: [batch, 512, frames]; f0 (Hz), energy: [batch, 2 * frames]; voice: [batch, voice_size];
    rest: the generator's part of the same layout, means and deviations that its norms use instead
    of those of the given frames -> [batch, 600 * frames] at 24 kHz.
    """

    def __init__(self, hidden: int = 512, style: int = 128) -> None:
        super().__init__()
        width = 1024
        self.F0_conv = nn.Conv1d(1, 1, 3, stride=2, padding=1)
        self.N_conv = nn.Conv1d(1, 1, 3, stride=2, padding=1)
        self.asr_res = nn.Sequential(nn.Conv1d(hidden, 64, 1))
        self.encode = ResidualBlock(hidden + 2, width, style)
        self.decode = nn.ModuleList(
            [
                ResidualBlock(width + 66, width, style),
                ResidualBlock(width + 66, width, style),
                ResidualBlock(width + 66, width, style),
                ResidualBlock(width + 66, 512, style, upsample=True),
            ]
        )
        self.generator = Generator(512, style)
        self.assign_spans()
        first = self.generator.norms()[0].span.start
        for norm in self.generator.norms():
            norm.rest = slice(norm.span.start - first, norm.span.stop - first)

    def encoder_outputs(
        self, aligned: Tensor, f0: Tensor, energy: Tensor, voice: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Features appended to every block's input [batch, 66, frames]; the first block's input
        [batch, 1024, frames].
        """
        curves = [self.F0_conv(f0.unsqueeze(1)), self.N_conv(energy.unsqueeze(1))]
        x: Tensor = self.encode(torch.cat([aligned, *curves], dim=1), voice)
        return torch.cat([self.asr_res(aligned), *curves], dim=1), x

    def frames(self, aligned: Tensor, f0: Tensor, energy: Tensor, voice: Tensor) -> Tensor:
        """The generator's input: [batch, 512, 2 * frames]."""
        beside, x = self.encoder_outputs(aligned, f0, energy, voice)
        for block in self.decode:
            x = block(torch.cat([x, beside], dim=1), voice)
        return x

    def forward(
        self,
        aligned: Tensor,
        f0: Tensor,
        energy: Tensor,
        voice: Tensor,
        noise: Tensor | None = None,
        rest: Tensor | None = None,
    ) -> Tensor:
        x = self.frames(aligned, f0, energy, voice)
        return cast(Tensor, self.generator(x, f0, voice, noise, rest))
