"""Reads mutations of one small file in a confined process: `python mutated_files.py ROOT SEED FIRST COUNT`.

Prints the number of each file before it is read, so that the last one of a process that the kernel ended
is known, and at the end the slowest file in milliseconds of the processor and how many were read as sound.
"""

from __future__ import annotations

import io
import random
import sys
import time
from pathlib import Path


class Counter(io.RawIOBase):
    """Takes samples and keeps none."""

    def write(self, data: object) -> int:
        return len(data)  # type: ignore[arg-type]


def mutated(seed: bytes, number: int) -> bytes:
    """The seed with a few bytes, numbers, pieces or its end changed; the same for each number."""
    dice = random.Random(number)
    data = bytearray(seed)
    for _ in range(dice.choice((1, 1, 2, 4, 16))):
        at = (
            dice.randrange(len(data)) if dice.random() < 0.5 else dice.randrange(min(96, len(data)))
        )
        kind = dice.randrange(6)
        if kind == 0:
            data[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            data[at] = dice.randrange(256)
        elif kind == 2:
            data[at : at + 4] = dice.choice(
                (bytes(4), b"\xff" * 4, b"\x7f\xff\xff\xff", b"\0\0\0\1")
            )
        elif kind == 3:
            data[at:at] = data[at : at + dice.randrange(1, 64)]
        elif kind == 4:
            del data[at : at + dice.randrange(1, 64)]
        elif dice.random() < 0.2:
            del data[max(8, at) :]
        if len(data) < 8:
            break
    return bytes(data)


def main(root: str, seed: str, first: int, count: int) -> None:
    sys.path.insert(0, root)
    import av

    from synthesis.audio import container_reader
    from synthesis.audio.confinement import confine
    from synthesis.refusals import UploadUnreadable

    whole = Path(seed).read_bytes()
    av.logging.set_level(None)
    asked = container_reader.Asked(max_seconds=900, min_rate=8_000)
    container_reader.read(io.BytesIO(container_reader._SHORT_WAV), Counter(), asked)
    confine(memory=container_reader.MEMORY, seconds=3600)
    slowest, sounds = 0.0, 0
    for number in range(first, first + count):
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        started = time.process_time()
        try:
            container_reader.read(io.BytesIO(mutated(whole, number)), Counter(), asked)
            sounds += 1
        except (UploadUnreadable, av.FFmpegError, ValueError, IndexError, EOFError,
                OverflowError, MemoryError):  # fmt: skip
            pass
        slowest = max(slowest, time.process_time() - started)
    sys.stdout.write(f"done {round(slowest * 1000)} {sounds}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
