"""Whoever speaks for a few seconds is heard, wherever they stand in whichever recording."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from synthesis.audio.decoding import Recording
from synthesis.verification import dvector, ge2e, same_person, stretches
from synthesis.verification.cohort import dvector_cohort, ge2e_cohort, unit
from synthesis.verification.same_person import Other
from synthesis.verification.stretches import Heard, Print

RATE = 16_000
_random = np.random.default_rng(5)


def _somebody(seed: int) -> Print:
    """A made-up person, spread around the cohorts' means like people are."""
    random = np.random.default_rng(seed)
    ge2e_print, dvector_print = (
        unit((members.mean * np.exp(random.standard_normal(256))).astype(np.float32))
        for members in (ge2e_cohort(), dvector_cohort())
    )
    return Print(ge2e_print, dvector_print)


def _blocks(person: Print, count: int) -> list[Print]:
    """A person's blocks, each a little different."""

    def varied(vector: Any) -> Any:
        return unit((vector + 0.02 * _random.standard_normal(256)).astype(np.float32))

    return [Print(varied(person.ge2e), varied(person.dvector)) for _ in range(count)]


def _heard(blocks: list[Print]) -> Heard:
    return Heard(blocks, [3.0 * place for place in range(len(blocks))])


OWN, OTHER = _somebody(1), _somebody(2)


@pytest.mark.parametrize("before", [0, 7, 20])
def test_two_blocks_of_somebody_else_are_found_at_the_beginning_the_middle_and_the_end(
    before: int,
) -> None:
    blocks = [*_blocks(OWN, before), *_blocks(OTHER, 2), *_blocks(OWN, 20 - before)]
    assert same_person.has_another(blocks)
    own = _heard(_blocks(OWN, 5))
    found = same_person.others_than(own, [own, _heard(blocks)])
    assert found == [Other(1, 3.0 * before)]
    assert same_person.others_among([own, _heard(blocks), own]) == found


def test_one_person_throughout_is_nobody_else() -> None:
    blocks = _blocks(OWN, 40)
    assert not same_person.has_another(blocks)
    assert same_person.others_than(_heard(blocks[:4]), [_heard(blocks), _heard(blocks[:1])]) == []


def test_of_a_recording_that_is_somebody_elses_no_stretch_is_named() -> None:
    own, other = _heard(_blocks(OWN, 5)), _heard(_blocks(OTHER, 5))
    assert same_person.others_than(own, [own, other]) == [Other(1)]
    assert same_person.others_than(own, [other, other]) == [Other(0), Other(1)]


def test_half_a_minute_of_the_reader_in_the_middle_stands_for_no_other_minute() -> None:
    hidden = _heard([*_blocks(OTHER, 68), *_blocks(OWN, 11), *_blocks(OTHER, 68)])
    assert same_person.has_another(hidden.blocks)
    assert same_person.others_than(_heard(_blocks(OWN, 5)), [hidden])


def test_every_second_of_speech_is_in_a_block_that_knows_where_it_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[Any] = []

    def embed_each(pieces: Any, rate: int) -> Any:
        seen.extend(pieces)
        return np.stack([OWN.ge2e] * len(pieces))

    monkeypatch.setattr(ge2e, "embed_each", embed_each)
    monkeypatch.setattr(dvector, "embed", lambda *_: OWN.dvector)
    monkeypatch.setattr(stretches, "speech_spans", lambda *_: [(1.0, 5.0), (6.0, 10.5)])
    samples = np.arange(12 * RATE, dtype=np.float32)
    heard = stretches.hear(Recording(samples, RATE, "wav"))
    spoken = [*range(RATE, 5 * RATE), *range(6 * RATE, int(10.5 * RATE))]
    assert set(np.concatenate(seen)) == set(spoken)
    assert heard.begins == [1.0, 4.0, 7.5]
    assert [float(block[0]) for block in seen] == [RATE * begins for begins in heard.begins]


def test_what_is_screened_together_leaves_nothing_out() -> None:
    blocks = _blocks(OWN, 23)
    parts = _heard(blocks).parts
    assert len(parts) == 4  # from 0, 5, 10 and 13 on
    last = stretches.mean_of(blocks[-stretches.SCREENED :])
    assert np.allclose(parts[-1].ge2e, last.ge2e)
    assert len(_heard(blocks[:3]).parts) == 1


def test_pieces_are_embedded_together_as_they_are_alone() -> None:
    noise = np.random.default_rng(3)
    pieces = [noise.normal(0, 0.1, n).astype(np.float32) for n in (48_000, 20_000, 48_000)]
    together = ge2e.embed_each(pieces, RATE)
    for piece, embedding in zip(pieces, together, strict=True):
        assert np.allclose(ge2e.embed(piece, RATE), embedding, atol=1e-5)
