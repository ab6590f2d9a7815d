"""What the watermark survives, what it costs, and how often it is detected where there is none."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthesis.audio.decoding import decode_own
from synthesis.audio.encoding import StreamEncoder
from synthesis.audio.resample import resample
from synthesis.benchmarks.attacks import upper_bound
from synthesis.engines.kokoro import KokoroEngine
from synthesis.liveness.clones import STATEMENTS
from synthesis.liveness.simulation import RATE as NARROW
from synthesis.liveness.simulation import colour, room
from synthesis.watermark.detection import detect
from synthesis.watermark.embedding import Watermarker, watermark
from synthesis.watermark.interface import Verdict
from synthesis.watermark.pattern import RATE

Samples = NDArray[np.float32]
Sound = tuple[Samples, int]  # samples and their rate
Attack = Callable[[Samples, np.random.Generator], Sound]
CLIP = 10.0  # seconds
CHUNK = 24_000  # about as many samples as the engine delivers at a time
PERCEIVED = 12  # clips whose quality is judged by PESQ, which is slow


@dataclass(frozen=True)
class Survival:
    """Of `clips`, how many were called watermarked, and how many payloads were exact."""

    clips: int
    detected: int
    exact: int


@dataclass(frozen=True)
class Cost:
    """snr: (mean, least) dB; pesq: (mean, least) wide-band; share: of synthesis time."""

    snr: tuple[float, float]
    pesq: tuple[float, float]
    real_time_factor: float
    share: float


def through_codec(samples: Samples, name: str, bit_rate: int) -> Sound:
    """Encode and decode samples."""
    encoder = StreamEncoder(name, bit_rate=bit_rate)
    decoded = decode_own(encoder.encode(samples) + encoder.finish(), whole=False)
    return decoded.samples, decoded.rate


def _codec(*steps: tuple[str, int]) -> Attack:
    def attack(samples: Samples, _: np.random.Generator) -> Sound:
        encoded = samples
        for name, bit_rate in steps:
            encoded = resample(*through_codec(encoded, name, bit_rate), RATE)
        return encoded, RATE

    return attack


def _at(rate: int) -> Attack:
    return lambda samples, _: (resample(samples, RATE, rate), rate)


def _faster(by: float) -> Attack:
    return lambda samples, _: (resample(samples, round(RATE * (1 + by)), RATE), RATE)


def _noise(decibels: float) -> Attack:
    def attack(samples: Samples, random: np.random.Generator) -> Sound:
        noise = random.standard_normal(len(samples)).astype(np.float32)
        noise *= np.sqrt((samples**2).mean() / 10 ** (decibels / 10))
        return samples + noise, RATE

    return attack


def _crop(seconds: float) -> Attack:
    def attack(samples: Samples, random: np.random.Generator) -> Sound:
        length = int(seconds * RATE)
        start = int(random.integers(0, max(1, len(samples) - length)))
        return samples[start : start + length], RATE

    return attack


def _equalize(samples: Samples, random: np.random.Generator) -> Sound:
    return colour(resample(samples, RATE, NARROW), random, 1.0), NARROW


def _reverberate(samples: Samples, random: np.random.Generator) -> Sound:
    return room(resample(samples, RATE, NARROW), random, decay=0.4, direct=6.0), NARROW


def music(count: int, random: np.random.Generator) -> Samples:
    """A made-up tune [count]: plucked chords over a bass and a beat, at 24 kHz."""
    tune = np.zeros(count + 2 * RATE, np.float32)
    beat = RATE // 2
    for number, start in enumerate(range(0, count, beat)):
        root = 110.0 * 2 ** (int(random.choice([0, 3, 5, 7, 10])) / 12)
        seconds = np.arange(RATE) / RATE
        for ratio in (0.5, 1.0, 1.25, 1.5, 2.0):
            for harmonic in range(1, 7):
                tone = np.sin(2 * np.pi * root * ratio * harmonic * seconds) / harmonic
                tune[start : start + RATE] += tone * np.exp(-3 * harmonic**0.5 * seconds)
        hit = random.standard_normal(RATE // 8) * np.exp(-np.arange(RATE // 8) / 500)
        tune[start : start + RATE // 8] += hit * (2.0 if number % 2 else 0.7)
    return tune[:count]


def _over_music(samples: Samples, random: np.random.Generator) -> Sound:
    tune = music(len(samples), random)
    tune *= np.sqrt((samples**2).mean() / (tune**2).mean() / 10)
    return samples + tune, RATE


ATTACKS: dict[str, Attack] = {
    "none": lambda samples, _: (samples, RATE),
    "MP3 128 kbit/s": _codec(("mp3", 128_000)),
    "MP3 64 kbit/s": _codec(("mp3", 64_000)),
    "MP3 32 kbit/s": _codec(("mp3", 32_000)),
    "AAC 64 kbit/s": _codec(("aac", 64_000)),
    "Opus 24 kbit/s": _codec(("opus", 24_000)),
    "Opus 16 kbit/s": _codec(("opus", 16_000)),
    "encoded twice: MP3 64, then Opus 24": _codec(("mp3", 64_000), ("opus", 24_000)),
    "16 kHz": _at(16_000),
    "8 kHz": _at(8_000),
    "3% faster": _faster(0.03),
    "3% slower": _faster(-0.03),
    "equalizer ±1 dB": _equalize,
    "noise at 30 dB": _noise(30),
    "noise at 20 dB": _noise(20),
    "reverberation 0.4 s, direct sound 6 dB over it": _reverberate,
    "music 10 dB under it": _over_music,
    "cropped to 5 s": _crop(5),
    "cropped to 3 s": _crop(3),
}


def clips(engine: KokoroEngine, count: int, *, seed: int = 0) -> Iterator[tuple[Samples, float]]:
    """Clips of ten seconds in mixtures of stock styles, with the seconds that synthesis took."""
    random, names = np.random.default_rng(seed), sorted(engine.stock)
    text = " ".join(STATEMENTS)
    for _ in range(count):
        first, second = random.choice(names, 2, replace=False)
        voice = engine.mix(
            {str(first): 0.6, str(second): 0.4}, pitch_shift=float(random.uniform(-3, 3))
        )
        started = time.perf_counter()
        spoken = np.concatenate([chunk.samples for chunk in engine.synthesize(text, voice)])
        elapsed = time.perf_counter() - started
        length = int(CLIP * RATE)
        start = int(random.integers(0, len(spoken) - length))
        yield np.ascontiguousarray(spoken[start : start + length]), elapsed / len(spoken) * length


def survive(
    engine: KokoroEngine, count: int, *, say: Callable[[str], None]
) -> tuple[dict[str, Survival], Cost]:
    """Mark clips of the engine's speech, attack them, and try to detect the mark."""
    random = np.random.default_rng(1)
    tallies = {name: [0, 0] for name in ATTACKS}
    ratios, qualities, marking, speaking = [], [], 0.0, 0.0
    for number, (clip, spoken_in) in enumerate(clips(engine, count)):
        key, payload = secrets.token_bytes(32), secrets.randbits(32)
        marked, seconds = _mark_clip(clip, key, payload)
        marking, speaking = marking + seconds, speaking + spoken_in
        ratios.append(10 * np.log10((clip**2).sum() / ((marked - clip) ** 2).sum()))
        if number < PERCEIVED:
            qualities.append(_perceived_quality(clip, marked))
        for name, attack in ATTACKS.items():
            attacked, rate = attack(marked, random)
            seen = detect(np.ascontiguousarray(attacked, np.float32), rate, key)
            tallies[name][0] += seen.verdict == Verdict.WATERMARKED
            tallies[name][1] += seen.payload == payload
        if number % 10 == 9:
            say(f"{number + 1} of {count} marked clips attacked")
    cost = Cost(
        (float(np.mean(ratios)), float(np.min(ratios))),
        (float(np.mean(qualities)), float(np.min(qualities))),
        marking / (count * CLIP),
        marking / speaking,
    )
    return {name: Survival(count, *counts) for name, counts in tallies.items()}, cost


def _mark_clip(clip: Samples, key: bytes, payload: int) -> tuple[Samples, float]:
    """Mark a clip in chunks, as it is delivered; returns the seconds that took too."""
    watermark(clip[:RATE], key, 0)  # the key's pattern is computed once per process
    marker = Watermarker(key, payload)
    started = time.perf_counter()
    pieces = [marker.mark(clip[at : at + CHUNK]) for at in range(0, len(clip), CHUNK)]
    marked = np.concatenate([*pieces, marker.finish()])
    return marked, time.perf_counter() - started


def _perceived_quality(clip: Samples, marked: Samples) -> float:
    from pesq import pesq

    return float(pesq(NARROW, resample(clip, RATE, NARROW), resample(marked, RATE, NARROW), "wb"))


def false_alarms(
    files: Sequence[Path], count: int, *, say: Callable[[str], None]
) -> tuple[int, int, float]:
    """Try to detect a mark in people's recordings, `count` times, at random places and with random keys.

    Returns how many were called watermarked, how many inconclusive, and the highest score.
    """
    random = np.random.default_rng(2)
    recordings = [decode_own(path.read_bytes()) for path in files]
    alarms, unsure, highest = 0, 0, 0.0
    for number in range(count):
        recording = recordings[int(random.integers(len(recordings)))]
        length = min(len(recording.samples), int(CLIP * recording.rate))
        start = int(random.integers(0, len(recording.samples) - length + 1))
        clip = recording.samples[start : start + length]
        seen = detect(np.ascontiguousarray(clip), recording.rate, random.bytes(32))
        alarms += seen.verdict == Verdict.WATERMARKED
        unsure += seen.verdict == Verdict.INCONCLUSIVE
        highest = max(highest, seen.score)
        if number % 500 == 499:
            say(f"{number + 1} of {count} unmarked clips looked at")
    return alarms, unsure, highest


def bound(wrong: int, trials: int) -> str:
    """An upper bound as a percentage, for a table."""
    return f"{upper_bound(wrong, trials):.2%}"
