"""The rebuilt model against the packaged graph, embeddings against Resemblyzer, and adaptation."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch

from synthesis import weights
from synthesis.audio.decoding import Recording
from synthesis.audio.spectrum import magnitude, mel_filters
from synthesis.engines.kokoro import STYLE_ROW, KokoroEngine
from synthesis.enrolment.adaptation import NormAdapter, spectral_distance
from synthesis.enrolment.prior import prior
from synthesis.refusals import WeightsCorrupt, WeightsMissing
from synthesis.text.phonemes import phonemize, tokenize
from synthesis.verification import ge2e


def _log_mel(samples: torch.Tensor) -> torch.Tensor:
    return torch.log(mel_filters(1024, 80, 12_000.0) @ magnitude(samples, 1024, 256, 1024) + 1e-4)


def test_the_float_model_speaks_as_the_packaged_graph_does(engine: KokoroEngine) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(weights.locate("kokoro/model.int8.onnx")))
    tokens = tokenize(phonemize("The quick brown fox jumps over the lazy dog."))
    with np.load(weights.locate("kokoro/styles.npz")) as tables:
        style = tables["jf_nezumi"][STYLE_ROW]
    theirs = torch.from_numpy(
        session.run(None, {"tokens": tokens.numpy(), "style": style, "speed": np.ones(1, "f")})[0]
    ).reshape(1, -1)
    both = torch.from_numpy(style)
    with torch.no_grad():
        prosody = engine.model.prosody(tokens, both[:, 128:])
        norms = engine.model.decoder.voice_from_style(both[:, :128])
        ours = engine.model.decoder(prosody.aligned, prosody.f0, prosody.energy, norms)
    # dynamic int8 rounds every activation, so some durations differ by a frame
    assert abs(ours.shape[1] - theirs.shape[1]) <= 4 * 600
    length = min(ours.shape[1], theirs.shape[1])
    if ours.shape == theirs.shape:
        distance = (_log_mel(ours[:, :length]) - _log_mel(theirs[:, :length])).abs().mean()
        assert distance < 0.6
    a = ge2e.embed(ours[0].numpy(), 24_000)
    b = ge2e.embed(theirs[0].numpy(), 24_000)
    assert ge2e.similarity(a, b) > 0.93


def test_embeddings_equal_resemblyzers(person: list[Recording]) -> None:
    sys.modules.setdefault("webrtcvad", types.ModuleType("webrtcvad"))
    from resemblyzer import VoiceEncoder
    from resemblyzer.audio import normalize_volume

    encoder = VoiceEncoder("cpu", verbose=False)
    samples = person[0].samples
    theirs = encoder.embed_utterance(normalize_volume(samples, -30, increase_only=True))
    assert ge2e.similarity(ge2e.embed(samples, 16_000), theirs) > 0.9999


def test_speakers_are_told_apart_at_the_threshold(people: dict[str, list[Path]]) -> None:
    from synthesis.audio.decoding import decode

    voices = {
        name: [ge2e.embed(decode(f.read_bytes()).samples, 16_000) for f in files[:2]]
        for name, files in people.items()
    }
    for name, (first, second) in voices.items():
        assert ge2e.similarity(first, second) > ge2e.EQUAL_ERROR_THRESHOLD - 0.05
        strangers = [v[0] for other, v in voices.items() if other != name]
        assert max(ge2e.similarity(first, s) for s in strangers) < ge2e.similarity(first, second)


def test_an_untouched_adapter_is_where_the_prior_puts_the_speaker(engine: KokoroEngine) -> None:
    embedding = engine.stock["jm_kumo"].embedding
    adapter = NormAdapter(engine.model.decoder, prior(), torch.from_numpy(embedding))
    expected = prior().norms(engine.model.decoder, embedding)
    assert torch.allclose(adapter()[0], expected, atol=1e-5)
    assert float(adapter.distance_from_start()) == 0.0


@pytest.mark.slow
def test_a_step_down_the_gradient_comes_closer(engine: KokoroEngine) -> None:
    decoder = engine.model.decoder
    tokens = tokenize(phonemize("A short sentence."))
    with torch.no_grad():
        prosody = engine.model.prosody(tokens, engine.stock["jf_alpha"].prosody[None])
        wanted = decoder.voice_from_style(engine.stock["jf_alpha"].decoder[None])
        real = decoder(prosody.aligned, prosody.f0, prosody.energy, wanted)
    elsewhere = torch.from_numpy(engine.stock["jm_kumo"].embedding)
    adapter = NormAdapter(decoder, prior(), elsewhere)
    optimizer = torch.optim.Adam(adapter.parameters(), lr=5e-3)
    distances = []
    for _ in range(4):
        made = decoder(prosody.aligned, prosody.f0, prosody.energy, adapter())
        loss = spectral_distance(made, real, 12_000.0)
        distances.append(float(loss))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert distances[-1] < 0.93 * distances[0]
    assert all(parameter.grad is None for parameter in decoder.parameters())


def test_a_wrong_weight_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kokoro").mkdir()
    (tmp_path / "kokoro" / "vocab.json").write_text("{}")
    monkeypatch.setenv("TIMBRE_WEIGHTS", str(tmp_path))
    weights.locate.cache_clear()
    try:
        with pytest.raises(WeightsCorrupt, match=r"vocab\.json"):
            weights.locate("kokoro/vocab.json")
    finally:
        monkeypatch.undo()
        weights.locate.cache_clear()


def test_a_missing_weight_file_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "_packaged_parts", lambda file: None)
    weights.locate.cache_clear()
    try:
        with pytest.raises(WeightsMissing, match="resemblyzer"):
            weights.locate("ge2e/encoder.pt")
    finally:
        weights.locate.cache_clear()
