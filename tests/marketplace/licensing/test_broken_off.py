"""Whoever hangs up pays for what was heard, not for how short it was written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from marketplace.api import wordings
from marketplace.lexicons import services as lexicons
from marketplace.licensing import reservations
from synthesis.engines.interface import AudioChunk
from synthesis.tasks import speaking
from synthesis.text.lexicon import Entry, Lexicon
from synthesis.text.wording import Wording
from tests import factories
from tests.listeners import HangsUp

ALIAS = "the whole of a sentence that somebody should pay for"


@pytest.mark.django_db
def test_what_an_alias_made_longer_is_paid_by_whoever_hangs_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key, _ = factories.make_key()
    licence = key.licences.get()
    lexicon = lexicons.create_lexicon(
        organization=key.organization, name="L", by=key, entries=[Entry("qz", alias=ALIAS)]
    )
    wanted = factories.wanted(licence.voice.slug, "qz qz.")
    wanted = wordings.read_with(wanted, [str(lexicon.latest.public_id)])
    made = reservations.reserve(key=key, wanted=wanted)

    def two_chunks(*_: Any) -> tuple[bool, Iterator[AudioChunk]]:
        second = np.zeros(24_000, np.float32)
        return False, iter(
            [AudioChunk(second, 24_000, 0, 2, 0.0), AudioChunk(second, 24_000, 2, 6, 1.0)]
        )

    monkeypatch.setattr(speaking, "_synthesize", two_chunks)
    speaking._speak(made, wanted, HangsUp())  # type: ignore[arg-type]
    licence.refresh_from_db()
    assert licence.characters_used == len(ALIAS)


@pytest.mark.parametrize(
    ("end", "spoken"), [(0, 0), (1, 1), (2, 2), (3, 2 + 5), (4, 2 + 10), (5, 13), (99, 13)]
)
def test_a_part_of_an_alias_counts_as_that_part(end: int, spoken: int) -> None:
    wording = Wording.of("a qz.", "en-US", Lexicon([Entry("qz", alias="0123456789")]))
    assert wording.spoken_until(end) == spoken


def test_a_given_pronunciation_counts_with_its_word() -> None:
    wording = Wording.of('<speak>a <phoneme ph="kæt">cat</phoneme> sat</speak>')
    assert wording.spoken_until(len(wording.written)) == len(wording.spoken)
