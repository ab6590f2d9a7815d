"""Styles by name, language and the length of a sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from synthesis.engines import manners, style_tables
from synthesis.engines.style_tables import USUAL, USUAL_STYLES, borrowed, language_of
from synthesis.template import VoiceTemplate
from synthesis.text.languages import LANGUAGES
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


def test_a_short_sentence_has_another_manner_than_a_long_one(mixed: VoiceTemplate) -> None:
    native = replace(mixed, language="ja")
    short, usual = manners.style(native, 8), manners.style(native, USUAL)
    assert torch.linalg.norm(usual - mixed.prosody) < 0.01
    assert torch.linalg.norm(short - usual) > 1


def test_a_voice_speaks_another_language_in_that_language_s_manner(mixed: VoiceTemplate) -> None:
    tables = style_tables.style_tables()
    french = manners.style(replace(mixed, language="fr"), 60)
    assert torch.equal(french, tables.style("ff_siwis", 60)[128:])


def test_a_man_borrows_a_man_s_manner_or_a_lower_woman_s() -> None:
    assert borrowed({"jm_kumo": 1.0}, "en-US") == ("am_michael", 0.0)
    assert borrowed({"jm_kumo": 1.0}, "fr") == ("ff_siwis", style_tables.LOWER)
    assert borrowed({"jm_kumo": 1.0, "jf_alpha": 2.0}, "fr") == ("ff_siwis", 0.0)
    assert borrowed({"am_adam": 1.0}, "en-GB") is None


def test_a_person_s_voice_keeps_the_manner_that_was_learned(mixed: VoiceTemplate) -> None:
    learned = replace(mixed, details={}, language="fr")
    assert torch.equal(manners.style(learned, 8), learned.prosody)


def test_a_foreign_sentence_of_a_stock_voice_s_text_is_spoken_as_high_as_its_language_s_manner_asks(
    mixed: VoiceTemplate,
) -> None:
    man = replace(mixed, details={"shares": {"am_adam": 1.0}, "by_length": True})
    assert manners.speaking(man, "en-US").pitch_offset == man.pitch_offset
    assert manners.speaking(man, "fr").pitch_offset == man.pitch_offset + style_tables.LOWER


def test_a_mixture_of_before_speaks_as_it_did(mixed: VoiceTemplate) -> None:
    shares = mixed.details["shares"]
    before = replace(mixed, details={"source": "style mix", "shares": shares}, language="fr")
    assert torch.equal(manners.style(before, 8), before.prosody)
    assert manners.speaking(before, before.language).pitch_offset == before.pitch_offset


def test_an_unknown_style_is_no_style() -> None:
    with pytest.raises(KeyError):
        style_tables.style_tables().style("nobody")
