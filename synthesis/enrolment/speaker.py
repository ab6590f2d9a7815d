"""Enrolment from start to finish: recordings in, voice template and report out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthesis.audio import pitch
from synthesis.audio.decoding import Recording
from synthesis.audio.pitch import PitchRange
from synthesis.audio.speech_amount import GOOD_SPEECH
from synthesis.engines.kokoro import KokoroEngine
from synthesis.enrolment import adaptation
from synthesis.enrolment.adaptation import AdaptationPlan, Material
from synthesis.enrolment.aligned_speech import (
    AlignedSpeech,
    AlignedUtterance,
    Progress,
    align_speech,
    mean_embedding,
)
from synthesis.enrolment.prior import prior
from synthesis.enrolment.prosody import fit_prosody
from synthesis.inference.norms import Moments
from synthesis.models.generator import FRAME, SAMPLE_RATE
from synthesis.template import VoiceTemplate
from synthesis.text.phonemes import phonemize, tokenize
from synthesis.transcription.error_rate import word_error_rate
from synthesis.transcription.whisper import transcribe
from synthesis.verification import ge2e

HELD_OUT_SHARE = 0.14
STAGES = {  # stages before the adaptation, with their begin and end as shares of the whole
    "Listening to your recordings": (0.0, 0.12),
    "Finding a starting point for your voice": (0.12, 0.14),
    "Aligning words and sound": (0.14, 0.28),
}
HELD_OUT_READ = 2  # of the sentences below, for evaluation
READ_SENTENCES = (
    "Smoky fires lack flame and heat, so the soft cushion broke the man's fall.",
    "The hogs were fed chopped corn and garbage; help the woman get back to her feet.",
    "The boy was there when the sun rose, and a rod is used to catch pink salmon.",
    "Four hours of steady work faced us before the large size in stockings was easy to sell.",
    "A salt pickle tastes fine with ham, while the swan dive was far short of perfect.",
    "Her purse was full of useless trash; the young kid jumped the rusty gate.",
    "Wipe the grease off his dirty face, and mend the coat before you go out.",
    "The stray cat gave birth to kittens. What joy there is in living, isn't it?",
    "Add the sum to the product of these three, and both lost their lives in the raging storm.",
    "The meal was cooked before the bell rang; a king ruled the state in the early days.",
)
TEST_SENTENCE = "The train to the coast leaves at nine, so please bring your own sandwiches."


def _nothing(stage: str, share: float) -> None:
    pass


def _preparing(report: Progress) -> Progress:
    """Convert progress within a stage of `STAGES` to progress of the whole."""

    def preparing(stage: str, share: float) -> None:
        begin, end = STAGES[stage]
        report(stage, begin + (end - begin) * share)

    return preparing


def _hold_out(aligned: list[AlignedUtterance]) -> list[int]:
    """Indices to hold out: of medium length, about `HELD_OUT_SHARE` of the time, at least one."""
    order = sorted(range(len(aligned)), key=lambda i: aligned[i].frames)
    middle_first = sorted(order, key=lambda i: abs(order.index(i) - len(order) // 2))
    budget = HELD_OUT_SHARE * sum(utterance.frames for utterance in aligned)
    chosen: list[int] = []
    for index in middle_first:
        chosen.append(index)
        if sum(aligned[i].frames for i in chosen) >= budget or len(chosen) == 3:
            break
    return chosen


@dataclass(frozen=True)
class _Manner:
    """How a speaker reads: prosody style [128], pace, and the map of log F0 onto their range."""

    style: Tensor
    pace: float
    pitch_offset: float
    pitch_scale: float
    fitted: bool


def _pitch_map(predicted: PitchRange | None, spoken: PitchRange | None) -> tuple[float, float]:
    return pitch.map_between(predicted, spoken) if predicted and spoken else (0.0, 1.0)


def _reading(engine: KokoroEngine, manner: _Manner, sentence: str) -> AlignedUtterance:
    """A sentence as the engine will read it for this speaker; its samples are silence."""
    tokens = tokenize(phonemize(sentence))
    prosody = engine.predict(tokens, manner.style, manner.pace)
    f0 = pitch.move(prosody.f0, manner.pitch_offset, manner.pitch_scale)
    return AlignedUtterance(
        samples=torch.zeros(prosody.aligned.shape[2] * FRAME),
        tokens=tokens,
        durations=prosody.durations.clone(),
        aligned=prosody.aligned[0].clone(),
        f0=f0[0].clone(),
        energy=prosody.energy[0].clone(),
    )


def _manner(
    engine: KokoroEngine,
    speech: AlignedSpeech,
    train: list[AlignedUtterance],
    held_out: list[AlignedUtterance],
) -> tuple[_Manner, list[AlignedUtterance]]:
    """How the speaker reads, and `READ_SENTENCES` read that way.

    The fitted prosody is used if it predicts held-out speech better than the nearest stock style's
    and sounds at least as much like the speaker to a verifier.
    """
    stock = _Manner(
        speech.style.prosody, speech.pace, *_pitch_map(speech.predicted, speech.spoken), False
    )
    names = sorted(engine.stock)
    fitted = fit_prosody(
        engine.model,
        train,
        held_out,
        torch.stack([engine.stock[name].prosody for name in names]),
        names.index(speech.style.name),
    )
    manners = [stock]
    if fitted.after < fitted.before:
        moved = _pitch_map(pitch.pitch_range(fitted.f0), speech.spoken)
        manners.append(_Manner(fitted.style, fitted.pace, *moved, True))
    norms = prior().norms(engine.model.decoder, speech.embedding)

    def likeness(manner: _Manner) -> float:
        similarities = []
        for sentence in READ_SENTENCES[:HELD_OUT_READ]:
            read = _reading(engine, manner, sentence)
            samples = engine.renderer.measure(
                read.aligned[None], read.f0[None], read.energy[None], norms, Moments()
            )
            similarities.append(ge2e.similarity(ge2e.embed(samples, SAMPLE_RATE), speech.embedding))
        return float(np.mean(similarities))

    chosen = max(manners, key=likeness) if len(manners) > 1 else stock
    return chosen, [_reading(engine, chosen, sentence) for sentence in READ_SENTENCES]


def _limits(report: dict[str, Any]) -> list[str]:
    limits = []
    if report["seconds_used"] < GOOD_SPEECH:
        limits.append(
            f"Only {report['seconds_used']:.0f} seconds of speech: "
            f"{GOOD_SPEECH:.0f} or more give a closer voice."
        )
    if report["bandwidth"] < 7_000:
        limits.append("The recordings are dull; the voice can't be brighter than they are.")
    if report["word_error_rate"] > 0.1:
        limits.append("Some words came out unclear: record in a quieter room.")
    if report["similarity"] < ge2e.EQUAL_ERROR_THRESHOLD:
        limits.append("The voice is not close enough yet: add recordings with the same microphone.")
    return limits


def _test_reading(
    engine: KokoroEngine, template: VoiceTemplate, speaker: NDArray[np.float32]
) -> dict[str, Any]:
    """Speak a test sentence; report its similarity and clarity. speaker: held-out GE2E [256]."""
    chunks = engine.synthesize(TEST_SENTENCE, template)
    test = np.concatenate([chunk.samples for chunk in chunks])
    similarity = round(ge2e.similarity(ge2e.embed(test, SAMPLE_RATE), speaker), 4)
    return {
        "similarity": similarity,
        "accepted": similarity >= ge2e.EQUAL_ERROR_THRESHOLD,
        "word_error_rate": round(word_error_rate(TEST_SENTENCE, transcribe(test, SAMPLE_RATE)), 4),
    }


def _material_report(speech: AlignedSpeech) -> dict[str, Any]:
    """Report how much of the recordings was used."""
    return {
        "seconds_used": round(speech.seconds, 1),
        "utterances": len(speech.utterances),
        "left_out": speech.left_out,
        "bandwidth": round(speech.top / 0.95),
        "read_with": speech.style.name,
    }


def _template(engine: KokoroEngine, norms: Tensor, manner: _Manner, language: str) -> VoiceTemplate:
    return VoiceTemplate(
        engine=engine.name,
        version=engine.version,
        norms=norms.half().float(),
        prosody=manner.style.clone(),
        pitch_offset=manner.pitch_offset,
        pitch_scale=manner.pitch_scale,
        rate=manner.pace,
        language=language,
    )


def enrol_speaker(
    engine: KokoroEngine,
    recordings: Sequence[Recording],
    transcripts: Sequence[str] | None = None,
    *,
    language: str = "en-US",
    plan: AdaptationPlan | None = None,
    progress: Progress | None = None,
) -> VoiceTemplate:
    """Adapt the engine to one speaker, from 10 to 180 s of speech.

    Raises:
        AudioRefused: too_short, or unreadable if too little of it could be aligned with words.
    """
    report_progress = progress or _nothing
    started = time.monotonic()
    speech = align_speech(
        engine, recordings, transcripts, language=language, report=_preparing(report_progress)
    )
    held_out_indices = _hold_out(speech.utterances)
    train = [u for i, u in enumerate(speech.utterances) if i not in held_out_indices]
    held_out = [speech.utterances[i] for i in held_out_indices]
    held_out_speaker = mean_embedding([u.samples.numpy() for u in held_out])
    manner, readings = _manner(engine, speech, train, held_out)
    adapted = adaptation.adapt(
        engine.model.decoder,
        prior(),
        Material(
            spoken=train,
            read=readings[HELD_OUT_READ:],
            held_out=held_out[0],
            held_out_read=readings[:HELD_OUT_READ],
            speaker=mean_embedding([u.samples.numpy() for u in train]),
            held_out_speaker=held_out_speaker,
            top=speech.top,
        ),
        plan=plan or AdaptationPlan(),
        progress=lambda step, steps, _: report_progress(
            "Learning your voice", 0.28 + 0.66 * step / steps
        ),
        clock=time.monotonic,
    )
    report_progress("Listening to the result", 0.95)
    template = engine.settle(_template(engine, adapted.norms, manner, language))
    own = ge2e.similarity(held_out_speaker, speech.embedding)
    report: dict[str, Any] = {
        **_test_reading(engine, template, held_out_speaker),
        **_material_report(speech),
        "held_out_similarity": round(adapted.similarity, 4),
        "self_similarity": round(own, 4),
        "prosody_fitted": manner.fitted,
        "stopped_at_step": adapted.step,
        "enrol_seconds": round(time.monotonic() - started, 1),
    }
    report["limits"] = _limits(report)
    report_progress("Done", 1.0)
    template.details.update(
        {"source": "recordings", "report": report, "embedding": speech.embedding.tolist()}
    )
    return template
