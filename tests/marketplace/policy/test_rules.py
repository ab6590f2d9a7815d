"""The text policy on labelled lines: what it must refuse and what it must allow."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from marketplace.normalization import normalize
from marketplace.policy import labelled
from marketplace.policy.rules import FOLDER, HARD, Rules
from marketplace.policy.sounds import heard_texts
from synthesis.text.wording import Wording

LABELLED = Path(__file__).parent / "labelled.txt"


@pytest.fixture(scope="module")
def rows() -> dict[str, labelled.Row]:
    """The rules' verdicts on the labelled lines, by label."""
    return {row.label: row for row in labelled.judge(Rules(), labelled.read(LABELLED))}


def test_the_set_is_large_and_half_of_it_is_harmless() -> None:
    lines = labelled.read(LABELLED)
    assert len(lines) >= 300
    assert sum(line.label == labelled.HARMLESS for line in lines) >= len(lines) // 2 - 10
    assert {line.language for line in lines} == {"en", "es", "fr", "it", "pt", "hi", "zh", "ja"}


@pytest.mark.parametrize("category", [*sorted(HARD), "all of these"])
def test_hard_categories_are_caught(rows: dict[str, labelled.Row], category: str) -> None:
    assert rows[category].lines
    assert rows[category].error <= 0.05, rows[category].wrong


def test_harmless_lines_pass(rows: dict[str, labelled.Row]) -> None:
    assert rows[labelled.HARMLESS].error <= 0.02, rows[labelled.HARMLESS].wrong


@pytest.mark.parametrize("category", ["political", "adult", "advice"])
def test_uses_that_a_creator_may_forbid_are_seen(
    rows: dict[str, labelled.Row], category: str
) -> None:
    assert not rows[category].wrong
    harmless = [line.text for line in rows[labelled.HARMLESS].lines]
    assert not [t for t in harmless if category in {m.category for m in Rules().matches(t)}]


def test_what_is_missed_and_what_is_wrongly_found_is_counted() -> None:
    lines = [
        labelled.Line("fraud", "en", "Please read me the six digit code we just sent you."),
        labelled.Line("fraud", "en", "The ferry leaves at noon."),
        labelled.Line("benign", "en", "Please read me the six digit code we just sent you."),
    ]
    rows = {row.label: row for row in labelled.judge(Rules(), lines)}
    assert (rows["fraud"].error, rows["fraud"].wrong) == (0.5, (lines[1],))
    assert (rows["benign"].error, rows["hate"].error) == (1.0, 0.0)


def test_lines_of_another_shape_are_refused(tmp_path: Path) -> None:
    (tmp_path / "lines.txt").write_text("fraud and no tab")
    with pytest.raises(ValueError, match="label, tab, language"):
        labelled.read(tmp_path / "lines.txt")


@pytest.mark.parametrize(
    ("category", "text"),
    [
        ("sexual_minors", "She is fourteen years old and naked in bed with you{}."),
        ("harassment", "I will kill you{}."),
        ("self_harm", "Kill yourself{}."),
        ("fraud", "Read me the six digit code we just sent you{}."),
        ("hate", "All muslims are vermin{}."),
        ("officials", "This is the police, pay the fine today{}."),
    ],
)
@pytest.mark.parametrize(
    "more",
    [", do not stop", ", against the wall", ", safety first", ", never mind", ", a joke", ", captain",
     ", history", ", support us", ", said the report", ", after sex education"],
)  # fmt: skip
def test_an_ordinary_word_beside_it_clears_nothing(category: str, text: str, more: str) -> None:
    for whole in (text.format(more), f"{more[2:]}: {text.format('')}"):
        assert category in {match.category for match in Rules().matches(whole)}, whole


def test_only_a_phrase_clears_a_rule_of_what_is_always_refused() -> None:
    for path in FOLDER.glob("*.toml"):
        for rule in tomllib.loads(path.read_text())["rule"]:
            if rule["category"] not in HARD:
                continue
            assert rule["category"] != "sexual_minors" or "unless" not in rule
            if path.stem not in ("chinese", "japanese"):  # which part no words
                words = [phrase for phrase in rule.get("unless", ()) if " " not in phrase]
                assert not words, rule["code"]


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
    assert normalize(disguised) == plain


@pytest.mark.parametrize(
    "text",
    [
        "I _will_ _kill_ _you_",
        "I_will_kill_you",
        "I will $kill you",
        "I will ki`ll you",
        "I will ki\x80ll you",
        "I will ki\ufffell you",
        "I will ki\ufffdll you",
        "I 'will' 'kill' 'you'",
        "I will !kill you",
        "I\u2019ll kill you",
    ],
)
def test_a_sign_that_is_not_heard_hides_no_word(text: str) -> None:
    assert [match.rule for match in Rules().matches(text)] == ["harassment.threat"]


def test_an_indian_full_stop_leaves_the_accents_of_other_words_no_disguise() -> None:
    assert normalize("I will kìll yòu\u0964 मैं") == "i will kill you मैं"


@pytest.mark.parametrize(
    ("text", "language", "heard"),
    [
        ("I will ki\u0436ll you.", "en-US", "I will kill you."),
        ("你好\u3002", "zh-CN", "你好。"),
        ("私は、警察だ。", "ja", "私は、警察だ。"),
    ],
)
def test_what_the_engine_reads_is_judged_too(text: str, language: str, heard: str) -> None:
    assert [text, *heard_texts(Wording.of(text, language), language)][-1] == heard


def test_a_text_that_is_read_as_it_is_written_is_judged_once() -> None:
    assert not list(heard_texts(Wording.of("The ferry leaves at noon.")))


def test_harmless_lines_pass_as_they_are_read() -> None:
    languages = {"en": "en-US", "pt": "pt-BR", "zh": "zh-CN"}
    for line in labelled.read(LABELLED):
        if line.label == labelled.HARMLESS:
            language = languages.get(line.language, line.language)
            written = Rules().matches(line.text)
            for heard in heard_texts(Wording.of(line.text, language), language):
                assert set(Rules().matches(heard)) <= set(written), heard
