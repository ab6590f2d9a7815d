"""A process of Django's that stays and runs one script after another, since each start of one takes seconds."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

_LOOP = """
import contextlib, io, json, sys, traceback
import django
django.setup()
from django.db import connections
for line in sys.stdin:
    output, error = io.StringIO(), ""
    try:
        with contextlib.redirect_stdout(output):
            exec(compile(json.loads(line), "<script>", "exec"), {"__name__": "__main__"})
    except Exception:
        error = traceback.format_exc()
    connections.close_all()  # as the end of a process does
    print(json.dumps([output.getvalue(), error]), flush=True)
"""


class RunningShell:
    """It has the settings of the environment that it is given."""

    def __init__(self, *, code: Path, env: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _LOOP], cwd=code, env=dict(env), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def run(self, script: str, seconds: float) -> str:
        """What a script prints.

        Raises:
            AssertionError: it raises an exception, or takes longer.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        deadline = threading.Timer(seconds, self._process.kill)
        deadline.start()
        try:
            print(json.dumps(script), file=self._process.stdin, flush=True)
            answer = self._process.stdout.readline()
        finally:
            deadline.cancel()
        assert answer, f"ended, or took longer than {seconds} s: {script}"
        output, error = json.loads(answer)
        assert not error, error
        return str(output)

    def end(self) -> None:
        """Let it go."""
        self._process.kill()
        self._process.communicate()
