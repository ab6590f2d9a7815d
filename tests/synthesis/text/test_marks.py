"""Piles of marks on a letter are found by what they are once they are decomposed."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from synthesis.text.marks import MAX_MARKS, has_few_marks, with_few_marks


def _all_marks(text: str) -> bool:
    return all(map(unicodedata.combining, text))


def test_whatever_becomes_marks_counts_as_marks() -> None:
    for code in (*range(0xD800), *range(0xE000, sys.maxunicode + 1)):
        character = chr(code)
        if _all_marks(unicodedata.normalize("NFKD", character)):
            assert not has_few_marks("a" + character * (MAX_MARKS + 1)), hex(code)


@pytest.mark.parametrize("pair", ["\u0f73\u0f75", "\uff9e\u0338", "\u0344\u0327"])
def test_a_pile_of_mixed_marks_is_found_and_cut(pair: str) -> None:
    pile = "a" + pair * 1_000
    assert not has_few_marks(pile)
    left = with_few_marks(pile)
    assert has_few_marks(left)
    assert len(unicodedata.normalize("NFKD", left)) <= MAX_MARKS + 1


@pytest.mark.parametrize(
    "text",
    ["ガギグゲゴ", "ｶﾞｷﾞｸﾞ", "བཀྲ་ཤིས་བདེ་ལེགས། སཱིི", "Phở bò tái", "e" + "\u0301" * MAX_MARKS, "—" * 200],
)
def test_writing_of_any_script_has_few_marks(text: str) -> None:
    assert has_few_marks(text)
    assert with_few_marks(text) == text
