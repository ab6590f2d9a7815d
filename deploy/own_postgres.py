"""`python -m deploy.own_postgres COMMAND …`: a Python command with a PostgreSQL of its own.

The server listens on a free port of this machine and is gone, with its files, when the command ends.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.embedded import postgres
from deploy.embedded.process import free_port
from deploy.home import ROOT


def main() -> int:
    if not sys.argv[1:]:
        print("Name a command: python -m deploy.own_postgres manage.py bench_money")
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left then either
    home = Path(tempfile.mkdtemp(prefix="timbre-postgres-"))
    home.chmod(0o755)  # the server may run as another user
    port = free_port()
    try:
        postgres.initialize(home / "postgres", None)
        server = postgres.child(home / "postgres", port)
        server.start()
        try:
            server.wait_until(lambda: postgres.answers(port, None), 30)
            address = f"postgres://{postgres.USER}@127.0.0.1:{port}/postgres"
            done = subprocess.run(
                [sys.executable, *sys.argv[1:]],
                cwd=ROOT,
                env={**os.environ, "DATABASE_URL": address},
                check=False,
            )
        finally:
            server.stop(30)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
