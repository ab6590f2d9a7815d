"""`make run`: everything up on one machine, each part embedded unless the environment names a real one.

Order: stores, migrations, web, workers and beat, the demo market. One part that dies is started
again; one that keeps dying stops the whole with its last words. Ctrl-C stops all in order.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from deploy.embedded import object_store, postgres, valkey
from deploy.embedded.process import Child, NotReady, PortTaken, listening, require_free
from marketplace.storefront.demo_accounts import DEMO_DOMAIN, DEMO_PASSWORD

ROOT = Path(__file__).resolve().parents[1]
SPEECH_REQUESTS = 16  # that a speech worker speaks at once
RESTARTS = 5  # of one part within `RESTART_WINDOW` seconds; one more ends the whole
RESTART_WINDOW = 60.0
WEB_WAITS = 60.0  # seconds the site may take to answer


@dataclass
class Ports:
    """Where the parts listen; each is set by its environment variable."""

    web: int = field(default_factory=lambda: int(os.environ.get("TIMBRE_PORT", "8000")))
    postgres: int = field(
        default_factory=lambda: int(os.environ.get("TIMBRE_POSTGRES_PORT", "8432"))
    )
    valkey: int = field(default_factory=lambda: int(os.environ.get("TIMBRE_VALKEY_PORT", "8379")))
    objects: int = field(default_factory=lambda: int(os.environ.get("TIMBRE_S3_PORT", "8900")))
    sandbox: int = field(default_factory=lambda: int(os.environ.get("TIMBRE_SANDBOX_PORT", "8420")))


def _say(text: str) -> None:
    print(text, flush=True)


def _kept_secrets(home: Path) -> dict[str, str]:
    """Secrets of this installation, made once and readable by its owner only."""
    path = home / "secrets.env"
    names = ("SECRET_KEY", "TEMPLATE_KEY", "API_KEY_PEPPER", "PROVENANCE_KEY", "POSTGRES_PASSWORD",
             "S3_SECRET_KEY", "STRIPE_WEBHOOK_SECRET")  # fmt: skip
    kept = {}
    if path.exists():
        kept = dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
    missing = [name for name in names if name not in kept]
    if missing:
        kept.update({name: secrets.token_hex(32) for name in missing})
        path.touch(mode=0o600)
        path.write_text("".join(f"{name}={value}\n" for name, value in kept.items()))
    return kept


class Supervisor:
    """Starts, watches and stops the parts."""

    def __init__(self, home: Path, ports: Ports) -> None:
        self.home, self.ports = home, ports
        self.env: dict[str, str] = {}
        self.children: list[Child] = []
        self.deaths: dict[str, list[float]] = {}
        self.stopping = threading.Event()
        self.log = (home / "timbre.log").open("a", buffering=1)
        self.verbose = os.environ.get("TIMBRE_VERBOSE") == "1"

    def _on_line(self, name: str, line: str) -> None:
        self.log.write(f"{name}: {line}\n")
        if self.verbose or name == "demo":
            _say(f"{name:>8} │ {line}")

    def add(
        self, child: Child, ready: Callable[[], bool] | None = None, seconds: float = 20.0
    ) -> Child:
        """Start a part and wait until it is ready; a stale lock file gets a few more tries."""
        child.on_line = self._on_line
        child.env = {**self.env, **child.env}
        until = time.monotonic() + 15
        while True:
            child.start()
            try:
                if ready is not None:
                    child.wait_until(ready, seconds)
                break
            except NotReady:
                child.stop(1)
                if time.monotonic() > until or self.stopping.is_set():
                    raise
                time.sleep(0.5)
        self.children.append(child)
        return child

    def _manage(self, *arguments: str) -> list[str | Path]:
        return [sys.executable, ROOT / "manage.py", *arguments]

    def start_stores(self) -> None:
        """Databases, broker, objects and payments: embedded where no address is given."""
        kept, ports, env = _kept_secrets(self.home), self.ports, self.env
        env["PYTHONUNBUFFERED"] = "1"
        env["DJANGO_SETTINGS_MODULE"] = os.environ.get(
            "DJANGO_SETTINGS_MODULE", "marketplace.settings.development"
        )
        for name in ("SECRET_KEY", "TEMPLATE_KEY", "API_KEY_PEPPER", "PROVENANCE_KEY"):
            env.setdefault(name, os.environ.get(name, kept[name]))
        env["BASE_URL"] = os.environ.get("BASE_URL", f"http://127.0.0.1:{ports.web}")
        env["TIMBRE_WEIGHTS_CACHE"] = os.environ.get(
            "TIMBRE_WEIGHTS_CACHE", str(self.home / "weights")
        )
        env["STATIC_ROOT"] = os.environ.get("STATIC_ROOT", str(self.home / "static"))
        require_free(ports.web, "the web site", "TIMBRE_PORT")
        if not os.environ.get("DATABASE_URL"):
            require_free(ports.postgres, "PostgreSQL", "TIMBRE_POSTGRES_PORT")
            password = kept["POSTGRES_PASSWORD"]
            data = self.home / "postgres"
            postgres.initialize(data, password)
            self.add(
                postgres.child(data, ports.postgres),
                lambda: postgres.answers(ports.postgres, password),
            )
            postgres.ensure_database(ports.postgres, password, "timbre")
            env["DATABASE_URL"] = (
                f"postgres://{postgres.USER}:{password}@127.0.0.1:{ports.postgres}/timbre"
            )
        if not os.environ.get("REDIS_URL"):
            require_free(ports.valkey, "Valkey", "TIMBRE_VALKEY_PORT")
            self.add(
                valkey.child(self.home / "valkey", ports.valkey),
                lambda: valkey.answers(ports.valkey),
            )
            env["REDIS_URL"] = f"redis://127.0.0.1:{ports.valkey}/0"
        if not os.environ.get("AWS_STORAGE_BUCKET_NAME"):
            require_free(ports.objects, "the object store", "TIMBRE_S3_PORT")
            keys = ("timbre", kept["S3_SECRET_KEY"])
            self.add(
                object_store.child(self.home / "objects", ports.objects, *keys),
                lambda: listening(ports.objects),
            )
            object_store.ensure_bucket(ports.objects, *keys, "timbre")
            env.update(
                AWS_STORAGE_BUCKET_NAME="timbre",
                AWS_S3_ENDPOINT_URL=f"http://127.0.0.1:{ports.objects}",
                AWS_ACCESS_KEY_ID=keys[0],
                AWS_SECRET_ACCESS_KEY=keys[1],
            )
        if not os.environ.get("STRIPE_SECRET_KEY"):
            require_free(ports.sandbox, "the payment sandbox", "TIMBRE_SANDBOX_PORT")
            env.update(
                STRIPE_SECRET_KEY="sk_test_sandbox",  # noqa: S106
                STRIPE_WEBHOOK_SECRET=kept["STRIPE_WEBHOOK_SECRET"],
                STRIPE_API_BASE=f"http://127.0.0.1:{ports.sandbox}",
            )
            self.add(
                Child(
                    "payments",
                    [sys.executable, "-m", "deploy.sandbox.server", "--port", str(ports.sandbox),
                     "--data", self.home / "payments.sqlite",
                     "--webhook-url", f"http://127.0.0.1:{ports.web}/webhooks/stripe"],
                    cwd=str(ROOT),
                ),
                lambda: listening(ports.sandbox),
            )  # fmt: skip

    def migrate(self) -> None:
        """The tables and the static files as this version has them, both at once."""
        self._run_to_end(
            Child("migrate", self._manage("migrate", "--noinput"), cwd=str(ROOT)),
            Child("static", self._manage("collectstatic", "--noinput"), cwd=str(ROOT)),
        )

    def _run_to_end(self, *children: Child) -> None:
        for child in children:
            child.on_line, child.env = self._on_line, {**self.env, **child.env}
            child.start()
        while any(child.running for child in children) and not self.stopping.is_set():
            time.sleep(0.05)
        failed = [c for c in children if c.process is not None and c.process.poll() != 0]
        for child in children:
            child.stop(1)
        if failed and not self.stopping.is_set():
            first = failed[0]
            raise NotReady(f"{first.name} failed:\n" + "\n".join(first.last_lines[-15:]))

    def start_site(self) -> None:
        """The web server, the workers, beat and the demo market."""
        web = [
            sys.executable, "-m", "uvicorn", "marketplace.asgi:application",
            "--host", os.environ.get("TIMBRE_HOST", "127.0.0.1"), "--port", str(self.ports.web),
            "--no-access-log", "--lifespan", "off", "--log-level", "warning",
        ]  # fmt: skip
        self.add(Child("web", web, cwd=str(ROOT)), self._site_answers, WEB_WAITS)
        for queue, pool, at_once, niceness in (
            ("default", "prefork", 1, 2),
            ("enrol", "prefork", 1, 10),
            ("speech", "threads", SPEECH_REQUESTS, 0),  # which share the engine and the cores
        ):
            command = [
                sys.executable, "-m", "celery", "-A", "marketplace.celery", "worker",
                "-Q", queue, "-n", f"{queue}@timbre", "--pool", pool, "--concurrency", str(at_once),
                "--loglevel", "WARNING", "--without-mingle", "--without-gossip",
            ]  # fmt: skip
            warm = {"TIMBRE_WARM": "1"} if queue == "speech" else {}
            self.add(Child(queue, command, env=warm, cwd=str(ROOT), niceness=niceness))
        beat = [
            sys.executable, "-m", "celery", "-A", "marketplace.celery", "beat",
            "--schedule", str(self.home / "beat"), "--pidfile", "", "--loglevel", "WARNING",
        ]  # fmt: skip
        self.add(Child("beat", beat, cwd=str(ROOT)))
        if os.environ.get("TIMBRE_DEMO_MARKET", "1") == "1":
            demo = Child("demo", self._manage("load_demo_market"), cwd=str(ROOT))
            demo.env = {"TIMBRE_DEMO_PASSWORD": DEMO_PASSWORD}
            self.add(demo)

    def _site_answers(self) -> bool:
        try:
            address = f"http://127.0.0.1:{self.ports.web}/healthz"
            return httpx.get(address, timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def watch(self) -> int:
        """Restart what dies until told to stop; returns the exit code."""
        while not self.stopping.wait(0.2):
            for child in list(self.children):
                if child.running:
                    continue
                assert child.process is not None
                code = child.process.poll()
                if child.name == "demo" and code == 0:
                    self.children.remove(child)
                    continue
                now = time.monotonic()
                recent = [t for t in self.deaths.get(child.name, []) if now - t < RESTART_WINDOW]
                self.deaths[child.name] = [*recent, now]
                if len(recent) >= RESTARTS:
                    _say(f"{child.name} keeps ending (code {code}); stopping everything.")
                    _say("\n".join(child.last_lines[-12:]))
                    return 1
                _say(f"{child.name} ended (code {code}); starting it again.")
                if child.name == "postgres":
                    time.sleep(0.5)
                child.start()
        return 0

    def stop(self) -> None:
        """Everything down, the stores last; within about four seconds."""
        stores = {"postgres", "valkey", "objects", "payments"}
        front = [child for child in self.children if child.name not in stores]
        for child in front:
            child.ask_to_stop()
        until = time.monotonic() + 2.5
        for child in front:
            child.stop(max(0.05, until - time.monotonic()))
        for child in reversed([c for c in self.children if c.name in stores]):
            child.ask_to_stop()
        until = time.monotonic() + 1.5
        for child in self.children:
            child.stop(max(0.05, until - time.monotonic()))
        self.log.close()


def main() -> int:
    home = Path(os.environ.get("TIMBRE_HOME", ROOT / ".timbre")).resolve()
    home.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    supervisor = Supervisor(home, Ports())

    def on_signal(number: int, frame: object) -> None:
        supervisor.stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    code = 1
    try:
        _say("Starting the stores …")
        supervisor.start_stores()
        if not supervisor.stopping.is_set():
            supervisor.migrate()
        if not supervisor.stopping.is_set():
            supervisor.start_site()
            address = supervisor.env["BASE_URL"]
            _say(f"\n  Timbre is up after {time.monotonic() - started:.1f} s: {address}\n")
            if os.environ.get("TIMBRE_DEMO_MARKET", "1") == "1":
                for who in ("buyer", "creator", "moderator"):
                    _say(f"    {who:<10} {who}{DEMO_DOMAIN}   {DEMO_PASSWORD}")
            _say(f"    moderation {address}/admin/    log {home / 'timbre.log'}")
            _say("    Ctrl-C stops everything.\n")
            code = supervisor.watch()
        else:
            code = 0
    except (NotReady, PortTaken, RuntimeError) as error:
        _say(str(error))
    finally:
        supervisor.stop()
        _say("Stopped.")
    return code


if __name__ == "__main__":
    sys.exit(main())
