"""No file, however damaged, harms who reads it or takes longer than it may."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from synthesis.audio import container_reader

ROOT = Path(__file__).resolve().parents[3]
FORMATS = {
    "wav": ("wav", "pcm_s16le", 24_000), "flac": ("flac", "flac", 24_000),
    "mp3": ("mp3", "libmp3lame", 24_000), "m4a": ("mp4", "aac", 24_000), "aac": ("adts", "aac", 24_000),
    "ogg": ("ogg", "libopus", 48_000), "webm": ("webm", "libopus", 48_000),
    "aiff": ("aiff", "pcm_s16be", 24_000), "caf": ("caf", "pcm_s16le", 24_000),
}  # fmt: skip
FEW, MANY = 150, int(os.environ.get("TIMBRE_MUTATED_FILES", "20000"))
LIMIT = 5_000  # milliseconds of the processor for a file of a few kilobytes


def _seed(name: str) -> bytes:
    container, codec, rate = FORMATS[name]
    samples = np.random.default_rng(1).normal(0, 3000, (1, rate // 5)).astype(np.int16)
    sink = io.BytesIO()
    with av.open(sink, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = rate
        resampler = av.AudioResampler(
            format=stream.codec_context.format, layout="mono", rate=rate, frame_size=960
        )
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(piece))
        out.mux(stream.encode(None))
    return sink.getvalue()


def _read_mutations(seed: Path, count: int) -> tuple[int, int, int]:
    """(files that ended their process, milliseconds of the slowest, files read as sound)."""
    ended, slowest, sounds, first = 0, 0, 0, 0
    while first < count:
        run = subprocess.run(
            [sys.executable, "-I", Path(__file__).with_name("mutated_files.py"), ROOT, seed,
             str(first), str(count - first)],
            capture_output=True, text=True, check=False, timeout=3600,
        )  # fmt: skip
        lines = run.stdout.split("\n")
        assert len(lines) > 1, run.stderr
        if lines[-2].startswith("done"):
            _, milliseconds, more = lines[-2].split()
            return ended, max(slowest, int(milliseconds)), sounds + int(more)
        assert run.returncode < 0, run.stderr[-2000:]  # ended by a signal, not by an error of ours
        ended, first = ended + 1, int(lines[-2]) + 1
    return ended, slowest, sounds


@pytest.mark.parametrize("name", list(FORMATS))
@pytest.mark.parametrize("count", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
def test_a_damaged_file_takes_no_longer_than_it_may(name: str, count: int, tmp_path: Path) -> None:
    seed = tmp_path / name
    seed.write_bytes(_seed(name))
    assert container_reader.demuxer_of(seed.read_bytes())
    ended, slowest, sounds = _read_mutations(seed, count)
    told = f"{name}: of {count} files {ended} ended their reader, {sounds} had sound, at most {slowest} ms\n"
    sys.stdout.write(told)
    assert slowest < LIMIT
    assert ended < 0.01 * count
    assert sounds > 0
