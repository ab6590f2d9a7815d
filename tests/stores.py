"""A real PostgreSQL, Valkey, object store and payment sandbox for the whole test run.

Loaded as an early plugin (`-p tests.stores`), so that the settings find them.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

from deploy.embedded import object_store, postgres, valkey
from deploy.embedded.process import Child, free_port, listening
from deploy.own_addresses import bypass_proxies

ROOT = Path(__file__).resolve().parents[1]
STARTS_WITHIN = 120  # seconds, on a machine that is busy with other things
FOR_TESTS = (
    "TIMBRE_TEST_",
    "TIMBRE_LIVE_",
    "TIMBRE_MUTATED_",
    "TIMBRE_WEIGHTS",
    "TIMBRE_ANY_MEMORY",
)


def _forget_settings_of_the_caller() -> None:
    """The ports or the home that somebody runs their instance with are not the tests'."""
    for name in list(os.environ):
        if name.startswith("TIMBRE_") and not name.startswith(FOR_TESTS):
            del os.environ[name]


def _start() -> None:
    bypass_proxies(os.environ)
    home = Path(tempfile.mkdtemp(prefix="timbre-tests-"))
    home.chmod(0o755)
    ports = {name: free_port() for name in ("postgres", "valkey", "objects", "sandbox")}
    postgres.initialize(home / "postgres", None)
    database = postgres.child(home / "postgres", ports["postgres"], durable=False)
    broker = valkey.child(home / "valkey", ports["valkey"], "test", durable=False)
    objects = object_store.child(home / "objects", ports["objects"], "test", "test-secret")
    payments = Child(
        "payments",
        [sys.executable, "-m", "deploy.sandbox.server", "--port", str(ports["sandbox"]),
         "--data", ":memory:", "--webhook-url", "http://127.0.0.1:9/unused"],
        env={"STRIPE_WEBHOOK_SECRET": "whsec_test_sandbox"},
        cwd=str(ROOT),
    )  # fmt: skip
    children = [database, broker, objects, payments]
    for child in children:
        child.start()

    def stop() -> None:
        for child in children:
            child.stop(3)
        shutil.rmtree(home, ignore_errors=True)

    atexit.register(stop)
    database.wait_until(lambda: postgres.answers(ports["postgres"], None), STARTS_WITHIN)
    broker.wait_until(lambda: valkey.answers(ports["valkey"], "test"), STARTS_WITHIN)
    objects.wait_until(lambda: listening(ports["objects"]), STARTS_WITHIN)
    payments.wait_until(lambda: listening(ports["sandbox"]), STARTS_WITHIN)
    object_store.ensure_bucket(ports["objects"], "test", "test-secret", "timbre")
    os.environ.update(
        DATABASE_URL=f"postgres://timbre@127.0.0.1:{ports['postgres']}/postgres",
        REDIS_URL=valkey.address(ports["valkey"], "test"),
        AWS_STORAGE_BUCKET_NAME="timbre",
        AWS_S3_ENDPOINT_URL=f"http://127.0.0.1:{ports['objects']}",
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test-secret",
        STRIPE_API_BASE=f"http://127.0.0.1:{ports['sandbox']}",
    )


_forget_settings_of_the_caller()
_start()
