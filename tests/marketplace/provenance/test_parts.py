"""What is told of a clip that was spoken here in parts, or in pieces."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from marketplace import signing
from marketplace.provenance import services
from marketplace.provenance.models import Examination
from marketplace.queue import Work
from synthesis.tasks import examining, marks
from synthesis.watermark.interface import Detection, Heard, Verdict
from tests import factories
from tests.marketplace.provenance import hostile_files
from tests.work import do

pytestmark = pytest.mark.django_db


def _examined(monkeypatch: pytest.MonkeyPatch, *heard: Heard) -> Examination:
    found = Detection(Verdict.WATERMARKED, heard[0].payload, 9.0, 1.0, 4.0, heard)
    monkeypatch.setattr(marks, "find_mark", lambda *_: found)
    monkeypatch.setattr(examining, "speech_spans", lambda *_: [(0.0, 4.0)])
    examination = services.begin_examination(data=hostile_files.tone("wav"), sender="one")
    do(Work.EXAMINE, examination.pk)
    examination.refresh_from_db()
    return examination


def test_a_clip_that_is_marked_in_parts_says_so_and_the_times_are_signed(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = services.mark_preview(voice=factories.make_listing().voice)
    found = _examined(monkeypatch, Heard(mark.payload, 9.0, ((1.0, 2.0), (2.5, 3.5))))
    told: Any = signing.verify(found.report)
    assert (told["share"], told["in_parts"]) == (0.5, True)
    assert found.findings["in_parts"]  # type: ignore[index]
    assert told["marks"][0]["spans"] == [[1.0, 2.0], [2.5, 3.5]]
    page = client.get(f"/origin/{found.public_id}").content.decode()
    assert "A machine spoke parts of this clip here" in page
    assert "0:01.0–0:02.0, 0:02.5–0:03.5" in page


def test_each_piece_of_a_clip_is_looked_up_and_told(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (services.mark_preview(voice=factories.make_listing().voice) for _ in range(2))
    found = _examined(
        monkeypatch,
        Heard(first.payload, 9.0, ((0.0, 2.0),)),
        Heard(second.payload, 9.0, ((2.0, 4.0),)),
    )
    page = client.get(f"/origin/{found.public_id}").content.decode()
    assert "in 2 pieces" in page
    for mark in (first, second):
        assert mark.shown in page
        assert mark.voice.name in page


def test_a_clip_that_is_marked_throughout_is_not_said_to_be_so_in_parts(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = services.mark_preview(voice=factories.make_listing().voice)
    found = _examined(monkeypatch, Heard(mark.payload, 9.0, ((0.1, 3.9),)))
    page = client.get(f"/origin/{found.public_id}").content.decode()
    assert "A machine spoke this here" in page
    told: Any = signing.verify(found.report)
    assert told["in_parts"] is False
    assert "parts of this clip" not in page


def test_times_are_told_in_minutes_of_sixty_seconds(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = services.mark_preview(voice=factories.make_listing().voice)
    found = _examined(monkeypatch, Heard(mark.payload, 9.0, ((9.96, 59.96),)))
    page = client.get(f"/origin/{found.public_id}").content.decode()
    assert "0:10.0–1:00.0" in page
