"""What the engine says in English is told in the reader's language on pages, and stays English in the API."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone, translation

from marketplace import retelling
from marketplace.api import speaking
from marketplace.enrolment.queries import BEYOND
from marketplace.licensing.models import Licence
from synthesis.audio import quality
from tests import factories
from tests.processor_time import within

ENGINE = Path(__file__).parents[2] / "synthesis"
_REFUSALS = {"TextRefused", "AudioRefused", "Refused", "Finding"}
_FORMATTED = re.compile(r"\{[^{}]*\}")


def _text(node: ast.expr) -> str | None:
    """A sentence with a number for each value in it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values
        )
    return None


def _said_by_the_engine() -> Iterator[str]:
    for path in ENGINE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _REFUSALS:
                for sentence in map(_text, node.args[1:]):
                    if sentence and " " in sentence:
                        yield sentence
    yield from (_FORMATTED.sub("7", said) for said in quality._REFUSALS.values())
    yield from quality._advice(-60, 0, 0)


@pytest.mark.parametrize("sentence", sorted(set(_said_by_the_engine())))
def test_a_page_can_tell_whatever_the_engine_refuses_with(sentence: str) -> None:
    if "like 7:" in sentence:  # one of two, whose speaker the engine names
        sentence = sentence.replace("like 7:", "like whoever read the consent statement:")
    assert retelling.is_known(sentence) or sentence in BEYOND


@pytest.mark.parametrize("sentence", [said for *_, said in speaking._FAILURES.values()])
def test_a_page_can_tell_why_speech_failed(sentence: str) -> None:
    assert retelling.is_known(sentence)


@pytest.mark.django_db
def test_the_page_of_a_licence_tells_in_its_readers_language_why_nothing_is_spoken(
    client: Client,
) -> None:
    licence = factories.make_licence()
    Licence.objects.filter(pk=licence.pk).update(
        starts_at=timezone.now() - timedelta(days=300), ends_at=timezone.now() - timedelta(days=9)
    )
    client.force_login(licence.buyer, backend="django.contrib.auth.backends.ModelBackend")
    page = client.post(
        f"/licences/{licence.public_id}/speak",
        {"text": "Hello.", "use": "audiobook"},
        headers={"Accept-Language": "de"},
    )
    assert page.status_code == 403
    assert f"Lizenz {licence.number} ist abgelaufen" in page.text


def test_a_sentence_with_values_is_told_with_them() -> None:
    sentence = (
        "Only 7 seconds of speech so far; 10 are needed and 45 or more give a better voice. "
        "Add another recording."
    )
    with translation.override("de"):
        told = retelling.retell(sentence)
    assert "7 Sekunden" in told and "10" in told and "45" in told and "seconds" not in told


def test_a_long_sentence_of_somebodys_is_compared_in_little_time() -> None:
    with within(0.5):
        assert not retelling.is_known("The text has " + " characters, " * 3_000 + "licence has ")


def test_in_english_a_sentence_stays_what_the_engine_said() -> None:
    sentence = "The recording has 6 channels; use one or two."
    with translation.override("en"):
        assert retelling.retell(sentence) == sentence


def test_what_a_person_wrote_stays_as_they_wrote_it() -> None:
    with translation.override("de"):
        assert retelling.retell("Please call me first.") == "Please call me first."
