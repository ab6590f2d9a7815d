"""Signs that no dictionary, table or grammar expects: read as far as they can be, and no reason to fail."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthesis.benchmarks.languages import SENTENCES
from synthesis.text.normalize import normalize
from synthesis.text.phonemes import phonemize


def test_a_rare_name_is_read_kanji_by_kanji() -> None:
    assert phonemize("海営宮池という池がある。", "ja").endswith("ike ɡa aɾɯ.")


@pytest.mark.parametrize(
    ("text", "said"),
    [("ギャーァ", "ɡʲaːa"), ("んゃ", "ɴja"), ("⓽円", "kʲɨː eɴ"), ("፩", "iʨi")],
)
def test_kana_and_digits_that_no_table_has_are_read_as_far_as_can_be(text: str, said: str) -> None:
    assert phonemize(text, "ja") == said


ODD_SIGNS = st.sampled_from("ャァーんっぁゃヴ々〃ゝゞ龘⓽፩②Ϳ¯´÷½wア私。、「你ा०") | st.characters(
    exclude_characters="\0"  # requests with it are refused
)


@pytest.mark.parametrize("language", sorted(SENTENCES))
@settings(deadline=None)  # the first text waits for models
@given(text=st.text(ODD_SIGNS, max_size=30))
def test_no_text_fails_for_its_signs(text: str, language: str) -> None:
    phonemize(normalize(text, language), language)


@pytest.mark.parametrize("language", ["ja", "zh-CN"])
def test_a_sign_that_is_written_shorter_moves_no_other(language: str) -> None:
    assert normalize("x¯÷", language) == normalize("x ¯ ÷", language)
