"""The voice prior: where an embedding alone puts a voice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from synthesis.audio.decoding import Recording
from synthesis.engines.kokoro import KokoroEngine
from synthesis.enrolment.aligned_speech import nearest_style
from synthesis.enrolment.prior import VoicePrior, prior, read, refine, write
from synthesis.template import VoiceTemplate
from synthesis.verification import ge2e


def test_a_refinement_of_nothing_is_the_style_itself(engine: KokoroEngine) -> None:
    decoder = engine.model.decoder
    style = engine.stock["jm_kumo"].decoder
    nothing = torch.zeros(decoder.voice_size // 2)
    with torch.no_grad():
        refined = refine(decoder, style, nothing, nothing)
        assert torch.allclose(refined, decoder.voice_from_style(style[None]), atol=1e-5)


def test_a_prior_survives_its_file(tmp_path: Path) -> None:
    made = VoicePrior(channels=6, style=4, embedding=8, rank=3)
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, generator=torch.Generator().manual_seed(3))
    write(made, tmp_path / "prior.safetensors", {"licence": "none"})
    again = read(tmp_path / "prior.safetensors")
    place = torch.ones(3)
    for a, b in zip(made(place), again(place), strict=True):
        assert torch.allclose(a, b, atol=1e-2)


@pytest.mark.slow
def test_an_instant_voice_is_closer_to_a_stranger_than_any_stock_voice(
    engine: KokoroEngine, person: list[Recording]
) -> None:
    speaker = np.mean([ge2e.embed(r.samples, r.rate) for r in person[:4]], axis=0)
    speaker = (speaker / np.linalg.norm(speaker)).astype(np.float32)
    style = nearest_style(engine, speaker, None)
    with torch.no_grad():
        stock = engine.model.decoder.voice_from_style(style.decoder[None])[0]

    def likeness(norms: torch.Tensor) -> float:
        bare = VoiceTemplate(engine.name, engine.version, norms, style.prosody)
        samples = np.concatenate(
            [c.samples for c in engine.synthesize("We met at the harbour before dark.", bare)]
        )
        return ge2e.similarity(ge2e.embed(samples, engine.sample_rate), speaker)

    assert likeness(prior().norms(engine.model.decoder, speaker)) > likeness(stock) + 0.03
