"""Enrols speakers and measures how similar, how clear and how fast their voices are."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthesis.audio.decoding import Recording, decode_own
from synthesis.audio.files import recordings_in
from synthesis.engines.interface import SpeechEngine
from synthesis.engines.kokoro import KokoroEngine
from synthesis.enrolment.adaptation import AdaptationPlan
from synthesis.enrolment.aligned_speech import Progress
from synthesis.enrolment.instant import instant_voice
from synthesis.enrolment.speaker import enrol_speaker
from synthesis.template import VoiceTemplate
from synthesis.transcription.error_rate import edit_distance, words
from synthesis.transcription.whisper import transcribe
from synthesis.verification import dvector, ge2e
from synthesis.verification.identity import Verifier, mean_similarity, normalized_identity

LEFT_OUT = 2  # utterances per speaker reserved for judging
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


def speakers_in(folder: Path) -> dict[str, list[Path]]:
    """Recordings by speaker: one subfolder each, files sorted by name."""
    speakers = {
        inner.name: recordings_in(inner) for inner in sorted(folder.iterdir()) if inner.is_dir()
    }
    return {name: files for name, files in speakers.items() if len(files) > LEFT_OUT}


def _embeddings(verifier: Verifier, speech: list[Recording]) -> list[NDArray[np.float32]]:
    return [verifier.embed(recording.samples, recording.rate) for recording in speech]


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


def stock_error_rate(engine: KokoroEngine, names: Sequence[str]) -> float:
    """Mean word error rate of stock styles on the same sentences."""
    rates = [read_sentences(engine, engine.mix({name: 1.0}))[1] for name in names]
    return round(float(np.mean(rates)), 4)


def judge_speaker(
    engine: KokoroEngine,
    files: list[Path],
    progress: Progress | None = None,
    plan: AdaptationPlan | None = None,
) -> Figures:
    """Enrol one speaker without the last two utterances, speak ten sentences, measure.

    Similarities are mean cosines over all pairs with the left-out utterances; the instant voice
    is judged in the same way.
    """
    recordings = [decode_own(path.read_bytes()) for path in files]
    known, left_out = recordings[:-LEFT_OUT], recordings[-LEFT_OUT:]
    started = time.monotonic()
    instant = instant_voice(engine, known)
    instant_seconds = time.monotonic() - started
    started = time.monotonic()
    template = enrol_speaker(engine, known, plan=plan, progress=progress)
    enrol_seconds = time.monotonic() - started

    clones, error_rate, rtf = read_sentences(engine, template)
    first_clones, first_error_rate, _ = read_sentences(engine, instant)
    similarity, own, identity, first_identity = [], [], [], []
    for verifier in (ge2e, dvector):
        judging = _embeddings(verifier, left_out)
        similarity.append(mean_similarity(_embeddings(verifier, clones), judging))
        own.append(mean_similarity(_embeddings(verifier, known), judging))
        identity.append(normalized_identity(verifier, similarity[-1], own[-1]))
        first = mean_similarity(_embeddings(verifier, first_clones), judging)
        first_identity.append(normalized_identity(verifier, first, own[-1]))
    return {
        "ge2e": round(similarity[0], 4),
        "self_ge2e": round(own[0], 4),
        "normalized_identity": round(identity[0], 4),
        "second_identity": round(identity[1], 4),
        "accepted": similarity[0] >= ge2e.EQUAL_ERROR_THRESHOLD,
        "wer": round(error_rate, 4),
        "enrol_seconds": round(enrol_seconds, 1),
        "rtf": round(rtf, 3),
        "instant_identity": round(first_identity[0], 4),
        "instant_second": round(first_identity[1], 4),
        "instant_wer": round(first_error_rate, 4),
        "instant_seconds": round(instant_seconds, 1),
    }


def summarize(speakers: dict[str, Figures]) -> Figures:
    """Means over speakers; `accepted` is the share."""
    names = next(iter(speakers.values()))
    return {
        name: round(float(np.mean([float(figures[name]) for figures in speakers.values()])), 4)
        for name in names
    }
