"""The people whose voices are judged, and the half of them to which each belongs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from synthesis.audio.decoding import Recording, decode_own
from synthesis.audio.files import recordings_in

LEFT_OUT = 2  # utterances per speaker reserved for judging
QUARTERS = 4  # into which a person's only recording is cut: half of them is reserved
DEVELOPMENT, JUDGING = "development", "judging"
UNLISTED = "unlisted"  # of another collection than the file's
HALVES = Path(__file__).with_name("speakers.tsv")


@dataclass(frozen=True)
class Person:
    """known: what a voice is made from; left_out: what judges it; single: all is one recording."""

    name: str
    known: list[Recording]
    left_out: list[Recording]
    single: bool = False

    @property
    def half(self) -> str:
        return half_of(self.name)


@lru_cache(maxsize=1)
def halves() -> dict[str, list[str]]:
    """The speakers' names by half, as the file in the repository says once and for all."""
    named: dict[str, list[str]] = {DEVELOPMENT: [], JUDGING: []}
    for line in HALVES.read_text().splitlines():
        if not line.startswith("#"):
            half, name = line.split("\t")
            named[half].append(name)
    return named


def half_of(name: str) -> str:
    """A speaker's half; `UNLISTED` for who is not in the file."""
    return next((half for half, names in halves().items() if name in names), UNLISTED)


def speakers_in(folder: Path) -> dict[str, list[Path]]:
    """Recordings by speaker: one subfolder each, files sorted by name."""
    speakers = {
        inner.name: recordings_in(inner) for inner in sorted(folder.iterdir()) if inner.is_dir()
    }
    return {name: files for name, files in speakers.items() if len(files) > LEFT_OUT}


def read_person(name: str, files: Sequence[Path]) -> Person:
    """A person with several recordings, of which the last two judge."""
    recordings = [decode_own(path.read_bytes()) for path in files]
    return Person(name, recordings[:-LEFT_OUT], recordings[-LEFT_OUT:])


def singles_in(folder: Path, half: str | None, limit: int | None) -> list[Path]:
    """Recordings of people who made one each, named `<speaker>-….flac`.

    half: only those of this half; limit: at most so many of each half.
    """
    chosen: list[Path] = []
    counts: dict[str, int] = {}
    for path in recordings_in(folder):
        own = half_of(speaker_of(path))
        if half in (None, own) and (limit is None or counts.get(own, 0) < limit):
            counts[own] = counts.get(own, 0) + 1
            chosen.append(path)
    return chosen


def speaker_of(path: Path) -> str:
    """The speaker in the name of a single recording."""
    return path.stem.split("-")[0]


def read_single(path: Path) -> Person:
    """A person with one recording: its first half is known, its second judges, each in two pieces."""
    whole = decode_own(path.read_bytes())
    size = len(whole.samples) // QUARTERS
    pieces = [
        Recording(whole.samples[size * place : size * (place + 1)], whole.rate, whole.container)
        for place in range(QUARTERS)
    ]
    return Person(speaker_of(path), pieces[: QUARTERS // 2], pieces[QUARTERS // 2 :], single=True)
