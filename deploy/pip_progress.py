"""pip as the installer runs it: hashed files only, wheels if there are any, with one line of progress."""

from __future__ import annotations

import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

PROBE = 5  # seconds an index may take to answer
FROM_SOURCE = "Built from source"  # heading in the header of a lock
PLAIN_EVERY = 10.0  # seconds between lines without a terminal
UNREACHABLE = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError"
    r"|Temporary failure in name resolution|Could not fetch URL"
)


class Locked(Protocol):
    """A lock file."""

    path: Path
    names: list[str]

    def header_names(self, heading: str) -> list[str]:
        """The package names after a heading of its header."""


class PipFailed(Exception):
    """pip failed; the message has its last lines and what to do."""

    def __init__(self, output: list[str]) -> None:
        self.untrusted = any("DO NOT MATCH THE HASHES" in line for line in output)
        text = "\n".join(line for line in output if "WARNING" not in line)
        remedy = "Run the same command again to continue."
        if self.untrusted:
            remedy = "A file differs from the locked one, so it was not installed."
        elif "No space left on device" in text:
            remedy = "The disk is full; free some space and run the same command again."
        elif UNREACHABLE.search("\n".join(output)):
            remedy = (
                "The package index can't be reached: check the network (and HTTPS_PROXY behind a "
                "proxy) and run the same command again."
            )
        last = "\n".join([line for line in text.splitlines() if line.strip()][-8:])
        super().__init__(f"{last}\npip could not install everything. {remedy}")


class Progress:
    """A count and a name: one live line on a terminal, an occasional line elsewhere."""

    def __init__(self, total: int) -> None:
        self.total, self.live = total, sys.stdout.isatty()
        self.started = self.printed = time.monotonic()
        self.last = ""

    def show(self, what: str, done: int, name: str) -> None:
        now = time.monotonic()
        text = f"{what} {min(done, self.total)} of {self.total}: {name}"
        if self.live:
            width = shutil.get_terminal_size().columns - 8
            print(f"\r\033[K{text[:width]}  {now - self.started:.0f} s", end="", flush=True)
        elif text != self.last and now - self.printed >= PLAIN_EVERY:
            self.printed, self.last = now, text
            print(text, flush=True)

    def end(self) -> None:
        if self.live:
            print("\r\033[K", end="", flush=True)


def _read(process: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line.rstrip("\n"))
    lines.put(None)


class Pip:
    """The environment's own pip."""

    def __init__(self, python: Path, packages: Path, downloads: Path) -> None:
        self.python, self.packages, self.downloads = python, packages, downloads

    def _command(self, *arguments: str | Path) -> list[str | Path]:
        return [
            self.python,
            "-I",
            "-u",
            "-m",
            "pip",
            "--disable-pip-version-check",
            "--no-input",
            *arguments,
        ]

    def _environment(self) -> dict[str, str]:
        """The user's pip settings, except those that change where or how it installs."""
        dropped = {"PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_NO_BINARY", "PIP_REQUIREMENT", "PIP_QUIET",
                   "PIP_VERBOSE", "PIP_REPORT", "PIP_DRY_RUN", "PIP_NO_COLOR", "PIP_PYTHON"}  # fmt: skip
        inherited = {name: value for name, value in os.environ.items() if name not in dropped}
        # Wheels are unpacked here, because /tmp may be a small part of memory
        return {
            **inherited,
            "PIP_USER": "0",
            "PIP_PROGRESS_BAR": "off",
            "TMPDIR": str(self.downloads),
        }

    def versions(self, name: str, options: list[str]) -> set[str]:
        """The releases of a package for this Python; none if the index does not answer."""
        self.downloads.mkdir(exist_ok=True)
        try:
            answer = subprocess.run(
                self._command("index", "versions", name, "--only-binary", ":all:", "--retries", "0",
                              "--timeout", str(PROBE), *options),
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                encoding="utf-8", errors="replace", env=self._environment(), timeout=3 * PROBE, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return set()
        finally:
            shutil.rmtree(self.downloads, ignore_errors=True)
        match = re.search(r"^Available versions: (.+)$", answer.stdout, re.MULTILINE)
        return set(match[1].split(", ")) if match else set()

    def uninstall(self, names: list[str]) -> None:
        """Uninstall whichever of these packages are installed."""
        subprocess.run(
            self._command("uninstall", "--yes", "--quiet", *names),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self._environment(), check=False,
        )  # fmt: skip

    def install(self, locks: Sequence[Locked], options: list[str] | None = None) -> None:
        """Install everything in these locks. Raises PipFailed.

        The locks are complete and hold for every supported Python, so pip resolves no dependencies and
        ignores that misaki declares no support for 3.13.
        """
        sources = [lock for lock in locks if lock.header_names(FROM_SOURCE)]
        wheels = [lock for lock in locks if lock not in sources]
        if wheels:
            self._install(wheels, ["--only-binary", ":all:", *(options or [])])
        if sources:  # built by the locked setuptools, which is here by now
            self._install(sources, ["--no-build-isolation", "--use-pep517"])

    def _install(self, locks: Sequence[Locked], options: list[str]) -> None:
        command = self._command("install", "--no-deps", "--no-compile", "--require-hashes",
                                "--ignore-requires-python")  # fmt: skip
        for lock in locks:
            command += ["--requirement", lock.path]
        self.downloads.mkdir(exist_ok=True)
        process = subprocess.Popen(
            [*command, *options], env=self._environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace",
        )  # fmt: skip
        try:
            output = self._follow(process, Progress(sum(len(lock.names) for lock in locks)))
        finally:
            process.kill()
            process.wait()
            shutil.rmtree(self.downloads, ignore_errors=True)
        if process.returncode != 0:
            raise PipFailed(output)

    def _follow(self, process: subprocess.Popen[str], progress: Progress) -> list[str]:
        """All lines of pip until it ends, with progress shown meanwhile."""
        lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=_read, args=(process, lines), daemon=True).start()
        output: list[str] = []
        what, done, name = "Fetching", 0, "…"
        before, order = 0, [""]
        while True:
            try:
                line = lines.get(timeout=0.5)
            except queue.Empty:
                line = ""
            if line is None:
                break
            if line:
                output.append(line)
            begun = re.match(r"\s*(?:Collecting|Requirement already satisfied:) ([\w.-]+)", line)
            size = re.match(r"\s*(?:Downloading|Using cached) \S+ \((\d+(?:\.\d+)? [MG]B)\)", line)
            if begun:
                done, name = done + 1, begun[1]
            elif size:
                name = f"{name.split(' ')[0]} ({size[1]})"
            elif line.startswith("Installing collected packages"):
                what, before = "Unpacking", self._count_unpacked()
                order = line.partition(": ")[2].split(", ")
                progress.total = len(order)
            if what == "Unpacking":  # pip reports nothing about unpacking
                done = min(self._count_unpacked() - before + 1, len(order))
                name = order[done - 1]
            progress.show(what, done, name)
        progress.end()
        process.wait()
        return output

    def _count_unpacked(self) -> int:
        return sum(1 for _ in self.packages.glob("*.dist-info/INSTALLER"))
