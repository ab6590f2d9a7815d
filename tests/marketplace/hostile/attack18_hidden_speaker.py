"""A file of which people hear one speaker and machines another. Fails on today's code.

Channels are averaged when a file is decoded, and its bytes are what a moderator's browser plays. Of left = A + V
and right = V - A, the mean is V, which is compared, screened and learned; each loudspeaker plays A.
"""

from __future__ import annotations

import io
import wave
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

from synthesis.audio.decoding import decode
from synthesis.refusals import AudioRefused

RATE = 16_000
Samples = NDArray[np.float64]


def _somebody(seed: int, level: float) -> Samples:
    """Noise with the envelope of syllables, unlike that of another seed."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(4 * RATE) / RATE
    syllables = np.sin(2 * np.pi * (2.0 + seed) * seconds) ** 2
    return np.asarray(level * syllables * rng.uniform(-1, 1, len(seconds)), np.float64)


def _wav(channels: list[Samples]) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((len(channels), 2, RATE, 0, "NONE", ""))
        file.writeframes((np.stack(channels, 1) * 32767).astype("<i2").tobytes())
    return out.getvalue()


def _alike(one: Samples, other: Samples) -> float:
    length = min(len(one), len(other))
    return float(np.corrcoef(one[:length], other[:length])[0, 1])


def test_what_is_judged_of_a_stereo_file_is_what_is_heard_of_it() -> None:
    heard, hidden = _somebody(1, 0.8), _somebody(2, 0.08)  # 20 dB below
    data = _wav([heard + hidden, hidden - heard])
    for channel in (heard + hidden, hidden - heard):
        assert abs(_alike(channel, heard)) > 0.98  # what each ear of a moderator is given
    try:
        judged = decode(data).samples.astype(np.float64)
    except AudioRefused:
        return
    assert abs(_alike(judged, heard)) > 0.9, (
        f"judged is the hidden speaker: {_alike(judged, hidden):.3f}, not the one heard: "
        f"{_alike(judged, heard):.3f}"
    )


def test_a_file_of_two_sounds_is_refused_or_judged_by_both() -> None:
    first, second = _somebody(2, 0.5), _somebody(1, 0.5)
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        # browsers play no ALAC, and so the second sound; we read the first
        streams = [container.add_stream(codec, rate=RATE) for codec in ("alac", "aac")]
        for stream in streams:
            stream.layout = "mono"  # type: ignore[union-attr]
        for stream, samples in zip(streams, (first, second), strict=True):
            codec = stream.codec_context
            form = "s16p" if codec.name == "alac" else "fltp"
            resampler = av.AudioResampler(form, "mono", RATE, frame_size=codec.frame_size or None)
            frame = av.AudioFrame.from_ndarray(
                samples.astype(np.float32).reshape(1, -1), format="flt", layout="mono"
            )
            frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
            for each in (*resampler.resample(frame), *resampler.resample(None)):
                container.mux(stream.encode(each))  # type: ignore[union-attr]
            container.mux(stream.encode(None))  # type: ignore[union-attr]
    try:
        judged = decode(out.getvalue(), whole=False).samples.astype(np.float64)
    except AudioRefused:
        return
    assert abs(_alike(judged, first)) < 0.5, "only the first of two sounds is judged"
