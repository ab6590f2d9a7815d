"""`python -m synthesis.benchmarks SECTION …`: measure, print, and write tables into a report."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from synthesis.audio.decoding import Recording, decode_own
from synthesis.audio.files import recordings_in
from synthesis.benchmarks import pictures, reading_report, report
from synthesis.benchmarks.people import LEFT_OUT, speakers_in
from synthesis.engines.kokoro import engine
from synthesis.enrolment.speaker import enrol_speaker
from synthesis.text.languages import LANGUAGES
from synthesis.verification import ge2e

if TYPE_CHECKING:
    from synthesis.benchmarks.attacks import Row

Measure = Callable[[argparse.Namespace], str]  # to Markdown
MARKED_CLIPS, UNMARKED_CLIPS = 60, 10_000
LOADED = 20.0  # seconds that a load test lasts


def _speed(chosen: argparse.Namespace) -> str:
    from synthesis.benchmarks import speed

    compared = speed.compare(rounds=7)
    own = compared["timbre"]["rtf"]
    speaking = engine()
    template = speaking.mix({"jf_alpha": 1.0})
    first = speed.first_audio(speaking, template, rounds=9)
    parts = speed.where_time_goes(speaking, template, rounds=5)
    pictures.bars(
        chosen.pictures / "time.svg", parts, label="milliseconds of one core per second of audio"
    )
    limit, needed = speed.peak(), speed.arithmetic(speaking, template)
    rtf = first[speed.COMPARED]["rtf"]
    return "\n\n".join(
        [
            f"One line of {speed.COMPARED} words, the engines taking turns, medians of seven:",
            report.table(
                ("engine", "real-time factor", "Timbre is faster by", "first audio (s)"),
                [
                    (name, row["rtf"], f"{row['rtf'] / own:.1f} ×", f"{row['first']:.2f}")
                    for name, row in compared.items()
                ],
            ),
            "`kokoro-onnx` speaks the same packaged eight-bit weights; `pocket-tts` is built from "
            "its own configuration with random weights, which do not affect its cost.",
            "First audio, in one warm process, nine runs each:",
            report.table(
                ("words", "audio (s)", "median (ms)", "largest (ms)", "real-time factor"),
                [
                    (
                        words,
                        f"{row['audio']:.1f}",
                        round(1000 * row["first"]),
                        round(1000 * row["largest"]),
                        row["rtf"],
                    )
                    for words, row in first.items()
                ],
            ),
            f"A second of audio takes {needed / 1e9:.0f} billion operations; at {rtf:.3f} that is "
            f"{needed / rtf / 1e9:.0f} GOP/s, {needed / rtf / limit:.0%} of the "
            f"{limit / 1e9:.0f} GOP/s that one large eight-bit matrix product reaches on these "
            "cores. Where a second of audio spends one core's time:",
            "![Milliseconds by part](pictures/time.svg)",
        ]
    )


def _people(recordings: Path | None) -> dict[str, list[Recording]]:
    """The first two speakers of a folder."""
    if recordings is None:
        raise SystemExit("This section needs --recordings FOLDER.")
    speakers = list(speakers_in(recordings).items())[:2]
    return {name: [decode_own(path.read_bytes()) for path in files] for name, files in speakers}


def _languages(chosen: argparse.Namespace) -> str:
    from synthesis.benchmarks import languages
    from synthesis.benchmarks.readback import stock_voices

    speaking = engine()
    people = {
        f"speaker {name}": enrol_speaker(speaking, recordings)
        for name, recordings in _people(chosen.recordings).items()
    }
    heard = languages.read_back(
        speaking,
        lambda language: stock_voices(speaking, language) | people,
        lambda language: _say(f"  {language}"),
    )
    return languages.table(heard)


def _precision(chosen: argparse.Namespace) -> str:
    from synthesis.benchmarks import precision

    voices, people = {}, {}
    for name, recordings in _people(chosen.recordings).items():
        voices[name] = enrol_speaker(engine(), recordings[:-LEFT_OUT])
        people[name] = [ge2e.embed(piece.samples, piece.rate) for piece in recordings[-LEFT_OUT:]]
    rows = precision.compare(voices, people)
    return report.table(
        (
            "precision",
            "decoder's weights (MB)",
            "of float",
            "GE2E to the speakers",
            "word error rate",
            "log-mel distance to float",
            "real-time factor",
        ),
        [
            (
                precision_name,
                f"{row['megabytes']:.0f}",
                f"{row['size']:.0%}",
                row["similarity"],
                f"{row['wer']:.1%}",
                row["distance"],
                row["rtf"],
            )
            for precision_name, row in rows.items()
        ],
    )


def _pruning(chosen: argparse.Namespace) -> str:
    from synthesis.benchmarks import pruning

    def show(step: int) -> None:
        if sys.stderr.isatty():
            print(f"\r\x1b[Krecovering {step} of {pruning.STEPS}", end="", file=sys.stderr)

    rows = pruning.compare(progress=show)
    own = rows["whole"]["rtf"]
    return report.table(
        (
            "generator",
            "decoder's weights (MB)",
            "log-mel distance to the whole",
            "GE2E to the whole",
            "word error rate",
            "real-time factor",
            "of the whole",
        ),
        [
            (
                name,
                f"{row['megabytes']:.0f}",
                row["distance"],
                row["similarity"],
                f"{row['wer']:.1%}",
                row["rtf"],
                f"{row['rtf'] / own:.0%}",
            )
            for name, row in rows.items()
        ],
    )


def _load(chosen: argparse.Namespace) -> str:
    from synthesis.benchmarks import load

    speaking = engine()
    voices = [speaking.mix({name: 1.0}) for name in ("jf_alpha", "jm_kumo", "jf_nezumi")]
    rows = []
    panels: dict[str, dict[str, list[float]]] = {
        "seconds of audio per second": {},
        "first audio, 95th percentile (s)": {},
    }
    for name, shared in (("one after another", False), ("shared", True)):
        for streams in load.STREAMS:
            row = load.measure(speaking, voices, streams, LOADED, shared=shared)
            cells = (row["throughput"], row["first"], row["worst"])
            rows.append((name, streams, *(f"{c:.2f}" for c in cells), f"{row['late']:.1%}"))
            for panel, key in zip(panels.values(), ("throughput", "worst"), strict=True):
                panel.setdefault(name, []).append(row[key])
    pictures.curves(chosen.pictures / "load.svg", load.STREAMS, panels, label="listeners")
    most = [
        load.measure(speaking, voices, 4, LOADED, shared=shared, paced=False)["throughput"]
        for shared in (False, True)
    ]
    batches = load.batches(speaking, voices)
    head = ("requests", "listeners", "audio s / s", "first audio (s)", "95th percentile", "late")
    return "\n\n".join(
        [
            report.table(head, rows),
            f"When four listeners ask again immediately: {most[0]:.1f} s of audio per second served "
            f"one by one, {most[1]:.1f} shared.",
            "![Throughput and first audio against listeners](pictures/load.svg)",
            "Windows of several voices as one batch, seconds of audio per second:",
            report.table(
                ("renderer", *(f"{size} in a batch" for size in load.BATCHES)),
                [(name, *(f"{rate:.1f}" for rate in rates)) for name, rates in batches.items()],
            ),
        ]
    )


HONEST = """\
Nobody recorded our statements, so a reading is utterances of a person in a row, and its text what Whisper
hears in each by itself. The last eight long words that it hears in the whole reading too stand for the random
ones. Browsers, rooms and microphones are simulated. Wrong: refused; at most: its upper bound with 95%
confidence.

"""
ATTACKS = """\
Readings as above; the longest word that is none of the eight is the term that is left out. Where two voices or
splices are judged, whatever Whisper hears counts as what was to be read. Wrong: accepted; at most: its upper
bound with 95% confidence. Loudspeakers and rooms are simulated. An expired phrase is refused before anything
is heard (a test shows it).

"""


def _speakers(chosen: argparse.Namespace) -> dict[str, list[Path]]:
    if chosen.recordings is None:
        raise SystemExit("This section needs --recordings FOLDER.")
    return speakers_in(chosen.recordings)


def _honest(chosen: argparse.Namespace) -> str:
    from synthesis.benchmarks import attacks

    return HONEST + _outcomes(attacks.listen_to_the_honest(_speakers(chosen), say=_say))


def _liveness(chosen: argparse.Namespace) -> str:
    from synthesis.benchmarks import liveness
    from synthesis.verification.thresholds import LIVE_ACCEPTED, LIVE_DOUBTED

    rows = liveness.tell_apart(engine(), _speakers(chosen), say=_say)
    head = ("attack", "people", "attacks", "equal error", "at", "accepted", "to a moderator")
    people = rows[0].people
    return "\n\n".join(
        [
            report.table(
                head,
                [
                    (
                        row.kind,
                        len(row.people),
                        len(row.attacks),
                        f"{row.equal_error[0]:.2%}",
                        f"{row.equal_error[1]:.2f}",
                        row.accepted,
                        row.to_a_moderator,
                    )
                    for row in rows
                ],
            ),
            f"Of the people's clips {(people < LIVE_DOUBTED).sum()} are refused and "
            f"{((people >= LIVE_DOUBTED) & (people < LIVE_ACCEPTED)).sum()} go to a moderator.",
        ]
    )


def _attacks(chosen: argparse.Namespace) -> str:
    from synthesis.benchmarks import attacks

    return ATTACKS + _outcomes(attacks.attack(_speakers(chosen), say=_say))


def _outcomes(rows: Sequence[Row]) -> str:
    from synthesis.benchmarks import attacks

    head = ("reading", "tries", "accepted", "to a moderator", "refused", "wrong", "at most", "why")
    return report.table(
        head,
        [
            (
                row["kind"],
                row["trials"],
                row["accepted"],
                row["moderator"],
                row["refused"],
                f"{row['error']:.1%}",
                f"{row['bound']:.1%}",
                row["reasons"],
            )
            for row in attacks.figures(rows)
        ],
    )


def _calibration(chosen: argparse.Namespace) -> str:
    from synthesis.benchmarks import calibration

    if chosen.recordings is None or chosen.people is None:
        raise SystemExit("This section needs --recordings FOLDER and --people FOLDER.")
    pairs = calibration.people_in(
        speakers_in(chosen.recordings), recordings_in(chosen.people), _say
    )
    head = (
        "verifier", "selves", "strangers", "equal error", "at", "threshold", "selves refused",
        "strangers accepted",
    )  # fmt: skip
    return report.table(
        head,
        [
            (
                row.verifier,
                row.selves,
                row.strangers,
                f"{row.equal_error:.2%}",
                f"{row.equal_error_threshold:.2f}",
                row.threshold,
                f"{row.false_reject:.2%}",
                f"{row.false_accept:.2%}",
            )
            for row in calibration.calibrate(pairs)
        ],
    )


def _marks(chosen: argparse.Namespace) -> str:
    from synthesis.benchmarks import marks

    if chosen.people is None:
        raise SystemExit("This section needs --people FOLDER.")
    survived, cost = marks.survive(engine(), MARKED_CLIPS, say=_say)
    alarms, unsure, highest = marks.false_alarms(
        recordings_in(chosen.people), UNMARKED_CLIPS, say=_say
    )
    return "\n\n".join(
        [
            report.table(
                ("attack", "clips", "called watermarked", "payload exact"),
                [(name, row.clips, row.detected, row.exact) for name, row in survived.items()],
            ),
            f"Signal to mark: {cost.snr[0]:.1f} dB on average, {cost.snr[1]:.1f} at worst. PESQ "
            f"(wide band): {cost.pesq[0]:.2f} on average, {cost.pesq[1]:.2f} at worst. Cost: "
            f"{cost.real_time_factor:.4f} of real time, {cost.share:.1%} of synthesis.",
            f"{UNMARKED_CLIPS:,} detection attempts on people's recordings, each elsewhere and with another "
            f"key: {alarms} called watermarked, {unsure} inconclusive, highest score "
            f"{highest:.1f}; with 95% confidence at most {marks.bound(alarms, UNMARKED_CLIPS)} "
            "are.",
        ]
    )


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


MEASURES: dict[str, Measure] = {
    "speed": _speed,
    "languages": _languages,
    "reading": lambda chosen: reading_report.reading(chosen.language, _say),
    "readback": lambda chosen: reading_report.readback(
        chosen.language, _people(chosen.recordings), _say
    ),
    "precision": _precision,
    "pruning": _pruning,
    "load": _load,
    "liveness": _liveness,
    "honest": _honest,
    "attacks": _attacks,
    "calibration": _calibration,
    "marks": _marks,
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m synthesis.benchmarks", description=__doc__)
    parser.add_argument("sections", nargs="+", choices=sorted(MEASURES))
    parser.add_argument("--report", type=Path, default=Path("deploy/benchmarks.md"))
    parser.add_argument(
        "--recordings", type=Path, help="One folder per speaker; for languages and precision."
    )
    parser.add_argument(
        "--people", type=Path, help="One file per person; for calibration and false alarms."
    )
    parser.add_argument(
        "--language",
        nargs="*",
        choices=sorted(LANGUAGES),
        help="Only these; for reading and readback.",
    )
    chosen = parser.parse_args(arguments)
    chosen.pictures = chosen.report.parent / "pictures"
    chosen.pictures.mkdir(exist_ok=True)
    for section in chosen.sections:
        print(f"Measuring {section} …", file=sys.stderr)
        body = MEASURES[section](chosen)
        print(body)
        report.replace(chosen.report, section, body)
    return 0


if __name__ == "__main__":
    sys.exit(main())
