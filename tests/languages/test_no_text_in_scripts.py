"""What a script says to people is handed to it by the page, where a translation can reach it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "static" / "js"
# what a program reads, and no person
NAMES = {"AbortError", "NotAllowedError", "SyntaxError", "TypeError", "Escape", "Enter", "Accept"}
_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`\w])//[^\n]*", re.S)
_LITERAL = r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`"
_SHOWN = re.compile(
    r"(?:\.(?:textContent|innerText|innerHTML|title|placeholder|ariaLabel)\s*=(?!=)"
    r"|setAttribute\(\s*[\"'](?:aria-label|aria-valuetext|aria-description|title|placeholder|alt)[\"']\s*,"
    r"|\b(?:alert|confirm|prompt)\()"
    r"([^;]*)"
)
_HOLE = re.compile(r"\$\{[^{}]*\}")
_SENTENCE = re.compile(r"(?:^|[^\w-])([A-Z][a-z']+)[ .,:!?]|[a-z]+ [a-z']+[.!?]")
_LETTERS = re.compile(r"[^\W\d_]{2,}")


def said_by(script: str) -> list[str]:
    """The literals of a script that a person reads: put where they show, or written as sentences."""
    code = _COMMENT.sub("", script)
    shown = {
        literal
        for where in _SHOWN.finditer(code)
        for literal in re.findall(_LITERAL, _without_names_of_data(where[1]))
        if _LETTERS.search(_HOLE.sub("", literal))
    }
    sentences = {
        literal
        for literal in re.findall(_LITERAL, code)
        if (found := _SENTENCE.search(_HOLE.sub("", literal[1:-1]) + " ")) and found[1] not in NAMES
    }
    return sorted(shown | sentences)


def _without_names_of_data(code: str) -> str:
    """Without what is looked up or replaced: arguments of querySelector, getItem, replace."""
    return re.sub(
        r"\.(?:querySelector\w*|getItem|get|replace|replaceAll|join|includes)\([^()]*", "", code
    )


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.js")), ids=lambda path: path.name)
def test_a_script_says_nothing_that_no_translation_can_reach(path: Path) -> None:
    assert said_by(path.read_text()) == []


@pytest.mark.parametrize(
    "script",
    [
        'button.textContent = "Copied";',
        'this.button.textContent = "■ Stop";',
        "said.textContent = `You earn ${format.format(minor)}`;",
        'seek.setAttribute("aria-valuetext", `${clock(heard)} of ${clock(whole)}`);',
        'this.onError("The microphone is not allowed or not there.");',
        'told = failed ? "The site can\'t be reached. Try again." : error.message;',
        'alert("gone")',
    ],
)
def test_a_text_for_people_is_found(script: str) -> None:
    assert len(said_by(script)) == 1


@pytest.mark.parametrize(
    "script",
    [
        'form.querySelector("[data-names]").textContent = [...chosen.values()].join(", ");',
        'fetch(address, { method: "POST", headers: { Accept: "application/json", "X-CSRFToken": token } });',
        'if (error.name === "AbortError") return; // Nobody is told.',
        'part("time").textContent = `${clock(at)} / ${clock(whole)}`;',
        'find()?.setAttribute("aria-pressed", "false");',
        'said.className = "earn hint";',
    ],
)
def test_what_only_programs_read_is_left_alone(script: str) -> None:
    assert said_by(script) == []
