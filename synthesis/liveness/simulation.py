"""Simulates the recording path of speech: honest microphones, loudspeakers in rooms, and splicing.

Rooms are decaying noise after a direct sound (Polack 1988). Loudspeakers lack bass and the highest
octave, colour the range between, and saturate a little. A splicer cuts words out of a person's
speech and rearranges them.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from synthesis.audio.decoding import decode_own
from synthesis.audio.encoding import StreamEncoder
from synthesis.audio.resample import resample

Samples = NDArray[np.float32]
RATE = 16_000


def room(samples: Samples, random: np.random.Generator, *, decay: float, direct: float) -> Samples:
    """Reverberate; decay: reverberation time (s); direct: level of the direct sound over it (dB)."""
    length = int(min(decay, 0.8) * RATE)
    tail = random.standard_normal(length) * np.exp(-6.9 * np.arange(length) / (decay * RATE))
    tail[: int(0.002 * RATE)] = 0
    tail *= 10 ** (-direct / 20) / np.sqrt((tail**2).sum() + 1e-9)
    tail[0] = 1.0
    return np.asarray(scipy.signal.fftconvolve(samples, tail)[: len(samples)], np.float32)


def add_noise(samples: Samples, random: np.random.Generator, snr: float) -> Samples:
    """Add pink-like noise, `snr` dB below the speech."""
    noise = scipy.signal.lfilter([1.0], [1.0, -0.9], random.standard_normal(len(samples)))
    noise *= np.sqrt((samples**2).mean() / (noise**2).mean() / 10 ** (snr / 10))
    return np.asarray(samples + noise, np.float32)


def colour(samples: Samples, random: np.random.Generator, depth: float) -> Samples:
    """Apply a smooth random frequency response of `depth` dB."""
    points = random.uniform(-depth, depth, 9)
    gains = 10 ** (np.interp(np.linspace(0, 8, 129), np.arange(9), points) / 20)
    taps = scipy.signal.firwin2(129, np.linspace(0, 1, 129), gains)
    return np.asarray(scipy.signal.fftconvolve(samples, taps, mode="same"), np.float32)


def loudspeaker(samples: Samples, random: np.random.Generator) -> Samples:
    """Play through a telephone, laptop or small loudspeaker."""
    low, high = random.uniform(120, 450), random.uniform(5_000, 7_600)
    sos = scipy.signal.butter(random.integers(2, 5), [low, high], "bandpass", fs=RATE, output="sos")
    played = colour(scipy.signal.sosfilt(sos, samples).astype(np.float32), random, 7.0)
    peak = np.abs(played).max() + 1e-6
    drive = random.uniform(0.5, 3.0)
    return np.asarray(np.tanh(drive * played / peak) / drive * peak, np.float32)


def through_codec(samples: Samples, name: str, bit_rate: int) -> Samples:
    """Encode and decode with "mp3", "opus" or "aac" at `bit_rate`."""
    encoder = StreamEncoder(name, bit_rate=bit_rate)
    data = encoder.encode(resample(samples, RATE, 24_000)) + encoder.finish()
    decoded = decode_own(data, whole=False)
    return resample(decoded.samples, decoded.rate, RATE)


def through_microphone(samples: Samples, random: np.random.Generator) -> Samples:
    """Record as a browser does, from a person close to the microphone in an ordinary room."""
    sound = samples
    if random.random() < 0.7:
        sound = room(sound, random, decay=random.uniform(0.1, 0.4), direct=random.uniform(12, 26))
    if random.random() < 0.5:
        sound = colour(sound, random, 4.0)
    if random.random() < 0.6:
        sound = add_noise(sound, random, random.uniform(22, 45))
    if random.random() < 0.4:
        sound = through_codec(sound, str(random.choice(["opus", "mp3", "aac"])), 64_000)
    return sound


def through_loudspeaker(samples: Samples, random: np.random.Generator) -> Samples:
    """Record the same sound played by a loudspeaker."""
    sound = samples
    if random.random() < 0.4:
        sound = through_codec(
            sound, str(random.choice(["opus", "mp3"])), int(random.choice([32_000, 64_000]))
        )
    sound = loudspeaker(sound, random)
    sound = room(sound, random, decay=random.uniform(0.2, 0.8), direct=random.uniform(-2, 11))
    sound = add_noise(sound, random, random.uniform(18, 40))
    if random.random() < 0.4:
        sound = through_codec(sound, "opus", 64_000)
    return sound


def _levels(samples: Samples, frame: int) -> Samples:
    """Level (root mean square) of each frame."""
    whole = samples[: len(samples) // frame * frame].reshape(-1, frame)
    return np.asarray(np.sqrt((whole**2).mean(1)), np.float32)


def _cuts(samples: Samples, random: np.random.Generator) -> list[int]:
    """Cutting points about a word apart, usually at the quietest moment nearby."""
    frame = RATE // 100
    levels = np.convolve(_levels(samples, frame), np.ones(3) / 3, "same")
    cuts, at = [0], 0.0
    while True:
        at += random.uniform(0.2, 0.8) * 100
        around = range(max(0, int(at) - 8), min(len(levels), int(at) + 9))
        if len(around) < 17:
            return cuts
        nearest = min(around, key=lambda n: levels[n]) if random.random() < 0.8 else int(at)
        cuts.append(nearest * frame)


def splice(samples: Samples, random: np.random.Generator) -> Samples:
    """Rearrange pieces of speech, a word or two long, with fades between them."""
    cuts = _cuts(samples, random)
    pieces = [samples[a:b] for a, b in pairwise(cuts) if b - a > RATE // 8]
    fade = int(random.uniform(0.002, 0.025) * RATE)
    edge = np.linspace(0, 1, fade, dtype=np.float32)
    gap = int(random.choice([0.0, 0.0, 0.03, 0.1]) * RATE)
    overlap = fade if gap == 0 and random.random() < 0.5 else 0
    level = float(np.quantile(_levels(samples, RATE // 100), 0.05))
    sound = np.zeros(len(samples) + (gap + fade) * len(pieces), np.float32)
    end = 0
    for number in random.permutation(len(pieces)):
        piece = pieces[int(number)] * np.float32(10 ** (random.uniform(-2, 2) / 20))
        piece[:fade] *= edge
        piece[-fade:] *= edge[::-1]
        start = max(0, end - overlap)
        sound[start : start + len(piece)] += piece
        end = start + len(piece)
        sound[end : end + gap] += level * random.standard_normal(gap).astype(np.float32)
        end += gap
    return sound[:end]


def lengthen_pauses(samples: Samples, random: np.random.Generator) -> Samples:
    """Lengthen the pauses of speech, as when a list is read; nothing is cut."""
    frame = RATE // 100
    levels = _levels(samples, frame)
    quiet = levels < 0.08 * float(np.quantile(levels, 0.95))
    pieces, start = [], 0
    run = 0
    for number, silent in enumerate(quiet):
        run = run + 1 if silent else 0
        if run == 6 and random.random() < 0.7:  # sixty milliseconds: a pause
            pause = samples[(number - 4) * frame : number * frame]
            repeats = int(random.integers(2, 14))
            pieces += [samples[start : number * frame], np.tile(_seamless(pause), repeats)]
            start = number * frame
    return np.concatenate([*pieces, samples[start:]])


def _seamless(pause: Samples) -> Samples:
    """A pause played backwards and forwards, so that it repeats without a jump."""
    return np.concatenate([pause[::-1], pause])
