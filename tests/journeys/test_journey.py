"""The whole way, on a real server with real workers: `make run` in a folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from deploy.embedded.process import free_port
from synthesis.audio.decoding import decode
from synthesis.transcription.error_rate import word_error_rate
from synthesis.transcription.whisper import transcribe
from synthesis.verification import ge2e

pytestmark = pytest.mark.journey
ROOT = Path(__file__).resolve().parents[2]
STORES = ("DATABASE_URL", "REDIS_URL", "AWS_STORAGE_BUCKET_NAME", "AWS_S3_ENDPOINT_URL",
          "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "STRIPE_API_BASE")  # fmt: skip


class Site:
    """A running Timbre."""

    def __init__(self, home: Path, **env: str) -> None:
        names = ("TIMBRE_PORT", "TIMBRE_POSTGRES_PORT", "TIMBRE_VALKEY_PORT", "TIMBRE_S3_PORT",
                 "TIMBRE_SANDBOX_PORT")  # fmt: skip
        self.env = {name: str(free_port()) for name in names}
        inherited = {k: v for k, v in os.environ.items() if k not in STORES}
        self.env = {
            **inherited, **self.env, "TIMBRE_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": "marketplace.settings.development",
            "TIMBRE_WEIGHTS_CACHE": "", **env,
        }  # fmt: skip
        del self.env["TIMBRE_WEIGHTS_CACHE"]
        self.url = f"http://127.0.0.1:{self.env['TIMBRE_PORT']}"
        self.output = home / "output.txt"

    def start(self) -> float:
        """Seconds until the site answers."""
        started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "deploy.run"], cwd=ROOT, env=self.env,
            stdout=self.output.open("w"), stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        while "Timbre is up" not in self.output.read_text():
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() - started < 120, self.output.read_text()
            time.sleep(0.1)
        return time.monotonic() - started

    def stop(self) -> float:
        """Seconds that Ctrl-C takes."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        return time.monotonic() - started

    def answers(self, path: str = "/healthz") -> bool:
        try:
            return httpx.get(self.url + path, timeout=3).status_code == 200
        except httpx.HTTPError:
            return False

    def children(self) -> dict[str, int]:
        """Process ids of the parts, by a word of their command line."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if int(fields[1]) == self.process.pid:
                for word in ("postgres", "valkey", "nanio", "uvicorn", "-Q speech", "-Q default"):
                    if word in command:
                        found[word] = int(entry.name)
        return found


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("home")
    for parent in (home, home.parent, home.parent.parent):
        parent.chmod(0o755)
    site = Site(home, TIMBRE_DEMO_MARKET="0", TIMBRE_ENROL_STEPS="45")
    yield site
    if site.process.poll() is None:
        site.process.kill()


def test_it_starts_restarts_what_dies_keeps_its_data_and_stops_cleanly(site: Site) -> None:
    site.start()
    for part in ("uvicorn", "-Q speech", "postgres", "valkey", "nanio"):
        before = site.children()[part]
        os.kill(before, signal.SIGKILL)
        until = time.monotonic() + 40
        while site.children().get(part) in (None, before) or not site.answers("/voices"):
            assert time.monotonic() < until, f"{part}: {site.output.read_text()}"
            assert site.process.poll() is None, site.output.read_text()
            time.sleep(0.2)
    assert "starting it again" in site.output.read_text()
    parts = site.children()
    assert site.stop() < 5
    assert site.process.returncode == 0
    time.sleep(0.3)
    assert not any(Path(f"/proc/{pid}").exists() for pid in parts.values())
    assert site.start() < 10
    assert site.stop() < 5


def test_a_taken_port_is_a_clear_message(site: Site) -> None:
    site.start()
    second = subprocess.run(
        [sys.executable, "-m", "deploy.run"], cwd=ROOT, capture_output=True, text=True,
        env={**site.env, "TIMBRE_HOME": site.env["TIMBRE_HOME"] + "-2"}, check=False, timeout=60,
    )  # fmt: skip
    assert second.returncode == 1
    assert f"Port {site.env['TIMBRE_PORT']}" in second.stdout
    assert "TIMBRE_PORT=" in second.stdout
    site.stop()


def test_a_real_persons_voice_travels_the_whole_way(
    site: Site, people: dict[str, list[Path]], tmp_path: Path
) -> None:
    site.env["TIMBRE_DEMO_MARKET"] = "0"
    site.start()
    subprocess.run(
        [sys.executable, "-c", ACCOUNTS], cwd=ROOT, env=_django_env(site), check=True, timeout=60
    )
    speaker = min(people)
    text = "The harbour was quiet, and every window along the water was still dark."
    out = tmp_path / "out.wav"
    walked = subprocess.run(
        [sys.executable, "manage.py", "journey", "--base-url", site.url,
         "--recordings", str(people[speaker][0].parent), "--say", text, "--out", str(out),
         "--clone-steps", "35"],
        cwd=ROOT, env=site.env, capture_output=True, text=True, check=False, timeout=900,
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


ACCOUNTS = """
import django; django.setup()
from marketplace.storefront.demo import load_accounts
load_accounts("timbre-demo-2026")
"""


def _django_env(site: Site) -> dict[str, str]:
    kept = dict(
        line.split("=", 1)
        for line in (Path(site.env["TIMBRE_HOME"]) / "secrets.env").read_text().splitlines()
    )
    port = site.env["TIMBRE_POSTGRES_PORT"]
    return {
        **site.env,
        "SECRET_KEY": kept["SECRET_KEY"],
        "DATABASE_URL": f"postgres://timbre:{kept['POSTGRES_PASSWORD']}@127.0.0.1:{port}/timbre",
        "REDIS_URL": f"redis://127.0.0.1:{site.env['TIMBRE_VALKEY_PORT']}/0",
    }
