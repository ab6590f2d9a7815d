"""Reads a container in a confined process of its own: a file on standard input, samples to standard output.

After the samples (mono float32, or 16-bit for players) follow a JSON object and its length as four bytes. It
says `refused`, a code, or else `rate`, `container`, `declared` (seconds, or null), `broken`, `sounds` (how many
there are, of which the first is read) and `cancelled` (whether one channel is read, as the mean is another sound).
"""

from __future__ import annotations

import io
import json
import struct
import sys
from collections.abc import Generator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import IO, Any

import av
import numpy as np
from numpy.typing import NDArray

from synthesis.audio.channels import Agreement, Choice
from synthesis.audio.confinement import confine
from synthesis.refusals import UploadUnreadable

MAX_RATE = 192_000  # Hz of a file
KEPT_RATE = 48_000  # Hz, to which higher rates are brought while decoding
PLAYED_RATE = 24_000  # Hz, which voices are learned at: people hear no more than what is learned
MAX_CHANNELS = 8
LOUDEST = 16.0  # of a sample, where 1 is full scale
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


@dataclass(frozen=True)
class Asked:
    """How a file is read. max_seconds: at most; min_rate: Hz at least; playing: for people to hear, as 16-bit
    samples of at most `PLAYED_RATE` Hz; lenient: whether what is refused for what else it holds (further sounds,
    channels that cancel) is read without that.
    """

    max_seconds: float
    min_rate: int
    playing: bool = False
    lenient: bool = False

    @property
    def most_rate(self) -> int:
        """Hz, to which higher rates are brought while decoding."""
        return PLAYED_RATE if self.playing else KEPT_RATE


def read(file: IO[bytes], out: IO[bytes], asked: Asked) -> dict[str, Any]:
    """Write the samples of a file's sound; returns what else is known of it.

    Raises:
        UploadUnreadable: not_audio, no_sound, sample_rate, channels, too_long, several_sounds, cancelled.
    """
    demuxer = demuxer_of(file.read(1 << 16))
    if demuxer is None:
        raise UploadUnreadable("not_audio")
    with _opened(file, demuxer) as container:
        if not container.streams.audio:
            raise UploadUnreadable("no_sound")
        sounds = len(container.streams.audio)
        if sounds > 1 and not asked.lenient:
            raise UploadUnreadable("several_sounds", sounds)
        stream = container.streams.audio[0]
        if stream.codec_context is None:  # of a codec that isn't allowed
            raise UploadUnreadable("not_audio")
        rate, channels = stream.codec_context.sample_rate, stream.codec_context.channels
        if not asked.min_rate <= rate <= MAX_RATE:
            raise UploadUnreadable("sample_rate", rate)
        if not 1 <= channels <= MAX_CHANNELS:
            raise UploadUnreadable("channels", channels)
        declared = (
            float(stream.duration * Fraction(stream.time_base))
            if stream.duration and stream.time_base
            else None
        )
        if declared and declared > asked.max_seconds:
            raise UploadUnreadable("too_long", declared)
        choice, gain = Choice(np.ones(1, np.float32)), 1.0
        if channels > 1 or asked.playing:  # what is to be heard of them is known at the end
            choice, gain = _surveyed(container, stream, asked)
    if choice.cancelled and not asked.lenient:
        raise UploadUnreadable("cancelled")
    with _opened(file, demuxer) as container:
        broken = _write(container, out, asked, choice, gain)
        return {
            "rate": min(rate, asked.most_rate),
            "container": container.format.name.split(",")[0],
            "declared": declared,
            "broken": broken,
            "sounds": sounds,
            "cancelled": choice.cancelled,
        }


def _opened(file: IO[bytes], demuxer: str) -> Any:
    file.seek(0)
    options = {"format_whitelist": _names(demuxer), "codec_whitelist": ",".join(CODECS)}
    return av.open(
        file, mode="r", format=demuxer, container_options=options, metadata_errors="ignore"
    )


def _names(demuxer: str) -> str:
    """All names of a demuxer, as FFmpeg compares them with its list."""
    return av.ContainerFormat(demuxer, "r").name


def _surveyed(container: Any, stream: Any, asked: Asked) -> tuple[Choice, float]:
    """What is to be heard of the channels of a sound, and how much softer players need it."""
    agreement = Agreement(min(stream.codec_context.sample_rate, asked.most_rate))
    for samples in _decoded(container, stream, asked):
        agreement.add(samples)
    gain = 1.0 / max(1.0, agreement.peak) if asked.playing else 1.0
    return agreement.choice(), gain


def _decoded(
    container: Any, stream: Any, asked: Asked
) -> Generator[NDArray[np.float32], None, bool]:
    """The samples [n, channels] of a sound, piece by piece; returns whether the stream is broken."""
    stream.codec_context.thread_count = 1
    rate = min(stream.codec_context.sample_rate, asked.most_rate)
    resampler, count = None, 0
    try:
        # None: at the end, what the resampler held back
        for frame in chain(container.decode(stream), [None]):
            # of the channels that there are, not of those that a header declares
            if resampler is None:
                layout = stream.layout if frame is None else frame.layout
                resampler = av.AudioResampler(format="flt", layout=layout.name, rate=rate)
            for converted in resampler.resample(frame):
                samples = converted.to_ndarray().reshape(-1, converted.layout.nb_channels)
                count += len(samples)
                if count > asked.max_seconds * rate:
                    raise UploadUnreadable("too_long", count / rate)
                yield np.clip(np.nan_to_num(samples), -LOUDEST, LOUDEST)
    except (av.FFmpegError, EOFError):
        if count:
            return True
    if not count:
        raise UploadUnreadable("no_sound")
    return False


def _write(container: Any, out: IO[bytes], asked: Asked, choice: Choice, gain: float) -> bool:
    """Write what is to be heard as it is decoded; returns whether the stream is broken."""
    pieces = _decoded(container, container.streams.audio[0], asked)
    while True:
        try:
            samples = next(pieces)
        except StopIteration as end:
            return bool(end.value)
        mono = samples @ (choice.weights * np.float32(gain))
        if asked.playing:
            out.write(np.clip((mono * 32768).round(), -32768, 32767).astype("<i2").tobytes())
        else:
            out.write(mono.tobytes())


def main(longest: str, slowest: str, *how: str) -> None:
    """Read standard input, confined. longest: seconds; slowest: Hz; how: "playing", "lenient"."""
    asked = Asked(float(longest), int(slowest), playing="playing" in how, lenient="lenient" in how)
    av.logging.set_level(None)
    short = Asked(1, 1, playing=True)
    read(io.BytesIO(_SHORT_WAV), io.BytesIO(), short)  # loads what loads late
    confined = confine(memory=MEMORY, seconds=PROCESSOR)
    with open(0, "rb", closefd=False) as file, open(1, "wb", closefd=False) as out:
        try:
            result = read(file, out, asked)
        except UploadUnreadable as refused:
            result = {"refused": refused.code, "value": refused.value}
        except (av.FFmpegError, ValueError, IndexError, EOFError, OverflowError, MemoryError):
            result = {"refused": "not_audio", "value": 0}
        said = json.dumps({**result, "confined": confined}).encode()
        out.write(said + struct.pack("<I", len(said)))
        out.flush()
    sys.exit(0)
