"""Whether a reading is of the statement that was shown, by the speaker of the recordings, live."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from synthesis.audio.decoding import Recording
from synthesis.audio.quality import judge as judge_quality
from synthesis.audio.quality import waveform
from synthesis.liveness import network as liveness
from synthesis.refusals import AudioRefused
from synthesis.transcription.error_rate import words
from synthesis.verification import encoders, ge2e
from synthesis.verification.hearing import ExpectedReading, hear, is_as_read
from synthesis.verification.stretches import Print, mean_of, print_of, scores_of
from synthesis.verification.thresholds import (
    EACH_ACCEPTED,
    END_SPLICED,
    LIVE_ACCEPTED,
    LIVE_DOUBTED,
    PART_ACCEPTED,
    SPEAKER_ACCEPTED,
    SPEAKER_DOUBTED,
    SPLICED,
    VERSION,
)

COMPARED = 300.0  # seconds of a speaker's recordings together that a reading is compared with
QUIET = 0.1  # of the level of loud seconds: whatever is below counts as a pause
PART = 3.0  # seconds of each part that is compared separately; parts overlap by half
DRAWN = 96  # points of a reading's waveform


@dataclass(frozen=True)
class Speaker(Print):
    """What a speaker's recordings have in common; splices: their splice score."""

    splices: float


@dataclass(frozen=True)
class Finding:
    """The result of a check; code: empty if accepted; doubtful: a moderator decides."""

    transcript: str
    scores: dict[str, Any]
    code: str = ""
    reason: str = ""
    doubtful: bool = False


def speaker_of(recordings: Iterable[Recording]) -> Speaker:
    """The speaker of recordings, each of which is asked for when the one before is done with."""
    prints, splices = [], []
    for each in recordings:
        prints.append(print_of(each.samples, each.rate))
        splices.append(liveness.judge(each.samples, each.rate).splices)
    together = mean_of(prints)
    return Speaker(together.ge2e, together.dvector, float(np.mean(splices)))


def most_spoken(recording: Recording, most: float) -> Recording:
    """The first of those stretches of at most so many seconds in which most is spoken.

    It is in one piece, since joints would sound spliced, and all of a recording that isn't longer.
    """
    size, length = recording.rate, int(most)
    if recording.seconds <= most:
        return recording
    count = len(recording.samples) // size
    each = recording.samples[: count * size].reshape(count, size)
    levels = np.sqrt(np.array([np.mean(second**2) for second in each]))
    spoken = levels > QUIET * np.percentile(levels, 95)
    sums = np.concatenate([[0], np.cumsum(spoken)])
    start = int(np.argmax(sums[length:] - sums[:-length])) * size
    stretch = recording.samples[start : start + length * size]
    return replace(recording, samples=stretch.copy())  # a view would keep all of it


def compare(reading: Recording, speaker: Speaker) -> dict[str, float]:
    """Similarity of a reading to a speaker: as a whole by both verifiers, and its least similar part.

    spliced, end_spliced: its splice scores over those of the speaker's recordings.
    """
    part = int(PART * reading.rate)
    starts = range(0, max(1, len(reading.samples) - part + 1), part // 2)
    parts = [
        sum(scores_of(print_of(reading.samples[start : start + part], reading.rate), speaker))
        for start in starts
    ]
    whole = print_of(reading.samples, reading.rate)
    first, second = scores_of(whole, speaker)
    alive = liveness.judge(reading.samples, reading.rate)
    return {
        "similarity": round(ge2e.similarity(whole.ge2e, speaker.ge2e), 4),
        "score": round(first, 3),
        "second_score": round(second, 3),
        "least_alike_part": round(min(parts), 3),
        "spliced": round(alive.splices - speaker.splices, 3),
        "end_spliced": round(alive.last_splices - speaker.splices, 3),
    }


def alike(scores: dict[str, Any]) -> float:
    """The sum of both verifiers' scores; -inf if either of them, or a part, indicates another speaker."""
    each = (scores["score"], scores["second_score"])
    if min(each) < EACH_ACCEPTED or scores["least_alike_part"] < PART_ACCEPTED:
        return -math.inf
    return float(sum(each))


def check(reading: Recording, expected: ExpectedReading, *, speaker: Speaker | None) -> Finding:
    """Check a reading; every score is reported whatever the result.

    speaker: None if there is nobody to compare with, or they declined to be compared.
    """
    try:
        judge_quality(reading)
    except AudioRefused as refusal:
        return Finding("", {}, refusal.code, str(refusal))
    drawn = waveform(reading.samples, DRAWN)
    transcript, scores = listen(reading, expected)
    if speaker is not None:
        scores |= {
            **compare(reading, speaker),
            "speaker_threshold": SPEAKER_ACCEPTED,
            "splice_threshold": SPLICED,
            "end_splice_threshold": END_SPLICED,
            "encoder": encoders.GE2E,
            "second_encoder": encoders.D_VECTOR,
        }
    return decide(transcript, scores | {"waveform": drawn})


def listen(reading: Recording, expected: ExpectedReading) -> tuple[str, dict[str, Any]]:
    """The transcript of a reading, and its scores that don't depend on the speaker."""
    hearing = hear(reading, expected)
    alive = liveness.judge(reading.samples, reading.rate)
    return hearing.transcript, {
        "word_error_rate": round(hearing.word_error_rate, 4),
        "phrase_words": hearing.phrase_words,
        "phrase_length": len(words(expected.phrase)),
        "unheard": list(hearing.unheard),
        "live": alive.live,
        "synthetic": alive.synthetic,
        "replay": alive.replay,
        "thresholds": VERSION,
    }


def decide(transcript: str, scores: dict[str, Any]) -> Finding:
    """Turn the scores of a reading into a finding."""
    if not is_as_read(scores["phrase_words"], scores["word_error_rate"]):
        return Finding(
            transcript,
            scores,
            "words_mismatch",
            f"We heard: “{transcript}”. Read the whole statement aloud, word for word.",
        )
    likeness = alike(scores) if "score" in scores else math.inf
    if likeness < SPEAKER_ACCEPTED:
        return Finding(
            transcript,
            scores,
            "speaker_mismatch",
            "This does not sound like the voice in the recordings. Only the person whose voice it "
            "is can consent; use the same microphone as for the recordings.",
            doubtful=likeness >= SPEAKER_DOUBTED and scores["live"] >= LIVE_ACCEPTED,
        )
    if scores["live"] < LIVE_ACCEPTED:
        synthetic = scores["synthetic"] >= scores["replay"]
        return Finding(
            transcript,
            scores,
            "synthetic_suspected" if synthetic else "replay_suspected",
            "This does not sound like a person speaking into a microphone. Read it yourself, close "
            "to the microphone, in a quiet room; nothing may be played back.",
            doubtful=scores["live"] >= LIVE_DOUBTED,
        )
    if scores.get("spliced", 0.0) > SPLICED or scores.get("end_spliced", 0.0) > END_SPLICED:
        return Finding(
            transcript,
            scores,
            "splice_suspected",
            "This sounds as if it were put together from pieces. A moderator listens to it.",
            doubtful=True,
        )
    if scores["unheard"]:
        return Finding(
            transcript,
            scores,
            "terms_unheard",
            f"We did not hear “{'”, “'.join(scores['unheard'])}”. A moderator listens to it.",
            doubtful=True,
        )
    return Finding(transcript, scores)
