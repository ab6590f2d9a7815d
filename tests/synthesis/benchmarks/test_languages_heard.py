"""What is counted when Whisper hears a language."""

from __future__ import annotations

from synthesis.benchmarks.languages import SENTENCES, units
from synthesis.text.languages import LANGUAGES


def test_every_language_is_heard() -> None:
    assert set(SENTENCES) == set(LANGUAGES)


def test_words_are_counted_where_spaces_part_them() -> None:
    assert units("Il a dit « oui ».", "fr") == ["il", "a", "dit", "oui"]


def test_chinese_is_counted_in_simplified_characters() -> None:
    assert units("記得帶傘。", "zh-CN") == list("记得带伞")


def test_japanese_is_counted_in_kana_however_it_is_written() -> None:
    assert units("子供の水", "ja") == units("こどものみず", "ja") == list("コドモノミズ")
