"""Judges whether a recording is good enough to learn a voice from, and what to do if not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthesis.audio.decoding import Recording
from synthesis.audio.targets import (
    CLEAN_SNR,
    CLIPPED_SHARE,
    DULL_BAND,
    NOISY_ADVICE,
    NOISY_SNR,
    QUIET_LEVEL,
    as_shown,
)
from synthesis.audio.voice_activity import speech_spans
from synthesis.refusals import AudioRefused
from synthesis.verification.same_person import has_another
from synthesis.verification.stretches import Print, blocks_of

SILENCE_DBFS = -55.0
TELEPHONE_BAND = 4_300.0  # Hz; a phone call ends at 3,400 to 4,000
SAME_SPEAKER_HALVES = 0.80  # cosine between the two most different halves of one recording
WAVEFORM_POINTS = 160


@dataclass(frozen=True)
class Quality:
    """seconds, speech_seconds; level (dBFS RMS of speech), peak (0–1), clipped (share), snr (dB),
    bandwidth (Hz), halves (cosine of the two most different groups of blocks, None if too short);
    waveform: peaks 0–1 for drawing."""

    seconds: float
    speech_seconds: float
    level: float
    peak: float
    clipped: float
    snr: float
    bandwidth: float
    halves: float | None
    waveform: list[float]
    advice: list[str]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def _dbfs(power: float) -> float:
    return float(10 * np.log10(max(power, 1e-12)))


def waveform(samples: NDArray[np.float32], points: int = WAVEFORM_POINTS) -> list[float]:
    """Peak of each of `points` equal stretches, scaled to the loudest."""
    if not len(samples):
        return [0.0] * points
    edges = np.linspace(0, len(samples), points + 1).astype(int)
    peaks = [float(np.abs(samples[a : max(b, a + 1)]).max()) for a, b in pairwise(edges)]
    top = max(*peaks, 1e-6)
    return [round(peak / top, 3) for peak in peaks]


def bandwidth(speech: NDArray[np.float32], rate: int) -> float:
    """Highest frequency (Hz) within 50 dB of the strongest, in the long-term spectrum."""
    size = 1024
    count = len(speech) // size
    if count < 4:
        return rate / 2
    frames = speech[: count * size].reshape(count, size) * np.hanning(size).astype(np.float32)
    spectrum = (np.abs(np.fft.rfft(frames, axis=1)) ** 2).mean(axis=0)
    levels = 10 * np.log10(spectrum + 1e-12)
    present = np.nonzero(levels > levels.max() - 50)[0]
    return float(present[-1] * rate / size)


def speaker_halves(blocks: Sequence[Print]) -> float | None:
    """Cosine of the two most different groups of blocks; None under four blocks.

    Two-means on GE2E embeddings. A group of less than a fifth of them doesn't count: whoever speaks
    in so little is found by `same_person.has_another`.
    """
    if len(blocks) < 4:
        return None
    embeddings = np.stack([block.ge2e for block in blocks])
    cosines = embeddings @ embeddings.T
    first, second = np.unravel_index(np.argmin(cosines), cosines.shape)
    centres = embeddings[[first, second]]
    for _ in range(8):
        group = np.argmax(embeddings @ centres.T, axis=1)
        if group.min() == group.max():
            return 1.0
        centres = np.stack([embeddings[group == k].mean(axis=0) for k in (0, 1)])
        centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    if min(np.bincount(group)) < max(2, 0.2 * len(blocks)):
        return 1.0
    return float(centres[0] @ centres[1])


_REFUSALS = {
    "silence": "The recording is silent. Check that the right microphone is chosen and not muted, "
    "then record again.",
    "no_speech": "We hear no speech in this recording, only music or noise. Record your voice "
    "alone, with nothing playing.",
    "telephone": "This sounds like a telephone call: everything above {kilohertz:.1f} kHz is "
    "missing. Record with a microphone at 16 kHz or more (a phone's recorder app is fine, a call "
    "is not).",
    "clipping": "The recording is too loud and distorts ({clipped:.1%} of it is clipped). Lower "
    "the input level or step back from the microphone, then record again.",
    "noise": "The background is too loud ({snr:.0f} dB below your voice; 20 dB or more is good). "
    "Close windows, switch off fans and record again closer to the microphone.",
    "two_speakers": "We hear more than one person. Upload recordings in which you speak alone.",
}


def _advice(level: float, snr: float, band: float) -> list[str]:
    """Suggestions for a better recording. level: dBFS; snr: dB; band: Hz."""
    return [
        advice
        for wanting, advice in (
            (
                as_shown(level) < QUIET_LEVEL,
                "Quiet: move closer to the microphone or raise the input level.",
            ),
            (as_shown(snr) < CLEAN_SNR, NOISY_ADVICE),
            (band < DULL_BAND, "Dull: a better microphone would capture more of your voice."),
        )
        if wanting
    ]


def judge(recording: Recording) -> Quality:
    """Measure a recording and refuse one that no voice can be learned from.

    Raises:
        AudioRefused: silence, no_speech, telephone, clipping, noise, two_speakers.
    """
    samples, rate = recording.samples, recording.rate
    peak = float(np.abs(samples).max(initial=0.0))
    if _dbfs(float(np.square(samples).mean())) < SILENCE_DBFS and peak < 0.02:
        raise AudioRefused("silence", _REFUSALS["silence"])
    spans = speech_spans(samples, rate)
    speech_seconds = sum(end - start for start, end in spans)
    if speech_seconds < max(0.5, 0.15 * recording.seconds):
        raise AudioRefused("no_speech", _REFUSALS["no_speech"])
    mask = np.zeros(len(samples), bool)
    for start, end in spans:
        mask[int(start * rate) : int(end * rate)] = True
    speech, rest = samples[mask], samples[~mask]
    band = min(bandwidth(speech, rate), rate / 2)
    if rate < 16_000 or band < TELEPHONE_BAND:
        raise AudioRefused("telephone", _REFUSALS["telephone"].format(kilohertz=band / 1000))
    clipped = float((np.abs(samples) > max(0.985 * peak, 0.9)).mean()) if peak >= 0.9 else 0.0
    if clipped > CLIPPED_SHARE:
        raise AudioRefused("clipping", _REFUSALS["clipping"].format(clipped=clipped))
    level = _dbfs(float(np.square(speech).mean()))
    snr = level - _noise_floor(rest, speech, rate)
    if snr < NOISY_SNR:
        raise AudioRefused("noise", _REFUSALS["noise"].format(snr=snr))
    blocks = blocks_of(speech, rate)
    halves = speaker_halves(blocks)
    if has_another(blocks) or (halves is not None and halves < SAME_SPEAKER_HALVES):
        raise AudioRefused("two_speakers", _REFUSALS["two_speakers"])
    return Quality(
        seconds=round(recording.seconds, 2),
        speech_seconds=round(speech_seconds, 2),
        level=round(level, 1),
        peak=round(peak, 3),
        clipped=round(clipped, 5),
        snr=round(min(snr, 90.0), 1),
        bandwidth=round(band),
        halves=None if halves is None else round(halves, 3),
        waveform=waveform(samples),
        advice=_advice(level, snr, band),
    )


def _noise_floor(rest: NDArray[np.float32], speech: NDArray[np.float32], rate: int) -> float:
    """Background level (dBFS) between spans of speech, or in its quiet moments if there are none."""
    source = rest if len(rest) > 0.3 * rate else speech
    size = rate // 50
    count = len(source) // size
    if count < 3:
        return -90.0
    powers = np.square(source[: count * size].reshape(count, size)).mean(axis=1)
    share = 50 if source is rest else 5
    return _dbfs(float(np.percentile(powers, share)))
