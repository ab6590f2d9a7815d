"""`manage.py bench_voices`: how similar, natural, clear and fast clones of real speakers are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

if TYPE_CHECKING:
    from synthesis.benchmarks.likeness import Interval, Scores
    from synthesis.benchmarks.panel import Panel
    from synthesis.benchmarks.people import Person
    from synthesis.engines.kokoro import KokoroEngine

COLUMNS = (
    ("speaker", 12),
    ("accepted", 9),
    ("wer", 8),
    ("enrol_seconds", 14),
    ("rtf", 7),
    ("instant_wer", 12),
    ("instant_seconds", 16),
)
HEAD = (
    "speaker",
    "accepted by GE2E",
    "word error rate",
    "enrolment (s)",
    "real-time factor",
    "instant voice: word error rate",
    "after (s)",
)
SHARES = {"accepted", "wer", "instant_wer"}
ABOUT = """\
Means over people, each of whom counts once, with 95% confidence intervals; speakers are in one half or the other
by `synthesis/benchmarks/speakers.tsv`. CAM++, GE2E and the d-vector are normalized: 0 is a stranger, 1 the person.
*The person* is their left-out recordings among themselves, *a stranger* everybody else's. DistillMOS and DNSMOS
(P.808) are opinion scores from 1 to 5. Who made one recording has no clone, and the voice prior was learned from
most of those recordings, which flatters their instant voices."""


class Command(BaseCommand):
    help = "Make every speaker's voices, speak sentences as each, and print and write the figures."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--recordings", type=Path, required=True, help="One folder per speaker."
        )
        parser.add_argument("--json", type=Path, required=True, help="Where to write the figures.")
        parser.add_argument("--report", type=Path, help="A report to write the tables into.")
        parser.add_argument(
            "--steps", type=int, default=0, help="Fewer adaptation steps, for a quick try."
        )
        parser.add_argument("--sentences", type=int, help="Fewer sentences, for a quick try.")
        parser.add_argument(
            "--people", type=Path, help="One recording per speaker, for instant voices alone."
        )
        parser.add_argument("--limit", type=int, help="At most so many of --people in each half.")
        parser.add_argument(
            "--half", choices=("development", "judging"), help="Only speakers of this half."
        )
        parser.add_argument(
            "--wavs", type=Path, help="Write clips there: <speaker>_<clone|instant|real>_<i>.wav"
        )
        parser.add_argument(
            "--verifiers", action="store_true", help="Only measure the verifiers' equal errors."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        from synthesis.benchmarks.judges import JUDGES

        missing = [sentence for judge in JUDGES if (sentence := judge.missing())]
        for sentence in missing:
            self.stdout.write(sentence)
        if options["verifiers"]:
            self._verifiers(options)
            return
        people = self._people(options)
        if not any(not person.single for person in people):
            raise CommandError(f"{options['recordings']} has no speaker folders with recordings.")
        self._bench(people, missing, options)

    def _verifiers(self, options: dict[str, Any]) -> None:
        """Each installed verifier's equal error on everybody by halves."""
        from synthesis.audio.files import recordings_in
        from synthesis.benchmarks.calibration import by_halves
        from synthesis.benchmarks.judges import JUDGES, present
        from synthesis.benchmarks.people import speakers_in

        singles = recordings_in(options["people"]) if options["people"] else []
        figures = {}
        for judge in present(JUDGES):
            if judge.verifier:
                found = by_halves(judge.verifier, speakers_in(options["recordings"]), singles)
                self.stdout.write(f"{judge.name}: {found}")
                figures[judge.name] = asdict(found)
        options["json"].write_text(json.dumps(figures, indent=2) + "\n")

    def _people(self, options: dict[str, Any]) -> list[Person]:
        from synthesis.benchmarks import people

        half = options["half"]
        chosen = [
            people.read_person(name, files)
            for name, files in people.speakers_in(options["recordings"]).items()
            if half in (None, people.half_of(name))
        ]
        if options["people"]:
            singles = people.singles_in(options["people"], half, options["limit"])
            chosen += [people.read_single(path) for path in singles]
        return chosen

    def _bench(self, people: list[Person], missing: list[str], options: dict[str, Any]) -> None:
        from synthesis.benchmarks.judges import JUDGES, present
        from synthesis.benchmarks.panel import Panel
        from synthesis.benchmarks.voices import SENTENCES, read_stock, summarize
        from synthesis.engines.kokoro import engine

        speaking = engine()
        speaking.warm()
        speaking.stock  # noqa: B018 - loaded before the clock starts, as in a worker
        options["sentences"] = SENTENCES[: options["sentences"]]
        stock = read_stock(speaking, sentences=options["sentences"])
        panel = Panel(present(JUDGES), people, stock.clips)
        self.stdout.write("".join(f"{name:>{width}}" for name, width in COLUMNS))
        scores: dict[str, dict[str, Scores]] = {}
        figures: dict[str, dict[str, Any]] = {}
        for person in people:
            self._judge(speaking, panel, person, scores, figures, options)
        if not figures:
            raise CommandError("Nobody's voice could be cloned.")
        mean = summarize(figures)
        self._row("mean", mean)
        wrong = round(stock.error_rate, 4)
        self.stdout.write(f"word error rate of the stock styles: {wrong:.1%}")
        halves = self._halves(people, scores)
        body = "\n\n".join([*self._tables(people, halves, scores), *missing])
        self.stdout.write(body)
        written = {"speakers": figures, "mean": mean, "stock_wer": wrong, "scores": scores}
        written["likeness"] = {
            half: {row: {name: asdict(cell) for name, cell in cells.items()} for row, cells in rows.items()}
            for half, rows in halves.items()
        }  # fmt: skip
        options["json"].write_text(json.dumps(written, indent=2) + "\n")
        if options["report"]:
            self._report(options["report"], body, {**figures, "**mean**": mean}, wrong)

    def _judge(
        self,
        speaking: KokoroEngine,
        panel: Panel,
        person: Person,
        scores: dict[str, dict[str, Scores]],
        figures: dict[str, dict[str, Any]],
        options: dict[str, Any],
    ) -> None:
        """Make one person's voices, let the judges hear them, and keep what they say."""
        from synthesis.benchmarks import likeness, voices
        from synthesis.benchmarks.judges import hear
        from synthesis.enrolment.adaptation import AdaptationPlan
        from synthesis.refusals import AudioRefused

        def show(stage: str, share: float) -> None:
            if self.stderr.isatty():
                self.stderr.write(f"\r{person.name}: {stage} {share:4.0%}   ", ending="")

        sentences, steps = options["sentences"], options["steps"]
        plan = AdaptationPlan(steps=steps) if steps else AdaptationPlan()
        try:
            readings = {likeness.INSTANT: voices.read_instant(speaking, person, sentences)}
            if not person.single:
                readings[likeness.CLONE] = voices.read_clone(
                    speaking, person, show, plan, sentences
                )
        except AudioRefused as error:
            self.stdout.write(f"{person.name} has no voice: {error}")
            return
        if self.stderr.isatty():
            self.stderr.write("\r\x1b[K", ending="")
        heard = {row: hear(panel.judges, reading.clips) for row, reading in readings.items()}
        scores[person.name] = panel.scores(person.name, heard)
        if options["wavs"]:
            clips = {row: reading.clips for row, reading in readings.items()}
            for kind, each in {**clips, "real": person.left_out}.items():
                voices.write_clips(options["wavs"], person.name, kind, each)
        if likeness.CLONE in readings:
            clone, instant = readings[likeness.CLONE], readings[likeness.INSTANT]
            known, left_out = panel.known[person.name], panel.left_out[person.name]
            figures[person.name] = {
                **voices.raw_similarities(heard[likeness.CLONE], known, left_out),
                **voices.figures_of(clone, instant, scores[person.name]),
            }
            self._row(person.name, figures[person.name])

    def _halves(
        self, people: list[Person], scores: dict[str, dict[str, Scores]]
    ) -> dict[str, dict[str, dict[str, Interval]]]:
        """Half -> row -> judge -> mean over its people."""
        from synthesis.benchmarks.likeness import over_people

        return {
            half: over_people(
                [scores[each.name] for each in people if each.half == half and each.name in scores]
            )
            for half in sorted({person.half for person in people}, reverse=True)
        }

    def _tables(
        self,
        people: list[Person],
        halves: Mapping[str, dict[str, dict[str, Interval]]],
        scores: dict[str, dict[str, Scores]],
    ) -> list[str]:
        """The likeness of all, and of each with a clone, as Markdown."""
        from synthesis.benchmarks.likeness import of_person, table

        cloned = [each.name for each in people if not each.single and each.name in scores]
        return [
            table(halves, "half", "people"),
            ABOUT,
            "The people who have clones, one by one, over their clips:",
            table({name: of_person(scores[name]) for name in cloned}, "speaker", "clips"),
        ]

    def _report(
        self, path: Path, likeness: str, rows: dict[str, dict[str, Any]], stock: float
    ) -> None:
        from synthesis.benchmarks import report

        def cell(column: str, value: Any) -> object:
            return f"{float(value):.1%}" if column in SHARES else value

        table = report.table(
            HEAD,
            [
                (name, *(cell(column, values[column]) for column, _ in COLUMNS[1:]))
                for name, values in rows.items()
            ],
        )
        summary = f"The stock styles read the same sentences with a word error rate of {stock:.1%}."
        report.replace(path, "voices", f"{likeness}\n\n{table}\n\n{summary}")

    def _row(self, name: str, values: dict[str, Any]) -> None:
        cells = [name, *(values[column] for column, _ in COLUMNS[1:])]
        self.stdout.write(
            "".join(f"{cell!s:>{width}}" for cell, (_, width) in zip(cells, COLUMNS, strict=True))
        )
        self.stdout.flush()
