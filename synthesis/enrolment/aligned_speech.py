"""A speaker's recordings as the model sees them: samples with phonemes, durations, F0 and energy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthesis.audio import pitch
from synthesis.audio.decoding import Recording
from synthesis.audio.quality import bandwidth
from synthesis.audio.spectrum import energy
from synthesis.audio.speech_amount import require_enough
from synthesis.engines.kokoro import KokoroEngine, StockStyle
from synthesis.enrolment import alignment
from synthesis.enrolment.utterances import Utterance, utterances
from synthesis.inference.norms import Moments
from synthesis.models.generator import SAMPLE_RATE
from synthesis.refusals import AudioRefused, TextTooLong
from synthesis.text.normalize import normalize
from synthesis.text.phonemes import phonemize, tokenize
from synthesis.verification import ge2e

Progress = Callable[[str, float], None]  # stage in words, share done 0-1
MAX_SPEECH_USED = 180.0  # seconds used; more costs time and improves nothing
PACES = (
    0.5,
    2.0,
)  # rendering relative to recording; outside this range, the transcript must be wrong


@dataclass(frozen=True)
class AlignedUtterance:
    """One recording as the model sees it.

    samples: [frames * 600] at 24 kHz; tokens: [1, n]; durations: [n] text frames;
    aligned: [512, frames]; f0 (Hz, 0 where unvoiced), energy: [2 * frames].
    """

    samples: Tensor
    tokens: Tensor
    durations: Tensor
    aligned: Tensor
    f0: Tensor
    energy: Tensor

    @property
    def frames(self) -> int:
        return self.aligned.shape[1]


@dataclass(frozen=True)
class AlignedSpeech:
    """All usable speech of one speaker.

    embedding: GE2E [256] over everything; style: the stock style nearest in timbre and pitch;
    predicted, spoken: log-F0 ranges of that style's reading and of the speaker; pace: the
    speaker's relative to that style's; top: highest frequency in the recordings (Hz).
    """

    utterances: list[AlignedUtterance]
    embedding: NDArray[np.float32]
    style: StockStyle
    predicted: pitch.PitchRange | None
    spoken: pitch.PitchRange | None
    pace: float
    top: float
    left_out: int

    @property
    def seconds(self) -> float:
        return sum(len(utterance.samples) for utterance in self.utterances) / SAMPLE_RATE


def mean_embedding(samples: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Unit GE2E embedding [256] over several pieces of one speaker at 24 kHz."""
    mean = np.mean([ge2e.embed(piece, SAMPLE_RATE) for piece in samples], axis=0)
    unit: NDArray[np.float32] = (mean / np.linalg.norm(mean)).astype(np.float32)
    return unit


def nearest_style(
    engine: KokoroEngine, embedding: NDArray[np.float32], speaker_pitch: pitch.PitchRange | None
) -> StockStyle:
    """The stock style to read with: similar in timbre and close in pitch."""

    def closeness(style: StockStyle) -> float:
        distance = abs(style.pitch.log_mean - speaker_pitch.log_mean) if speaker_pitch else 0.0
        return ge2e.similarity(style.embedding, embedding) - 0.25 * distance

    return max(engine.stock.values(), key=closeness)


def pitch_of(utterance: Utterance) -> NDArray[np.float32]:
    """F0 in Hz at 80 Hz, tracked once and then cached."""
    if utterance.pitch is None:
        utterance.pitch = pitch.track(utterance.samples, SAMPLE_RATE)
    return utterance.pitch


class _Aligner:
    """Aligns utterances with the model and collects what maps the speaker onto it."""

    def __init__(self, engine: KokoroEngine, style: StockStyle, language: str) -> None:
        self.model, self.predict, self.renderer = engine.model, engine.predict, engine.renderer
        self.style = style
        self.language = language
        self.norms = self.model.decoder.voice_from_style(style.decoder[None])[0].detach()
        self.energy_pairs: list[tuple[NDArray[Any], NDArray[Any]]] = []
        self.predicted_f0: list[NDArray[np.float32]] = []
        self.spoken_f0: list[NDArray[np.float32]] = []
        self.paces: list[float] = []

    def align(self, utterance: Utterance) -> AlignedUtterance | None:
        """Align an utterance; None if its transcript can't be right."""
        phonemes = phonemize(normalize(utterance.text, self.language), self.language)
        try:
            tokens = tokenize(phonemes)
        except TextTooLong:
            return None
        samples = torch.from_numpy(utterance.samples)
        with torch.no_grad():
            prosody = self.predict(tokens, self.style.prosody)
            rendered = self.renderer.measure(
                prosody.aligned, prosody.f0, prosody.energy, self.norms, Moments()
            )
            rendering = torch.from_numpy(rendered)[None]
            pace = rendering.shape[1] / len(samples)
            if not PACES[0] <= pace <= PACES[1] or len(samples) // 600 <= tokens.shape[1]:
                return None
            durations = alignment.transfer_durations(prosody.durations, rendered, utterance.samples)
            aligned = self.model.align(tokens, durations)[0].clone()
            rendered_energy = energy(rendering)[0].numpy()
            spoken_energy = energy(samples[None])[0]
        curve = pitch_of(utterance)
        f0 = np.zeros(2 * aligned.shape[1], np.float32)
        f0[: len(curve)] = curve[: len(f0)]
        predicted = prosody.energy[0].numpy()[: len(rendered_energy)]
        self.energy_pairs.append((rendered_energy[: len(predicted)], predicted))
        self.predicted_f0.append(prosody.f0[0].numpy())
        self.spoken_f0.append(f0)
        self.paces.append(pace)
        return AlignedUtterance(
            samples, tokens, durations, aligned, torch.from_numpy(f0), spoken_energy
        )

    def energy_scale(self) -> tuple[float, float]:
        """(slope, offset) from measured log energy to the predictor's energy."""
        measured = np.concatenate([pair[0] for pair in self.energy_pairs])
        predicted = np.concatenate([pair[1] for pair in self.energy_pairs])
        slope, offset = np.polyfit(measured, predicted, 1)
        return float(slope), float(offset)


def _collect(
    recordings: Sequence[Recording],
    transcripts: Sequence[str] | None,
    language: str,
    report: Progress,
) -> list[Utterance]:
    collected: list[Utterance] = []
    seconds = 0.0
    expected = min(MAX_SPEECH_USED, sum(recording.seconds for recording in recordings)) or 1.0
    for utterance in utterances(recordings, transcripts, language=language):
        collected.append(utterance)
        seconds += utterance.seconds
        report("Listening to your recordings", min(1.0, seconds / expected))
        if seconds >= MAX_SPEECH_USED:
            break
    return collected


def align_speech(
    engine: KokoroEngine,
    recordings: Sequence[Recording],
    transcripts: Sequence[str] | None,
    *,
    language: str,
    report: Progress,
    least_seconds: float | None = None,
) -> AlignedSpeech:
    """Transcribe, align and measure a speaker's recordings.

    report(stage, share of that stage); least_seconds: less speech than this is refused (None: the limit
    for enrolment).

    Raises:
        AudioRefused: too_short, or unreadable if too little of it could be aligned with words.
    """
    collected = _collect(recordings, transcripts, language, report)
    seconds = sum(utterance.seconds for utterance in collected)
    if least_seconds is None:
        require_enough(seconds)
    report("Finding a starting point for your voice", 0.0)
    embedding = mean_embedding([utterance.samples for utterance in collected])
    speaker_pitch = pitch.pitch_range([pitch_of(utterance) for utterance in collected[:3]])
    style = nearest_style(engine, embedding, speaker_pitch)
    aligner = _Aligner(engine, style, language)
    aligned: list[AlignedUtterance] = []
    for index, utterance in enumerate(collected):
        lined_up = aligner.align(utterance)
        if lined_up is not None:
            aligned.append(lined_up)
        report("Aligning words and sound", (index + 1) / len(collected))
    seconds = sum(len(utterance.samples) for utterance in aligned) / SAMPLE_RATE
    fewest = 2 if least_seconds is None else 1
    if len(aligned) < fewest or seconds < (least_seconds or 8.0):
        raise AudioRefused(
            "unreadable",
            "We could not make out enough words in the recordings. Record in a quiet room, speak "
            f"clearly in the language of the voice ({language}), with short pauses.",
        )
    slope, offset = aligner.energy_scale()
    aligned = [replace(u, energy=(u.energy * slope + offset).float()) for u in aligned]
    rate = min(r.rate for r in recordings)
    band = min([bandwidth(u.samples.numpy(), SAMPLE_RATE) for u in aligned] + [rate / 2])
    return AlignedSpeech(
        utterances=aligned,
        embedding=embedding,
        style=style,
        predicted=pitch.pitch_range(aligner.predicted_f0),
        spoken=pitch.pitch_range(aligner.spoken_f0),
        pace=float(np.median(aligner.paces)),
        top=max(4_000.0, 0.95 * band),
        left_out=len(collected) - len(aligned),
    )
