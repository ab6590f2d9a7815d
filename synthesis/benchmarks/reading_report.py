"""Tables of how texts are read, by us and others, and of what Whisper hears when they are spoken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from synthesis.audio.decoding import Recording
from synthesis.benchmarks import report

CASES = Path("tests/synthesis/text/reading")
Say = Callable[[str], None]


def reading(languages: Sequence[str] | None, say: Say) -> str:
    """By language: the share of cases read right by each reader, and what ours takes."""
    from synthesis.benchmarks import reading_peers
    from synthesis.benchmarks.reading import LANGUAGES, cases, judge
    from synthesis.text.languages import LANGUAGES as SPOKEN
    from synthesis.text.spoken import spoken

    rows = []
    for name, language in LANGUAGES.items():
        if languages and language not in languages:
            continue
        say(f"  {language}")
        tried = [case for case in cases(CASES / f"{name}.tsv") if not case.sounds]
        judged = judge(tried, lambda text, tag=language: spoken(text, tag))  # type: ignore[misc]
        right = sum(is_right for _, _, is_right in judged)
        peers = reading_peers.shares(language, tried)
        spent = ["", "", ""]
        if language in SPOKEN:
            costs = reading_peers.cost(language, [case.text for case in tried])
            spent = [f"{milliseconds:.1f}" for milliseconds in costs]
        rows.append((language, len(tried), f"{right / len(tried):.0%}", *peers.values(), *spent))
    times = ("ms", "ms, p95", "ms, p95 of 16 threads")
    return report.table(("language", "cases", "ours", *reading_peers.PEERS, *times), rows)


def readback(
    languages: Sequence[str] | None, people: Mapping[str, Sequence[Recording]], say: Say
) -> str:
    """By language and voice: what Whisper hears otherwise; two stock voices and a clone."""
    from synthesis.benchmarks import readback as measured
    from synthesis.engines.kokoro import engine
    from synthesis.engines.style_tables import USUAL_STYLES
    from synthesis.enrolment.instant import instant_voice

    name, recordings = next(iter(people.items()))
    clones = {f"clone of {name}": instant_voice(engine(), recordings)}
    heard = measured.read_back(
        engine(), CASES, list(languages or USUAL_STYLES), clones, lambda tag: say(f"  {tag}")
    )
    rows = [
        (row.language, row.voice, row.sentences, f"{row.rate:.1%}", f"{row.exact}/{row.sentences}")
        for row in heard
    ]
    return report.table(("language", "voice", "sentences", "errors", "heard exactly"), rows)
