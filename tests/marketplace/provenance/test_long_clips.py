"""What is told of a long clip is told of what was listened to, and no more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.test import Client

from marketplace import signing
from marketplace.provenance import services
from marketplace.provenance.models import Examination
from marketplace.queue import Work
from synthesis.audio.decoding import Recording
from synthesis.tasks import examining, marks
from synthesis.watermark.interface import Detection, Heard, Verdict
from tests import factories
from tests.marketplace.provenance import hostile_files
from tests.work import do

pytestmark = pytest.mark.django_db
RATE, WHOLE = 8_000, 600.0  # Hz; seconds of the file
Spans = list[tuple[float, float]]


def _examined(
    monkeypatch: pytest.MonkeyPatch, marked: Spans, **facts: Any
) -> tuple[Examination, dict[str, Any]]:
    """The examination of a clip that was spoken here in some spans (s), and what its report says."""
    mark = services.mark_preview(voice=factories.make_listing().voice)
    clip = Recording(np.arange(int(WHOLE * RATE), dtype=np.float32), RATE, "wav", **facts)

    def find(samples: Any, rate: int) -> Detection:
        begins, heard = float(samples[0]) / rate, len(samples) / rate
        inside = [(max(0.0, a - begins), min(heard, b - begins)) for a, b in marked]
        spans = tuple((a, b) for a, b in inside if b > a)
        if not spans:
            return Detection(Verdict.NOT_DETECTED, None, 2.0, 1.0, heard)
        found = (Heard(mark.payload, 30.0, spans),)
        return Detection(Verdict.WATERMARKED, mark.payload, 30.0, 1.0, heard, found)

    monkeypatch.setattr(examining, "decode", lambda *_, **__: clip)
    monkeypatch.setattr(marks, "find_mark", find)
    monkeypatch.setattr(
        examining, "speech_spans", lambda samples, rate: [(0.0, len(samples) / rate)]
    )
    examination = services.begin_examination(data=hostile_files.tone("wav"), sender="one")
    do(Work.EXAMINE, examination.pk)
    examination.refresh_from_db()
    return examination, dict(signing.verify(examination.report))


def _page(client: Client, examination: Examination) -> str:
    return " ".join(client.get(f"/origin/{examination.public_id}").content.decode().split())


def test_a_clip_of_which_a_fifth_is_marked_is_marked_in_parts(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    examination, told = _examined(monkeypatch, [(0.0, 120.0)])
    assert (told["share"], told["in_parts"]) == (0.2, True)
    assert (told["seconds"], told["length"]) == (WHOLE, WHOLE)
    assert "In 20% of the speech that we listened to" in _page(client, examination)


@pytest.mark.parametrize("marked", [(130.0, 140.0), (595.0, 599.5), (238.0, 242.0)])
def test_minutes_without_a_mark_hide_none_behind_them(
    monkeypatch: pytest.MonkeyPatch, marked: tuple[float, float]
) -> None:
    _, told = _examined(monkeypatch, [marked])
    assert told["verdict"] == "watermarked"
    assert told["marks"][0]["spans"] == [list(marked)]


def test_where_there_is_no_mark_all_was_listened_to(monkeypatch: pytest.MonkeyPatch) -> None:
    _, told = _examined(monkeypatch, [])
    assert (told["verdict"], told["seconds"]) == ("not_detected", WHOLE)


@pytest.mark.parametrize(
    ("marked", "verdict", "said"),
    [
        ([], "inconclusive", "In what we listened to, we found no mark that can be read"),
        ([(0.0, WHOLE)], "watermarked", "A machine spoke parts of this clip here"),
    ],
)
def test_nothing_is_said_of_what_there_was_no_time_for(
    client: Client, monkeypatch: pytest.MonkeyPatch, marked: Spans, verdict: str, said: str
) -> None:
    monkeypatch.setattr(examining, "LISTENING", -1.0)
    examination, told = _examined(monkeypatch, marked)
    assert (told["verdict"], told["seconds"], told["length"]) == (verdict, 120.0, WHOLE)
    assert told["in_parts"] is bool(marked)
    page = _page(client, examination)
    assert said in page
    assert "(of 600.0 s)" in page


def test_a_long_clip_is_given_less_time_while_somebody_elses_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(examining, "HURRIED", -1.0)
    _, told = _examined(monkeypatch, [])
    assert told["seconds"] == WHOLE
    services.begin_examination(data=b"another clip", sender="1" * 64)
    _, told = _examined(monkeypatch, [])
    assert told["seconds"] == 120.0


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"sounds": 2}, "Of 2 sound tracks, the first alone"),
        ({"cancelled": True}, "The loudest channel alone"),
    ],
)
def test_a_sound_that_was_not_listened_to_is_told_of(
    client: Client, monkeypatch: pytest.MonkeyPatch, facts: dict[str, Any], said: str
) -> None:
    examination, told = _examined(monkeypatch, [], **facts)
    assert told["verdict"] == "inconclusive"
    assert said in _page(client, examination)
