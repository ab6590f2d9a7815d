"""Of a long clip the first two minutes are listened to, and the report speaks of all of it. Fails on today's code."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.test import Client

from marketplace import signing
from marketplace.provenance import services
from marketplace.queue import Work
from synthesis.audio.decoding import Recording
from synthesis.tasks import examining, marks
from synthesis.watermark.interface import Detection, Heard, Verdict
from tests import factories
from tests.marketplace.provenance import hostile_files
from tests.work import do

pytestmark = pytest.mark.django_db
RATE, MARKED, WHOLE = 8_000, 120.0, 600.0  # Hz; seconds that were spoken here, and of the file


def test_a_report_does_not_call_a_file_marked_throughout_of_which_a_fifth_was_heard(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = services.mark_preview(voice=factories.make_listing().voice)
    clip = Recording(np.zeros(int(WHOLE * RATE), np.float32), RATE, "wav")

    def find(samples: Any, rate: int) -> Detection:
        heard = len(samples) / rate
        found = Heard(mark.payload, 30.0, ((0.0, min(MARKED, heard)),))
        return Detection(Verdict.WATERMARKED, mark.payload, 30.0, 1.0, heard, (found,))

    monkeypatch.setattr(examining, "decode", lambda *_, **__: clip)
    monkeypatch.setattr(marks, "find_mark", find)
    monkeypatch.setattr(examining, "speech_spans", lambda samples, rate: [(0.0, len(samples) / rate)])
    examination = services.begin_examination(data=hostile_files.tone("wav"))
    do(Work.EXAMINE, examination.pk)
    examination.refresh_from_db()
    told: Any = signing.verify(examination.report)
    page = client.get(f"/origin/{examination.public_id}").content.decode()
    says_how_long = any(value == WHOLE for value in told.values())
    assert told["in_parts"] or says_how_long, {
        name: told[name] for name in ("verdict", "share", "in_parts", "seconds")
    }
    assert "In 100% of the speech in this clip" not in " ".join(page.split())
