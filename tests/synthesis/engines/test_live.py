"""A new engine takes over while the old one speaks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from synthesis.engines.kokoro import KokoroEngine
from synthesis.engines.live import LiveEngines
from synthesis.engines.release import Release
from synthesis.refusals import CanaryFailed, ReleaseInvalid, VoiceMismatch
from synthesis.template import VoiceTemplate
from tests.releases import write_release

TEXT = "The first sentence is on its way. The second one comes after the change. So does this."


@pytest.mark.slow
def test_a_request_that_has_begun_is_finished_by_the_engine_it_began_with(
    engine: KokoroEngine, mixed: VoiceTemplate, tmp_path: Path
) -> None:
    live = LiveEngines(engine)
    whole = sum(chunk.seconds for chunk in engine.synthesize(TEXT, mixed))
    speaking = live.speaking(mixed.engine, mixed.version).synthesize(TEXT, mixed)
    heard = next(speaking).seconds
    comparison = live.replace(KokoroEngine(release=Release.read(write_release(tmp_path))))
    heard += sum(chunk.seconds for chunk in speaking)
    assert heard == pytest.approx(whole)
    assert comparison.likeness > 0.95
    assert live.current.version == "3"


@pytest.mark.slow
def test_an_engine_that_sounds_wrong_does_not_take_over(
    engine: KokoroEngine, tmp_path: Path
) -> None:
    live = LiveEngines(engine)
    with pytest.raises(CanaryFailed, match="likeness"):
        live.replace(KokoroEngine(release=Release.read(write_release(tmp_path, noise=0.3))))
    assert live.current is engine


@pytest.mark.slow
def test_a_template_is_spoken_by_the_newest_engine_that_can(
    engine: KokoroEngine, mixed: VoiceTemplate, tmp_path: Path
) -> None:
    live = LiveEngines(engine)
    live.replace(KokoroEngine(release=Release.read(write_release(tmp_path))))
    assert live.speaking(mixed.engine, mixed.version) is live.current
    assert live.speaking(mixed.engine, "1") is engine
    with pytest.raises(VoiceMismatch, match="1 or 2 or 3"):
        live.speaking(mixed.engine, "9")


def test_a_release_with_another_file_than_described_is_refused(tmp_path: Path) -> None:
    folder = write_release(tmp_path)
    with (folder / "kokoro/styles.npz").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ReleaseInvalid, match="is not the file"):
        Release.read(folder)


@pytest.mark.parametrize(
    ("described", "message"),
    [
        ({}, "can't be read"),
        ({"version": "3", "speaks": ["2"], "files": {}}, "must speak the templates it makes"),
        ({"version": "3", "speaks": ["3"], "files": {"../secret": ""}}, "can't be replaced"),
        ({"version": "3", "speaks": ["3"], "files": {"kokoro/styles.npz": ""}}, "is missing"),
    ],
)
def test_a_wrong_description_says_what_is_wrong(
    described: dict[str, object], message: str, tmp_path: Path
) -> None:
    (tmp_path / "release.json").write_text(json.dumps(described))
    with pytest.raises(ReleaseInvalid, match=message):
        Release.read(tmp_path)
