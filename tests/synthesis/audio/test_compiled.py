"""What librosa compiles is compiled by one process at a time, so that its parts belong together."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
WAITS = """
import sys
from pathlib import Path
from synthesis.audio.compiled import _alone
print("asks", flush=True)
with _alone(Path(sys.argv[1])):
    print("alone", flush=True)
"""
FINDS_PITCH = """
import numpy as np
from synthesis.audio.pitch import track
tone = np.sin(2 * np.pi * 220 * np.arange(16_000) / 16_000).astype(np.float32)
assert abs(np.median(track(tone, 16_000)) - 220) < 5
"""


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _python(program: str, *arguments: str, keep: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        env=os.environ | {"NUMBA_CACHE_DIR": str(keep)},
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip


def test_a_process_waits_while_another_one_compiles(tmp_path: Path) -> None:
    with _locked(tmp_path):
        other = _python(WAITS, str(tmp_path), keep=tmp_path)
        assert other.stdout is not None
        assert other.stdout.readline() == "asks\n"
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(1)
    assert other.communicate(timeout=60)[0] == "alone\n"


def test_librosa_is_imported_in_that_one_place_alone() -> None:
    importing = re.compile(r"^\s*(?:import|from) librosa\b", re.M)
    found = [
        path.name
        for folder in ("synthesis", "marketplace", "deploy")
        for path in (ROOT / folder).rglob("*.py")
        if importing.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.slow
def test_processes_that_begin_at_once_on_a_new_machine_all_find_the_pitch(tmp_path: Path) -> None:
    for at_once in (3, 1):  # and the next one, by what they left
        begun = [_python(FINDS_PITCH, keep=tmp_path) for _ in range(at_once)]
        assert [process.wait(600) for process in begun] == [0] * at_once
