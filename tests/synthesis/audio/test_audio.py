"""Decoding, encoding, judging recordings."""

from __future__ import annotations

import io
from itertools import combinations, permutations
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from synthesis.audio.decoding import Recording, decode
from synthesis.audio.encoding import FORMATS, StreamEncoder, encode
from synthesis.audio.quality import _advice, judge, speaker_halves
from synthesis.audio.resample import resample
from synthesis.audio.speech_amount import require_enough
from synthesis.audio.targets import NOISY_ADVICE
from synthesis.refusals import AudioRefused
from synthesis.verification.same_person import has_another
from synthesis.verification.stretches import blocks_of

RATE = 24_000
TONE = (0.3 * np.sin(2 * np.pi * 440 * np.arange(3 * RATE + 137) / RATE)).astype(np.float32)


def _wav(samples: np.ndarray, rate: int, subtype: str = "PCM_16") -> bytes:
    sink = io.BytesIO()
    soundfile.write(sink, samples, rate, format="WAV", subtype=subtype)
    return sink.getvalue()


def _encoded(samples: np.ndarray, rate: int, container: str, codec: str, channels: int) -> bytes:
    sink = io.BytesIO()
    with av.open(sink, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate)
        stream.layout = "stereo" if channels == 2 else "mono"
        resampler = av.AudioResampler(
            format=stream.codec_context.format, layout=stream.layout.name, rate=rate, frame_size=960
        )
        frame = av.AudioFrame.from_ndarray(
            np.tile(samples, (channels, 1)).astype(np.float32),
            format="fltp",
            layout=stream.layout.name,
        )
        frame.sample_rate = rate
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(piece))
        out.mux(stream.encode(None))
    return sink.getvalue()


def _streamed(name: str, samples: np.ndarray) -> bytes:
    encoder = StreamEncoder(name)
    return b"".join(encoder.encode(c) for c in np.array_split(samples, 7)) + encoder.finish()


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("pcm", "ulaw", "alaw")])
@pytest.mark.parametrize("write", [_streamed, lambda name, samples: encode(samples, name)])
def test_every_format_is_complete_to_the_last_sample(name: str, write: object) -> None:
    decoded = decode(write(name, TONE))  # type: ignore[operator]
    samples = resample(decoded.samples, decoded.rate, RATE)
    lossless = name in ("wav", "flac")
    assert len(samples) >= len(TONE) - 2
    assert len(samples) <= len(TONE) + (0 if lossless else 0.1 * RATE)
    tail = samples[-len(TONE) :][-RATE // 20 :]
    assert np.abs(tail).max() > 0.2


def test_raw_pcm_has_exactly_the_samples() -> None:
    assert len(_streamed("pcm", TONE)) == 2 * len(TONE)


def test_a_streamed_wav_header_says_until_the_end() -> None:
    assert _streamed("wav", TONE)[40:44] == b"\xff\xff\xff\xff"
    assert int.from_bytes(encode(TONE, "wav")[40:44], "little") == 2 * len(TONE)


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="mp3"):
        StreamEncoder("mid")


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT"])
@pytest.mark.parametrize("rate", [8_000, 44_100, 96_000])
def test_wav_of_any_depth_and_rate_is_decoded(subtype: str, rate: int) -> None:
    samples = 0.5 * np.sin(2 * np.pi * 300 * np.arange(rate) / rate)
    decoded = decode(_wav(samples, rate, subtype))
    assert decoded.rate == min(rate, 48_000)
    expected = resample(samples.astype(np.float32), rate, decoded.rate)
    assert np.abs(decoded.samples - expected)[50:-50].max() < 0.02


@pytest.mark.parametrize(
    ("container", "codec", "rate"),
    [("mp3", "libmp3lame", 44_100), ("mp4", "aac", 44_100), ("ogg", "libopus", 48_000),
     ("webm", "libopus", 48_000), ("flac", "flac", 48_000), ("adts", "aac", 16_000)],
)  # fmt: skip
@pytest.mark.parametrize("channels", [1, 2])
def test_what_phones_and_browsers_record_is_decoded(
    container: str, codec: str, rate: int, channels: int
) -> None:
    samples = resample(TONE, RATE, rate)
    decoded = decode(_encoded(samples, rate, container, codec, channels))
    assert abs(decoded.seconds - len(TONE) / RATE) < 0.15
    assert 0.2 < np.abs(decoded.samples[rate : 2 * rate]).max() < 0.45


@pytest.mark.parametrize("name", ["wav", "flac", "mp3", "opus"])
def test_a_truncated_file_is_refused(name: str) -> None:
    data = encode(TONE, name)
    with pytest.raises(AudioRefused) as refusal:
        decode(data[: len(data) * 2 // 3])
    assert refusal.value.code == "truncated"


@pytest.mark.parametrize("data", [b"", b"This is a text file.\n" * 50, b"RIFF" + bytes(60)])
def test_what_is_not_a_recording_is_refused(data: bytes) -> None:
    with pytest.raises(AudioRefused) as refusal:
        decode(data)
    assert refusal.value.code == "not_audio"


def test_a_two_hour_file_is_refused_before_it_is_read() -> None:
    data = bytearray(encode(TONE, "flac"))
    samples = 2 * 3600 * RATE
    data[21] = (data[21] & 0xF0) | (samples >> 32)
    data[22:26] = (samples & 0xFFFFFFFF).to_bytes(4, "big")
    with pytest.raises(AudioRefused) as refusal:
        decode(bytes(data))
    assert refusal.value.code == "too_long"
    assert "120 minutes" in str(refusal.value)


def _refusal(samples: np.ndarray, rate: int) -> str:
    with pytest.raises(AudioRefused) as refusal:
        judge(Recording(samples.astype(np.float32), rate, "wav"))
    return refusal.value.code


def test_silence_is_refused() -> None:
    assert _refusal(np.zeros(80_000), 16_000) == "silence"


def test_music_alone_is_refused() -> None:
    t = np.arange(12 * 16_000) / 16_000
    chord = sum(np.sin(2 * np.pi * f * t) * (1 + np.sin(4 * np.pi * t)) for f in (261, 329, 392))
    assert _refusal(0.1 * np.asarray(chord), 16_000) == "no_speech"


def test_clipping_is_refused(person: list[Recording]) -> None:
    assert _refusal(np.clip(12 * person[0].samples, -1, 1), 16_000) == "clipping"


def test_a_telephone_call_is_refused_at_any_rate(person: list[Recording]) -> None:
    narrow = resample(person[0].samples, 16_000, 8_000)
    assert _refusal(narrow, 8_000) == "telephone"
    assert _refusal(resample(narrow, 8_000, 16_000), 16_000) == "telephone"


def test_loud_noise_is_refused(person: list[Recording]) -> None:
    noise = np.random.default_rng(0).normal(0, 0.03, len(person[0].samples))
    assert _refusal(person[0].samples + noise, 16_000) == "noise"


def _speech(people: dict[str, list[Path]]) -> dict[str, np.ndarray]:
    return {
        name: np.concatenate([decode(f.read_bytes()).samples for f in files])
        for name, files in people.items()
    }


def test_two_speakers_in_one_recording_are_refused(people: dict[str, list[Path]]) -> None:
    speech = _speech(people)
    both = np.concatenate([speech["1688"][: 16_000 * 15], speech["3080"][: 16_000 * 15]])
    assert _refusal(both, 16_000) == "two_speakers"


@pytest.mark.slow
def test_two_people_are_told_from_one(people: dict[str, list[Path]]) -> None:
    speech = _speech(people)
    blocks = {name: blocks_of(samples, 16_000) for name, samples in speech.items()}
    for own in blocks.values():
        assert (speaker_halves(own) or 1.0) > 0.9
        assert not has_another(own)
    for a, b in combinations(blocks, 2):
        assert (speaker_halves(blocks[a][:5] + blocks[b][:5]) or 1.0) < 0.8
    missed = [
        (a, b)
        for a, b in permutations(blocks, 2)
        if not has_another(blocks[a][:10] + blocks[b][:2] + blocks[a][10:])
    ]
    assert len(missed) <= 1, missed  # of thirty: six seconds of one person may pass for another's


def test_six_seconds_of_somebody_else_in_a_minute_are_refused(
    people: dict[str, list[Path]],
) -> None:
    own, other = (_speech({name: people[name][:3]})[name] for name in ("1688", "3080"))
    hidden = np.concatenate([own[:240_000], other[32_000:136_000], own[240_000:]])
    assert _refusal(hidden, 16_000) == "two_speakers"


def test_a_good_recording_is_measured(person: list[Recording]) -> None:
    quality = judge(person[0])
    assert 5 < quality.speech_seconds <= quality.seconds
    assert -40 < quality.level < -10
    assert quality.snr > 12
    assert max(quality.waveform) == 1.0


def test_less_than_ten_seconds_of_speech_is_too_short() -> None:
    with pytest.raises(AudioRefused, match="9 seconds"):
        require_enough(9.0)
    require_enough(10.0)


@pytest.mark.parametrize(("name", "width"), [("pcm", 2), ("ulaw", 1), ("alaw", 1)])
def test_a_headerless_format_has_every_sample_at_the_rate_asked_for(name: str, width: int) -> None:
    encoder = StreamEncoder(name, rate=8_000)
    made = b"".join(encoder.encode(piece) for piece in np.array_split(TONE, 7)) + encoder.finish()
    assert len(made) == pytest.approx(width * len(TONE) / 3, abs=40)


def test_an_mp3_has_the_rate_that_was_asked_for() -> None:
    encoder = StreamEncoder("mp3", rate=44_100, bit_rate=64_000)
    decoded = decode(encoder.encode(TONE) + encoder.finish())
    assert decoded.rate == 44_100
    assert decoded.seconds == pytest.approx(len(TONE) / 24_000, abs=0.1)


@pytest.mark.parametrize(
    ("snr", "told"), [(19.4, [NOISY_ADVICE]), (19.5, []), (19.96, []), (20.0, [])]
)
def test_advice_on_noise_fits_the_number_that_is_shown(snr: float, told: list[str]) -> None:
    assert _advice(-20.0, snr, 9_000.0) == told
