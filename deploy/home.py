"""The folder that holds everything of one installation: private to its owner, used by one process at a time.

secrets.env   created once               timbre.log  output of the parts, bounded
running.json  settings while it runs   lock        held while it runs
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import secrets
import shutil
import stat
from collections.abc import Collection, Iterator, Mapping
from itertools import chain
from logging.handlers import RotatingFileHandler
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOG_BYTES, OLDER_LOGS = 10 << 20, 3  # size of each file, and how many older ones are kept
MIN_ROOM = 1 << 20  # bytes
DEMO_PASSWORD = "TIMBRE_DEMO_PASSWORD"  # noqa: S105  # its name
OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class HomeUnusable(RuntimeError):
    """The folder belongs to another user, or another Timbre runs from it."""


def home_of(environment: Mapping[str, str]) -> Path:
    """The folder of this installation's data."""
    return Path(environment.get("TIMBRE_HOME") or ROOT / ".timbre").resolve()


class Home:
    """One installation's folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None

    def open(self) -> None:
        """Create it, close it to other users, and claim it until this process ends.

        Raises:
            HomeUnusable: the message says what to do.
        """
        os.umask(0o077)
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._require_ours()
            self._close_to_others()
            self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise HomeUnusable(
                f"{error.filename or self.path} can't be used ({error.strerror}). Fix that, or "
                "name another folder with TIMBRE_HOME."
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HomeUnusable(
                f"Another Timbre runs from {self.path}. Stop it, or give this one a folder and "
                "ports of its own: TIMBRE_HOME, TIMBRE_PORT and the others."
            ) from error

    def _require_ours(self) -> None:
        """Raise HomeUnusable unless we own everything in it or are root."""
        here = os.geteuid()
        for path in chain([self.path], _inside(self.path)):
            owner = path.lstat().st_uid
            if here not in (0, owner):
                raise HomeUnusable(
                    f"{path} belongs to another user (number {owner}), who started Timbre here "
                    "before. Start it as that user, or have root give it back: "
                    f"chown -R {here} '{self.path}'"
                )

    def _close_to_others(self) -> None:
        """Remove other users' access, whatever an earlier start left."""
        for path in (self.path, *self.path.iterdir()):
            mode = path.lstat().st_mode
            if mode & OPEN_TO_OTHERS and not stat.S_ISLNK(mode):
                path.chmod(stat.S_IMODE(mode) & ~OPEN_TO_OTHERS)

    def in_use(self) -> bool:
        """Whether a running Timbre uses it now."""
        try:
            probe = os.open(self.path / "lock", os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(probe, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(probe)
        return False

    def is_full(self) -> bool:
        """Whether its disk is too full for a part to work."""
        return shutil.disk_usage(self.path).free < MIN_ROOM

    def write(self, name: str, text: str) -> None:
        """Replace one of its files atomically, readable by its owner only."""
        beside = self.path / f"{name}.new"
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        beside.replace(self.path / name)

    def record_running(self, settings: Mapping[str, str]) -> None:
        """Record the running settings for commands in another terminal."""
        self.write("running.json", json.dumps(dict(settings), indent=1))

    def forget_running(self) -> None:
        """Remove the record, as nothing runs any more."""
        with contextlib.suppress(OSError):
            (self.path / "running.json").unlink(missing_ok=True)

    def running(self) -> dict[str, str] | None:
        """The settings of the running instance; None if there is none."""
        if not self.in_use():
            return None
        try:
            settings: dict[str, str] = json.loads((self.path / "running.json").read_text())
        except FileNotFoundError:  # still starting
            return None
        return settings

    def secrets(self) -> dict[str, str]:
        """The secrets of this installation, generated once."""
        path = self.path / "secrets.env"
        names = ("SECRET_KEY", "TEMPLATE_KEY", "API_KEY_PEPPER", "PROVENANCE_KEY",
                 "POSTGRES_PASSWORD", "VALKEY_PASSWORD", "S3_SECRET_KEY", "STRIPE_WEBHOOK_SECRET",
                 DEMO_PASSWORD)  # fmt: skip
        stored = {}
        if path.exists():
            try:
                text = path.read_text(encoding="utf-8")
            except ValueError as error:
                raise HomeUnusable(
                    f"{path} is not UTF-8 text. Restore it from your backup."
                ) from error
            stored = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        missing = [name for name in names if name not in stored]
        self._require_no_data_without(missing)
        if missing:
            stored.update({name: _random(name) for name in missing})
            text = "".join(f"{name}={value}\n" for name, value in stored.items())
            self.write("secrets.env", text)
        return stored

    def _require_no_data_without(self, missing: Collection[str]) -> None:
        """Raise HomeUnusable if data is here that only the missing secrets can open."""
        for name, part in (("TEMPLATE_KEY", "objects"), ("POSTGRES_PASSWORD", "postgres")):
            if name in missing and name not in os.environ and (self.path / part).exists():
                raise HomeUnusable(
                    f"{self.path} has data, but {self.path / 'secrets.env'} has no {name}, without "
                    "which that can't be read. Restore secrets.env from your backup, or move the "
                    "folder away to start with nothing."
                )

    def log(self) -> logging.Logger:
        """The log of the parts' output; a full disk loses lines but stops nothing."""
        log = logging.Logger("timbre")
        log.addHandler(LogFile(self.path / "timbre.log"))
        return log


def _random(name: str) -> str:
    """A fresh secret; the one that people type is shorter."""
    return secrets.token_urlsafe(12) if name == DEMO_PASSWORD else secrets.token_hex(32)


def _inside(folder: Path) -> Iterator[Path]:
    """The entries of a folder, read only when the first is asked for."""
    yield from folder.iterdir()


class LogFile(RotatingFileHandler):
    """A few files of bounded size that drop what can't be written."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path, maxBytes=LOG_BYTES, backupCount=OLDER_LOGS, encoding="utf-8", errors="replace"
        )

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # the name in logging
        """Drop the line: reporting the failure would need the same disk."""
