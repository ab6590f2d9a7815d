"""What librosa compiles is compiled by one process at a time, so that its parts belong together."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from synthesis.audio import compiled

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


def test_whoever_waits_too_long_compiles_for_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "PATIENCE", 0.2)
    with _locked(tmp_path), compiled._alone(tmp_path) as folder:
        assert folder != tmp_path
        assert folder.stat().st_mode & 0o777 == 0o700


def test_nobody_else_can_open_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.touch(0o644)  # as former versions left it
    with compiled._alone(tmp_path) as folder:
        assert folder == tmp_path
        assert lock.stat().st_mode & 0o777 == 0o600


def test_the_users_own_folder_is_not_one_that_others_can_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    own = compiled._of_the_user()
    assert own is not None
    assert own.stat().st_mode & 0o777 == 0o700
    own.chmod(0o777)
    assert compiled._of_the_user() is None
    own.rmdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(0o700)
    own.symlink_to(elsewhere)
    assert compiled._of_the_user() is None


@pytest.mark.parametrize("left", ["a lock that is a link", "a lock of somebody else's"])
def test_a_lock_that_somebody_else_laid_there_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: str
) -> None:
    if left == "a lock that is a link":
        (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    else:
        (tmp_path / "lock").touch(0o600)
        monkeypatch.setattr(os, "geteuid", lambda: 4_242)
    with compiled._alone(tmp_path) as folder:
        assert folder != tmp_path
    assert not (tmp_path / "elsewhere").exists()


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
