"""A consent challenge, read by the honest and attacked by others: who gets through, who doesn't."""

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
from synthesis.benchmarks.readings import (
    MIN_WORD,
    PATHS,
    PHRASE_WORDS,
    Person,
    Reading,
    phrase_in,
)
from synthesis.benchmarks.voices import LEFT_OUT
from synthesis.engines.kokoro import engine
from synthesis.enrolment.speaker import enrol_speaker
from synthesis.liveness.clones import STATEMENTS, speak
from synthesis.liveness.simulation import RATE, honest, replayed
from synthesis.transcription.error_rate import words
from synthesis.transcription.whisper import timed_words, transcribe
from synthesis.verification import ge2e
from synthesis.verification import reading_check as checks
from synthesis.verification.hearing import Asked
from synthesis.verification.reading_check import Finding, Speaker

SPLICES = 10  # made of each speaker
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
    """What came of the attempts of one kind; honest ones are to be accepted, others not."""

    kind: str
    honest: bool = False
    outcomes: list[str] = field(default_factory=list)  # accepted, moderator, or a refusal's code

    def add(self, found: Finding) -> None:
        """Count one."""
        self.outcomes.append(
            "moderator" if found.doubtful else found.code if found.code else "accepted"
        )

    def count(self, outcome: str) -> int:
        """How often an outcome came."""
        return self.outcomes.count(outcome)

    def reasons(self) -> str:
        """Refusals by code, commonest first."""
        codes = set(self.outcomes) - {"accepted", "moderator"}
        return ", ".join(
            f"{code} {self.count(code)}" for code in sorted(codes, key=lambda c: -self.count(c))
        )


def upper_bound(count: int, trials: int) -> float:
    """The share that is not exceeded with 95 % confidence (Clopper and Pearson 1934, one side)."""
    from scipy.stats import beta

    return 1.0 if count >= trials else float(beta.ppf(0.95, count + 1, trials - count))


def judge(attempt: Attempt) -> Finding:
    """The checks that a reading of a consent statement goes through."""
    asked = _asked(attempt.statement, attempt.phrase, attempt.terms)
    return checks.check(attempt.reading, asked, speaker=attempt.speaker)


def _asked(statement: str, phrase: str, terms: tuple[str, ...] = ()) -> Asked:
    """With a sentence's beginning for a name, and the phrase for the list of words."""
    opening = " ".join(statement.split()[:6])
    return Asked(statement, phrase, opening, sorted(phrase.split()), terms)


def _as(recording: Recording, samples: NDArray[np.float32], rate: int) -> Recording:
    return replace(recording, samples=np.ascontiguousarray(samples, np.float32), rate=rate)


def _through(
    recording: Recording,
    path: Callable[[NDArray[np.float32], np.random.Generator], NDArray[np.float32]],
    random: np.random.Generator,
) -> Recording:
    return _as(recording, path(resample(recording.samples, recording.rate, RATE), random), RATE)


def cut_words(person: Person) -> dict[str, NDArray[np.float32]]:
    """Words cut out of somebody's utterances, by their text."""
    cut: dict[str, NDArray[np.float32]] = {}
    for utterance in person.utterances:
        for word, start, end in timed_words(utterance.samples, utterance.rate):
            if len("".join(words(word))) >= MIN_WORD and 0.15 < end - start < 1.2:
                piece = utterance.samples[int(start * utterance.rate) : int(end * utterance.rate)]
                cut[" ".join(words(word))] = _faded(piece, utterance.rate)
    return cut


def _shuffled(
    cut: dict[str, NDArray[np.float32]], random: np.random.Generator
) -> list[NDArray[np.float32]]:
    pieces = list(cut.values())
    return [pieces[int(at)] for at in random.permutation(len(pieces))]


def _faded(piece: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    edge = np.linspace(0, 1, max(2, int(FADE * rate)), dtype=np.float32)
    faded = piece.copy()
    faded[: len(edge)] *= edge
    faded[-len(edge) :] *= edge[::-1]
    return faded


def _two_voices(own: Recording, other: Recording) -> Recording:
    """The second half of a reading by somebody else, at the same level."""
    first = own.samples[: len(own.samples) // 2]
    second = resample(other.samples, other.rate, own.rate)[len(other.samples) // 2 :]
    level = np.sqrt((first**2).mean() / (second**2).mean())
    return _as(own, np.concatenate([first, level * second]), own.rate)


def _nearest(person: Person, people: Sequence[Person]) -> Person | None:
    """The most alike other person of the same sex."""
    same = [p for p in people if p is not person and p.masculine == person.masculine]
    return max(
        same,
        key=lambda p: ge2e.similarity(p.speaker.ge2e, person.speaker.ge2e),
        default=None,
    )


def _own(person: Person, reading: Reading) -> Attempt:
    """A true claim, with the person's other utterances for their recordings."""
    return Attempt(reading.recording, reading.text, reading.phrase, person.without(reading))


def _honest(people: Sequence[Person], random: np.random.Generator) -> list[Row]:
    plain, browser = Row("as recorded", honest=True), Row("as a browser records", honest=True)
    for person in people:
        for reading in person.readings:
            claim = _own(person, reading)
            plain.add(judge(claim))
            for _ in range(PATHS):
                heard = _through(claim.reading, honest, random)
                browser.add(judge(replace(claim, reading=heard)))
    return [plain, browser, Row("all", honest=True, outcomes=plain.outcomes + browser.outcomes)]


def _acoustic(people: Sequence[Person], random: np.random.Generator) -> list[Row]:
    replay, wrong = Row("replay by a loudspeaker"), Row("wrong phrase")
    two = Row("two voices in turn")
    for person in people:
        near = _nearest(person, people)
        for number, own in enumerate(person.readings):
            claim = _own(person, own)
            for _ in range(PATHS):
                played = _through(own.recording, replayed, random)
                replay.add(judge(replace(claim, reading=played)))
            asked = person.readings[(number + 5) % len(person.readings)].phrase
            wrong.add(judge(replace(claim, phrase=asked)))
            if near is not None:
                other = near.readings[number % len(near.readings)].recording
                two.add(_judged_as_heard(_two_voices(own.recording, other), claim.speaker))
    return [wrong, two, replay]


def _judged_as_heard(reading: Recording, speaker: Speaker) -> Finding:
    """As if whatever is heard in a reading were what was to be read: only the voice can give away."""
    heard = transcribe(reading.samples, reading.rate)
    phrase = phrase_in(heard) or " ".join(words(heard)[-PHRASE_WORDS:])
    return judge(Attempt(reading, heard, phrase, speaker))


def _impostors(people: Sequence[Person], _: np.random.Generator) -> list[Row]:
    every, near = Row("impostor: every other speaker"), Row("impostor: nearest of the same sex")
    for person in people:
        for own in person.readings:
            transcript, scores = checks.listen(own.recording, _asked(own.text, own.phrase))
            for target in people:
                if target is person:
                    continue
                alike = checks.compare(own.recording, target.speaker)
                found = checks.decide(transcript, scores | alike)
                every.add(found)
                if person is _nearest(target, people):
                    near.add(found)
    return [every, near]


def _cloned(people: Sequence[Person], random: np.random.Generator) -> list[Row]:
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
                browser.add(judge(replace(claim, reading=_through(reading, honest, random))))
                replay.add(judge(replace(claim, reading=_through(reading, replayed, random))))
    return [direct, browser, replay]


def _put_together(people: Sequence[Person], random: np.random.Generator) -> list[Row]:
    whole, tail = Row("spliced word by word"), Row("true reading, the phrase spliced in")
    for person in people:
        words_cut = cut_words(person)
        for number in range(SPLICES):
            pieces = _shuffled(words_cut, random)
            if len(pieces) < PHRASE_WORDS:
                break
            like = person.utterances[0]
            made = _as(like, np.concatenate(pieces[:SPLICED_WORDS]), like.rate)
            whole.add(_judged_as_heard(made, person.speaker))
            true = person.readings[number % len(person.readings)].recording
            joined = np.concatenate([true.samples, *pieces[:PHRASE_WORDS]])
            tail.add(_judged_as_heard(_as(true, joined, true.rate), person.speaker))
    return [whole, tail]


def _left_out(people: Sequence[Person], _: np.random.Generator) -> list[Row]:
    """A true reading without its longest word that is none of the phrase, as if it were a use."""
    row = Row("a term left out")
    for person in people:
        for own in person.readings:
            said, heard = words(own.text), own.recording
            once = {word for word in said if said.count(word) == 1} - set(words(own.phrase))
            found = {
                " ".join(words(word)): (int(start * heard.rate), int(end * heard.rate))
                for word, start, end in timed_words(heard.samples, heard.rate)
            }
            term = max(sorted(once & found.keys()), key=len)
            start, end = found[term]
            rest = np.concatenate([heard.samples[:start], heard.samples[end:]])
            cut = _as(heard, rest, heard.rate)
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
    _acoustic, _cloned, _put_together, _impostors, _left_out, _nothing,
)  # fmt: skip  # longest first, so that none waits for one at the end


def listen_to_the_honest(speakers: dict[str, list[Path]], *, say: Say, seed: int = 3) -> list[Row]:
    """People who read what they were asked to, and are to be let through."""
    return _honest(_meet(speakers, say), np.random.default_rng(seed))


def attack(speakers: dict[str, list[Path]], *, say: Say, seed: int = 3) -> list[Row]:
    """Every attack on people that the detector and the thresholds have not seen.

    The parts share the cores, a process on each; what is random in one does not depend on others.
    """
    rows: list[Row] = []
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), spawn, torch.set_num_threads, (1,)) as processes:
        for found in processes.map(_attacked, PARTS, repeat(speakers), repeat(seed)):
            for row in found:
                say(f"{row.kind}: {row.count('accepted')} of {len(row.outcomes)} accepted")
            rows += found
    return rows


_met: list[Person] = []  # by this process


def _attacked(part: Part, speakers: dict[str, list[Path]], seed: int) -> list[Row]:
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
    """The rows as figures; error is false rejects of honest people, false accepts of all others."""
    found = []
    for row in rows:
        trials = len(row.outcomes)
        accepted, asked = row.count("accepted"), row.count("moderator")
        wrong = trials - accepted - asked if row.honest else accepted
        found.append(
            {
                "kind": row.kind,
                "trials": trials,
                "accepted": accepted,
                "moderator": asked,
                "refused": trials - accepted - asked,
                "error": wrong / max(1, trials),
                "bound": upper_bound(wrong, trials),
                "reasons": row.reasons(),
            }
        )
    return found
