"""How texts are read aloud: every case, the positions of words, and the work it takes."""

from __future__ import annotations

import os
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthesis.benchmarks.reading import LANGUAGES, Case, cases, is_right, main
from synthesis.engines.kokoro import KokoroEngine
from synthesis.refusals import TextRefused, TextTooLong
from synthesis.template import VoiceTemplate
from synthesis.text.normalize import normalize, read
from synthesis.text.scripts import language_of
from synthesis.text.spoken import spoken

OURS = Path(__file__).parent / "reading"
SHARED = Path(
    os.environ.get("TIMBRE_TEST_CASES", Path(__file__).resolve().parents[4] / "shared" / "cases")
)
NAMES = "name, foreign word"  # judged by phonemes, not by words


def _collected() -> list[object]:
    found: list[object] = []
    for folder in (SHARED, OURS):
        for path in sorted(folder.glob("*.tsv")):
            language = LANGUAGES[path.stem]
            found += [
                pytest.param(language, case, id=f"{language}: {case.text}")
                for case in cases(path)
                if not case.sounds and case.kind != NAMES
            ]
    return found


@pytest.mark.parametrize(("language", "case"), _collected())
def test_a_text_is_read_as_a_careful_reader_does(language: str, case: Case) -> None:
    reading = spoken(case.text, language)
    assert is_right(case, reading), f"{reading!r} is none of {case.accepted}"


@pytest.mark.parametrize("case", cases(OURS.with_name("british.tsv")), ids=lambda case: case.text)
def test_a_text_is_read_as_in_britain(case: Case) -> None:
    reading = spoken(case.text, "en-GB")
    assert is_right(case, reading), f"{reading!r} is none of {case.accepted}"


PIECES = st.sampled_from(
    ["$5", "1,000", "May 5, 1987", "Dr.", "Lee", "**bold**", "NASA", "😀", "½", "ﬁne", "c2", "a@b.co",
     "3:30 p.m.", "&amp;", "Ⅳ", "𝐆𝐨", "e\u0301", "—", "well-known", "[1]", "Henry VIII", "x²", "\u00ad"]
)  # fmt: skip


@settings(deadline=None)  # the first text waits for the lexicon
@given(st.lists(PIECES, max_size=12).map(" ".join) | st.text(max_size=120))
def test_every_token_keeps_its_place_in_what_was_written(text: str) -> None:
    reading = read(text)
    assert all(0 <= token.start <= token.end <= len(text) for token in reading.tokens)
    assert all(a.start <= b.start and a.end <= b.end for a, b in pairwise(reading.tokens))
    assert reading.text.split() == [word.text for word in reading.words]


PRINTABLE = "".join(map(chr, range(32, 127)))
UNMARKED = "".join(
    sorted(set(PRINTABLE) - set("<>[]()&`*_~^|\\#:;=-"))
)  # no marks of Markdown or HTML


@settings(deadline=None)  # the first text waits for the lexicon
@given(st.text(alphabet=PRINTABLE, max_size=120))
def test_any_printable_text_is_read(text: str) -> None:
    for language in ("en-US", "en-GB"):
        spoken(text, language)


@settings(deadline=None)  # the first text waits for the lexicon
@given(st.text(max_size=80))
def test_any_text_of_any_script_is_read_in_english(text: str) -> None:
    for language in ("en-US", "en-GB"):
        spoken(text, language)


@pytest.mark.parametrize(
    ("text", "reading"),
    [("x1²", "X one squared"), ("a3²b", "A three squared B"), ("q7⁴z9", "Q seven four Z nine")],
)
def test_a_power_among_letters_and_digits_is_read(text: str, reading: str) -> None:
    assert spoken(text, "en-US") == reading


@settings(deadline=None, max_examples=30)  # each is turned into phonemes
@given(text=st.text(alphabet=PRINTABLE, max_size=60) | st.lists(PIECES, max_size=6).map(" ".join))
def test_a_text_is_prepared_or_refused_with_a_code(
    text: str, engine: KokoroEngine, mixed: VoiceTemplate
) -> None:
    try:
        engine.prepare(text, mixed)
    except (TextRefused, TextTooLong) as refused:
        assert refused.code in ("empty_text", "foreign_text", "text_too_long")


@settings(deadline=None)  # the first text waits for the lexicon
@given(st.text(alphabet=UNMARKED, max_size=80))
def test_every_letter_and_digit_belongs_to_a_token(text: str) -> None:
    tokens = read(text).tokens
    covered = {place for token in tokens for place in range(token.start, token.end)}
    assert covered >= {place for place, character in enumerate(text) if character.isalnum()}


@pytest.mark.parametrize(
    ("text", "word", "written"),
    [
        ("It costs $5.50 now.", "fifty", "$5.50"),
        ("See **Chapter IV** now.", "four", "IV"),
        ("Ｇｏｏｄ morning", "Good", "Ｇｏｏｄ"),
        ("Le\u0301o has 2 cats.", "Léo", "Le\u0301o"),
        ("Fish &amp; chips", "and", "&amp;"),
        ("Henry VIII had six wives.", "Eighth", "VIII"),
        ("From 9am-5pm daily.", "five", "5pm"),
        ("Dial *67 now.", "star", "*67"),
        ("Order #A-1029 shipped.", "number", "#A-1029"),
        ('It is ¼" thick.', "inch", '¼"'),
        ("Take 5 mg/kg/day.", "kilogram", "5 mg/kg/day"),
        ("Add NaOH slowly.", "H", "NaOH"),
        ("OK thx now!", "thanks", "thx"),
        ("Born 17 may 2010.", "May", "17 may 2010"),
        ("Page 3/56 is torn.", "of", "3/56"),
        ("Lost $(4.2) million.", "minus", "$(4.2) million"),
        ("Due 2025-06 at last.", "June", "2025-06"),
        ("Hello <your-name> there.", "your-name", "your-name"),
    ],
)
def test_a_word_stands_for_what_was_written(text: str, word: str, written: str) -> None:
    places = [
        text[said.start : said.end]
        for said in read(text).words
        if said.text.strip(".").lower() == word.lower()
    ]
    assert places == [written]


@pytest.mark.parametrize(
    "number", ["9" * 400, "9" * 310 + "th", "$" + "9" * 400, "9" * 400 + "%", "1" * 5000 + "/2"]
)
def test_a_number_of_any_length_is_read(number: str) -> None:
    assert len(normalize(f"You owe {number} now.").split()) > 20


@pytest.mark.parametrize(
    "pattern",
    [
        "The committee met 25 people in 1999, and left. ",
        "a",
        "1",
        "$",
        "1,",
        "[",
        "*",
        "<!--",
        "a.",
        "&",
        "1/",
    ],
)
def test_the_work_grows_with_the_text_and_no_faster(pattern: str) -> None:
    def seconds(length: int) -> float:
        text = (pattern * length)[:length]
        began = time.process_time()
        read.__wrapped__(text)
        return time.process_time() - began

    seconds(2000)
    taken = [(seconds(6000), seconds(48_000))]
    while taken[-1][1] >= 24 * taken[-1][0] + 0.2 and len(taken) < 4:  # other work takes caches
        taken.append((seconds(6000), seconds(48_000)))
    short, long = taken[-1]
    assert long < 24 * short + 0.2, taken


def test_ordinary_text_is_read_in_no_time() -> None:
    text = ("The committee met 25 people in 1999, and nobody left early. " * 2000)[:100_000]
    read.__wrapped__("The first text loads the tables.")
    seconds = []
    for _ in range(2):  # of which the other may share the processor
        began = time.process_time()
        read.__wrapped__(text)
        seconds.append(time.process_time() - began)
    assert min(seconds) < 1.0


@pytest.mark.parametrize(
    ("sentence", "voice", "spoken_as"),
    [
        ("Hello 你好 world", "en-US", "en-US"),
        ("你好，世界。", "en-US", "zh-CN"),
        ("こんにちは", "en-US", "ja"),
        ("नमस्ते", "fr", "hi"),
        ("مرحبا", "en-US", None),
        ("Привет", "en-US", None),
        ("안녕하세요", "ja", None),
        ("Good morning.", "zh-CN", "en-US"),
        ("我用GPT。", "zh-CN", "zh-CN"),
        ("E = mc² and π", "en-US", "en-US"),
        ("𝐆𝐨𝐨𝐝 morning", "en-US", "en-US"),
        ("1234", "ja", "ja"),
    ],
)
def test_a_sentence_is_spoken_in_its_own_language_or_refused(
    sentence: str, voice: str, spoken_as: str | None
) -> None:
    assert language_of(sentence, voice) == spoken_as


def test_foreign_letters_inside_a_sentence_are_left_out() -> None:
    assert normalize("Hello 你好 world, Привет!") == "Hello world!"


def test_a_text_that_no_voice_can_read_is_refused(
    engine: KokoroEngine, mixed: VoiceTemplate
) -> None:
    with pytest.raises(TextRefused) as refused:
        engine.prepare("Good morning. Привет, мир!", mixed)
    assert refused.value.code == "foreign_text"


def test_scores_are_printed_by_language_and_class(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ("text\treading\tclass", "5 kg\tfive kilograms\tunit", "6 kg\tseven kilograms\tunit")
    (tmp_path / "english.tsv").write_text("\n".join(lines))
    assert main([str(tmp_path), "--wrong"]) == 0
    printed = capsys.readouterr().out
    assert "| en-US | unit | 1 | 2 | 50% |" in printed
    assert "six kilograms" in printed
