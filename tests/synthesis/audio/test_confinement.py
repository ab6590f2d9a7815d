"""Other people's files are read by a process that can do nothing else."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest

from synthesis.audio import container_reader, decoding
from synthesis.audio.decoding import decode
from synthesis.audio.encoding import encode
from synthesis.refusals import AudioRefused, TooSlow

ROOT = Path(__file__).resolve().parents[3]
SDP = (
    b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    b"m=audio 45678 RTP/AVP 0\na=recvonly\n"
)
TONE = (0.3 * np.sin(2 * np.pi * 440 * np.arange(48_000) / 24_000)).astype(np.float32)
CONFINED = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    "from synthesis.audio.confinement import confine;"
    "import os, socket; print(confine(memory=1 << 30, seconds=2), flush=True)\n"
)


def _confined(attempt: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-c", CONFINED + attempt, ROOT],
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/passwd')",
        "open('/tmp/left-behind', 'w')",
        "socket.socket()",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "os.kill(os.getppid(), 0)",
    ],
)
def test_a_confined_process_reaches_nothing(attempt: str) -> None:
    run = _confined(attempt)
    assert run.stdout.split() == ["True"]
    assert "not permitted" in run.stderr or "Too many open files" in run.stderr
    assert run.returncode == 1


def test_a_confined_process_ends_at_its_memory_and_its_time() -> None:
    assert "MemoryError" in _confined("bytearray(2 << 30)").stderr
    started = time.monotonic()
    assert _confined("while True: pass").returncode < 0
    assert time.monotonic() - started < 20


def test_a_file_that_opens_sockets_is_refused_unopened() -> None:
    with pytest.raises(AudioRefused) as refusal:
        decode(SDP)
    assert refusal.value.code == "not_audio"


@pytest.mark.parametrize(
    "data",
    [b"ffconcat version 1.0\nfile '/etc/hostname'\n", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n",
     b"<?xml version='1.0'?><MPD/>", b"\x89PNG\r\n\x1a\n" + bytes(64)],
)  # fmt: skip
def test_only_containers_of_recordings_have_a_demuxer(data: bytes) -> None:
    assert container_reader.demuxer_of(data) is None


def _flac_of_silence(seconds: int, rate: int, channels: int) -> bytes:
    sink = io.BytesIO()
    with av.open(sink, "w", format="flac") as out:
        stream = out.add_stream("flac", rate=rate)
        stream.layout = {1: "mono", 2: "stereo", 8: "7.1"}[channels]
        stream.codec_context.format = "s16"
        for _ in range(seconds):
            frame = av.AudioFrame.from_ndarray(
                np.zeros((1, rate * channels), np.int16), format="s16", layout=stream.layout.name
            )
            frame.sample_rate = rate
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    data = bytearray(sink.getvalue())
    data[21] &= 0xF0  # the length that the header declares, unknown
    data[22:26] = bytes(4)
    return bytes(data)


def test_a_small_file_of_much_silence_is_read_within_its_bounds() -> None:
    data = _flac_of_silence(seconds=180, rate=96_000, channels=8)
    assert len(data) < 400_000
    with pytest.raises(AudioRefused) as refusal:
        decode(data, max_seconds=120)
    assert refusal.value.code == "too_long"


def test_higher_rates_are_brought_to_48_khz_while_decoding() -> None:
    recording = decode(_flac_of_silence(seconds=2, rate=96_000, channels=2))
    assert (recording.rate, recording.seconds) == (48_000, 2.0)


def test_a_reader_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "READING", 0.5)
    monkeypatch.setattr(decoding, "_PROGRAM", "import time; time.sleep(60)")
    with pytest.raises(TooSlow):
        decode(encode(TONE, "wav"))


def test_a_reader_that_is_ended_by_the_kernel_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "_PROGRAM", "import os; os.abort()")
    with pytest.raises(AudioRefused) as refusal:
        decode(encode(TONE, "wav"))
    assert refusal.value.code == "not_audio"


def test_reading_leaves_no_file_open() -> None:
    decode(encode(TONE, "wav"))
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        decode(encode(TONE, "wav"))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_cover_picture_is_no_obstacle() -> None:
    picture = b"\x00image/png\x00\x03\x00" + b"\x89PNG\r\n\x1a\n" + bytes(200)
    frame = b"APIC" + struct.pack(">I", len(picture)) + b"\x00\x00" + picture
    size = len(frame)
    tag = b"ID3\x03\x00\x00" + bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0)) + frame
    recording = decode(tag + encode(TONE, "mp3"))
    assert abs(recording.seconds - 2.0) < 0.2


def _film(path: Path, *, moov_first: bool) -> bytes:
    """The tone as MP4 or MOV; moov_first: and its `mdat` as the last box."""
    options = {"movflags": "faststart"} if moov_first else {}
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream("aac", rate=24_000)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(TONE[None], format="fltp", layout="mono")
        frame.sample_rate = 24_000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return path.read_bytes()


def _with_64_bits(film: bytes, length: int | None = None) -> bytes:
    """The film with a length of eight bytes for its `mdat`, for which eight bytes lie before it."""
    at = film.index(b"mdat") - 4
    assert film[at - 4 : at] in (b"free", b"wide")
    told = int.from_bytes(film[at : at + 4], "big") + 8 if length is None else length
    return film[: at - 8] + struct.pack(">I4sQ", 1, b"mdat", told) + film[at + 8 :]


@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_a_film_whose_last_box_goes_to_its_end_is_read(tmp_path: Path, suffix: str) -> None:
    film = _film(tmp_path / f"a.{suffix}", moov_first=True)
    at = film.index(b"mdat") - 4
    to_the_end = film[:at] + bytes(4) + film[at + 4 :]
    read = decode(to_the_end)
    assert np.array_equal(read.samples, decode(film).samples)
    with pytest.raises(AudioRefused) as refusal:
        decode(to_the_end[: at + (len(film) - at) // 2])
    assert refusal.value.code == "truncated"


@pytest.mark.parametrize("suffix", ["mp4", "mov"])
@pytest.mark.parametrize("moov_first", [False, True])
def test_a_film_with_a_length_of_64_bits_is_read(
    tmp_path: Path, suffix: str, moov_first: bool
) -> None:
    film = _film(tmp_path / f"a.{suffix}", moov_first=moov_first)
    assert np.array_equal(decode(_with_64_bits(film)).samples, decode(film).samples)


@pytest.mark.parametrize("length", [0, 1, 15, 1 << 40, (1 << 63) - 1, (1 << 64) - 1])
def test_a_film_with_a_wrong_length_of_64_bits_ends_within_its_bounds(
    tmp_path: Path, length: int
) -> None:
    film = _with_64_bits(_film(tmp_path / "a.mp4", moov_first=False), length)
    with pytest.raises(AudioRefused) as refusal:
        decode(film)
    assert refusal.value.code in ("not_audio", "truncated")
