"""The text policy on labelled lines: what it must catch, and what it must let pass."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from marketplace.policy.normalization import normalized
from marketplace.policy.rules import HARD, Rules

LINES = [
    line.split("\t")
    for line in (Path(__file__).parent / "labelled.txt").read_text().splitlines()
    if line
]


def _found(text: str) -> set[str]:
    return {match.category for match in Rules().matches(text)}


def test_the_set_is_large_and_half_of_it_is_harmless() -> None:
    labels = Counter(label for label, _, _ in LINES)
    assert len(LINES) >= 300
    assert labels["benign"] >= len(LINES) // 2 - 10
    assert {language for _, language, _ in LINES} == {"en", "es", "fr", "it", "pt", "hi"}


def test_hard_categories_are_caught() -> None:
    hard = [(label, text) for label, _, text in LINES if label in HARD]
    missed = [(label, text) for label, text in hard if label not in _found(text)]
    assert len(missed) <= 0.05 * len(hard), missed


@pytest.mark.parametrize("category", sorted(HARD))
def test_each_hard_category_is_caught(category: str) -> None:
    lines = [text for label, _, text in LINES if label == category]
    missed = [text for text in lines if category not in _found(text)]
    assert len(missed) <= 0.05 * len(lines), missed


def test_harmless_lines_pass() -> None:
    harmless = [text for label, _, text in LINES if label == "benign"]
    alarms = [(text, _found(text)) for text in harmless if _found(text) & HARD]
    assert len(alarms) <= 0.02 * len(harmless), alarms


@pytest.mark.parametrize("category", ["political", "adult", "advice"])
def test_uses_that_a_creator_may_forbid_are_seen(category: str) -> None:
    lines = [text for label, _, text in LINES if label == category]
    assert all(category in _found(text) for text in lines)
    harmless = [text for label, _, text in LINES if label == "benign"]
    assert not [text for text in harmless if category in _found(text)]


@pytest.mark.parametrize(
    ("disguised", "plain"),
    [
        ("v e r i f i c a t i o n", "verification"),
        ("vеrificаtion", "verification"),  # with Cyrillic letters
        ("ver\u200bification", "verification"),  # with zero-width spaces
        ("p4ssw0rd", "password"),
        ("VÉRIFICATION", "verification"),
        ("ｃｏｄｅ", "code"),
        ("k.i.l.l", "kill"),
    ],
)
def test_disguises_come_off(disguised: str, plain: str) -> None:
    assert normalized(disguised) == plain
