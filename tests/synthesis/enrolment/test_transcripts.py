"""Which transcripts of recordings are learned from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from synthesis.audio.decoding import Recording
from synthesis.enrolment import utterances as cutting
from synthesis.transcription.error_rate import MAX_TRANSCRIPT


def test_a_transcript_that_nobody_could_have_said_is_not_taken_for_what_was_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def heard(*_: Any, **__: Any) -> str:
        return "what is heard"

    monkeypatch.setattr(cutting, "cut", lambda _: [np.zeros(24_000, np.float32)])
    monkeypatch.setattr(cutting, "transcribe", heard)
    recording: Any = Recording.__new__(Recording)
    given = ["what was said", "x" * (MAX_TRANSCRIPT + 1)]
    found = cutting.utterances([recording, recording], given, language="en-US")
    assert [each.text for each in found] == ["what was said", "what is heard"]
