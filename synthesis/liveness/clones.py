"""Training data for the detector: our engine's clones of people, reading consent statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthesis.audio.decoding import Recording, decode_own
from synthesis.audio.encoding import encode
from synthesis.engines.kokoro import KokoroEngine
from synthesis.enrolment.adaptation import AdaptationPlan
from synthesis.enrolment.instant import instant_voice
from synthesis.enrolment.speaker import enrol_speaker
from synthesis.refusals import AudioRefused
from synthesis.template import VoiceTemplate

STATEMENTS = (
    "I agree that a synthetic version of my voice may be made and licensed for audiobooks and "
    "games. My words are: amber, kettle, ribbon, ocean, timber, jacket, violet, bridge.",
    "On the fifth of March I said that this platform may have my voice read stories to children. "
    "My words are: meadow, copper, lantern, spider, walnut, feather, island, morning.",
    "Nobody but me may give this permission, and I can take it back on any day. "
    "My words are: saddle, thunder, olive, magnet, cradle, sunset, pepper, harbor.",
)
RATE = 24_000


def speak(engine: KokoroEngine, template: VoiceTemplate, number: int) -> NDArray[np.float32]:
    """Speak one of the statements in a voice, at one of a few speeds: 24 kHz."""
    speed = (0.9, 1.0, 1.08)[number % 3]
    chunks = engine.synthesize(STATEMENTS[number % len(STATEMENTS)], template, speed=speed)
    return np.concatenate([chunk.samples for chunk in chunks])


def make_clones(
    engine: KokoroEngine,
    speakers: Iterable[tuple[str, Sequence[Path]]],
    folder: Path,
    *,
    steps: int,
    say: Callable[[str], None],
) -> None:
    """Let a clone of each speaker read a statement into `folder/NAME.flac`; existing files stay.

    steps: of adaptation; 0 creates instant voices.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plan = AdaptationPlan(steps=max(1, steps), check_every=max(1, steps // 2))
    for number, (name, files) in enumerate(speakers):
        path = folder / f"{name}.flac"
        if path.exists():
            continue
        recordings: list[Recording] = [decode_own(file.read_bytes()) for file in files]
        try:
            template = (
                enrol_speaker(engine, recordings, plan=plan)
                if steps
                else instant_voice(engine, recordings)
            )
        except AudioRefused as refusal:
            say(f"{name}: {refusal}")
            continue
        path.write_bytes(encode(speak(engine, template, number), "flac"))
        say(f"{folder.name}/{path.name}")


def make_mixtures(
    engine: KokoroEngine, folder: Path, count: int, *, say: Callable[[str], None]
) -> None:
    """Let mixed voices, which belong to nobody, read statements into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    random, names = np.random.default_rng(0), sorted(engine.stock)
    for number in range(count):
        # the stock styles themselves first, then mixtures
        parts = [names[number]] if number < len(names) else list(random.choice(names, 2))
        share = float(random.uniform(0.3, 0.7))
        shares = {parts[0]: 1.0} if len(set(parts)) == 1 else {parts[0]: share, parts[1]: 1 - share}
        shift = 0.0 if number < len(names) else float(random.uniform(-3, 3))
        path = folder / f"mixture-{number}.flac"
        if path.exists():
            continue
        template = engine.mix(shares, pitch_shift=shift)
        path.write_bytes(encode(speak(engine, template, number), "flac"))
        say(f"{folder.name}/{path.name}")
