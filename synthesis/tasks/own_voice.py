"""Whether all that a voice is learned from, and what was learned, is of the person who consented."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from marketplace.consent import evidence
from marketplace.consent.models import Consent
from marketplace.enrolment import queries
from marketplace.moderation import services as moderation
from marketplace.voices.models import Enrolment, Recording, Voice
from synthesis.audio import decoding
from synthesis.refusals import AudioRefused
from synthesis.verification import same_person, stretches
from synthesis.verification.cohort import SAME_SPEAKER, ge2e_cohort
from synthesis.verification.stretches import Heard, Print
from synthesis.verification.thresholds import EACH_ACCEPTED

NAMED = 5  # recordings that a refusal names
AS_READ, AS_MOST = "whoever read the consent statement", "the speaker of most recordings"


class ConsentingSpeaker:
    """The consenting speaker: how their recordings sound together, and how they read (None: by ear)."""

    def __init__(self, recordings: Sequence[Heard], reading: Heard | None) -> None:
        self.together = stretches.mean_of([each.whole for each in recordings])
        self.reading = reading

    def is_like(self, embedding: Sequence[float]) -> bool:
        """Whether a GE2E embedding that the engine computed is of what was heard and of the reader."""
        vector = np.asarray(embedding, np.float32)
        score = ge2e_cohort().score
        if score(vector, self.together.ge2e) < SAME_SPEAKER:
            return False
        return self.reading is None or score(vector, self.reading.whole.ge2e) >= EACH_ACCEPTED


def require_own_voice(
    enrolment: Enrolment,
    rows: Sequence[Recording],
    recordings: Sequence[decoding.Recording],
    *,
    report: Callable[[], None] = lambda: None,
) -> ConsentingSpeaker:
    """Hear every second of the recordings; the speaker, if all of it is theirs and may be learned.

    report is called again and again, since hearing takes seconds per minute.

    Raises:
        AudioRefused: consent_elsewhere, speaker_mismatch, voice_taken.
    """
    consent = enrolment.consent
    assert consent is not None
    later = queries.recordings_beyond(consent)
    if later:
        raise AudioRefused("consent_elsewhere", queries.BEYOND.format(names=", ".join(later)))
    heard = []
    for recording in recordings:
        report()
        heard.append(stretches.hear(recording))
    reading = _reading_of(consent)
    # without one, a moderator compared some of them with it by ear, so they must be alike
    others = (
        same_person.others_among(heard)
        if reading is None
        else same_person.others_than(reading, heard)
    )
    if others:
        names = ", ".join(_name(rows[each.place], each.begins) for each in others[:NAMED])
        raise _mismatch(AS_MOST if reading is None else AS_READ, names)
    speaker = ConsentingSpeaker(heard, reading)
    require_free(enrolment.voice, speaker.together.ge2e.tolist())
    for each in heard:
        report()
        for part in _screened(each):
            require_free(enrolment.voice, part.ge2e.tolist())
    return speaker


def require_learned(
    enrolment: Enrolment,
    embedding: Sequence[float],
    speaker: ConsentingSpeaker,
    rows: Sequence[Recording],
) -> None:
    """Raise AudioRefused unless what the engine learned is the speaker's and may be heard.

    Codes: speaker_mismatch, voice_taken.
    """
    require_free(enrolment.voice, embedding)
    if not speaker.is_like(embedding):
        names = ", ".join(row.file_name for row in rows[:NAMED])
        raise _mismatch(AS_MOST if speaker.reading is None else AS_READ, names)


def require_free(voice: Voice, embedding: Sequence[float]) -> None:
    """Raise AudioRefused (voice_taken) if it is like a protected voice or somebody else's."""
    if moderation.screen(voice=voice, embedding=embedding) is not None:
        raise AudioRefused(
            "voice_taken",
            "This voice is very similar to one that is here already or that may not be replicated. A "
            "moderator will compare them, and you will find the answer here.",
        )


def _reading_of(consent: Consent) -> Heard | None:
    """The reading, where a machine can compare with it."""
    if not queries.is_compared(consent):
        return None
    return stretches.hear(decoding.decode(evidence.reading_of(consent), max_seconds=120))


def _screened(heard: Heard) -> list[Print]:
    """What is screened of a recording: all of it, and each part if it has several."""
    return [heard.whole, *(heard.parts if len(heard.parts) > 1 else [])]


def _name(row: Recording, begins: float | None) -> str:
    if begins is None:
        return row.file_name
    return f"{row.file_name} ({begins // 60:.0f}:{begins % 60:02.0f})"


def _mismatch(unlike: str, names: str) -> AudioRefused:
    return AudioRefused(
        "speaker_mismatch",
        f"This does not sound like {unlike}: {names}. Remove what is not of the same speaker, "
        "and try again.",
    )
