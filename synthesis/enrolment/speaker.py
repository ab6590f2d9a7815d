"""Enrolment from start to finish: recordings in, voice template and report out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from synthesis.audio.decoding import AudioRefused, Recording
from synthesis.audio.quality import bandwidth
from synthesis.audio.spectrum import energy
from synthesis.audio.speech_amount import GOOD_SPEECH, require_enough
from synthesis.engines.interface import Progress
from synthesis.enrolment import adaptation, alignment, pitch
from synthesis.enrolment.adaptation import AlignedUtterance
from synthesis.enrolment.utterances import Utterance, utterances
from synthesis.models.generator import SAMPLE_RATE
from synthesis.template import VoiceTemplate
from synthesis.text.normalize import normalize
from synthesis.text.phonemes import TextTooLong, phonemize, tokenize
from synthesis.transcription.error_rate import word_error_rate
from synthesis.transcription.whisper import transcribe
from synthesis.verification import ge2e

if TYPE_CHECKING:
    from synthesis.engines.kokoro import KokoroEngine, StockStyle

MOST_SPEECH = 180.0  # seconds used; more brings nothing but time
HELD_OUT_SHARE = 0.14
PACES = (0.5, 2.0)  # recording against rendering; outside, the transcript can't be right
TEST_SENTENCE = "The train to the coast leaves at nine, so please bring your own sandwiches."


def _nothing(stage: str, share: float) -> None:
    pass


def _collect(
    recordings: Sequence[Recording],
    transcripts: Sequence[str] | None,
    language: str,
    report: Progress,
) -> list[Utterance]:
    collected: list[Utterance] = []
    seconds = 0.0
    expected = min(MOST_SPEECH, sum(recording.seconds for recording in recordings)) or 1.0
    for utterance in utterances(recordings, transcripts, language=language):
        collected.append(utterance)
        seconds += utterance.seconds
        report("Listening to your recordings", 0.12 * min(1.0, seconds / expected))
        if seconds >= MOST_SPEECH:
            break
    require_enough(seconds)
    return collected


def _nearest_style(
    engine: KokoroEngine, embedding: NDArray[np.float32], heard: pitch.PitchRange | None
) -> StockStyle:
    """The stock style to start from: alike in timbre and not far in pitch."""

    def closeness(style: StockStyle) -> float:
        distance = abs(style.pitch.log_mean - heard.log_mean) if heard else 0.0
        return ge2e.similarity(style.embedding, embedding) - 0.25 * distance

    return max(engine.stock.values(), key=closeness)


class _Aligner:
    """Lines utterances up with the model, collecting what maps the speaker onto it."""

    def __init__(self, engine: KokoroEngine, style: StockStyle, language: str) -> None:
        self.model = engine.model
        self.style = style
        self.language = language
        self.norms = self.model.decoder.voice_from_style(style.decoder[None])
        self.energy_pairs: list[tuple[NDArray[Any], NDArray[Any]]] = []
        self.predicted_f0: list[NDArray[np.float32]] = []
        self.spoken_f0: list[NDArray[np.float32]] = []
        self.paces: list[float] = []

    def align(self, utterance: Utterance) -> AlignedUtterance | None:
        """None where the transcript can't be what was said."""
        phonemes = phonemize(normalize(utterance.text, self.language), self.language)
        try:
            tokens = tokenize(phonemes)
        except TextTooLong:
            return None
        samples = torch.from_numpy(utterance.samples)
        with torch.no_grad():
            prosody = self.model.prosody(tokens, self.style.prosody[None])
            rendering = self.model.decoder(prosody.aligned, prosody.f0, prosody.energy, self.norms)
            pace = rendering.shape[1] / len(samples)
            if not PACES[0] <= pace <= PACES[1] or len(samples) // 600 <= tokens.shape[1]:
                return None
            durations = alignment.transfer_durations(
                prosody.durations, rendering[0].numpy(), utterance.samples
            )
            aligned = self.model.align(tokens, durations)[0].clone()
            made_energy = energy(rendering)[0].numpy()
            spoken_energy = energy(samples[None])[0]
        curve = pitch.track(utterance.samples, SAMPLE_RATE)
        f0 = np.zeros(2 * aligned.shape[1], np.float32)
        f0[: len(curve)] = curve[: len(f0)]
        predicted = prosody.energy[0].numpy()[: len(made_energy)]
        self.energy_pairs.append((made_energy[: len(predicted)], predicted))
        self.predicted_f0.append(prosody.f0[0].numpy())
        self.spoken_f0.append(f0)
        self.paces.append(pace)
        return AlignedUtterance(samples, aligned, torch.from_numpy(f0), spoken_energy)

    def energy_scale(self) -> tuple[float, float]:
        """(slope, offset) from measured log energy to what the predictor calls energy."""
        measured = np.concatenate([pair[0] for pair in self.energy_pairs])
        predicted = np.concatenate([pair[1] for pair in self.energy_pairs])
        slope, offset = np.polyfit(measured, predicted, 1)
        return float(slope), float(offset)


def _hold_out(aligned: list[AlignedUtterance]) -> list[int]:
    """Indices to judge by: of middling length, about `HELD_OUT_SHARE` of the time, one at least."""
    order = sorted(range(len(aligned)), key=lambda i: aligned[i].frames)
    middle_first = sorted(order, key=lambda i: abs(order.index(i) - len(order) // 2))
    budget = HELD_OUT_SHARE * sum(utterance.frames for utterance in aligned)
    chosen: list[int] = []
    for index in middle_first:
        chosen.append(index)
        if sum(aligned[i].frames for i in chosen) >= budget or len(chosen) == 3:
            break
    return chosen


def _mean_embedding(samples: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    mean = np.mean([ge2e.embed(piece, SAMPLE_RATE) for piece in samples], axis=0)
    unit: NDArray[np.float32] = (mean / np.linalg.norm(mean)).astype(np.float32)
    return unit


def _limits(report: dict[str, Any]) -> list[str]:
    found = []
    if report["seconds_used"] < GOOD_SPEECH:
        found.append(
            f"Only {report['seconds_used']:.0f} seconds of speech: "
            f"{GOOD_SPEECH:.0f} or more give a closer voice."
        )
    if report["bandwidth"] < 7_000:
        found.append("The recordings are dull; the voice can't be brighter than they are.")
    if report["word_error_rate"] > 0.1:
        found.append("Some words came out unclear: record in a quieter room.")
    if report["similarity"] < ge2e.EQUAL_ERROR_THRESHOLD:
        found.append("The voice is not close enough yet: add recordings with the same microphone.")
    return found


def enrol_speaker(
    engine: KokoroEngine,
    recordings: Sequence[Recording],
    transcripts: Sequence[str] | None,
    *,
    language: str,
    progress: Progress | None,
) -> VoiceTemplate:
    """Adapt the engine to one speaker.

    Raises:
        AudioRefused: too_short, or unreadable when too little of it could be lined up with words.
    """
    report_progress = progress or _nothing
    started = time.monotonic()
    report_progress("Listening to your recordings", 0.0)
    collected = _collect(recordings, transcripts, language, report_progress)

    report_progress("Finding where your voice lies", 0.13)
    embedding = _mean_embedding([utterance.samples for utterance in collected])
    heard = pitch.pitch_range([pitch.track(u.samples, SAMPLE_RATE) for u in collected[:3]])
    style = _nearest_style(engine, embedding, heard)

    aligner = _Aligner(engine, style, language)
    aligned: list[AlignedUtterance] = []
    for index, utterance in enumerate(collected):
        lined_up = aligner.align(utterance)
        if lined_up is not None:
            aligned.append(lined_up)
        report_progress("Lining up words and sound", 0.14 + 0.14 * (index + 1) / len(collected))
    seconds = sum(len(utterance.samples) for utterance in aligned) / SAMPLE_RATE
    if len(aligned) < 2 or seconds < 8.0:
        raise AudioRefused(
            "unreadable",
            "We could not make out enough words in the recordings. Record in a quiet room, speak "
            f"clearly in the language of the voice ({language}), with short pauses.",
        )
    slope, offset = aligner.energy_scale()
    aligned = [replace(u, energy=(u.energy * slope + offset).float()) for u in aligned]
    kept_out = _hold_out(aligned)
    train = [u for i, u in enumerate(aligned) if i not in kept_out]
    held_out = [aligned[i] for i in kept_out]
    rate = min(r.rate for r in recordings)
    band = min([bandwidth(u.samples.numpy(), SAMPLE_RATE) for u in aligned] + [rate / 2])

    def adapting(step: int, steps: int, similarity: float) -> None:
        report_progress("Learning your voice", 0.28 + 0.66 * step / steps)

    adapted = adaptation.adapt(
        engine.model.decoder,
        style.decoder,
        train,
        held_out,
        speaker=_mean_embedding([u.samples.numpy() for u in train]),
        held_out_speaker=_mean_embedding([u.samples.numpy() for u in held_out]),
        top=max(4_000.0, 0.95 * band),
        plan=engine.plan,
        progress=adapting,
        clock=time.monotonic,
    )

    predicted = pitch.pitch_range(aligner.predicted_f0)
    spoken = pitch.pitch_range(aligner.spoken_f0)
    pitch_offset, pitch_scale = (
        pitch.map_between(predicted, spoken) if predicted and spoken else (0.0, 1.0)
    )
    template = VoiceTemplate(
        engine=engine.name,
        version=engine.version,
        norms=adapted.norms.half().float(),
        prosody=style.prosody.clone(),
        pitch_offset=pitch_offset,
        pitch_scale=pitch_scale,
        rate=float(np.median(aligner.paces)),
        language=language,
    )
    report_progress("Listening to the result", 0.95)
    chunks = engine.synthesize(TEST_SENTENCE, template)
    test = np.concatenate([chunk.samples for chunk in chunks])
    held_out_speaker = _mean_embedding([u.samples.numpy() for u in held_out])
    report: dict[str, Any] = {
        "similarity": round(ge2e.similarity(ge2e.embed(test, SAMPLE_RATE), held_out_speaker), 4),
        "held_out_similarity": round(adapted.similarity, 4),
        "self_similarity": round(ge2e.similarity(held_out_speaker, embedding), 4),
        "accepted": False,
        "word_error_rate": round(word_error_rate(TEST_SENTENCE, transcribe(test, SAMPLE_RATE)), 4),
        "seconds_used": round(seconds, 1),
        "utterances": len(aligned),
        "left_out": len(collected) - len(aligned),
        "bandwidth": round(band),
        "start": style.name,
        "stopped_at_step": adapted.step,
        "enrol_seconds": round(time.monotonic() - started, 1),
    }
    report["accepted"] = report["similarity"] >= ge2e.EQUAL_ERROR_THRESHOLD
    report["limits"] = _limits(report)
    report_progress("Done", 1.0)
    template.details.update(
        {"source": "recordings", "report": report, "embedding": embedding.tolist()}
    )
    return template
