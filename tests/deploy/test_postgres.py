"""PostgreSQL refuses root, so it runs as any other user we can become; no cluster is half created."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded import postgres, unprivileged
from deploy.embedded.process import free_port

ROOT = Path(__file__).parents[2]
NOBODY = unprivileged.NOBODY
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
MAKES_NOTHING = '[ "$1" = --show ] && exit 0; echo no room; exit 1'
TRY = """
import os, sys
from pathlib import Path
from deploy.embedded import postgres
postgres._binaries()  # found while we may still enter a private folder
os.setuid(65534)
try:
    postgres.initialize(Path(sys.argv[1]), None)
except RuntimeError as refusal:
    print(refusal)
"""


@pytest.fixture(autouse=True)
def _no_identity_is_remembered() -> Iterator[None]:
    postgres._identity.cache_clear()
    yield
    postgres._identity.cache_clear()


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A folder that only its owner may enter."""
    home = tmp_path / "private"
    home.mkdir(mode=0o700)
    return home


def _no_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse user namespaces, as containers do."""
    monkeypatch.setattr("deploy.embedded.unprivileged.shutil.which", lambda _: None)


def _runs(data: Path) -> None:
    port = free_port()
    server = postgres.child(data, port, durable=False)
    server.start()
    server.wait_until(lambda: postgres.answers(port, None), 30)
    postgres.ensure_database(port, None, "timbre")
    server.stop()


@root_only
def test_root_runs_it_in_a_private_folder_where_namespaces_are_refused(
    private: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _no_namespaces(monkeypatch)
    postgres.initialize(private / "postgres", None)
    _runs(private / "postgres")
    assert (private / "postgres").stat().st_uid == NOBODY


@root_only
def test_its_programs_may_lie_in_a_folder_that_only_root_enters(
    private: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # as in a clone below /root: there PostgreSQL looks for its own programs with access(2)
    _no_namespaces(monkeypatch)
    package = postgres._binaries().parents[1]
    for folder in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(folder, private / folder.name, symlinks=True)
    programs = private / package.name / "pginstall" / "bin"
    monkeypatch.setattr(postgres, "_binaries", lambda: programs)
    postgres.initialize(private / "postgres", None)
    _runs(private / "postgres")


@root_only
def test_it_keeps_of_root_only_that_it_enters_any_folder(private: Path) -> None:
    shown = subprocess.run(
        ["cat", "/proc/self/status"], capture_output=True, text=True, check=True,
        preexec_fn=unprivileged.become_nobody_who_enters_anywhere,
    ).stdout  # fmt: skip
    status = dict(line.split(":\t", 1) for line in shown.splitlines() if ":\t" in line)
    assert status["Uid"].split() == [str(NOBODY)] * 4
    assert status["Groups"].split() == []
    for name in ("CapEff", "CapPrm", "CapAmb"):
        assert int(status[name], 16) & ~0b110 == 0
        assert int(status[name], 16) & 0b010


@root_only
def test_whoever_ran_it_before_its_files_are_given_to_who_runs_it_now(
    private: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = private / "postgres"
    postgres.initialize(data, None)
    for owner in (NOBODY, 0):
        unprivileged.change_owner(data, owner)
        postgres.initialize(data, None)
        _runs(data)
    postgres._identity.cache_clear()
    _no_namespaces(monkeypatch)
    postgres.initialize(data, None)
    _runs(data)
    assert {path.stat().st_uid for path in (data, *data.rglob("*"))} == {NOBODY}


@root_only
def test_where_nobody_else_can_run_it_that_is_one_sentence(
    private: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _no_namespaces(monkeypatch)

    def refused() -> None:
        raise PermissionError

    monkeypatch.setattr(unprivileged, "become_nobody", refused)
    with pytest.raises(unprivileged.NoOtherUser, match="DATABASE_URL"):
        postgres.initialize(private / "postgres", None)
    assert list(private.iterdir()) == []


@root_only
def test_another_users_database_is_named_with_what_to_do(tmp_path: Path) -> None:
    for parent in (tmp_path, *list(tmp_path.parents)[:3]):  # one more in a run of several processes
        if parent != Path(tempfile.gettempdir()):
            parent.chmod(0o755)
    (tmp_path / "postgres").mkdir()
    tried = subprocess.run(
        [sys.executable, "-c", TRY, tmp_path / "postgres"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "belongs to another user (number 0)" in tried.stdout
    assert f"chown -R {NOBODY} '{tmp_path}/postgres'" in tried.stdout


@pytest.mark.parametrize("left", ["nothing", "some files"])
def test_what_an_interrupted_start_left_is_not_taken_for_a_database(
    private: Path, left: str
) -> None:
    data = private / "postgres"
    data.mkdir()
    (private / "postgres.unfinished").mkdir()
    if left == "some files":
        (data / "PG_VERSION").write_text("18\n")
    if os.geteuid() == 0:
        os.chown(data, NOBODY, NOBODY)
    postgres.initialize(data, None)
    _runs(data)
    aside = [path for path in private.iterdir() if path != data]
    assert len(aside) == (left == "some files")


def test_a_failed_making_leaves_nothing(private: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = private / "bin"
    broken.mkdir()
    for name, body in (("postgres", "exit 0"), ("initdb", MAKES_NOTHING)):
        (broken / name).write_text(f"#!/bin/sh\n{body}\n")
        (broken / name).chmod(0o755)
    monkeypatch.setattr(postgres, "_binaries", lambda: broken)
    with pytest.raises(RuntimeError, match="no room"):
        postgres.initialize(private / "postgres", None)
    assert [path.name for path in private.iterdir()] == ["bin"]
