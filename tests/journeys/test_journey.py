"""The whole journey, on a real server with real workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from synthesis.audio.decoding import decode
from synthesis.transcription.error_rate import word_error_rate
from synthesis.transcription.whisper import transcribe
from synthesis.verification import ge2e
from tests.journeys.site import ROOT, Site

pytestmark = pytest.mark.journey
PASSWORD = "a-long-demo-password"
IMPORTS = (
    0.9  # seconds of the web server's imports on a machine that meets the promised ten-second start
)


def _pace() -> float:
    """How much slower this machine is now than an idle one, measured by the web server's imports."""
    taken = []
    for _ in range(2):
        began = time.monotonic()
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", "import marketplace.asgi"], cwd=ROOT, check=True
        )
        taken.append(time.monotonic() - began)
    return max(1.0, min(taken) / IMPORTS)


def test_it_starts_restarts_what_dies_keeps_its_data_and_stops_cleanly(site: Site) -> None:
    site.start()
    for part in ("web_server", "-Q speech", "postgres", "valkey", "nanio"):
        before = site.children()[part]
        os.kill(before, signal.SIGKILL)
        until = time.monotonic() + 120  # whatever else the machine does
        while site.children().get(part) in (None, before) or not site.answers("/voices"):
            assert time.monotonic() < until, f"{part}: {site.output.read_text()}"
            assert site.process.poll() is None, site.output.read_text()
            time.sleep(0.2)
    assert "starting it again" in site.output.read_text()
    parts = site.children()
    assert site.stop() < 5 * _pace()
    assert site.process.returncode == 0
    time.sleep(0.3)
    assert not any(Path(f"/proc/{pid}").exists() for pid in parts.values())
    pace = _pace()
    started = site.start()
    pace = max(pace, _pace())  # what else the machine does may have begun meanwhile
    assert started < 10 * pace
    assert site.stop() < 5 * pace


@pytest.mark.slow  # eight minutes without eight-bit instructions
def test_a_real_persons_voice_travels_the_whole_way(
    site: Site, people: dict[str, list[Path]], tmp_path: Path
) -> None:
    site.start()
    site.run(f"from marketplace.storefront.demo import load_accounts\nload_accounts({PASSWORD!r})")
    speaker = min(people)
    text = "The harbour was quiet, and every window along the water was still dark."
    out = tmp_path / "out.wav"
    walked = subprocess.run(
        [sys.executable, "manage.py", "journey", "--base-url", site.url,
         "--recordings", str(people[speaker][0].parent), "--say", text, "--out", str(out),
         "--clone-steps", "20"],
        cwd=ROOT, env={**site.env, "TIMBRE_DEMO_PASSWORD": PASSWORD}, capture_output=True,
        text=True, check=False, timeout=900,
    )  # fmt: skip
    assert walked.returncode == 0, walked.stdout + walked.stderr[-3000:]
    for station in range(1, 9):
        assert f"  {station}" in walked.stdout
    spoken = decode(out.read_bytes())
    assert word_error_rate(text, transcribe(spoken.samples, spoken.rate)) <= 0.1
    known = [decode(path.read_bytes()) for path in people[speaker][-2:]]
    clone = ge2e.embed(spoken.samples, spoken.rate)
    likeness = [ge2e.similarity(clone, ge2e.embed(k.samples, k.rate)) for k in known]
    assert float(np.mean(likeness)) >= ge2e.EQUAL_ERROR_THRESHOLD
    assert "tk_" not in (Path(site.env["TIMBRE_HOME"]) / "timbre.log").read_text()
    site.stop()
