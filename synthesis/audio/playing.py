"""What people are given to hear of an upload: the sound that machines judge and learn from, and no other.

A file can sound differently in each player: channels, further sounds, edit lists and lengths in headers are each
read in several ways. So nobody's file is played as it was sent.
"""

from __future__ import annotations

import json
import os
import struct
import threading
from tempfile import TemporaryFile
from typing import IO

from synthesis.audio import confined_process
from synthesis.audio.encoding import wav_header
from synthesis.refusals import AudioRefused, TooSlow

MAX_SECONDS = 15 * 60.0  # of one recording
AT_ONCE = 2  # files that a process of the web server reads: each takes a core
PATIENCE = 30.0  # seconds that a further one waits for its turn
_PROGRAM = confined_process.program_of("container_reader")
_MIN_RATE = 8_000  # Hz
_A_SECOND = 48_000  # bytes of what is heard
_HEADER = len(wav_header(0))
_turns = threading.BoundedSemaphore(AT_ONCE)


def as_heard(file: IO[bytes]) -> IO[bytes]:
    """A temporary file with a recording as it is judged and learned: WAV, mono, 16 bit, at most 24 kHz.

    file: as it was sent, which is closed.

    Raises:
        AudioRefused: unheard; no machine could read it either, or for its channels it would not.
        TooSlow: it was not read in time, or many others are being read.
    """
    with file:
        if not _turns.acquire(timeout=PATIENCE):
            raise TooSlow("Many recordings are being read. Try again in a minute.")
        try:
            return _read(file)
        finally:
            _turns.release()


def _read(file: IO[bytes]) -> IO[bytes]:
    heard = TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    try:
        heard.write(bytes(_HEADER))
        confined_process.copy_answer(
            _PROGRAM,
            file,
            heard,
            str(MAX_SECONDS),
            str(_MIN_RATE),
            "playing",
            most=int((MAX_SECONDS + 60) * _A_SECOND),
        )
        rate, end = _told(heard)
        heard.truncate(end)
        heard.seek(0)
        heard.write(wav_header(end - _HEADER, rate))
        heard.seek(0)
    except BaseException:
        heard.close()
        raise
    return heard


def _told(heard: IO[bytes]) -> tuple[int, int]:
    """The rate (Hz) that the reader told, and where its samples end."""
    try:
        end = heard.seek(-4, os.SEEK_END)
        size = struct.unpack("<I", heard.read(4))[0]
        heard.seek(end - size)
        facts = json.loads(heard.read(size))
        rate = int(facts["rate"])
    except (OSError, ValueError, KeyError, TypeError) as error:  # refused, or ended at a limit
        raise AudioRefused("unheard", "This recording can't be played.") from error
    return rate, end - size
