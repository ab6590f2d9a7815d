"""A child process that dies with its parent, whose output is passed on line by line."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shlex
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1


class NotReady(RuntimeError):
    """A child ended, or did not answer in time."""


class PortTaken(RuntimeError):
    """Something else listens on a port that we need, or the system keeps it from us."""


def free_port() -> int:
    """A port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listening(port: int, host: str = "127.0.0.1") -> bool:
    """Whether something accepts connections on a port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0


def outwait(ports: Sequence[int], seconds: float) -> None:
    """Wait until nothing listens on these ports, or as long as that."""
    until = time.monotonic() + seconds
    while any(listening(port) for port in ports) and time.monotonic() < until:
        time.sleep(0.2)


def _may_listen(port: int) -> bool:
    """Whether the system lets us listen on a port; those under 1024 are usually root's."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            return False
        except OSError:  # taken or just left, which is another matter
            return True
    return True


def _with_other_ports(unusable: Sequence[tuple[int, str, str]]) -> str:
    """The command that starts us on other ports than these."""
    kept = {
        name: shlex.quote(value)
        for name, value in os.environ.items()
        if name == "TIMBRE_HOME" or (name.startswith("TIMBRE_") and name.endswith("_PORT"))
    }
    chosen = kept | {setting: str(free_port()) for _, _, setting in unusable}
    return " ".join([*(f"{name}={value}" for name, value in chosen.items()), "make run"])


def require_free(*wanted: tuple[int, str, str]) -> None:
    """Raises PortTaken with every port that is taken or refused, and the command that chooses others.

    wanted: ports, what each is for, and the setting that changes it.
    """
    refused = [each for each in wanted if not _may_listen(each[0])]
    if refused:
        listed = ", ".join(f"{port} ({what})" for port, what, _ in refused)
        raise PortTaken(
            f"Only root may listen on port {listed}. Choose a port from 1024 on: {_with_other_ports(refused)}"
        )
    taken = [each for each in wanted if listening(each[0])]
    if not taken:
        return
    command = _with_other_ports(taken)
    if len(taken) == 1:
        port, what, _ = taken[0]
        raise PortTaken(
            f"Port {port}, meant for {what}, is taken by another program. "
            f"Stop that program or choose another port: {command}"
        )
    listed = ", ".join(f"{port} ({what})" for port, what, _ in taken)
    raise PortTaken(
        f"These ports are taken by other programs: {listed}. "
        f"Stop those programs or choose other ports: {command}"
    )


def _die_with_parent(
    sig: int, niceness: int, oom_score: int, become: Callable[[], None] | None
) -> Callable[[], None]:
    libc = ctypes.CDLL(None)

    def prepare() -> None:
        if become is not None:
            become()  # first, because changing the user clears the parent-death signal
        libc.prctl(_PR_SET_PDEATHSIG, sig)
        if niceness:
            os.nice(niceness)
        if oom_score:
            with contextlib.suppress(OSError):
                Path("/proc/self/oom_score_adj").write_text(str(oom_score))

    return prepare


@dataclass
class Child:
    """How to start a process, and the running one.

    stop_signal: asks it to end; niceness: lowers the priority of work that can wait; oom_score: how
    much sooner than others Linux ends it where memory is full, up to 1,000; become: switches to another
    user before the command starts.
    """

    name: str
    command: Sequence[str | Path]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str = "/"
    stop_signal: int = signal.SIGTERM
    niceness: int = 0
    oom_score: int = 0
    become: Callable[[], None] | None = None
    on_line: Callable[[str, str], None] | None = None
    process: subprocess.Popen[bytes] | None = None
    last_lines: list[str] = field(default_factory=list)
    _pumping: threading.Thread | None = None

    def start(self) -> None:
        """Start it from the main thread: the child dies when the thread that started it ends."""
        self.last_lines.clear()
        self.process = subprocess.Popen(
            [str(part) for part in self.command],
            env={**os.environ, **self.env},
            cwd=self.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent(  # noqa: PLW1509  # it takes no lock
                self.stop_signal, self.niceness, self.oom_score, self.become
            ),
        )
        self._pumping = threading.Thread(target=self._pump, args=(self.process,), daemon=True)
        self._pumping.start()

    def _pump(self, process: subprocess.Popen[bytes]) -> None:
        """Drain its output to the end, because a child blocks when its pipe is full."""
        assert process.stdout is not None
        for raw in process.stdout:
            line = raw.decode(errors="replace").rstrip()
            self.last_lines = [*self.last_lines[-30:], line]
            if self.on_line is not None:
                with contextlib.suppress(Exception):  # a full disk or a closed terminal
                    self.on_line(self.name, line)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Raises NotReady with its last words if it ends or `ready` stays false."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if not self.running:
                break
            if ready():
                return
            time.sleep(0.03)
        raise NotReady(f"{self.name} did not start:\n{self.last_words(12)}")

    def last_words(self, lines: int) -> str:
        """Its last lines of output, including everything printed before it ended."""
        if not self.running and self._pumping is not None:
            self._pumping.join(1.0)  # a grandchild may hold the pipe open
        return "\n".join(self.last_lines[-lines:])

    def ask_to_stop(self) -> None:
        if self.running and self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(self.stop_signal)

    def stop(self, seconds: float = 4.0) -> None:
        """Ask it to end; after `seconds`, end it and its process group."""
        if self.process is None:
            return
        self.ask_to_stop()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
