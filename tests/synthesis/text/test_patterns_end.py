"""No pattern that reads or judges a text takes time that doubles with each character."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator

import pytest

import marketplace.policy
import synthesis.text
from marketplace.normalization import normalize as judged
from synthesis.text.languages import LANGUAGES
from synthesis.text.normalize import normalize

LONG = 26  # characters: what doubles with each takes seconds
PUMPED = [
    head + body * (LONG // len(body)) + tail
    for head, body, tail in [
        ("", "_", "ab"), ("a", "1", "_"), ("a", "1", ".x"), ("", "1", "_"), ("", "a", "_"), ("", "A", "_"),
        ("", "a1", "_"), ("", "A1", "_"), ("", "1.", "_"), ("", "1,", "_"), ("", "a.", "_"), ("", "A.", "_"),
        ("", "a-", "_"), ("", "1-", "_"), ("", "1/", "_"), ("", "a'", "_"), ("", " ", "_"), ("", "a ", "_"),
        ("", "1 ", "_"), ("", "I", "_"), ("", "-", "_"), ("", "@", "_"), ("$", "1", "_"), ("+", "1 ", "_"),
        ("", "é", "_"), ("", "1a", "é"), ("a@", "a.", "!"), ("http://", "a/", " "), ("", "1:", "_"), ("", "'", "a"),
    ]
]  # fmt: skip


def _patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for package in (marketplace.policy, synthesis.text):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" in found.name:
                continue
            module = importlib.import_module(found.name)
            for name, value in vars(module).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    yield f"{found.name}.{name}", value


@pytest.mark.parametrize("text", PUMPED)
def test_no_pattern_of_a_module_takes_long(text: str) -> None:
    for name, pattern in _patterns():
        begun = time.thread_time()
        pattern.search(text)
        assert time.thread_time() - begun < 0.3, (name, text)


@pytest.mark.parametrize("text", PUMPED)
def test_no_text_takes_long_to_be_read_or_judged(text: str) -> None:
    for language in LANGUAGES:
        normalize("Hi 1, a1.", language)  # reads the dictionaries
        begun = time.thread_time()
        normalize(text, language)
        assert time.thread_time() - begun < 0.5, (language, text)
    begun = time.thread_time()
    judged(text)
    assert time.thread_time() - begun < 0.3, text


FORMS = (
    "{}",
    "R$ {}",
    "{} euros",
    "{}%",
    "{}/3",
    "{}º",
    "{},5",
    "1-{}",
    "{} h",
    "nº {}",
    "1.2.{}",
    "{0}.{0}.{0}",
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_of_any_length_is_read(language: str) -> None:
    for form in FORMS:
        for digits in (15, 18, 19, 27, 40):
            assert normalize(form.format("9" * digits), language)
