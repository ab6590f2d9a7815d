"""Decoding of uploads: anything a microphone, phone or editor writes, untrusted until decoded."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray

from synthesis.refusals import AudioRefused

MAX_SECONDS = 15 * 60.0  # of one recording
MIN_RATE, MAX_RATE = 8_000, 192_000


@dataclass(frozen=True)
class Recording:
    """samples: mono float32 [n] in [-1, 1] at `rate` Hz, as recorded; container: e.g. "wav";
    cut_off: whether the file was truncated.
    """

    samples: NDArray[np.float32]
    rate: int
    container: str
    cut_off: bool = False

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


def decode(
    data: bytes,
    *,
    max_seconds: float = MAX_SECONDS,
    min_rate: int = MIN_RATE,
    whole: bool = True,
) -> Recording:
    """Decode wav, flac, mp3, m4a/aac, ogg or webm to mono; channels are averaged.

    whole: whether a truncated file is refused.

    Raises:
        AudioRefused: not_audio, too_long, truncated, sample_rate.
    """
    if not data:
        raise AudioRefused("not_audio", "The file is empty. Choose the recording again.")
    try:
        with av.open(io.BytesIO(data), mode="r", metadata_errors="ignore") as container:
            recording = _decode(container, data, max_seconds, min_rate)
        if whole and recording.cut_off:
            raise AudioRefused(
                "truncated",
                "The file ends in the middle: it was cut off while saving or uploading. "
                "Upload it again, or export it once more.",
            )
        return recording
    except AudioRefused:
        raise
    except (av.FFmpegError, ValueError, IndexError, EOFError) as error:
        raise AudioRefused(
            "not_audio",
            "This file is not a recording we can read. Save it as WAV, FLAC, MP3, M4A, Ogg or "
            "WebM and upload that.",
        ) from error


def _decode(
    container: av.container.InputContainer, data: bytes, max_seconds: float, min_rate: int
) -> Recording:
    if not container.streams.audio:
        raise AudioRefused(
            "not_audio", "There is no sound in this file. Upload the audio recording itself."
        )
    stream = container.streams.audio[0]
    rate = stream.codec_context.sample_rate
    if not min_rate <= rate <= MAX_RATE:
        raise AudioRefused(
            "sample_rate",
            f"The recording has a sample rate of {rate} Hz; use {min_rate:,} to 96,000 Hz.",
        )
    declared = (
        float(stream.duration * stream.time_base) if stream.duration and stream.time_base else None
    )
    if declared and declared > max_seconds:
        raise _too_long(declared, max_seconds)
    resampler = av.AudioResampler(format="fltp", layout=stream.layout.name, rate=rate)
    parts: list[NDArray[np.float32]] = []
    count, broken = 0, False
    try:
        for frame in container.decode(stream):
            for converted in resampler.resample(frame):
                parts.append(converted.to_ndarray().mean(axis=0, dtype=np.float32))
                count += len(parts[-1])
            if count > max_seconds * rate:
                raise _too_long(count / rate, max_seconds)
    except (av.FFmpegError, EOFError):
        broken = True
    if not parts:
        raise AudioRefused(
            "not_audio", "There is no sound in this file. Record it again or choose another file."
        )
    samples = np.nan_to_num(np.concatenate(parts))
    cut_off = broken or _is_truncated(data, len(samples) / rate, declared, container.format.name)
    return Recording(samples, rate, container.format.name.split(",")[0], cut_off)


def _too_long(seconds: float, limit: float) -> AudioRefused:
    return AudioRefused(
        "too_long",
        f"The recording is {seconds / 60:.0f} minutes long; the limit is {limit / 60:.0f}. "
        "Upload a shorter part: three good minutes are all it takes.",
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
