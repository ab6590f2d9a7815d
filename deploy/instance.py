"""An instance: its ports, its settings, and its parts in the order in which they start.

A part is embedded unless the environment names a real one.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import httpx

from deploy import memory
from deploy.embedded import object_store, postgres, valkey
from deploy.embedded.process import Child, listening, outwait, require_free
from deploy.home import DEMO_PASSWORD, ROOT
from deploy.supervisor import Supervisor

OWN_HOST = "127.0.0.1"  # what the web server listens on unless TIMBRE_HOST says otherwise
DELIVERIES = 8  # of webhooks at once, each of which waits ten seconds at most
SPEECH_REQUESTS = 32  # that the speech worker serves at once unless SPEECH_THREADS says otherwise
LARGEST_CHILD = 1_600_000  # KiB after which a worker's process is replaced where memory is scarce
ROOMY = 8 * memory.GIB
EARLIER_RUN_ENDS = 20.0  # seconds that its stores may take
WEB_WAITS = 60.0  # seconds that the site may take to answer
DEVELOPMENT = "marketplace.settings.development"
OWN_SECRETS = ("SECRET_KEY", "TEMPLATE_KEY", "API_KEY_PEPPER", "PROVENANCE_KEY")
READ_BY_SETTINGS = re.compile(r'\benv\.\w+\(\s*"(\w+)"')


class BadSetting(RuntimeError):
    """An environment variable has an impossible value."""


def _port(default: int, setting: str, what: str) -> int:
    value = os.environ.get(setting, "").strip() or str(default)
    if not value.isascii() or not value.isdecimal() or not 0 < int(value) <= 65535:
        raise BadSetting(
            f"{setting} is the port of {what} and must be a number from 1 to 65535, not “{value}”."
        )
    return int(value)


def speech_requests() -> int:
    """How many requests the speech worker serves at once.

    Raises:
        BadSetting: the environment has no such number.
    """
    value = os.environ.get("SPEECH_THREADS", "").strip() or str(SPEECH_REQUESTS)
    if not value.isascii() or not value.isdecimal() or not 2 <= int(value) <= 1_000:
        raise BadSetting(f"SPEECH_THREADS must be a number from 2 to 1000, not “{value}”.")
    return int(value)


@dataclass(frozen=True)
class Ports:
    """Where the parts listen."""

    web: int
    postgres: int
    valkey: int
    objects: int
    sandbox: int

    @classmethod
    def from_environment(cls) -> Ports:
        """Read each port from its environment variable.

        Raises:
            BadSetting: a value is not a port, or two are the same.
        """
        settings = {
            "web": (8000, "TIMBRE_PORT", "the web site"),
            "postgres": (8432, "TIMBRE_POSTGRES_PORT", "PostgreSQL"),
            "valkey": (8379, "TIMBRE_VALKEY_PORT", "Valkey"),
            "objects": (8900, "TIMBRE_S3_PORT", "the object store"),
            "sandbox": (8420, "TIMBRE_SANDBOX_PORT", "the payment sandbox"),
        }
        ports = cls(**{name: _port(*how) for name, how in settings.items()})
        by_name = {field.name: getattr(ports, field.name) for field in fields(ports)}
        for number, times in Counter(by_name.values()).items():
            if times > 1:
                same = [settings[name][1] for name in by_name if by_name[name] == number]
                raise BadSetting(f"{' and '.join(same)} are both {number}: give each its own port.")
        return ports


class Instance:
    """The parts of one instance, started one after another."""

    def __init__(self, supervisor: Supervisor, home: Path, ports: Ports) -> None:
        self.supervisor, self.home, self.ports = supervisor, home, ports
        self.env = supervisor.env
        self.demo_password = ""

    def configure(self, secrets: Mapping[str, str]) -> None:
        """Set what every part shares; the environment takes precedence over our defaults."""
        given, env, home = os.environ, self.env, self.home
        for name in OWN_SECRETS:
            env[name] = given.get(name, secrets[name])
        self.demo_password = given.get(DEMO_PASSWORD) or secrets[DEMO_PASSWORD]
        own = {
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": DEVELOPMENT,
            # a name, because browsers keep no passkeys for an address in numbers
            "BASE_URL": f"http://localhost:{self.ports.web}",
            "TIMBRE_WEIGHTS_CACHE": str(home / "weights"),
            "STATIC_ROOT": str(home / "static"),
            "SPEECH_THREADS": str(speech_requests()),  # for the site's limits, too
        }
        env.update({name: given.get(name) or value for name, value in own.items()})
        if env["DJANGO_SETTINGS_MODULE"] == DEVELOPMENT:
            env["TIMBRE_DEMO_MARKET"] = "1" if wants_demo() else "0"
        if env["DJANGO_SETTINGS_MODULE"] == DEVELOPMENT and not given.get("EMAIL_URL"):
            env["TIMBRE_LETTERS"] = given.get("TIMBRE_LETTERS") or str(home / "letters")

    def start_stores(self, secrets: Mapping[str, str]) -> None:
        """Start database, broker, object store and payments, each embedded unless an address is given."""
        given, ports = os.environ, self.ports
        wanted = (
            (ports.web, "the web site", "TIMBRE_PORT", ""),
            (ports.postgres, "PostgreSQL", "TIMBRE_POSTGRES_PORT", "DATABASE_URL"),
            (ports.valkey, "Valkey", "TIMBRE_VALKEY_PORT", "REDIS_URL"),
            (ports.objects, "the object store", "TIMBRE_S3_PORT", "AWS_STORAGE_BUCKET_NAME"),
            (ports.sandbox, "the payment sandbox", "TIMBRE_SANDBOX_PORT", "STRIPE_SECRET_KEY"),
        )
        ours = [port[:3] for port in wanted if not given.get(port[3])]
        if (
            self.home / "postgres"
        ).exists():  # parts of an earlier run that was killed end by themselves
            outwait([port for port, _, _ in ours], EARLIER_RUN_ENDS)
        require_free(*ours)
        if not os.environ.get("DATABASE_URL"):
            self._start_postgres(secrets["POSTGRES_PASSWORD"])
        if not os.environ.get("REDIS_URL"):
            self._start_valkey(secrets["VALKEY_PASSWORD"])
        if not os.environ.get("AWS_STORAGE_BUCKET_NAME"):
            self._start_objects(secrets["S3_SECRET_KEY"])
        if not os.environ.get("STRIPE_SECRET_KEY"):
            self._start_payments(secrets["STRIPE_WEBHOOK_SECRET"])

    def _start_postgres(self, password: str) -> None:
        port, data = self.ports.postgres, self.home / "postgres"
        postgres.initialize(data, password)
        self.supervisor.add(postgres.child(data, port), lambda: postgres.answers(port, password))
        postgres.ensure_database(port, password, "timbre")
        self.env["DATABASE_URL"] = f"postgres://{postgres.USER}:{password}@127.0.0.1:{port}/timbre"

    def _start_valkey(self, password: str) -> None:
        port = self.ports.valkey
        broker = valkey.child(self.home / "valkey", port, password)
        self.supervisor.add(broker, lambda: valkey.answers(port, password))
        self.env["REDIS_URL"] = valkey.address(port, password)

    def _start_objects(self, secret: str) -> None:
        port, keys = self.ports.objects, ("timbre", secret)
        self.supervisor.add(
            object_store.child(self.home / "objects", port, *keys), lambda: listening(port)
        )
        object_store.ensure_bucket(port, *keys, "timbre")
        self.env.update(
            AWS_STORAGE_BUCKET_NAME="timbre",
            AWS_S3_ENDPOINT_URL=f"http://127.0.0.1:{port}",
            AWS_ACCESS_KEY_ID=keys[0],
            AWS_SECRET_ACCESS_KEY=keys[1],
        )

    def _start_payments(self, webhook_secret: str) -> None:
        port = self.ports.sandbox
        self.env.update(
            STRIPE_SECRET_KEY="sk_test_sandbox",  # noqa: S106  # the sandbox takes any
            STRIPE_WEBHOOK_SECRET=webhook_secret,
            STRIPE_API_BASE=f"http://127.0.0.1:{port}",
        )
        command: list[str | Path] = [
            sys.executable, "-m", "deploy.sandbox.server", "--port", str(port),
            "--data", self.home / "payments.sqlite",
            "--webhook-url", f"http://127.0.0.1:{self.ports.web}/webhooks/stripe",
        ]  # fmt: skip
        self.supervisor.add(Child("payments", command, cwd=str(ROOT)), lambda: listening(port))

    def settings(self) -> dict[str, str]:
        """What a command needs to reach this instance: our settings and those of the environment."""
        source = "".join(p.read_text() for p in (ROOT / "marketplace/settings").glob("*.py"))
        given = {
            name: value
            for name, value in os.environ.items()
            if name in READ_BY_SETTINGS.findall(source) or name.startswith("TIMBRE_")
        }
        own = {"TIMBRE_HOME": str(self.home), DEMO_PASSWORD: self.demo_password}
        return given | self.env | own

    def migrate(self) -> None:
        """Bring tables and static files to this version, in parallel."""
        self.supervisor.run_to_end(
            _manage("migrate", "migrate", "--noinput"),
            _manage("static", "collectstatic", "--noinput"),
        )

    def start_site(self, cannot_speak: Callable[[str], None]) -> None:
        """Start the web server; check meanwhile that the engine loads, and report it if not."""
        web = [
            sys.executable, "-m", "marketplace.web_server",
            "--host", os.environ.get("TIMBRE_HOST", OWN_HOST), "--port", str(self.ports.web),
        ]  # fmt: skip
        engine = [sys.executable, "-c", "import synthesis.engines.kokoro"]
        self.supervisor.check(Child("engine", engine, cwd=str(ROOT), niceness=5), cannot_speak)
        self.supervisor.add(Child("web", web, cwd=str(ROOT)), self._site_answers, WEB_WAITS)

    def start_workers(self) -> None:
        """Start workers, beat and the demo market."""
        celery = [sys.executable, "-m", "celery", "-A"]
        scarce = memory.limit() < ROOMY
        for name, queues, pool, at_once, niceness in (
            ("default", "default", "prefork", 2, 2),  # one of two may wait for a mail server
            ("webhooks", "webhooks", "threads", DELIVERIES, 2),  # or for customers' servers
            ("listen", "listen,anonymous", "prefork", 1, 5),  # which it serves in turn
            ("enrol", "jobs,enrol,copies" if scarce else "enrol,copies", "prefork", 1, 10),
            # so that a short text overtakes a book; a process that holds the engine once more
            *([] if scarce else [("jobs", "jobs", "threads", 2, 7)]),
            ("speech", "speech", "threads", speech_requests(), 0),  # share the engine and the cores
        ):
            app = "marketplace.celery" + (":deliveries" if name == "webhooks" else "")
            command = [
                *celery, app, "worker", "-Q", queues, "-n", f"{name}@timbre", "--pool", pool,
                "--concurrency", str(at_once), "--loglevel", "WARNING",
                "--without-mingle", "--without-gossip",
            ]  # fmt: skip
            if scarce and name in ("listen", "enrol"):  # what it read into memory goes with it
                command += ["--max-memory-per-child", str(LARGEST_CHILD)]
            worker = Child(name, command, cwd=str(ROOT), niceness=niceness)
            worker.env = {"TIMBRE_WARM": "1"} if name == "speech" else {}
            worker.oom_score = (
                50 * niceness
            )  # learning goes first, and is tried again; speech stays
            self.supervisor.add(worker)
        beat = [
            *celery, "marketplace.celery:scheduler", "beat",
            "--schedule", str(self.home / "beat"), "--pidfile", "", "--loglevel", "WARNING",
        ]  # fmt: skip
        self.supervisor.add(Child("beat", beat, cwd=str(ROOT)))
        if wants_demo():
            demo = _manage("demo", "load_demo_market")
            demo.env = {DEMO_PASSWORD: self.demo_password}
            self.supervisor.add(demo)

    def _site_answers(self) -> bool:
        try:
            address = f"http://127.0.0.1:{self.ports.web}/healthz"
            return httpx.get(address, timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False


def wants_demo() -> bool:
    """Whether the demo market is enabled."""
    return os.environ.get("TIMBRE_DEMO_MARKET", "1") == "1"


def _manage(name: str, *arguments: str) -> Child:
    return Child(name, [sys.executable, ROOT / "manage.py", *arguments], cwd=str(ROOT))
