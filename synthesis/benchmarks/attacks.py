"""A consent challenge read by honest people and by attackers: who is accepted and who is refused."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from synthesis.audio.decoding import Recording
from synthesis.audio.resample import resample
from synthesis.benchmarks.people import LEFT_OUT
from synthesis.benchmarks.readings import (
    MIN_WORD,
    PATHS,
    PHRASE_WORDS,
    Person,
    Reading,
    phrase_in,
)
from synthesis.engines.kokoro import engine
from synthesis.enrolment.speaker import enrol_speaker
from synthesis.liveness.clones import STATEMENTS, speak
from synthesis.liveness.simulation import RATE, through_loudspeaker, through_microphone
from synthesis.transcription.error_rate import words
from synthesis.transcription.whisper import timed_words, transcribe
from synthesis.verification import ge2e
from synthesis.verification import reading_check as checks
from synthesis.verification.hearing import ExpectedReading
from synthesis.verification.reading_check import Finding, Speaker

SPLICES = 10  # per speaker
SPLICED_WORDS = 26  # about as many as a statement has
FADE = 0.01  # seconds over which a splice is faded
Say = Callable[[str], None]


@dataclass(frozen=True)
class Attempt:
    """A reading that claims to be `speaker` saying `statement`."""

    reading: Recording
    statement: str
    phrase: str
    speaker: Speaker
    terms: tuple[str, ...] = ()


@dataclass
class Row:
    """Outcomes of attempts of one kind; honest ones should be accepted, others refused."""

    kind: str
    honest: bool = False
    outcomes: list[str] = field(default_factory=list)  # accepted, moderator, or a refusal's code

    def add(self, finding: Finding) -> None:
        """Count the outcome of one attempt."""
        self.outcomes.append(
            "moderator" if finding.doubtful else finding.code if finding.code else "accepted"
        )

    def count(self, outcome: str) -> int:
        """How many attempts had an outcome."""
        return self.outcomes.count(outcome)

    def reasons(self) -> str:
        """Refusals by code, most common first."""
        codes = set(self.outcomes) - {"accepted", "moderator"}
        return ", ".join(
            f"{code} {self.count(code)}" for code in sorted(codes, key=lambda c: -self.count(c))
        )


def upper_bound(count: int, trials: int) -> float:
    """Upper bound of a share with 95% confidence (Clopper and Pearson 1934, one-sided)."""
    from scipy.stats import beta

    return 1.0 if count >= trials else float(beta.ppf(0.95, count + 1, trials - count))


def judge(attempt: Attempt) -> Finding:
    """Run the checks of a consent statement's reading."""
    expected = _expected(attempt.statement, attempt.phrase, attempt.terms)
    return checks.check(attempt.reading, expected, speaker=attempt.speaker)


def _expected(statement: str, phrase: str, terms: tuple[str, ...] = ()) -> ExpectedReading:
    """The opening words stand for the name, and the phrase for the word list."""
    opening = " ".join(statement.split()[:6])
    return ExpectedReading(statement, phrase, opening, sorted(phrase.split()), terms)


def _as(recording: Recording, samples: NDArray[np.float32], rate: int) -> Recording:
    return replace(recording, samples=np.ascontiguousarray(samples, np.float32), rate=rate)


def _through(
    recording: Recording,
    path: Callable[[NDArray[np.float32], np.random.Generator], NDArray[np.float32]],
    random: np.random.Generator,
) -> Recording:
    return _as(recording, path(resample(recording.samples, recording.rate, RATE), random), RATE)


def cut_words(person: Person) -> dict[str, NDArray[np.float32]]:
    """Words cut out of a person's utterances, by their text."""
    cut: dict[str, NDArray[np.float32]] = {}
    for utterance in person.utterances:
        for word, start, end in timed_words(utterance.samples, utterance.rate):
            if len("".join(words(word))) >= MIN_WORD and 0.15 < end - start < 1.2:
                piece = utterance.samples[int(start * utterance.rate) : int(end * utterance.rate)]
                cut[" ".join(words(word))] = _fade(piece, utterance.rate)
    return cut


def _shuffle(
    cut: dict[str, NDArray[np.float32]], random: np.random.Generator
) -> list[NDArray[np.float32]]:
    pieces = list(cut.values())
    return [pieces[int(at)] for at in random.permutation(len(pieces))]


def _fade(piece: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    edge = np.linspace(0, 1, max(2, int(FADE * rate)), dtype=np.float32)
    faded = piece.copy()
    faded[: len(edge)] *= edge
    faded[-len(edge) :] *= edge[::-1]
    return faded


def _two_voices(own: Recording, other: Recording) -> Recording:
    """A reading whose second half is another person's, at the same level."""
    first = own.samples[: len(own.samples) // 2]
    second = resample(other.samples, other.rate, own.rate)[len(other.samples) // 2 :]
    level = np.sqrt((first**2).mean() / (second**2).mean())
    return _as(own, np.concatenate([first, level * second]), own.rate)


def _nearest(person: Person, people: Sequence[Person]) -> Person | None:
    """The most similar other person of the same sex."""
    same = [p for p in people if p is not person and p.masculine == person.masculine]
    return max(
        same,
        key=lambda p: ge2e.similarity(p.speaker.ge2e, person.speaker.ge2e),
        default=None,
    )


def _own(person: Person, reading: Reading) -> Attempt:
    """An honest claim, judged against the person's other utterances."""
    return Attempt(reading.recording, reading.text, reading.phrase, person.without(reading))


def _honest(people: Sequence[Person], random: np.random.Generator) -> list[Row]:
    plain, browser = Row("as recorded", honest=True), Row("as a browser records", honest=True)
    for person in people:
        for reading in person.readings:
            claim = _own(person, reading)
            plain.add(judge(claim))
            for _ in range(PATHS):
                recorded = _through(claim.reading, through_microphone, random)
                browser.add(judge(replace(claim, reading=recorded)))
    return [plain, browser, Row("all", honest=True, outcomes=plain.outcomes + browser.outcomes)]


def _acoustic(people: Sequence[Person], random: np.random.Generator) -> list[Row]:
    replay, wrong = Row("replay by a loudspeaker"), Row("wrong phrase")
    two = Row("two voices in turn")
    for person in people:
        near = _nearest(person, people)
        for number, own in enumerate(person.readings):
            claim = _own(person, own)
            for _ in range(PATHS):
                played = _through(own.recording, through_loudspeaker, random)
                replay.add(judge(replace(claim, reading=played)))
            phrase = person.readings[(number + 5) % len(person.readings)].phrase
            wrong.add(judge(replace(claim, phrase=phrase)))
            if near is not None:
                other = near.readings[number % len(near.readings)].recording
                two.add(_judge_as_transcribed(_two_voices(own.recording, other), claim.speaker))
    return [wrong, two, replay]


def _judge_as_transcribed(reading: Recording, speaker: Speaker) -> Finding:
    """Judge a reading against its own transcript, so that only the voice can give it away."""
    transcript = transcribe(reading.samples, reading.rate)
    phrase = phrase_in(transcript) or " ".join(words(transcript)[-PHRASE_WORDS:])
    return judge(Attempt(reading, transcript, phrase, speaker))


def _impostors(people: Sequence[Person], _: np.random.Generator) -> list[Row]:
    every, near = Row("impostor: every other speaker"), Row("impostor: nearest of the same sex")
    for person in people:
        for own in person.readings:
            transcript, scores = checks.listen(own.recording, _expected(own.text, own.phrase))
            for target in people:
                if target is person:
                    continue
                alike = checks.compare(own.recording, target.speaker)
                finding = checks.decide(transcript, scores | alike)
                every.add(finding)
                if person is _nearest(target, people):
                    near.add(finding)
    return [every, near]


def _clones(people: Sequence[Person], random: np.random.Generator) -> list[Row]:
    direct, browser = Row("our clone, fed in"), Row("our clone, through a browser's path")
    replay = Row("our clone, by a loudspeaker")
    for person in people:
        template = enrol_speaker(engine(), person.utterances[:-LEFT_OUT])
        for number, text in enumerate(STATEMENTS):
            spoken = speak(engine(), template, number)
            reading = Recording(spoken, engine().sample_rate, "wav")
            claim = Attempt(reading, text, text.split(":")[1].strip(" ."), person.speaker)
            direct.add(judge(claim))
            for _ in range(PATHS):
                browser.add(
                    judge(replace(claim, reading=_through(reading, through_microphone, random)))
                )
                replay.add(
                    judge(replace(claim, reading=_through(reading, through_loudspeaker, random)))
                )
    return [direct, browser, replay]


def _splices(people: Sequence[Person], random: np.random.Generator) -> list[Row]:
    whole, tail = Row("spliced word by word"), Row("true reading, the phrase spliced in")
    for person in people:
        words_cut = cut_words(person)
        for number in range(SPLICES):
            pieces = _shuffle(words_cut, random)
            if len(pieces) < PHRASE_WORDS:
                break
            like = person.utterances[0]
            reading = _as(like, np.concatenate(pieces[:SPLICED_WORDS]), like.rate)
            whole.add(_judge_as_transcribed(reading, person.speaker))
            true = person.readings[number % len(person.readings)].recording
            joined = np.concatenate([true.samples, *pieces[:PHRASE_WORDS]])
            tail.add(_judge_as_transcribed(_as(true, joined, true.rate), person.speaker))
    return [whole, tail]


def _omissions(people: Sequence[Person], _: np.random.Generator) -> list[Row]:
    """A true reading without its longest word outside the phrase, which stands for a use."""
    row = Row("a term left out")
    for person in people:
        for own in person.readings:
            spoken, recording = words(own.text), own.recording
            once = {word for word in spoken if spoken.count(word) == 1} - set(words(own.phrase))
            spans = {
                " ".join(words(word)): (int(start * recording.rate), int(end * recording.rate))
                for word, start, end in timed_words(recording.samples, recording.rate)
            }
            term = max(sorted(once & spans.keys()), key=len)
            start, end = spans[term]
            rest = np.concatenate([recording.samples[:start], recording.samples[end:]])
            cut = _as(recording, rest, recording.rate)
            row.add(judge(replace(_own(person, own), reading=cut, terms=(term,))))
    return [row]


def _nothing(people: Sequence[Person], random: np.random.Generator) -> list[Row]:
    row = Row("silence, noise, a tone")
    seconds = np.arange(12 * RATE) / RATE
    sounds = [np.zeros(12 * RATE)]
    sounds += [level * random.standard_normal(12 * RATE) for level in (1e-4, 1e-2, 0.1)]
    sounds += [0.3 * np.sin(2 * np.pi * pitch * seconds) for pitch in (120, 440)]
    for person in people:
        own = person.readings[0]
        for sound in sounds:
            reading = _as(own.recording, sound.astype(np.float32), RATE)
            row.add(judge(Attempt(reading, own.text, own.phrase, person.speaker)))
    return [row]


Part = Callable[[Sequence[Person], np.random.Generator], list[Row]]
PARTS: tuple[Part, ...] = (
    _acoustic, _clones, _splices, _impostors, _omissions, _nothing,
)  # fmt: skip  # longest first, so that none waits for one at the end


def listen_to_the_honest(speakers: dict[str, list[Path]], *, say: Say, seed: int = 3) -> list[Row]:
    """Judge honest readings, which should be accepted."""
    return _honest(_meet(speakers, say), np.random.default_rng(seed))


def attack(speakers: dict[str, list[Path]], *, say: Say, seed: int = 3) -> list[Row]:
    """Run every attack on people whom the detector and the thresholds have not seen.

    Each part runs in a process of its own with its own random numbers.
    """
    rows: list[Row] = []
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), spawn, torch.set_num_threads, (1,)) as processes:
        for part_rows in processes.map(_run_part, PARTS, repeat(speakers), repeat(seed)):
            for row in part_rows:
                say(f"{row.kind}: {row.count('accepted')} of {len(row.outcomes)} accepted")
            rows += part_rows
    return rows


_met: list[Person] = []  # in this process


def _run_part(part: Part, speakers: dict[str, list[Path]], seed: int) -> list[Row]:
    if not _met:
        _met.extend(_meet(speakers, lambda _: None))
    return part(_met, np.random.default_rng(seed))


def _meet(speakers: dict[str, list[Path]], say: Say) -> list[Person]:
    people = []
    for name, files in speakers.items():
        people.append(Person.meet(name, files))
        say(f"met {name}")
    return people


def figures(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows as figures; an error is a false reject of an honest reading or a false accept."""
    records = []
    for row in rows:
        trials = len(row.outcomes)
        accepted, doubted = row.count("accepted"), row.count("moderator")
        wrong = trials - accepted - doubted if row.honest else accepted
        records.append(
            {
                "kind": row.kind,
                "trials": trials,
                "accepted": accepted,
                "moderator": doubted,
                "refused": trials - accepted - doubted,
                "error": wrong / max(1, trials),
                "bound": upper_bound(wrong, trials),
                "reasons": row.reasons(),
            }
        )
    return records
