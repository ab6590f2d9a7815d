"""An installation's folder is private to its owner, used by one process, and survives a full disk."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded.process import Child
from deploy.home import Home, HomeUnusable, LogFile
from deploy.supervisor import Supervisor

ROOT = Path(__file__).parents[2]
UMASK = os.umask(0)
os.umask(UMASK)


@pytest.fixture(autouse=True)
def _our_umask() -> Iterator[None]:
    yield
    os.umask(UMASK)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.open()
    return home


def _mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


def test_nobody_else_reads_what_it_holds(home: Home) -> None:
    home.secrets()
    home.log().info("a link that confirms")
    home.record_running({"SECRET_KEY": "s"})
    assert _mode(home.path) == "0o700"
    for name in ("secrets.env", "timbre.log", "running.json", "lock"):
        assert _mode(home.path / name) == "0o600", name


def test_what_an_earlier_version_left_open_is_closed(tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    (tmp_path / "timbre.log").write_text("a link that confirms")
    for path, mode in ((tmp_path, 0o755), (tmp_path / "objects", 0o755)):
        path.chmod(mode)
    (tmp_path / "timbre.log").chmod(0o644)
    Home(tmp_path).open()
    modes = [_mode(tmp_path / name) for name in (".", "objects", "timbre.log")]
    assert modes == ["0o700", "0o700", "0o600"]


def test_secrets_are_made_once(home: Home) -> None:
    first = home.secrets()
    assert home.secrets() == first
    assert len(set(first.values())) == len(first)


def test_a_second_start_from_the_same_folder_is_refused(home: Home) -> None:
    with pytest.raises(HomeUnusable, match="Another Timbre runs from"):
        Home(home.path).open()


def test_it_is_free_again_when_its_process_ends(tmp_path: Path) -> None:
    claim = (
        "import sys, pathlib; from deploy.home import Home; Home(pathlib.Path(sys.argv[1])).open()"
    )
    subprocess.run([sys.executable, "-c", claim, tmp_path], cwd=ROOT, check=True)
    assert not Home(tmp_path).in_use()
    Home(tmp_path).open()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files of two users")
@pytest.mark.parametrize("theirs", [".", "valkey"])
def test_another_users_files_are_named_with_what_to_do(tmp_path: Path, theirs: str) -> None:
    for parent in (tmp_path, *list(tmp_path.parents)[:3]):  # one more in a run of several processes
        if parent != Path(tempfile.gettempdir()):
            parent.chmod(0o755)
    home = tmp_path / "home"
    (home / "valkey").mkdir(parents=True)
    os.chown(home, 65534, 65534)
    os.chown(home / theirs, 0, 0)
    tried = subprocess.run(
        [sys.executable, "-c",
         "import os, sys, pathlib\nfrom deploy.home import *\nos.setuid(65534)\n"
         "try: Home(pathlib.Path(sys.argv[1])).open()\n"
         "except HomeUnusable as refusal: print(refusal)", home],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert f"{(home / theirs).resolve()} belongs to another user (number 0)" in tried.stdout
    assert f"chown -R 65534 '{home}'" in tried.stdout


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeUnusable, match="TIMBRE_HOME"):
        Home(tmp_path / "file" / "home").open()


def test_the_log_is_bounded(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.home.LOG_BYTES", 2_000)
    log = home.log()
    for number in range(1_000):
        log.info("line %d", number)
    files = sorted(home.path.glob("timbre.log*"))
    assert len(files) == 4
    assert all(path.stat().st_size <= 2_000 and _mode(path) == "0o600" for path in files)
    assert "line 999" in (home.path / "timbre.log").read_text()


def _says(number: int) -> Child:
    """A part that prints far more than a pipe holds."""
    return Child("talker", [sys.executable, "-c", f"for _ in range({number}): print('word ' * 20)"])


def _ends(child: Child, seconds: float = 30.0) -> bool:
    until = time.monotonic() + seconds
    while child.running and time.monotonic() < until:
        time.sleep(0.05)
    child.last_words(1)
    return not child.running


def test_a_part_is_drained_while_the_disk_is_full(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    supervisor = Supervisor(home, verbose=False)
    monkeypatch.setattr(LogFile, "emit", full)
    assert _ends(supervisor.check(_says(5_000), print))
    monkeypatch.undo()
    assert _ends(supervisor.check(_says(1), print))
    until = time.monotonic() + 10
    while "talker: word" not in (home.path / "timbre.log").read_text():
        assert time.monotonic() < until
        time.sleep(0.05)
    supervisor.stop()


def _watched(home: Home, monkeypatch: pytest.MonkeyPatch) -> tuple[Supervisor, list[str]]:
    """A supervisor of one part that ends at once, and its output."""
    said: list[str] = []
    monkeypatch.setattr("deploy.supervisor.say", said.append)
    monkeypatch.setattr("deploy.supervisor.FULL_DISK_PAUSE", 0.01)
    supervisor = Supervisor(home, verbose=False)
    supervisor.add(Child("web", [sys.executable, "-c", "print('my last words'); exit(3)"]))
    return supervisor, said


def test_a_part_that_keeps_ending_stops_the_whole_with_its_last_words(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor, said = _watched(home, monkeypatch)
    assert supervisor.watch() == 1
    assert said[-2:] == ["web keeps ending (code 3); stopping everything.", "my last words"]
    supervisor.stop()


def test_a_part_that_linux_ends_for_want_of_memory_is_said_to_be(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor, said = _watched(home, monkeypatch)
    killed = "import os; os.kill(os.getpid(), 9)"
    supervisor.add(Child("speech", [sys.executable, "-c", killed]))
    supervisor.watch()
    assert "speech ended (killed, as Linux does where memory is full); starting it again." in said
    supervisor.stop()


def test_where_memory_is_full_what_can_be_done_again_goes_first(home: Home) -> None:
    supervisor = Supervisor(home, verbose=False)
    print_score = "import pathlib; print(pathlib.Path('/proc/self/oom_score_adj').read_text())"
    learning = Child("enrol", [sys.executable, "-c", print_score], oom_score=500)
    supervisor.run_to_end(learning)
    assert "500" in learning.last_words(3)


def test_a_check_that_fails_is_told_once_and_stops_nothing(home: Home) -> None:
    told: list[str] = []
    supervisor = Supervisor(home, verbose=False)
    failing = [sys.executable, "-c", "raise ImportError('libcudart.so.13 is missing')"]
    supervisor.check(Child("engine", failing), told.append)
    supervisor.check(Child("fine", ["true"]), told.append)
    threading.Timer(2.0, supervisor.stopping.set).start()
    assert supervisor.watch() == 0
    assert told == ["ImportError: libcudart.so.13 is missing"]
    supervisor.stop()


def test_a_full_disk_is_waited_out(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    supervisor, said = _watched(home, monkeypatch)
    rounds = iter([True] * 10 + [False] * 100)
    monkeypatch.setattr(home, "is_full", lambda: next(rounds))
    assert supervisor.watch() == 1
    assert len([line for line in said if "because the disk is full" in line]) >= 9
    assert [line for line in said if "Make room" in line] == said[:1]
    assert len([line for line in said if "has room again" in line]) == 1
    assert "keeps ending" in said[-2]
    supervisor.stop()


def test_what_finished_on_a_full_disk_runs_again_once_there_is_room(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor = Supervisor(home, verbose=False)
    full = [True]
    runs = home.path / "runs"
    supervisor.add(Child("demo", ["sh", "-c", f"echo >> '{runs}'"]))
    threading.Timer(1.0, full.clear).start()
    monkeypatch.setattr(home, "is_full", lambda: bool(full))
    threading.Timer(2.5, supervisor.stopping.set).start()
    assert supervisor.watch() == 0
    assert runs.read_text() == "\n\n"
    supervisor.stop()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_log_that_takes_nothing_raises_nothing(home: Home) -> None:
    (home.path / "timbre.log").symlink_to("/dev/full")
    supervisor = Supervisor(home, verbose=False)
    child = supervisor.check(_says(5_000), print)
    assert _ends(child)
    assert child.last_lines
    supervisor.stop()


def test_a_terminal_that_is_gone_stops_no_part(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    class _Gone:
        def write(self, _: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", _Gone())
    supervisor = Supervisor(home, verbose=True)
    assert _ends(supervisor.check(_says(5_000), print))
    supervisor.stop()


@pytest.mark.parametrize("name", ["TEMPLATE_KEY", "POSTGRES_PASSWORD"])
def test_data_without_the_secret_that_opens_it_is_no_start_but_a_sentence(
    home: Home, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(name, raising=False)
    home.secrets()
    for part in ("objects", "postgres"):
        (home.path / part).mkdir()
    secrets = home.path / "secrets.env"
    left = [line for line in secrets.read_text().splitlines(True) if not line.startswith(name)]
    secrets.write_text("".join(left))
    with pytest.raises(HomeUnusable, match=rf"no {name}.*Restore secrets\.env"):
        home.secrets()
    secrets.unlink()
    with pytest.raises(HomeUnusable, match=r"Restore secrets\.env"):
        home.secrets()
    assert not secrets.exists()


def test_secrets_that_are_no_text_are_a_sentence(home: Home) -> None:
    (home.path / "secrets.env").write_bytes(b"TEMPLATE_KEY=\xff\xfe\n")
    with pytest.raises(HomeUnusable, match=r"secrets\.env is not UTF-8 text\. Restore it"):
        home.secrets()
