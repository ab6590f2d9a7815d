"""An instant voice: where the prior puts a speaker's embedding, before any adaptation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synthesis.audio import pitch
from synthesis.audio.decoding import Recording
from synthesis.audio.resample import resample
from synthesis.engines.kokoro import KokoroEngine
from synthesis.enrolment.aligned_speech import mean_embedding, nearest_style
from synthesis.enrolment.prior import prior
from synthesis.models.generator import SAMPLE_RATE
from synthesis.refusals import AudioRefused
from synthesis.template import VoiceTemplate

HEARD = 30.0  # seconds of recordings used; more takes longer without getting closer
PITCH_HEARD = 6.0  # seconds of each whose pitch is tracked
PITCH_RECORDINGS = 2
MIN_SECONDS = 3.0  # seconds
SETTLING_SENTENCES = (  # half of those of an enrolment, to stay within two seconds
    "The birch canoe slid on the smooth planks, and we glued the sheet to the dark blue background.",
    "Where were they when the noisy truck went by? Nobody knows, but everybody heard it.",
)


def _beginnings(recordings: Sequence[Recording]) -> list[NDArray[np.float32]]:
    """The beginnings of the recordings that are used, at the model's rate."""
    pieces: list[NDArray[np.float32]] = []
    left = HEARD
    for recording in recordings:
        share = recording.samples[: round(left * recording.rate)]
        pieces.append(resample(share, recording.rate, SAMPLE_RATE))
        left -= len(share) / recording.rate
        if left < 1.0:
            break
    return pieces


def instant_voice(
    engine: KokoroEngine, recordings: Sequence[Recording], *, language: str = "en-US"
) -> VoiceTemplate:
    """Create a template from embedding and pitch alone, in about two seconds on two cores.

    Raises:
        AudioRefused: too_short.
    """
    pieces = _beginnings(recordings)
    if sum(map(len, pieces)) < MIN_SECONDS * SAMPLE_RATE:
        raise AudioRefused("too_short", f"A first impression needs {MIN_SECONDS:.0f} s of speech.")
    embedding = mean_embedding(pieces)
    curves = [
        pitch.track(piece[: round(PITCH_HEARD * SAMPLE_RATE)], SAMPLE_RATE)
        for piece in pieces[:PITCH_RECORDINGS]
    ]
    speaker_pitch = pitch.pitch_range(curves)
    style = nearest_style(engine, embedding, speaker_pitch)
    offset, scale = pitch.map_between(style.pitch, speaker_pitch) if speaker_pitch else (0.0, 1.0)
    return engine.settle(
        VoiceTemplate(
            engine=engine.name,
            version=engine.version,
            norms=prior().norms(engine.model.decoder, embedding).half().float(),
            prosody=style.prosody.clone(),
            pitch_offset=offset,
            pitch_scale=scale,
            language=language,
            details={"source": "embedding", "embedding": embedding.tolist()},
        ),
        SETTLING_SENTENCES,
    )
