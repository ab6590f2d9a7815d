"""Encoding of speech as WAV, FLAC, MP3, Opus, AAC, G.711 or raw PCM, as a whole or as a stream."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

RATE = 24_000


@dataclass(frozen=True)
class Format:
    """How a format is written: media type, FFmpeg container and codec, bit rate (bit/s)."""

    media_type: str
    container: str = ""
    codec: str = ""
    bit_rate: int = 0
    sample_format: str = "s16"


FORMATS: dict[str, Format] = {
    "wav": Format("audio/wav"),
    "pcm": Format("audio/L16;rate=24000;channels=1"),
    "flac": Format("audio/flac", "flac", "flac", 0, "s16"),
    "mp3": Format("audio/mpeg", "mp3", "libmp3lame", 128_000, "s16p"),
    "opus": Format("audio/ogg;codecs=opus", "ogg", "libopus", 48_000, "s16"),
    "aac": Format("audio/aac", "adts", "aac", 96_000, "fltp"),
    "ulaw": Format("audio/basic", "mulaw", "pcm_mulaw", 0, "s16"),  # G.711, for telephones
    "alaw": Format("audio/x-alaw-basic", "alaw", "pcm_alaw", 0, "s16"),
}


def media_type(name: str, rate: int = RATE) -> str:
    """The media type of a format at a sample rate."""
    return f"audio/L16;rate={rate};channels=1" if name == "pcm" else FORMATS[name].media_type


def pcm16(samples: NDArray[np.float32]) -> bytes:
    """Mono float32 [n] in [-1, 1] as little-endian 16-bit samples."""
    return (np.clip(samples, -1.0, 1.0) * 32767.0).round().astype("<i2").tobytes()


def wav_header(data_bytes: int | None, rate: int = RATE) -> bytes:
    """44-byte header for mono 16 bit; None: length unknown, read to the end of the stream."""
    data = 0xFFFFFFFF if data_bytes is None else data_bytes
    riff = 0xFFFFFFFF if data_bytes is None else data_bytes + 36
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", riff, b"WAVE", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16, b"data", data,
    )  # fmt: skip


_FLAC_SAMPLES = slice(18, 26)  # of STREAMINFO: rate, channels, depth, and 36 bits of samples


def with_length(audio: bytes, name: str, samples: int, rate: int = RATE) -> bytes:
    """A stream that has ended, with the length that its header left open.

    samples: how many it holds; 0 if that is unknown, which FLAC's header says then too.
    """
    if name == "wav":
        return wav_header(len(audio) - 44, rate) + audio[44:]
    if name == "flac" and audio[:4] == b"fLaC":
        (described,) = struct.unpack(">Q", audio[_FLAC_SAMPLES])
        counted = struct.pack(">Q", described >> 36 << 36 | samples)
        return audio[: _FLAC_SAMPLES.start] + counted + audio[_FLAC_SAMPLES.stop :]
    return audio


class _Outbox(io.RawIOBase):
    """A sink that can't seek, so FFmpeg writes nothing it would have to correct later."""

    def __init__(self) -> None:
        self.pending = bytearray()

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self.pending += piece
        return len(piece)

    def take(self) -> bytes:
        taken = bytes(self.pending)
        self.pending.clear()
        return taken


class StreamEncoder:
    """Encodes chunk by chunk: `encode` each chunk, then `finish` once; join what they return.

    rate: output samples per second; bit_rate: bit/s instead of the format's own; `samples` counts
    what was encoded, at 24 kHz.

    Raises:
        ValueError: a format that is not in `FORMATS`.
    """

    def __init__(
        self, name: str, sink: io.BytesIO | None = None, *, rate: int = RATE, bit_rate: int = 0
    ) -> None:
        if name not in FORMATS:
            raise ValueError(f"Unknown format {name!r}; use one of {', '.join(FORMATS)}.")
        self.name = name
        self.format = FORMATS[name]
        self._begun = False
        self.samples = 0
        self._rate = rate
        self._resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
        if self.format.codec:
            self._outbox = _Outbox()
            options = {"write_xing": "0"} if name == "mp3" and sink is None else {}
            self._container = av.open(
                sink or self._outbox, "w", format=self.format.container, options=options
            )
            stream = self._container.add_stream(self.format.codec, rate=rate)
            assert isinstance(stream, av.AudioStream)
            self._stream = stream
            self._stream.layout = "mono"
            self._stream.format = av.AudioFormat(self.format.sample_format)
            if self.format.bit_rate:
                self._stream.bit_rate = bit_rate or self.format.bit_rate
            self._stream.codec_context.open()
            self._resampler = av.AudioResampler(
                format=self.format.sample_format,
                layout="mono",
                rate=rate,
                frame_size=self._stream.codec_context.frame_size or None,
            )

    def encode(self, samples: NDArray[np.float32]) -> bytes:
        """Encode mono float32 samples [n] at 24 kHz; returns the bytes ready so far."""
        begins, self.samples = self.samples, self.samples + len(samples)
        if not self.format.codec:
            head = wav_header(None, self._rate) if self.name == "wav" and not self._begun else b""
            self._begun = True
            if self._rate == RATE:
                return head + pcm16(samples)
            return head + self._raw(self._resampler.resample(self._frame(samples, begins)))
        if not len(samples):
            return b""
        self._mux(self._resampler.resample(self._frame(samples, begins)))
        return self._outbox.take()

    @staticmethod
    def _frame(samples: NDArray[np.float32], begins: int) -> av.AudioFrame:
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples, np.float32).reshape(1, -1), format="flt", layout="mono"
        )
        frame.sample_rate = RATE
        frame.pts = begins
        frame.time_base = Fraction(1, RATE)
        return frame

    @staticmethod
    def _raw(frames: Iterable[av.AudioFrame]) -> bytes:
        return b"".join(frame.to_ndarray().astype("<i2").tobytes() for frame in frames)

    def finish(self) -> bytes:
        """End the stream; returns its remaining bytes."""
        if not self.format.codec:
            head = b"" if self._begun or self.name != "wav" else wav_header(None, self._rate)
            if self._rate == RATE:
                return head
            return head + self._raw(self._resampler.resample(None))
        self._mux(self._resampler.resample(None))
        self._container.mux(self._stream.encode(None))
        self._container.close()
        return self._outbox.take()

    def _mux(self, frames: Iterable[av.AudioFrame]) -> None:
        for frame in frames:
            self._container.mux(self._stream.encode(frame))


class FileEncoder:
    """Encodes a file piece by piece, with correct lengths in its header."""

    def __init__(self, name: str) -> None:
        self._sink, self._raw = io.BytesIO(), bytearray()
        self._name = name
        self._encoder = None if name in ("wav", "pcm") else StreamEncoder(name, self._sink)

    def add(self, samples: NDArray[np.float32]) -> None:
        """Add the next mono float32 samples [n] at 24 kHz."""
        if self._encoder is None:
            self._raw += pcm16(samples)
        else:
            self._encoder.encode(samples)

    def finish(self) -> bytes:
        """The whole file."""
        if self._encoder is None:
            head = wav_header(len(self._raw)) if self._name == "wav" else b""
            return head + bytes(self._raw)
        self._encoder.finish()
        return self._sink.getvalue()


def encode(samples: NDArray[np.float32], name: str) -> bytes:
    """Encode mono float32 samples [n] at 24 kHz as a whole file."""
    encoder = FileEncoder(name)
    encoder.add(samples)
    return encoder.finish()
