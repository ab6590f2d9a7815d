"""`python -m synthesis.benchmarks SECTION …`: measure, print, and write tables into a report."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from synthesis.benchmarks import pictures, report
from synthesis.engines.kokoro import engine

Measure = Callable[[Path], str]  # folder for pictures -> Markdown


def _speed(folder: Path) -> str:
    from synthesis.benchmarks import speed

    compared = speed.compare(rounds=7)
    own = compared["timbre"]["rtf"]
    speaking = engine()
    template = speaking.mix({"jf_alpha": 1.0})
    first = speed.first_audio(speaking, template, rounds=9)
    parts = speed.where_time_goes(speaking, template, rounds=5)
    pictures.bars(folder / "time.svg", parts, label="milliseconds of one core, a second of audio")
    limit, needed = speed.peak(), speed.arithmetic(speaking, template)
    rtf = first[speed.COMPARED]["rtf"]
    return "\n\n".join(
        [
            f"One line of {speed.COMPARED} words by turns, medians of seven:",
            report.table(
                ("engine", "real-time factor", "Timbre is faster by", "first audio (s)"),
                [
                    (name, row["rtf"], f"{row['rtf'] / own:.1f} ×", f"{row['first']:.2f}")
                    for name, row in compared.items()
                ],
            ),
            "`kokoro-onnx` speaks the same packaged eight-bit weights; `pocket-tts` is built from "
            "its own configuration with random weights, on whose values its cost doesn't depend.",
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


MEASURES: dict[str, Measure] = {"speed": _speed}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m synthesis.benchmarks", description=__doc__)
    parser.add_argument("sections", nargs="+", choices=sorted(MEASURES))
    parser.add_argument("--report", type=Path, default=Path("deploy/benchmarks.md"))
    chosen = parser.parse_args(arguments)
    folder = chosen.report.parent / "pictures"
    folder.mkdir(exist_ok=True)
    for section in chosen.sections:
        body = MEASURES[section](folder)
        print(body)
        report.replace(chosen.report, section, body)
    return 0


if __name__ == "__main__":
    sys.exit(main())
