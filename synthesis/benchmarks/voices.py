"""Enrols speakers and measures how similar, how clear and how fast their voices are."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from synthesis.audio.decoding import Recording
from synthesis.audio.encoding import pcm16, wav_header
from synthesis.benchmarks.likeness import CLONE, INSTANT, Heard, Scores
from synthesis.benchmarks.people import Person
from synthesis.engines.interface import SpeechEngine
from synthesis.engines.kokoro import KokoroEngine
from synthesis.enrolment.adaptation import AdaptationPlan
from synthesis.enrolment.aligned_speech import Progress
from synthesis.enrolment.instant import instant_voice
from synthesis.enrolment.speaker import enrol_speaker
from synthesis.template import VoiceTemplate
from synthesis.transcription.error_rate import edit_distance, words
from synthesis.transcription.whisper import transcribe
from synthesis.verification import ge2e
from synthesis.verification.identity import mean_similarity

SENTENCES = (
    "The committee will publish its findings before the end of the month.",
    "Could you bring me a glass of water and the newspaper from the kitchen?",
    "Heavy snow is expected in the mountains, so drivers should allow extra time.",
    "She opened the letter slowly, afraid of what it might contain.",
    "Our next stop is the old market, where the fishermen used to meet.",
    "Nobody had told him that the museum closes early on Mondays.",
    "Plant the seeds two inches deep and keep the soil slightly damp.",
    "After a long silence, the captain asked everyone to return to the ship.",
    "The price of bread has doubled since my grandmother was young.",
    "Please leave your message after the tone, and we will call you back.",
)
STOCK = ("jf_alpha", "jf_gongitsune", "jf_tebukuro", "jm_kumo")  # styles to compare with
Figures = dict[str, Any]


def read_sentences(
    engine: SpeechEngine, template: VoiceTemplate, sentences: Sequence[str] = SENTENCES
) -> tuple[list[Recording], float, float]:
    """Speak the sentences; returns the speech, its word error rate and the real-time factor."""
    spoken: list[Recording] = []
    errors, expected_words, elapsed = 0, 0, 0.0
    for sentence in sentences:
        started = time.monotonic()
        chunks = list(engine.synthesize(sentence, template))
        elapsed += time.monotonic() - started
        samples = np.concatenate([chunk.samples for chunk in chunks])
        spoken.append(Recording(samples, engine.sample_rate, "wav"))
        expected = words(sentence)
        errors += edit_distance(expected, words(transcribe(samples, engine.sample_rate)))
        expected_words += len(expected)
    return spoken, errors / expected_words, elapsed / sum(piece.seconds for piece in spoken)


@dataclass(frozen=True)
class Reading:
    """A voice's speech: its clips, the share of wrong words, and what it took.

    seconds: until the voice was there; rtf: processing time per second of speech.
    """

    clips: list[Recording]
    error_rate: float
    rtf: float
    seconds: float


def read_stock(
    engine: KokoroEngine, names: Sequence[str] = STOCK, sentences: Sequence[str] = SENTENCES
) -> Reading:
    """The sentences as each of some stock styles reads them."""
    read = [read_sentences(engine, engine.mix({name: 1.0}), sentences) for name in names]
    clips = [clip for spoken, _, _ in read for clip in spoken]
    errors, factors = zip(*((wrong, factor) for _, wrong, factor in read), strict=True)
    return Reading(clips, float(np.mean(errors)), float(np.mean(factors)), 0.0)


def read_instant(
    engine: KokoroEngine, person: Person, sentences: Sequence[str] = SENTENCES
) -> Reading:
    """The sentences as a person's instant voice reads them. Raises AudioRefused."""
    started = time.monotonic()
    template = instant_voice(engine, person.known)
    seconds = time.monotonic() - started
    return Reading(*read_sentences(engine, template, sentences), seconds)


def read_clone(
    engine: KokoroEngine,
    person: Person,
    progress: Progress | None = None,
    plan: AdaptationPlan | None = None,
    sentences: Sequence[str] = SENTENCES,
) -> Reading:
    """The sentences as a person's adapted clone reads them. Raises AudioRefused."""
    started = time.monotonic()
    template = enrol_speaker(engine, person.known, plan=plan, progress=progress)
    seconds = time.monotonic() - started
    return Reading(*read_sentences(engine, template, sentences), seconds)


def clip_name(speaker: str, kind: str, number: int) -> str:
    """The name of a clip's file; kind: clone, instant or real."""
    return f"{speaker}_{kind}_{number}.wav"


def write_clips(folder: Path, speaker: str, kind: str, clips: Sequence[Recording]) -> None:
    """Write clips as mono WAV files of 16 bits, at their own rates."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, clip in enumerate(clips):
        data = pcm16(clip.samples)
        path = folder / clip_name(speaker, kind, number)
        path.write_bytes(wav_header(len(data), clip.rate) + data)


def raw_similarities(clone: Heard, known: Heard, left_out: Heard) -> Figures:
    """GE2E's cosines of a clone, and of the person, with the person's left-out clips."""
    judging = list(left_out["GE2E"])
    alike = mean_similarity(list(clone["GE2E"]), judging)
    return {
        "ge2e": round(alike, 4),
        "self_ge2e": round(mean_similarity(list(known["GE2E"]), judging), 4),
        "accepted": alike >= ge2e.EQUAL_ERROR_THRESHOLD,
    }


def figures_of(clone: Reading, instant: Reading, scores: Mapping[str, Scores]) -> Figures:
    """Words, time and mean identity of a person's two voices."""

    def identity(row: str, judge: str) -> float:
        return round(float(np.mean(scores[row][judge])), 4)

    return {
        "normalized_identity": identity(CLONE, "GE2E"),
        "second_identity": identity(CLONE, "d-vector"),
        "wer": round(clone.error_rate, 4),
        "enrol_seconds": round(clone.seconds, 1),
        "rtf": round(clone.rtf, 3),
        "instant_identity": identity(INSTANT, "GE2E"),
        "instant_second": identity(INSTANT, "d-vector"),
        "instant_wer": round(instant.error_rate, 4),
        "instant_seconds": round(instant.seconds, 1),
    }


def summarize(speakers: dict[str, Figures]) -> Figures:
    """Means over speakers; `accepted` is the share."""
    names = next(iter(speakers.values()))
    return {
        name: round(float(np.mean([float(figures[name]) for figures in speakers.values()])), 4)
        for name in names
    }
