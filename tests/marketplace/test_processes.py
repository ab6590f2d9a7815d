"""What a process of its own loads: a worker every task, the web server no torch."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from django.conf import settings

ROOT = Path(__file__).parents[2]
LISTING = """
import json
from marketplace.celery import app
app.loader.import_default_modules()
print(json.dumps(sorted(app.tasks)))
"""


def test_a_worker_knows_every_task_that_is_scheduled_or_sent() -> None:
    # in a process of its own: here the tests have imported every module already
    run = subprocess.run(
        [sys.executable, "-c", LISTING], cwd=ROOT, capture_output=True, text=True, check=True
    )
    known = set(json.loads(run.stdout.splitlines()[-1]))
    wanted = {str(entry["task"]) for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    for path in [*ROOT.glob("marketplace/**/*.py"), *ROOT.glob("synthesis/**/*.py")]:
        wanted |= set(
            re.findall(r'"((?:marketplace|synthesis)\.[\w.]*tasks\.\w+)"', path.read_text())
        )
    assert wanted - known == set()
    assert "marketplace.provenance.tasks.examine" in wanted


def test_the_web_server_starts_without_torch() -> None:
    # which takes a second and 200 MB of each server, and computes nothing there
    loads = "import sys, marketplace.asgi, marketplace.urls; print('torch' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", loads], cwd=ROOT,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout.split() == ["False"]
