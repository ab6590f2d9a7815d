"""Reads a container in a confined process of its own: a file on standard input, samples to standard output.

After the samples (mono float32) follow a JSON object and its length as four bytes. It says `refused`,
a code, or else `rate`, `container`, `declared` (seconds, or null) and `broken`.
"""

from __future__ import annotations

import io
import json
import struct
import sys
from fractions import Fraction
from typing import IO, Any

import av
import numpy as np

from synthesis.audio.confinement import confine
from synthesis.refusals import UploadUnreadable

MAX_RATE = 192_000  # Hz of a file
KEPT_RATE = 48_000  # Hz, to which higher rates are brought while decoding
MAX_CHANNELS = 8
MEMORY = 1 << 30  # bytes of address space
PROCESSOR = 30  # seconds
DEMUXERS = ("wav", "flac", "mp3", "aac", "mov", "ogg", "matroska", "aiff", "caf")
CODECS = (
    "flac", "mp3", "mp3float", "aac", "opus", "libopus", "vorbis", "alac", "adpcm_ms", "adpcm_ima_wav",
    "pcm_u8", "pcm_s8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be",
    "pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_f64be", "pcm_alaw", "pcm_mulaw",
)  # fmt: skip
_SHORT_WAV = (
    b"RIFF" + struct.pack("<I", 164) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
    + b"data" + struct.pack("<I", 128) + bytes(128)
)  # fmt: skip
_BEGINNINGS = {
    b"RIFF": "wav", b"RF64": "wav", b"fLaC": "flac", b"OggS": "ogg", b"\x1aE\xdf\xa3": "matroska",
    b"FORM": "aiff", b"caff": "caf",
}  # fmt: skip


def demuxer_of(head: bytes) -> str | None:
    """The demuxer for a file by its first bytes, or None: nothing but these is ever tried."""
    if head[:3] == b"ID3" and len(head) >= 10:  # a tag; its length has seven bits per byte
        size = 0
        for byte in head[6:10]:
            size = size << 7 | byte & 0x7F
        after = head[10 + size :]
        return demuxer_of(after) if len(after) > 4 and after[:3] != b"ID3" else "mp3"
    if head[:4] in _BEGINNINGS:
        return _BEGINNINGS[head[:4]]
    if head[4:8] == b"ftyp":
        return "mov"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "mp3" if head[1] & 0x06 else "aac"  # an AAC stream has layer 0
    return None


def read(file: IO[bytes], out: IO[bytes], *, max_seconds: float, min_rate: int) -> dict[str, Any]:
    """Write the samples of a file's first sound; returns what else is known of it.

    Raises:
        UploadUnreadable: not_audio, no_sound, sample_rate, channels, too_long.
    """
    demuxer = demuxer_of(file.read(1 << 16))
    if demuxer is None:
        raise UploadUnreadable("not_audio")
    file.seek(0)
    options = {"format_whitelist": _names(demuxer), "codec_whitelist": ",".join(CODECS)}
    with av.open(
        file, mode="r", format=demuxer, container_options=options, metadata_errors="ignore"
    ) as container:
        if not container.streams.audio:
            raise UploadUnreadable("no_sound")
        stream = container.streams.audio[0]
        if stream.codec_context is None:  # of a codec that isn't allowed
            raise UploadUnreadable("not_audio")
        rate = stream.codec_context.sample_rate
        if not min_rate <= rate <= MAX_RATE:
            raise UploadUnreadable("sample_rate", rate)
        if not 1 <= stream.codec_context.channels <= MAX_CHANNELS:
            raise UploadUnreadable("channels", stream.codec_context.channels)
        declared = (
            float(stream.duration * Fraction(stream.time_base))
            if stream.duration and stream.time_base
            else None
        )
        if declared and declared > max_seconds:
            raise UploadUnreadable("too_long", declared)
        broken = _write(container, stream, out, max_seconds)
        return {
            "rate": min(rate, KEPT_RATE),
            "container": container.format.name.split(",")[0],
            "declared": declared,
            "broken": broken,
        }


def _names(demuxer: str) -> str:
    """All names of a demuxer, as FFmpeg compares them with its list."""
    return av.ContainerFormat(demuxer, "r").name


def _write(container: Any, stream: Any, out: IO[bytes], max_seconds: float) -> bool:
    """Write samples as they are decoded; returns whether the stream is broken."""
    stream.codec_context.thread_count = 1
    rate = min(stream.codec_context.sample_rate, KEPT_RATE)
    resampler = av.AudioResampler(format="flt", layout=stream.layout.name, rate=rate)
    count = 0

    def write(frame: Any) -> int:
        written = 0
        for converted in resampler.resample(frame):
            channels = converted.to_ndarray().reshape(-1, converted.layout.nb_channels)
            samples = channels.mean(axis=1, dtype=np.float32)
            out.write(np.nan_to_num(samples).tobytes())
            written += len(samples)
        return written

    try:
        for frame in container.decode(stream):
            count += write(frame)
            if count > max_seconds * rate:
                raise UploadUnreadable("too_long", count / rate)
        count += write(None)  # what the resampler held back
    except (av.FFmpegError, EOFError):
        if not count:
            raise UploadUnreadable("no_sound") from None
        return True
    if not count:
        raise UploadUnreadable("no_sound")
    return False


def main(longest: str, slowest: str) -> None:
    """Read standard input, confined. longest: seconds; slowest: Hz."""
    max_seconds, min_rate = float(longest), int(slowest)
    av.logging.set_level(None)
    read(io.BytesIO(_SHORT_WAV), io.BytesIO(), max_seconds=1, min_rate=1)  # loads what loads late
    confined = confine(memory=MEMORY, seconds=PROCESSOR)
    with open(0, "rb", closefd=False) as file, open(1, "wb", closefd=False) as out:
        try:
            result = read(file, out, max_seconds=max_seconds, min_rate=min_rate)
        except UploadUnreadable as refused:
            result = {"refused": refused.code, "value": refused.value}
        except (av.FFmpegError, ValueError, IndexError, EOFError, OverflowError, MemoryError):
            result = {"refused": "not_audio", "value": 0}
        said = json.dumps({**result, "confined": confined}).encode()
        out.write(said + struct.pack("<I", len(said)))
        out.flush()
    sys.exit(0)
