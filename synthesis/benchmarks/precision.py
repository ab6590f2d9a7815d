"""What fewer bits cost and gain in size, similarity, clarity, distance and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from synthesis.audio.spectrum import log_mel_distance
from synthesis.benchmarks.voices import SENTENCES, read_sentences
from synthesis.engines.kokoro import SETTLING_SENTENCES, KokoroEngine
from synthesis.enrolment.speaker import READ_SENTENCES
from synthesis.inference.precision import half
from synthesis.inference.quantized_rendering import QuantizedRenderer
from synthesis.template import VoiceTemplate
from synthesis.verification import ge2e

PRECISIONS = ("float", "onnx", "bf16", "int8")
MANY = (*SENTENCES, *READ_SENTENCES, *SETTLING_SENTENCES)  # one word is 0.3 percentage points


def decoder_bytes(engine: KokoroEngine) -> int:
    """Bytes in memory of the decoder's weights without its style layers.

    Style layers turn a style into norm parameters, which templates hold already.
    """
    if isinstance(engine.renderer, QuantizedRenderer):
        return engine.renderer.body.bytes + engine.renderer.generator.bytes
    decoder = engine.model.decoder
    style = sum(p.numel() for norm in decoder.norms() for p in norm.fc.parameters())
    numbers = sum(p.numel() for p in decoder.parameters()) - style
    return numbers * (half().itemsize if engine.renderer.name == "bf16" else 4)


def compare(
    voices: Mapping[str, VoiceTemplate], people: Mapping[str, Sequence[NDArray[np.float32]]]
) -> dict[str, dict[str, float]]:
    """Figures by precision, for the same sentences, voices and noise.

    people: GE2E embeddings [256] of the speaker behind each voice, by the same names.
    """
    figures: dict[str, dict[str, float]] = {}
    exact: list[NDArray[np.float32]] = []
    for precision in PRECISIONS:
        engine = KokoroEngine(rendering=precision)
        engine.warm()
        rendered: list[NDArray[np.float32]] = []
        likeness, error_rates, factors = [], [], []
        for name, template in voices.items():
            spoken, error_rate, rtf = read_sentences(engine, template, MANY)
            samples = [recording.samples for recording in spoken]
            likeness += [
                ge2e.similarity(ge2e.embed(one, engine.sample_rate), known)
                for one in samples
                for known in people[name]
            ]
            rendered += samples
            error_rates.append(error_rate)
            factors.append(rtf)
        exact = exact or rendered
        size = decoder_bytes(engine)
        figures[precision] = {
            "megabytes": size / 1e6,
            "size": size / (figures["float"]["megabytes"] * 1e6 if figures else size),
            "similarity": float(np.mean(likeness)),
            "wer": float(np.mean(error_rates)),
            "distance": float(
                np.mean([log_mel_distance(*pair) for pair in zip(rendered, exact, strict=True)])
            ),
            "rtf": float(np.mean(factors)),
        }
    return figures
