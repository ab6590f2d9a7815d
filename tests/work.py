"""Background work in tests, done by name or as it is queued."""

from __future__ import annotations

from typing import Any

import pytest

from marketplace.celery import app
from marketplace.queue import Work

app.loader.import_default_modules()  # as a worker does when it starts


def do(work: Work, *arguments: int | str) -> None:
    """Do a piece of work here and now, as a worker would."""
    app.tasks[work](*arguments)


def do_as_queued(monkeypatch: pytest.MonkeyPatch, *chosen: Work) -> None:
    """From here on, the chosen kinds of work are done where they are queued."""
    send_task = app.send_task

    def send_or_do(name: str, args: Any = (), **options: Any) -> object:
        if name in chosen:
            return app.tasks[name](*args)
        return send_task(name, args, **options)

    monkeypatch.setattr(app, "send_task", send_or_do)
