"""`manage.py bench_voices` from recordings to tables, with voices and judges that cost nothing."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command

from synthesis.audio.decoding import Recording
from synthesis.benchmarks import judges, likeness, voices
from synthesis.benchmarks.judges import Judge
from synthesis.benchmarks.voices import Reading, write_clips
from synthesis.engines import kokoro

SECOND = np.full(16_000, 0.25, np.float32)


class _Ear:
    """A verifier that knows a voice by its level."""

    STRANGER_SIMILARITY = 0.0

    def embed(self, samples: Any, rate: int) -> Any:
        level = float(np.abs(samples).mean())
        return np.float32([np.sqrt(1 - level**2), level])


FAKES = tuple(
    Judge(judge.name, _Ear() if judge.verifier else None, lambda samples, rate: 4.0)
    for judge in judges.JUDGES
)


def _reading(level: float) -> Reading:
    return Reading([Recording(SECOND * np.float32(level), 24_000, "wav")], 0.0, 0.1, 1.0)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Two people with three recordings and one with one; the engine is not loaded."""
    for module in (judges, likeness):
        monkeypatch.setattr(module, "JUDGES", FAKES)
    monkeypatch.setattr(kokoro, "engine", lambda: SimpleNamespace(warm=lambda: None, stock=None))
    monkeypatch.setattr(voices, "read_stock", lambda *_, **__: _reading(2.0))
    monkeypatch.setattr(voices, "read_instant", lambda *_: _reading(1.5))
    monkeypatch.setattr(voices, "read_clone", lambda *_: _reading(1.1))
    for name in ("1688", "1998"):
        clips = [Recording(SECOND, 16_000, "wav")] * 3
        write_clips(tmp_path / "voices" / name, name, "real", clips)
    write_clips(tmp_path / "people", "19", "real", [Recording(SECOND, 16_000, "wav")])
    (tmp_path / "people" / "19_real_0.wav").rename(tmp_path / "people" / "19-0.wav")
    return tmp_path


def _bench(folder: Path, **options: Any) -> tuple[str, dict[str, Any]]:
    out, figures = StringIO(), folder / "figures.json"
    call_command("bench_voices", recordings=folder / "voices", json=figures, stdout=out, **options)
    return out.getvalue(), json.loads(figures.read_text())


def test_each_half_has_its_rows_and_whoever_has_one_recording_no_clone(quick: Path) -> None:
    text, figures = _bench(quick, people=quick / "people")
    rows = [line.split(" | ")[:3] for line in text.splitlines() if line.startswith("| deve")]
    assert rows == [
        ["| development", row, count]
        for row, count in zip(likeness.ROWS, ("2", "2", "2", "2", "1"), strict=True)
    ]
    assert figures["likeness"]["judging"]["clone"]["CAM++"]["count"] == 1
    assert set(figures["speakers"]) == {"1688", "1998"}


def test_only_the_half_that_was_asked_for_is_judged(quick: Path) -> None:
    _, figures = _bench(quick, people=quick / "people", half="judging")
    assert set(figures["scores"]) == {"1998"}


def test_the_report_gets_likeness_words_and_time(quick: Path) -> None:
    report = quick / "report.md"
    report.write_text("<!-- voices -->\nold\n<!-- /voices -->\n")
    _bench(quick, report=report)
    text = report.read_text()
    assert "old" not in text
    assert "| judging | a stranger | 1 |" in text
    assert "| 1688 | clone | 1 |" in text
    assert "In none: CAM++, GE2E" in text
    assert "| **mean** | 100.0% | 0.0% |" in text


def test_clips_of_all_kinds_are_written(quick: Path) -> None:
    _bench(quick, people=quick / "people", wavs=quick / "wavs")
    assert {path.name for path in (quick / "wavs").glob("1998_*")} == {
        "1998_clone_0.wav", "1998_instant_0.wav", "1998_real_0.wav", "1998_real_1.wav",
    }  # fmt: skip
    assert {path.name for path in (quick / "wavs").glob("19_*")} == {
        "19_instant_0.wav", "19_real_0.wav", "19_real_1.wav",
    }  # fmt: skip
