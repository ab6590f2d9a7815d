"""Whether pruning pays off: a fifth of the generator's inner channels is cut, then it is retrained.

Structured pruning by the magnitude of a channel's contribution (Li et al. 2017) removes channels
between the two convolutions of each residual block; then the thinner generator learns to sound like
the whole one.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from synthesis.audio.spectrum import log_mel_distance, magnitude, mel_filters
from synthesis.benchmarks.voices import SENTENCES
from synthesis.engines.kokoro import SETTLING_SENTENCES, KokoroEngine
from synthesis.inference.quantized_rendering import QuantizedRenderer
from synthesis.models.blocks import SnakeBlock
from synthesis.models.generator import Decoder, Generator
from synthesis.models.kokoro import noise_like
from synthesis.models.norms import AdaptiveInstanceNorm
from synthesis.template import VoiceTemplate
from synthesis.text.phonemes import phonemize, tokenize
from synthesis.transcription.error_rate import edit_distance, words
from synthesis.transcription.whisper import transcribe
from synthesis.verification import ge2e

STEPS = 300
RATE = 3e-5
VOICES = 3  # of the stock styles
FRAMES = 40  # of a training example, at 80 Hz
RESOLUTIONS = ((512, 128), (1024, 256), (2048, 512))  # window, hop
Spoken = list[NDArray[np.float32]]


def _strongest(norm: AdaptiveInstanceNorm, conv: nn.Conv1d, voices: Tensor, share: float) -> Tensor:
    """Indices [fewer channels] of those that contribute most through `norm` and `conv`."""
    scale, _ = voices[:, norm.span].chunk(2, dim=1)
    weight = (1 + scale).abs().mean(dim=0) * conv.weight.norm(dim=(0, 2))
    count = round((1 - share) * norm.channels / 8) * 8  # a multiple of 8 suits vector units
    return cast(Tensor, weight.topk(count).indices.sort().values)


def _cut(block: SnakeBlock, voices: Tensor, share: float) -> None:
    for place, (norm, before, after) in enumerate(
        zip(block.adain2, block.convs1, block.convs2, strict=True)
    ):
        assert isinstance(norm, AdaptiveInstanceNorm)
        assert isinstance(before, nn.Conv1d) and isinstance(after, nn.Conv1d)
        strongest, channels = _strongest(norm, after, voices, share), norm.channels
        norm.span, norm.rest = (  # type: ignore[assignment]  # indices select as a slice does
            torch.cat([strongest + where.start, strongest + where.start + channels])
            for where in (norm.span, norm.rest)
        )
        norm.channels = len(strongest)
        before.weight = nn.Parameter(before.weight[strongest].clone())
        assert before.bias is not None
        before.bias = nn.Parameter(before.bias[strongest].clone())
        after.weight = nn.Parameter(after.weight[:, strongest].clone())
        block.alpha2[place] = nn.Parameter(block.alpha2[place][:, strongest].clone())


def prune(decoder: Decoder, voices: Tensor, share: float) -> Decoder:
    """A copy whose generator has `share` fewer channels inside its residual blocks."""
    thinner = copy.deepcopy(decoder)
    for block in (*thinner.generator.noise_res, *thinner.generator.resblocks):
        assert isinstance(block, SnakeBlock)
        with torch.no_grad():
            _cut(block, voices, share)
    return thinner


def _distance(rendered: Tensor, real: Tensor) -> Tensor:
    """Mean distance of log mel spectrograms of [batch, n] over several resolutions."""
    total = torch.zeros(())
    for window, hop in RESOLUTIONS:
        filters = mel_filters(window, 64, 11_000.0)
        pair = [
            torch.log(filters @ magnitude(x, window, hop, window) + 1e-4) for x in (rendered, real)
        ]
        total = total + (pair[0] - pair[1]).abs().mean()
    return total / len(RESOLUTIONS)


def recover(
    engine: KokoroEngine,
    thinner: Generator,
    templates: list[VoiceTemplate],
    progress: Callable[[int], None],
) -> None:
    """Train the thinner generator to sound like the engine's on windows of several voices."""
    whole = engine.model.decoder
    examples: list[tuple[Tensor, Tensor, Tensor, Tensor]] = []
    for template in templates:
        assert template.rest is not None
        for sentence in SETTLING_SENTENCES:
            prosody = engine.predict(tokenize(phonemize(sentence)), template.prosody)
            noise = noise_like(prosody.aligned.shape[2], len(examples))
            with torch.no_grad():
                source = whole.generator.source_spectrum(prosody.f0, noise)
                x = whole.frames(prosody.aligned, prosody.f0, prosody.energy, template.norms[None])
            examples.append((x, source, template.norms[None], template.rest[None]))
    thinner.requires_grad_(True)
    optimizer = torch.optim.Adam(thinner.parameters(), lr=RATE)
    random = np.random.default_rng(0)
    for step in range(STEPS):
        x, source, norms, rest = examples[random.integers(len(examples))]
        start = int(random.integers(x.shape[2] - FRAMES))
        window = x[:, :, start : start + FRAMES]
        excitation = source[:, :, 60 * start : 60 * (start + FRAMES) + 1]
        with torch.no_grad():
            real = whole.generator.from_source(window, excitation, norms, rest)
        rendered = thinner.from_source(window, excitation, norms, rest)
        objective = _distance(rendered, real) + 5 * (rendered - real).abs().mean()
        optimizer.zero_grad()
        objective.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(thinner.parameters(), 1.0)
        optimizer.step()
        progress(step + 1)
    thinner.requires_grad_(False)


def _speak_sentences(engine: KokoroEngine, template: VoiceTemplate) -> tuple[Spoken, float]:
    clips, elapsed = [], 0.0
    for sentence in SENTENCES:
        started = time.perf_counter()
        clips.append(np.concatenate([c.samples for c in engine.synthesize(sentence, template)]))
        elapsed += time.perf_counter() - started
    return clips, elapsed / (sum(map(len, clips)) / engine.sample_rate)


def compare(
    share: float = 0.2, progress: Callable[[int], None] = lambda step: None
) -> dict[str, dict[str, float]]:
    """Figures of the whole, cut, and recovered generator, in eight bits with the same noise."""
    engine = KokoroEngine(rendering="int8")
    names = sorted(engine.styles)[:VOICES]
    templates = [engine.mix({name: 1.0}) for name in names]
    voices = torch.stack([template.norms for template in templates])
    decoder = engine.model.decoder
    thinner = prune(decoder, voices, share)
    figures: dict[str, dict[str, float]] = {}
    exact: list[Spoken] = []
    for name, part in (("whole", decoder), ("cut", thinner), ("cut and recovered", thinner)):
        if name == "cut and recovered":
            recover(engine, thinner.generator, templates, progress)
        engine.renderer = QuantizedRenderer(part, voices)
        for _ in engine.synthesize("Ready.", templates[0]):  # warm up; the voices stay as settled
            pass
        renderings = [_speak_sentences(engine, template) for template in templates]
        exact = exact or [clips for clips, _ in renderings]
        pairs = [
            (ours, theirs)
            for (clips, _), whole in zip(renderings, exact, strict=True)
            for ours, theirs in zip(clips, whole, strict=True)
        ]
        rate = engine.sample_rate
        wrong = sum(
            edit_distance(words(sentence), words(transcribe(samples, rate)))
            for clips, _ in renderings
            for sentence, samples in zip(SENTENCES, clips, strict=True)
        )
        expected = len(templates) * sum(len(words(sentence)) for sentence in SENTENCES)
        figures[name] = {
            "megabytes": (engine.renderer.body.bytes + engine.renderer.generator.bytes) / 1e6,
            "distance": float(np.mean([log_mel_distance(*pair) for pair in pairs])),
            "similarity": float(
                np.mean([ge2e.similarity(*(ge2e.embed(x, rate) for x in pair)) for pair in pairs])
            ),
            "wer": wrong / expected,
            "rtf": float(np.mean([rtf for _, rtf in renderings])),
        }
    return figures
