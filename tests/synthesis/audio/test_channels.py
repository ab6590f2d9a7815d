"""What people hear of a recording is what machines judge of it, whatever its channels and sounds hold."""

from __future__ import annotations

import io
import wave
from fractions import Fraction
from tempfile import TemporaryFile

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from synthesis.audio import playing
from synthesis.audio.decoding import decode
from synthesis.refusals import AudioRefused, TooSlow

RATE = 16_000
Samples = NDArray[np.float64]


def _somebody(seed: int, level: float = 0.5, seconds: int = 4) -> Samples:
    """Noise with the envelope of syllables, unlike that of another seed."""
    rng = np.random.default_rng(seed)
    at = np.arange(seconds * RATE) / RATE
    syllables = np.sin(2 * np.pi * (2.0 + seed) * at) ** 2
    return np.asarray(level * syllables * rng.uniform(-1, 1, len(at)), np.float64)


ONE, OTHER, THIRD = _somebody(1), _somebody(2), _somebody(3)


def _wav(*channels: Samples, rate: int = RATE) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((len(channels), 2, rate, 0, "NONE", ""))
        file.writeframes((np.stack(channels, 1) * 32767).round().astype("<i2").tobytes())
    return out.getvalue()


def _two_sounds(first: Samples, second: Samples) -> bytes:
    """An MP4 of which browsers play the second sound, as they play no ALAC."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
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
    return out.getvalue()


def _alike(one: NDArray[np.floating], other: Samples) -> float:
    length = min(len(one), len(other))
    return float(np.corrcoef(one[:length], other[:length])[0, 1])


def _code(data: bytes) -> str:
    with pytest.raises(AudioRefused) as refusal:
        decode(data)
    return refusal.value.code


def _played(data: bytes) -> bytes:
    file = TemporaryFile()  # noqa: SIM115 - playing it closes it
    file.write(data)
    with playing.as_heard(file) as heard:
        return heard.read()


@pytest.mark.parametrize("below", [20, 12])
def test_a_speaker_whom_no_ear_is_given_is_not_judged(below: int) -> None:
    hidden = OTHER * 10 ** (-below / 20)
    assert _code(_wav((ONE + hidden) / 2, (hidden - ONE) / 2)) == "cancelled"


def test_two_seconds_that_cancel_are_as_many_as_all_of_them() -> None:
    whole, hidden = _somebody(1, seconds=20), _somebody(2, 0.05, seconds=20)
    left, right = whole.copy(), whole.copy()
    right[8 * RATE : 11 * RATE] = (hidden - whole)[8 * RATE : 11 * RATE]
    left[8 * RATE : 11 * RATE] = (hidden + whole)[8 * RATE : 11 * RATE]
    assert _code(_wav(left / 2, right / 2)) == "cancelled"


@pytest.mark.parametrize(
    ("channels", "heard"),
    [
        ((ONE, ONE), ONE),
        ((ONE, 0 * ONE), ONE),
        ((0 * ONE, ONE), ONE),
        ((ONE, -ONE), ONE),
        ((ONE, -0.7 * ONE), ONE),
        ((ONE + 0.01 * OTHER, 0.01 * THIRD - ONE), ONE),
        ((ONE + 0.3 * OTHER, ONE + 0.3 * THIRD), 2 * ONE + 0.3 * OTHER + 0.3 * THIRD),
        ((ONE, np.roll(0.8 * ONE, 23)), ONE + np.roll(0.8 * ONE, 23)),
        ((ONE, OTHER), ONE + OTHER),
    ],
    ids=["the same twice", "a dead channel", "another dead channel", "an inverted channel",
         "an inverted softer channel", "an inverted channel with noise", "a room in stereo",
         "microphones half a metre apart", "nothing in common"],
)  # fmt: skip
def test_honest_channels_are_heard(channels: tuple[Samples, Samples], heard: Samples) -> None:
    judged = decode(_wav(*(0.7 * each for each in channels))).samples
    assert abs(_alike(judged, heard)) > 0.99


@pytest.mark.parametrize("channels", [(ONE, 0 * ONE), (ONE, -ONE), (ONE, ONE)])
def test_one_channel_is_as_loud_as_it_was(channels: tuple[Samples, Samples]) -> None:
    judged = decode(_wav(*channels)).samples
    assert abs(np.abs(judged).max() - np.abs(ONE).max()) < 0.01


def test_silence_in_several_channels_is_read() -> None:
    assert not decode(_wav(0 * ONE, 0 * ONE)).samples.any()


def test_a_file_of_two_sounds_is_refused() -> None:
    assert _code(_two_sounds(ONE, OTHER)) == "several_sounds"


def test_whoever_only_looks_is_given_the_loudest_channel_and_told_so() -> None:
    found = decode(_wav((ONE + 0.1 * OTHER) / 2, (0.1 * OTHER - ONE) / 2), lenient=True)
    assert found.cancelled
    assert abs(_alike(found.samples, ONE)) > 0.98
    found = decode(_two_sounds(ONE, OTHER), whole=False, lenient=True)
    assert found.sounds == 2
    assert _alike(found.samples, ONE) > 0.95


def test_what_is_played_is_the_file_that_was_judged() -> None:
    data = _wav(ONE)
    assert _played(data) == data
    with wave.open(io.BytesIO(_played(_wav(ONE, -ONE)))) as file:
        assert (file.getnchannels(), file.getframerate()) == (1, RATE)
        played = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert np.array_equal(played / 32768, decode(_wav(ONE, -ONE)).samples)


def test_nothing_is_played_that_is_above_what_is_learned() -> None:
    at = np.arange(4 * 48_000) / 48_000
    low, high = 0.1 * np.sin(2 * np.pi * 500 * at), 0.6 * np.sin(2 * np.pi * 15_000 * at)
    with wave.open(io.BytesIO(_played(_wav(low + high, rate=48_000)))) as file:
        assert file.getframerate() == 24_000
        played = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert abs(np.abs(played[1_000:-1_000]).max() / 32768 - 0.1) < 0.01


def test_what_is_louder_than_players_can_be_is_played_softer_and_not_distorted() -> None:
    loud = (8 * ONE).astype("<f4")
    out = io.BytesIO()
    with av.open(out, "w", format="wav") as container:
        stream = container.add_stream("pcm_f32le", rate=RATE)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(loud.reshape(1, -1), format="flt", layout="mono")
        frame.sample_rate = RATE
        container.mux([*stream.encode(frame), *stream.encode(None)])
    with wave.open(io.BytesIO(_played(out.getvalue()))) as file:
        played = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert _alike(played, ONE) > 0.999


@pytest.mark.parametrize(
    "data",
    [b"RIFF" + bytes(60), _two_sounds(ONE, OTHER), _wav((ONE + 0.1 * OTHER) / 2, (0.1 * OTHER - ONE) / 2)],
    ids=["not a recording", "two sounds", "channels that cancel"],
)  # fmt: skip
def test_what_no_machine_would_judge_is_played_to_nobody(data: bytes) -> None:
    with pytest.raises(AudioRefused) as refusal:
        _played(data)
    assert refusal.value.code == "unheard"


def test_only_a_few_files_are_read_at_once_for_players(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "PATIENCE", 0.1)
    for _ in range(playing.AT_ONCE):
        playing._turns.acquire()
    try:
        with pytest.raises(TooSlow):
            _played(_wav(ONE))
    finally:
        playing._turns.release(playing.AT_ONCE)
    assert _played(_wav(ONE))
