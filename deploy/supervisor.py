"""Starts, watches and stops the parts of an instance.

A part that dies is restarted; one that keeps dying stops everything and shows its last lines.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable

from deploy.embedded.process import Child, NotReady
from deploy.failures import explain
from deploy.home import Home

RESTARTS = 5  # of one part within `RESTART_WINDOW` seconds; one more stops everything
RESTART_WINDOW = 60.0
FULL_DISK_PAUSE = 5.0  # seconds between starts while the disk is full
LAST_TO_STOP = {"postgres", "valkey", "objects", "payments"}
ENDS = {"demo"}  # parts that are meant to finish


def _why(code: int | None) -> str:
    """How a part ended, in words."""
    if code == -signal.SIGKILL:
        return "killed, as Linux does where memory is full"
    return f"code {code}"


def say(text: str) -> None:
    """Print a line; a closed terminal is no reason to stop."""
    with contextlib.suppress(OSError, ValueError):
        print(text, flush=True)


class Supervisor:
    """The parts, in the order in which they were started."""

    def __init__(self, home: Home, *, verbose: bool) -> None:
        self.home = home
        self.env: dict[str, str] = {}
        self.children: list[Child] = []
        self.checks: list[tuple[Child, Callable[[str], None]]] = []
        self.finished: list[Child] = []
        self.deaths: dict[str, list[float]] = {}
        self.disk_is_full = False
        self.stopping = threading.Event()
        self.log = home.log()
        self.verbose = verbose

    def on_line(self, name: str, line: str) -> None:
        """Log a part's line; lines of the demo market are also printed."""
        self.log.info("%s: %s", name, line)
        if self.verbose or name == "demo":
            say(f"{name:>8} │ {line}")

    def _prepare(self, child: Child) -> Child:
        child.on_line = self.on_line
        child.env = {**self.env, **child.env}
        return child

    def add(
        self, child: Child, ready: Callable[[], bool] | None = None, seconds: float = 20.0
    ) -> Child:
        """Start a part and wait until it is ready, retrying for a stale lock file."""
        self._prepare(child)
        until = time.monotonic() + 15
        while True:
            child.start()
            try:
                if ready is not None:
                    child.wait_until(ready, seconds)
                break
            except NotReady:
                child.stop(1)
                if time.monotonic() > until or self.stopping.is_set():
                    raise
                time.sleep(0.5)
        self.children.append(child)
        return child

    def run_to_end(self, *children: Child) -> None:
        """Run several in parallel until all have ended.

        Raises:
            NotReady: one failed; the message has its last lines.
        """
        for child in children:
            self._prepare(child).start()
        while any(child.running for child in children) and not self.stopping.is_set():
            time.sleep(0.05)
        failed = [c for c in children if c.process is not None and c.process.poll() != 0]
        for child in children:
            child.stop(1)
        if failed and not self.stopping.is_set():
            first = failed[0]
            raise NotReady(f"{first.name} failed:\n" + first.last_words(15))

    def check(self, child: Child, tell: Callable[[str], None]) -> Child:
        """Start something that may fail; if it does, `tell` gets its last line."""
        self._prepare(child).start()
        self.checks.append((child, tell))
        return child

    def watch(self) -> int:
        """Restart what dies until told to stop; returns the exit code."""
        while not self.stopping.wait(0.2):
            self._settle_checks()
            self._watch_disk()
            for child in list(self.children):
                if not child.running and not self._revive(child):
                    return 1
        return 0

    def _watch_disk(self) -> None:
        """Say when the disk fills up and when it has room again; then redo what it may have spoiled."""
        was_full, self.disk_is_full = self.disk_is_full, self.home.is_full()
        if self.disk_is_full and not was_full:
            say(f"The disk under {self.home.path} is full. Make room.")
        if was_full and not self.disk_is_full:
            say(f"The disk under {self.home.path} has room again.")
            for child in self.finished:
                child.start()
                self.children.append(child)
            self.finished.clear()

    def _settle_checks(self) -> None:
        for check in [check for check in self.checks if not check[0].running]:
            self.checks.remove(check)
            child, tell = check
            if child.process is not None and child.process.poll() != 0:
                tell(child.last_words(1) or "it ended without output")

    def _revive(self, child: Child) -> bool:
        """Restart a part that ended; False if it keeps ending."""
        assert child.process is not None
        code = child.process.poll()
        if child.name in ENDS and code == 0:
            self.children.remove(child)
            self.finished.append(child)
            return True
        if self.disk_is_full:
            return self._outwait_full_disk(child)
        now = time.monotonic()
        recent = [t for t in self.deaths.get(child.name, []) if now - t < RESTART_WINDOW]
        self.deaths[child.name] = [*recent, now]
        if len(recent) >= RESTARTS and child.name in ENDS:
            say(f"{child.name} keeps ending ({_why(code)}); continuing without it. See the log.")
            self.children.remove(child)
            return True
        if len(recent) >= RESTARTS:
            say(f"{child.name} keeps ending ({_why(code)}); stopping everything.")
            say(explain(child.last_words(12), self.home.path))
            return False
        say(f"{child.name} ended ({_why(code)}); starting it again.")
        if child.name == "postgres":
            time.sleep(0.5)
        child.start()
        return True

    def _outwait_full_disk(self, child: Child) -> bool:
        """Restart a part slowly without counting it: it is not at fault, and space may be freed."""
        say(f"{child.name} ended, because the disk is full; starting it again.")
        if not self.stopping.wait(FULL_DISK_PAUSE):
            child.start()
        return True

    def stop(self) -> None:
        """Stop everything, the stores last, within about four seconds."""
        for check, _ in self.checks:
            check.stop(0)
        front = [child for child in self.children if child.name not in LAST_TO_STOP]
        for child in front:
            child.ask_to_stop()
        until = time.monotonic() + 2.5
        for child in front:
            child.stop(max(0.05, until - time.monotonic()))
        for child in reversed([c for c in self.children if c.name in LAST_TO_STOP]):
            child.ask_to_stop()
        until = time.monotonic() + 1.5
        for child in self.children:
            child.stop(max(0.05, until - time.monotonic()))
        for handler in self.log.handlers:
            with contextlib.suppress(OSError):
                handler.close()
