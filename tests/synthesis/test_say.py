"""`python -m synthesis say`."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from synthesis.__main__ import main
from synthesis.audio.decoding import decode
from synthesis.transcription.error_rate import word_error_rate
from synthesis.transcription.whisper import transcribe


@pytest.mark.slow
def test_say_writes_what_it_was_told_to(tmp_path: Path) -> None:
    out = tmp_path / "hello.wav"
    text = "Good morning, the library opens at nine."
    assert main(["say", text, "--out", str(out)]) == 0
    spoken = decode(out.read_bytes())
    assert word_error_rate(text, transcribe(spoken.samples, spoken.rate)) <= 0.15


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--out", "hello.doc"], "must end in"),
        (["--out", "hello.wav", "--style", "nobody"], "Unknown styles"),
        (["--out", "hello.wav", "--template", "missing.voice"], "missing.voice"),
    ],
)
def test_say_explains_what_it_cannot_do(
    extra: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["say", "Hello.", *extra]) == 2
    assert message in capsys.readouterr().err


def test_read_prints_how_each_line_is_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("1,000 people came.\n# Heading⏎⏎- one item\n\n"))
    assert main(["read", "--language", "en-US"]) == 0
    assert capsys.readouterr().out == "one thousand people came.\nHeading one item\n\n"


@pytest.mark.parametrize(
    ("language", "written", "heard"),
    [
        ("fr", "La SNCF et l'UNESCO recrutent.", "La S N C F et l'UNESCO recrutent."),
        ("es", "El DNI de la ONU.", "El D N I de la ONU."),
        ("it", "Il DNA della RAI.", "Il D N A della RAI."),
        ("pt-BR", "O CPF da ONU.", "O C P F da ONU."),
        ("fr", "BONJOUR À TOUS", "BONJOUR À TOUS"),
    ],
)
def test_read_prints_capitals_as_they_are_heard(
    language: str,
    written: str,
    heard: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{written}\n"))
    assert main(["read", "--language", language]) == 0
    assert capsys.readouterr().out == f"{heard}\n"
