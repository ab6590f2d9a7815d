"""A running Timbre as `make run` starts it, in its own folder and on its own ports."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

from deploy.embedded.process import free_port
from tests.journeys.running_shell import RunningShell

ROOT = Path(__file__).resolve().parents[2]
STORES = ("DATABASE_URL", "REDIS_URL", "AWS_STORAGE_BUCKET_NAME", "AWS_S3_ENDPOINT_URL",
          "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "STRIPE_API_BASE")  # fmt: skip


class Site:
    """A running Timbre, from the code here or in another folder."""

    def __init__(self, home: Path, *, code: Path = ROOT, **env: str) -> None:
        self.code = code
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
        self.url = f"http://localhost:{self.env['TIMBRE_PORT']}"
        self.output = home / "output.txt"
        self._shell: RunningShell | None = None

    def start(self) -> float:
        """Seconds until the site answers."""
        started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "deploy.run"], cwd=self.code, env=self.env,
            stdout=self.output.open("w"), stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        while "Timbre is up" not in self.output.read_text():
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() - started < 300, self.output.read_text()
            time.sleep(0.1)
        return time.monotonic() - started

    def stop(self) -> float:
        """Seconds that Ctrl-C takes."""
        if self._shell is not None:
            self._shell.end()
            self._shell = None
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
        """Process ids of the parts, by a part of their command line."""
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
                for word in (
                    "postgres",
                    "valkey",
                    "nanio",
                    "web_server",
                    "uvicorn",
                    "-Q speech",
                    "-Q default",
                ):
                    if word in command:
                        found[word] = int(entry.name)
        return found

    def run(self, script: str, seconds: float = 600) -> str:
        """The output of a Python script run with Django and the settings of the web server."""
        if self._shell is None:
            children = self.children()
            web = children.get("web_server") or children["uvicorn"]  # as it was called once
            raw = Path(f"/proc/{web}/environ").read_bytes().decode()
            env = dict(item.split("=", 1) for item in raw.split("\0") if "=" in item)
            self._shell = RunningShell(code=self.code, env=env)
        return self._shell.run(script, seconds)
