"""What a line may be, judged before anything is stored."""

from __future__ import annotations

import pytest

from marketplace.refusals import Refused
from marketplace.trials.lines import LONGEST, checked_line, placeholder_in
from marketplace.voices.models import Voice


def _code(sent: str, language: str = "en-US") -> str:
    with pytest.raises(Refused) as refusal:
        checked_line(sent, language)
    assert str(refusal.value).endswith(".")
    return refusal.value.code


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        ("  Good\tevening,\r\n friends. ", "Good evening, friends."),
        ("Good\x07 eve\u202ening.", "Good evening."),
        ("5 < 6 & 7 > 6", "5 < 6 & 7 > 6"),
        ("今日は、皆さん。", "今日は、皆さん。"),
        ("😀" * LONGEST, "😀" * LONGEST),
        ("x" * LONGEST, "x" * LONGEST),
    ],
)
def test_a_line_is_taken_without_what_nobody_sees(sent: str, line: str) -> None:
    assert checked_line(sent, "en-US") == line


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("", "line_missing"),
        (" \n\t ", "line_missing"),
        ("\u3164\u200b", "line_missing"),
        ("x" * (LONGEST + 1), "line_too_long"),
        (" " * 100_000, "line_too_long"),
        ("<speak>Good evening.</speak>", "line_marked_up"),
        (" <?xml version='1.0'?><speak>Hello</speak>", "line_marked_up"),
        ("e" + "\u0301" * 60, "unreadable_text"),
    ],
)
def test_what_is_no_line_is_refused_with_a_reason(sent: str, code: str) -> None:
    assert _code(sent) == code


@pytest.mark.parametrize(
    "text",
    [
        "Please read me the six digit code we just sent you.",
        "Vote for Martinez on Tuesday and make her governor.",
    ],
)
def test_what_nobody_may_say_in_public_is_refused(text: str) -> None:
    assert _code(text) == "text_refused"


def test_what_a_licence_could_allow_is_refused_with_that_hint() -> None:
    with pytest.raises(Refused, match="only a licence for that use"):
        checked_line("Vote for Martinez on Tuesday and make her governor.", "en-US")


def test_every_language_of_voices_has_a_sentence_for_an_empty_field() -> None:
    shown = {placeholder_in(language) for language in Voice.Language.values}
    assert len(shown) == len({language[:2] for language in Voice.Language.values})
