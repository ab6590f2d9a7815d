"""Styles by name, language and the length of a sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from synthesis.audio import pitch
from synthesis.audio.pitch import PitchRange
from synthesis.engines import style_tables
from synthesis.engines.kokoro import KokoroEngine
from synthesis.engines.style_tables import USUAL, USUAL_STYLES, borrowed, language_of
from synthesis.models.kokoro import Prosody
from synthesis.template import VoiceTemplate
from synthesis.text.languages import LANGUAGES
from synthesis.text.phonemes import phonemize, tokenize
from synthesis.weights import locate


def test_there_are_54_styles_and_one_for_every_language() -> None:
    tables = style_tables.style_tables()
    assert len(tables.tables) == 54
    for language in LANGUAGES:
        for style in USUAL_STYLES[language]:
            assert style in tables.tables
            assert language_of(style) == language


def test_every_length_has_the_row_that_the_packaged_tables_have() -> None:
    tables = style_tables.style_tables()
    with np.load(locate("kokoro/styles.npz")) as packaged:
        for name in packaged:
            for length in (1, 2, 7, 23, 60, USUAL, 180, 333, 510):
                expected = torch.from_numpy(packaged[name][length - 1, 0])
                assert torch.linalg.norm(tables.style(name, length) - expected) < 0.03


def test_a_short_sentence_has_another_manner_than_a_long_one(
    engine: KokoroEngine, mixed: VoiceTemplate
) -> None:
    native = replace(mixed, language="ja")
    short, usual = engine.manners.style(native, 8), engine.manners.style(native, USUAL)
    assert torch.linalg.norm(usual - mixed.prosody) < 0.01
    assert torch.linalg.norm(short - usual) > 1


def test_a_voice_speaks_another_language_in_that_language_s_manner(
    engine: KokoroEngine, mixed: VoiceTemplate
) -> None:
    tables = style_tables.style_tables()
    french = engine.manners.style(replace(mixed, language="fr"), 60)
    assert torch.equal(french, tables.style("ff_siwis", 60)[128:])


def test_a_man_borrows_a_man_s_manner_or_a_lower_woman_s() -> None:
    assert borrowed({"jm_kumo": 1.0}, "en-US") == ("am_michael", 0.0)
    assert borrowed({"jm_kumo": 1.0}, "fr") == ("ff_siwis", style_tables.LOWER)
    assert borrowed({"jm_kumo": 1.0, "jf_alpha": 2.0}, "fr") == ("ff_siwis", 0.0)
    assert borrowed({"am_adam": 1.0}, "en-GB") is None


def test_a_person_s_voice_keeps_the_manner_that_was_learned(
    engine: KokoroEngine, mixed: VoiceTemplate
) -> None:
    learned = replace(mixed, details={}, language="fr")
    assert torch.equal(engine.manners.style(learned, 8), learned.prosody)


def test_a_person_s_voice_speaks_another_language_in_its_manner_at_its_own_pitch_and_pace(
    engine: KokoroEngine, mixed: VoiceTemplate
) -> None:
    tables = style_tables.style_tables()
    learned = replace(mixed, details={"learned_in": "en-US"}, pitch_offset=-0.7, rate=0.95)
    spoken = engine.manners.speaking(learned, "fr")
    style = engine.manners.style(spoken, 60)
    assert torch.equal(style, tables.style("ff_siwis", 60)[128:])
    tokens = tokenize(phonemize("The ferry leaves the harbour before the sun is up.", "en-US"))

    def heard(template: VoiceTemplate, manner: torch.Tensor) -> PitchRange:
        f0 = engine.predict(tokens, manner).f0
        moved = pitch.move(f0, template.pitch_offset, template.pitch_scale)
        measured = pitch.pitch_range([moved[0].numpy()])
        assert measured is not None
        return measured

    own = heard(learned, learned.prosody)
    assert abs(heard(spoken, tables.style("ff_siwis")[128:]).log_mean - own.log_mean) < 0.12
    assert 0.85 <= spoken.rate <= 1.15


def test_a_deep_voice_borrows_a_man_s_manner(engine: KokoroEngine, mixed: VoiceTemplate) -> None:
    tables = style_tables.style_tables()
    deep = replace(mixed, details={"learned_in": "en-US"}, pitch_offset=-0.9)
    style = engine.manners.style(engine.manners.speaking(deep, "es"), 60)
    assert torch.equal(style, tables.style("em_alex", 60)[128:])
    high = replace(deep, pitch_offset=0.2)
    style = engine.manners.style(engine.manners.speaking(high, "es"), 60)
    assert torch.equal(style, tables.style("ef_dora", 60)[128:])


def test_a_foreign_sentence_of_a_person_s_text_is_spoken_in_its_language_s_manner(
    engine: KokoroEngine, mixed: VoiceTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned = replace(mixed, details={"learned_in": "en-US"}, language="en-US")
    manners: list[torch.Tensor] = []
    predict = engine.predict

    def noted(tokens: torch.Tensor, style: torch.Tensor, pace: float = 1.0) -> Prosody:
        manners.append(style)
        return predict(tokens, style, pace)

    engine.manners.speaking(learned, "fr")  # what it must know first is predicted now
    monkeypatch.setattr(engine, "predict", noted)
    list(engine.synthesize("Good morning. Je ne sais pas où il est allé.", learned))
    assert torch.equal(manners[0], learned.prosody)
    assert len(manners) == 2
    assert not torch.equal(manners[1], learned.prosody)


def test_a_mixture_of_before_speaks_as_it_did(engine: KokoroEngine, mixed: VoiceTemplate) -> None:
    shares = mixed.details["shares"]
    before = replace(mixed, details={"source": "style mix", "shares": shares}, language="fr")
    assert torch.equal(engine.manners.style(before, 8), before.prosody)
    assert engine.manners.speaking(before, before.language).pitch_offset == before.pitch_offset


def test_an_unknown_style_is_no_style() -> None:
    with pytest.raises(KeyError):
        style_tables.style_tables().style("nobody")
