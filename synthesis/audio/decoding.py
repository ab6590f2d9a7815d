"""Decoding of uploads: anything a microphone, phone or editor writes, untrusted until decoded.

Each file is read in a process of its own that can do nothing else (`container_reader`).
"""

from __future__ import annotations

import io
import json
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthesis.audio import confined_process, container_reader
from synthesis.audio.container_reader import Asked
from synthesis.refusals import AudioRefused, UploadUnreadable

MAX_SECONDS = 15 * 60.0  # of one recording
READING = confined_process.READING
_PROGRAM = confined_process.program_of("container_reader")


@dataclass(frozen=True)
class Recording:
    """samples: mono float32 [n] in [-1, 1] at `rate` Hz, as recorded, at most 48 kHz; container: e.g.
    "wav"; cut_off: whether the file was truncated; sounds: how many the file has, of which this is the first;
    cancelled: whether this is the loudest channel of several that cancel one another.
    """

    samples: NDArray[np.float32]
    rate: int
    container: str
    cut_off: bool = False
    sounds: int = 1
    cancelled: bool = False

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


def decode(
    data: bytes,
    *,
    max_seconds: float = MAX_SECONDS,
    min_rate: int = 8_000,
    whole: bool = True,
    lenient: bool = False,
) -> Recording:
    """Decode wav, flac, mp3, m4a/aac, ogg, webm, aiff or caf to mono: the mean of its channels, as `channels` says.

    whole: whether a truncated file is refused; lenient: whether the first of several sounds is taken, and the
    loudest of channels that cancel, instead of refusing them.

    Raises:
        AudioRefused: not_audio, too_long, truncated, sample_rate, several_sounds, cancelled.
        TooSlow: it could not be read within `READING`.
    """
    if not data:
        raise AudioRefused("not_audio", "The file is empty. Choose the recording again.")
    asked = Asked(max_seconds, min_rate, lenient=lenient)
    return _recording(data, *_read_confined(data, asked), asked, whole)


def decode_own(data: bytes, *, whole: bool = True) -> Recording:
    """Decode a file of ours (a corpus, a clip that we made) in this process, which is faster."""
    out, asked = io.BytesIO(), Asked(MAX_SECONDS, 8_000)
    try:
        facts = container_reader.read(io.BytesIO(data), out, asked)
    except UploadUnreadable as refused:
        facts = {"refused": refused.code, "value": refused.value}
    samples = np.frombuffer(out.getvalue(), np.float32)
    return _recording(data, samples, facts, asked, whole)


def _read_confined(data: bytes, asked: Asked) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """Samples and facts of a file, read in a confined process that sees nothing but its bytes."""
    answer = confined_process.answer_of(
        _PROGRAM,
        data,
        str(asked.max_seconds),
        str(asked.min_rate),
        *(["lenient"] if asked.lenient else []),
        most=int((asked.max_seconds + 60) * asked.most_rate * 4),
        seconds=READING,
    )
    size = struct.unpack("<I", answer[-4:])[0] if len(answer) >= 4 else 0
    try:
        facts = dict(json.loads(answer[-4 - size : -4]))
    except ValueError:  # it was ended at one of its limits
        return np.empty(0, np.float32), {"refused": "not_audio", "value": 0}
    # read where it lies, not copied: a quarter of an hour is 170 MB
    return np.frombuffer(answer, np.float32, count=(len(answer) - 4 - size) // 4), facts


def _recording(
    data: bytes,
    samples: NDArray[np.float32],
    facts: dict[str, Any],
    asked: Asked,
    whole: bool,
) -> Recording:
    if "refused" in facts:
        raise _refusal(facts["refused"], facts["value"], asked)
    rate, container, declared = facts["rate"], facts["container"], facts["declared"]
    cut_off = facts["broken"] or _is_truncated(data, len(samples) / rate, declared, container)
    if whole and cut_off:
        raise AudioRefused(
            "truncated",
            "The file ends in the middle: it was cut off while saving or uploading. "
            "Upload it again, or export it once more.",
        )
    return Recording(samples, rate, container, cut_off, facts["sounds"], facts["cancelled"])


def _refusal(code: str, value: float, asked: Asked) -> AudioRefused:
    """What a person is told of a code of the confined reader."""
    if code == "too_long":
        return _too_long(value, asked.max_seconds)
    messages = {
        "no_sound": "There is no sound in this file. Record it again or choose another file.",
        "channels": f"The recording has {value:.0f} channels; use one or two.",
        "sample_rate": (
            f"The recording has a sample rate of {value:.0f} Hz; use {asked.min_rate:,} to 96,000 Hz."
        ),
        "not_audio": (
            "This file is not a recording we can read. Save it as WAV, FLAC, MP3, M4A, Ogg or "
            "WebM and upload that."
        ),
        "several_sounds": (
            f"There are {value:.0f} sound tracks in this file, and players choose different ones. Export the one "
            "with your voice alone, and upload that."
        ),
        "cancelled": (
            "The channels of this recording cancel one another: each sounds different from both together. "
            "Export one channel (mono), and upload that."
        ),
    }
    own = code in ("sample_rate", "several_sounds", "cancelled")
    return AudioRefused(code if own else "not_audio", messages[code])


def _too_long(seconds: float, limit: float) -> AudioRefused:
    return AudioRefused(
        "too_long",
        f"The recording is {seconds / 60:.0f} minutes long; the limit is {limit / 60:.0f}. "
        "Upload a shorter part: a good minute is all it takes.",
    )


def _is_truncated(data: bytes, seconds: float, declared: float | None, container: str) -> bool:
    """Whether the data is shorter than the container promised."""
    if data[:4] == b"RIFF" and len(data) > 8:
        promised = struct.unpack("<I", data[4:8])[0]
        streamed = promised in (0, 0xFFFFFFFF) or promised > 0x7FFFFFFF
        if not streamed and promised + 8 > len(data) + 2:
            return True
    if "ogg" in container:
        last = data.rfind(b"OggS")
        return last < 0 or len(data) < last + 27 or not data[last + 5] & 0x04
    if declared and container not in ("wav", "aac"):  # the duration of an AAC stream is a guess
        return seconds < declared - max(0.3, 0.01 * declared)
    return False
