"""A customer's server that hangs keeps no letter waiting, with the workers of an instance."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import connection

from deploy.instance import Instance, Ports
from marketplace.accounts.organizations import personal_organization
from marketplace.letters import services as letters
from marketplace.letters.models import Letter
from marketplace.queue import Work, at_once
from marketplace.status import pulses
from marketplace.webhooks import services
from marketplace.webhooks.models import Event, WebhookMessage
from tests import factories
from tests.silent_server import SilentServer

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.journey


def _soon(holds: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.1)
    return False


def _start_workers() -> Iterator[None]:
    """The workers of an instance that take letters and webhooks."""
    commands: list[list[str]] = []
    supervisor = SimpleNamespace(
        env={}, add=lambda child, *_: commands.append([str(part) for part in child.command])
    )
    Instance(supervisor, Path("/nowhere"), Ports(1, 2, 3, 4, 5)).start_workers()  # type: ignore[arg-type]
    database = os.environ["DATABASE_URL"].rpartition("/")[0]
    env = {**os.environ, "DATABASE_URL": f"{database}/{connection.settings_dict['NAME']}"}
    running = [
        subprocess.Popen(command, cwd=ROOT, env=env)
        for command in commands
        if "-Q" in command
        and {"default", "webhooks"} & set(command[command.index("-Q") + 1].split(","))
    ]
    yield
    for each in running:
        each.terminate()
    for each in running:
        try:
            each.wait(20)
        except subprocess.TimeoutExpired:
            each.kill()


@pytest.fixture
def silent() -> Iterator[SilentServer]:
    server = SilentServer()
    yield server
    server.close()


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[None]:
    cache.clear()
    monkeypatch.setenv("TIMBRE_DEMO_MARKET", "0")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "marketplace.settings.testing")
    yield from _start_workers()


def test_a_letter_waits_for_no_server_that_hangs(workers: None, silent: SilentServer) -> None:
    at_once(Work.NOTE_PULSE, "default", queue="default")
    assert _soon(lambda: pulses.pulse_of("default").at is not None, 120), "no worker started"
    user = factories.make_user()
    organization = personal_organization(user)
    services.create_endpoint(organization=organization, url=silent.url, events=(), by=user)
    for _ in range(4):
        services.emit(organization_id=organization.pk, kind=Event.LICENCE_GRANTED, data={})
    assert _soon(lambda: len(silent.taken) >= 2, 60), "no worker takes webhooks"
    letters.write(to=["kim@example.com"], words=lambda: ("Hello", "Hello"))
    assert _soon(lambda: not Letter.objects.exists(), services.TIMEOUT - 2)
    assert set(WebhookMessage.objects.values_list("state", flat=True)) == {"waiting"}
