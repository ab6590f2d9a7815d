"""What a new process loads: a worker every task, the web server no torch."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from marketplace.queue import Work

ROOT = Path(__file__).parents[2]
LISTING = """
import json
from marketplace.celery import app
app.loader.import_default_modules()
print(json.dumps(sorted(app.tasks)))
"""


def test_a_worker_knows_all_work_by_name_and_no_other() -> None:
    # in a separate process, because the tests have already imported every module here
    run = subprocess.run(
        [sys.executable, "-c", LISTING], cwd=ROOT, capture_output=True, text=True, check=True
    )
    known = {name for name in json.loads(run.stdout.splitlines()[-1]) if ".tasks." in name}
    assert known == {str(work) for work in Work}


def test_what_runs_by_the_clock_is_work() -> None:
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled <= set(Work)
    assert set(settings.CELERY_TASK_ROUTES) <= set(Work)


def test_work_is_queued_through_one_door_only() -> None:
    elsewhere = re.compile(r"\.delay\b|apply_async|send_task")
    climbing = [
        str(path.relative_to(ROOT))
        for path in [*ROOT.glob("marketplace/**/*.py"), *ROOT.glob("synthesis/**/*.py")]
        if elsewhere.search(path.read_text()) and path.name != "queue.py"
    ]
    assert climbing == []


def test_the_web_server_starts_without_torch() -> None:
    # torch costs each server a second and 200 MB, and computes nothing there
    loads = "import sys, marketplace.asgi, marketplace.urls; print('torch' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", loads], cwd=ROOT,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout.split() == ["False"]


def test_the_scheduler_knows_its_schedule_without_loading_the_work() -> None:
    loads = (
        "import sys, marketplace; from marketplace.celery import scheduler;"
        "scheduler.loader.import_default_modules();"
        "print('torch' in sys.modules, 'link-audit-events' in scheduler.conf.beat_schedule,"
        " scheduler.amqp.router.route({}, 'synthesis.tasks.speak')['queue'].name)"
    )
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", loads], cwd=ROOT,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout.split() == ["False", "True", "speech"]


def test_the_worker_of_webhooks_knows_the_work_of_its_queue_and_loads_no_engine() -> None:
    loads = (
        "import sys; from marketplace.celery import deliveries;"
        "deliveries.loader.import_default_modules();"
        "print('torch' in sys.modules, 'marketplace.webhooks.tasks.deliver' in deliveries.tasks,"
        " 'marketplace.status.tasks.note_pulse' in deliveries.tasks)"
    )
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", loads], cwd=ROOT,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout.split() == ["False", "True", "True"]


@pytest.mark.parametrize(
    "command",
    [
        ["-c", "import marketplace.asgi"],
        ["-c", "from marketplace.celery import app; app.conf.broker_url"],
        ["manage.py", "migrate", "--check"],
    ],
)
def test_no_process_starts_without_being_told_with_which_settings(command: list[str]) -> None:
    told = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    run = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=told, capture_output=True, text=True, check=False
    )
    assert run.returncode != 0
    assert "DJANGO_SETTINGS_MODULE" in run.stderr
