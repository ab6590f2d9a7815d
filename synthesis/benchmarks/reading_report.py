"""Tables of how texts are read, by us and others, and of what Whisper hears when they are spoken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from synthesis.audio.decoding import Recording
from synthesis.benchmarks import reading_peers, report
from synthesis.benchmarks.reading import LANGUAGES, Case, cases
from synthesis.text.languages import LANGUAGES as SPOKEN

CASES = Path("tests/synthesis/text/reading")
UNSEEN = Path("tests/synthesis/text/unseen")
Say = Callable[[str], None]


def reading(languages: Sequence[str] | None, say: Say) -> str:
    """Shares of texts read right by each reader: of unseen texts, and of our cases by class; and the cost."""
    chosen = {name: tag for name, tag in LANGUAGES.items() if not languages or tag in languages}
    unseen, by_class, costs = [], [], []
    for name, language in chosen.items():
        say(f"  {language}")
        readers = reading_peers.readers(language)
        tried = _words(UNSEEN / f"{name}.tsv")
        unseen.append((language, len(tried), *reading_peers.shares(readers, tried)))
        grouped: dict[str, list[Case]] = defaultdict(list)
        for case in (known := _words(CASES / f"{name}.tsv")):
            grouped[case.kind or "other"].append(case)
        for kind, of_kind in sorted(grouped.items()):
            by_class.append((language, kind, len(of_kind), *reading_peers.shares(readers, of_kind)))
        if language in SPOKEN:
            spent = reading_peers.cost(language, [case.text for case in known])
            costs.append((language, *(f"{milliseconds:.1f}" for milliseconds in spent)))
    names = tuple(reading_peers.READERS)
    return "\n\n".join(
        (
            report.table(("unseen texts", "lines", *names), unseen),
            report.table(("our cases", "class", "cases", *names), by_class),
            report.table(("cost of a sentence", "ms", "ms, p95", "ms, p95 of 16 threads"), costs),
        )
    )


def _words(path: Path) -> list[Case]:
    return [case for case in cases(path) if not case.sounds]


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
