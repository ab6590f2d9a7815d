"""What fewer bits cost and bring: size, likeness, clarity, distance, time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synthesis.audio.spectrum import log_mel_distance
from synthesis.benchmarks.voices import read_sentences
from synthesis.engines.kokoro import KokoroEngine
from synthesis.inference.precision import half
from synthesis.inference.quantized_rendering import QuantizedRenderer
from synthesis.template import VoiceTemplate
from synthesis.verification import ge2e

PRECISIONS = ("float", "onnx", "bf16", "int8")


def decoder_bytes(engine: KokoroEngine) -> int:
    """Weights that make samples, as they lie in memory: the decoder without its style layers.

    Those turn a style into norm parameters, which templates hold already.
    """
    if isinstance(engine.renderer, QuantizedRenderer):
        return engine.renderer.body.bytes + engine.renderer.generator.bytes
    decoder = engine.model.decoder
    style = sum(p.numel() for norm in decoder.norms() for p in norm.fc.parameters())
    numbers = sum(p.numel() for p in decoder.parameters()) - style
    return numbers * (half().itemsize if engine.renderer.name == "bf16" else 4)


def compare(
    template: VoiceTemplate, speaker: Sequence[NDArray[np.float32]]
) -> dict[str, dict[str, float]]:
    """By precision, the same sentences and noise; speaker: GE2E embeddings [256] of the person."""
    found: dict[str, dict[str, float]] = {}
    exact: list[NDArray[np.float32]] = []
    for precision in PRECISIONS:
        engine = KokoroEngine(rendering=precision)
        engine.warm()
        spoken, error_rate, rtf = read_sentences(engine, template)
        made = [recording.samples for recording in spoken]
        exact = exact or made
        likeness = [
            ge2e.similarity(ge2e.embed(samples, engine.sample_rate), known)
            for samples in made
            for known in speaker
        ]
        size = decoder_bytes(engine)
        found[precision] = {
            "megabytes": size / 1e6,
            "size": size / (found["float"]["megabytes"] * 1e6 if found else size),
            "similarity": float(np.mean(likeness)),
            "wer": error_rate,
            "distance": float(
                np.mean([log_mel_distance(*pair) for pair in zip(made, exact, strict=True)])
            ),
            "rtf": rtf,
        }
    return found
