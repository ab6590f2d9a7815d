"""A command can have a PostgreSQL of its own, of which nothing is left."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from deploy.embedded.process import listening

ROOT = Path(__file__).parents[2]
ASK = """
import os, psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as database:
    print(database.execute("SELECT 40 + 2").fetchone()[0], database.info.port)
    print(database.execute("SHOW data_directory").fetchone()[0])
    print(database.execute("SHOW fsync").fetchone()[0])
raise SystemExit(7)
"""


def test_a_command_has_a_durable_database_that_is_gone_when_it_ends() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.own_postgres", "-c", ASK],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    answer, port, folder, fsync = done.stdout.split()
    assert (answer, fsync, done.returncode) == ("42", "on", 7), done.stderr
    assert not listening(int(port))
    assert not Path(folder).exists()


def test_without_a_command_it_says_how_to_name_one() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.own_postgres"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "bench_money" in done.stdout
