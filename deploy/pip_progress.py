"""pip as the installer runs it: hashed wheels only, with one line that says how far it is."""

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
PLAIN_EVERY = 10.0  # seconds between lines where there is no terminal
UNREACHABLE = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError"
    r"|Temporary failure in name resolution|Could not fetch URL"
)


class Locked(Protocol):
    """A lock file."""

    path: Path
    names: list[str]

    def listed(self, heading: str) -> list[str]:
        """The names after a heading of its header."""


class PipFailed(Exception):
    """pip ended with an error; the message has its last words and what to do."""

    def __init__(self, output: list[str]) -> None:
        self.untrusted = any("DO NOT MATCH THE HASHES" in line for line in output)
        text = "\n".join(line for line in output if "WARNING" not in line)
        remedy = "The same command again goes on from here."
        if self.untrusted:
            remedy = "A file is not the one that was locked: nothing of it was installed."
        elif "No space left on device" in text:
            remedy = "The disk is full; the same command goes on when there is room."
        elif UNREACHABLE.search("\n".join(output)):
            remedy = (
                "The package index can't be reached: check the network (and HTTPS_PROXY behind a "
                "proxy); the same command goes on from here."
            )
        last = "\n".join([line for line in text.splitlines() if line.strip()][-8:])
        super().__init__(f"{last}\npip could not install everything. {remedy}")


class Progress:
    """How many of how many, and which: one live line on a terminal, a line now and then elsewhere."""

    def __init__(self, total: int) -> None:
        self.total, self.live = total, sys.stdout.isatty()
        self.started = self.said = time.monotonic()
        self.last = ""

    def show(self, what: str, done: int, name: str) -> None:
        now = time.monotonic()
        text = f"{what} {min(done, self.total)} of {self.total}: {name}"
        if self.live:
            width = shutil.get_terminal_size().columns - 8
            print(f"\r\033[K{text[:width]}  {now - self.started:.0f} s", end="", flush=True)
        elif text != self.last and now - self.said >= PLAIN_EVERY:
            self.said, self.last = now, text
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
        """The user's settings of pip but for those that install elsewhere or otherwise."""
        dropped = {"PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_NO_BINARY", "PIP_REQUIREMENT", "PIP_QUIET",
                   "PIP_VERBOSE", "PIP_REPORT", "PIP_DRY_RUN", "PIP_NO_COLOR", "PIP_PYTHON"}  # fmt: skip
        kept = {name: value for name, value in os.environ.items() if name not in dropped}
        # Wheels are unpacked from here, not from a /tmp that may be a small part of the memory
        return {**kept, "PIP_USER": "0", "PIP_PROGRESS_BAR": "off", "TMPDIR": str(self.downloads)}

    def versions(self, name: str, options: list[str]) -> set[str]:
        """The releases of a package that fit this Python; none where the index does not answer."""
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
        found = re.search(r"^Available versions: (.+)$", answer.stdout, re.MULTILINE)
        return set(found[1].split(", ")) if found else set()

    def uninstall(self, names: list[str]) -> None:
        """Remove what is installed of these."""
        subprocess.run(
            self._command("uninstall", "--yes", "--quiet", *names),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self._environment(), check=False,
        )  # fmt: skip

    def install(self, locks: Sequence[Locked], options: list[str] | None = None) -> None:
        """Everything of these locks. Raises PipFailed.

        The locks are complete and hold for every supported Python: pip neither looks for what a package
        names besides nor minds that misaki's declaration ends before 3.13.
        """
        compiled = [name for lock in locks for name in lock.listed("Compiled from source")]
        command = self._command("install", "--no-deps", "--no-compile", "--require-hashes",
                                "--ignore-requires-python", "--only-binary", ":all:")  # fmt: skip
        for name in compiled:
            command += ["--no-binary", name]
        for lock in locks:
            command += ["--requirement", lock.path]
        self.downloads.mkdir(exist_ok=True)
        process = subprocess.Popen(
            [*command, *(options or [])], env=self._environment(), stdin=subprocess.DEVNULL,
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
        """pip's lines to its end, with the progress shown."""
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
                what, before = "Unpacking", self._unpacked()
                order = line.partition(": ")[2].split(", ")
                progress.total = len(order)
            if what == "Unpacking":  # of which pip says nothing
                done = min(self._unpacked() - before + 1, len(order))
                name = order[done - 1]
            progress.show(what, done, name)
        progress.end()
        process.wait()
        return output

    def _unpacked(self) -> int:
        return sum(1 for _ in self.packages.glob("*.dist-info/INSTALLER"))
