"""How many texts are read as a careful reader would, by class and language.

`python -m synthesis.benchmarks.reading FOLDER …` prints the scores of every file of cases in folders,
and with --wrong the texts that are read otherwise.

A file of cases has a case a line, tab-separated: text, accepted readings joined by " | ", and for
some languages the class; a line break in a text is written ⏎. Case, marks, hyphens, accents of
spelling and "and" inside numbers don't matter.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

LANGUAGES = {
    "english": "en-US",
    "spanish": "es",
    "french": "fr",
    "italian": "it",
    "portuguese": "pt-BR",
    "hindi": "hi",
    "german": "de",
    "chinese": "zh-CN",
    "japanese": "ja",
}
_NUMBER_WORDS = re.compile(
    r"\b(hundred|thousand|million|billion|trillion) and (?=(?:one|two|three|four|five|six|seven|eight|nine|ten|"
    r"eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|"
    r"fifty|sixty|seventy|eighty|ninety|first|second|third|\w+th)\b)"
)


@dataclass(frozen=True)
class Case:
    """A text, the readings that are right, and its class."""

    text: str
    accepted: tuple[str, ...]
    kind: str = ""

    @property
    def sounds(self) -> bool:
        """Whether the accepted readings are phonemes of one of its words ("wind=/wˈɪnd/")."""
        return "=/" in self.accepted[0] if self.accepted else False


def cases(path: Path) -> list[Case]:
    """The cases of a file, in order."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    found = []
    for row in rows[1:]:
        text = row[0].replace("\\n", "\n").replace("⏎", "\n")
        accepted = tuple(each.strip() for each in row[1].split(" | ")) if len(row) > 1 else ("",)
        found.append(Case(text, accepted, row[2] if len(row) > 2 else ""))
    return found


def comparable(reading: str) -> str:
    """A reading without what can't be heard: case, marks, hyphens, "and" inside numbers."""
    text = unicodedata.normalize("NFC", reading).lower().replace("'", "").replace("’", "")
    text = "".join(
        character if character.isalnum() or unicodedata.category(character)[0] == "M" else " "
        for character in text
    )
    text = _NUMBER_WORDS.sub(r"\1 ", " ".join(text.split()))
    return "".join(text.split()) if any("\u3040" <= c <= "\u9fff" for c in text) else text


def is_right(case: Case, reading: str) -> bool:
    """Whether a reading is one of those accepted."""
    return comparable(reading) in {comparable(accepted) for accepted in case.accepted}


def judge(tried: Iterable[Case], read: Callable[[str], str]) -> Iterator[tuple[Case, str, bool]]:
    """Every case that names words, how it is read, and whether that is right."""
    for case in tried:
        if not case.sounds:
            reading = read(case.text)
            yield case, reading, is_right(case, reading)


def scores(judged: Iterable[tuple[Case, str, bool]]) -> dict[str, tuple[int, int]]:
    """By class: how many are right, of how many."""
    counted: dict[str, list[bool]] = defaultdict(list)
    for case, _, right in judged:
        counted[case.kind].append(right)
    return {kind: (sum(rights), len(rights)) for kind, rights in counted.items()}


def main(arguments: list[str] | None = None) -> int:
    """Print a table of scores."""
    from synthesis.benchmarks.report import table
    from synthesis.text.spoken import spoken

    parser = argparse.ArgumentParser(prog="python -m synthesis.benchmarks.reading")
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--wrong", action="store_true", help="print what is read otherwise")
    chosen = parser.parse_args(arguments)
    rows = []
    for path in sorted(path for folder in chosen.folders for path in folder.glob("*.tsv")):
        language = LANGUAGES[path.stem]
        judged = list(judge(cases(path), lambda text, tag=language: spoken(text, tag)))  # type: ignore[misc]
        for kind, (right, count) in scores(judged).items():
            rows.append((language, kind or "all", right, count, f"{right / count:.0%}"))
        if chosen.wrong:
            for case, reading, is_as_wanted in judged:
                if not is_as_wanted:
                    sys.stdout.write(f"{language}\t{case.text!r}\t{reading!r}\t{case.accepted}\n")
    sys.stdout.write(table(("language", "class", "right", "of", "share"), rows) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
