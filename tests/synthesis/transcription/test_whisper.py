"""Whisper's files are linked into one folder once for all workers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from synthesis.transcription import whisper


def test_workers_that_start_at_once_find_the_model_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whisper.weights, "locate", lambda name: tmp_path / Path(name).name)
    for name in whisper._FILES:
        (tmp_path / name).write_text(name)
    with ThreadPoolExecutor(8) as workers:
        for fresh in range(40):
            cache = tmp_path / str(fresh)
            monkeypatch.setattr(whisper.weights, "cache_folder", lambda cache=cache: cache)
            [folder] = {
                each.result()
                for each in [workers.submit(whisper._linked_folder) for _ in "12345678"]
            }
            assert {path.name: path.read_text() for path in folder.iterdir()} == {
                name: name for name in whisper._FILES
            }
