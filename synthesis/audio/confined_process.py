"""Runs a program of ours that reads somebody's file in a process of its own, which sees nothing but its bytes.

It may take so many bytes of answer and seconds of the clock, which are counted here, and so many bytes of memory
and seconds of the processor, which the program limits itself (`confinement`).
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from synthesis.refusals import TooSlow

READING = 60.0  # seconds of the clock that reading one file may take
_PART = 1 << 20  # bytes of an answer that are held in memory
_ROOT = Path(__file__).resolve().parents[2]
_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from synthesis.audio.{module} import main; main(*sys.argv[2:])"


def program_of(module: str) -> str:
    """What runs `main` of a module of `synthesis.audio`, which confines itself before it reads."""
    return _PROGRAM.format(module=module)


def answer_of(
    program: str, data: bytes, *arguments: str, most: int, seconds: float = READING
) -> bytes:
    """What a program writes that finds `data` on its standard input; whatever it was ended at.

    most: bytes of the answer, after which the program is ended; seconds: of the clock, until then. What memory
    (bytes of address space) and processor time (seconds) it may use is for the program to say: see
    `confinement.confine`.

    Raises:
        TooSlow: it took longer than `seconds`.
    """
    with os.fdopen(os.memfd_create("upload"), "w+b") as file:
        file.write(data)
        with _running(program, file, arguments, seconds) as written:
            return written.read(most)


def copy_answer(
    program: str,
    file: IO[bytes],
    answer: IO[bytes],
    *arguments: str,
    most: int,
    seconds: float = READING,
) -> None:
    """Write to `answer` what `answer_of` would return of a file, without holding either in memory.

    Raises:
        TooSlow: it took longer than `seconds`.
    """
    with _running(program, file, arguments, seconds) as written:
        while most > 0 and (part := written.read(min(_PART, most))):
            answer.write(part)
            most -= len(part)


@contextmanager
def _running(
    program: str, file: IO[bytes], arguments: Sequence[str], seconds: float
) -> Iterator[IO[bytes]]:
    """What a program writes while it runs; it ends with the block."""
    file.seek(0)
    process = subprocess.Popen(  # noqa: S603 - our own program; the upload is its input, not its command
        [sys.executable, "-I", "-c", program, str(_ROOT), *arguments],
        stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={"OPENBLAS_NUM_THREADS": "1"}, cwd="/",
    )  # fmt: skip
    assert process.stdout is not None
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        yield process.stdout
    finally:
        in_time = timer.is_alive()
        timer.cancel()
        process.kill()
        process.wait()
        process.stdout.close()
    if not in_time:
        raise TooSlow(f"A file could not be read within {seconds:.0f} seconds. Try again.")
