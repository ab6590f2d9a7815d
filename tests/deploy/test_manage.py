"""Commands from a second terminal reach what `make run` started, or say that nothing runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.home import Home
from deploy.instance import Instance, Ports
from deploy.supervisor import Supervisor
from tests.journeys.site import STORES

ROOT = Path(__file__).parents[2]
SECRET = "of the running instance"
SHOW = "from django.conf import settings; print(settings.SECRET_KEY, settings.DATABASES['default']['NAME'])"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    before = os.umask(0o077)
    home = Home(tmp_path / "home")
    home.open()
    os.umask(before)
    return home


def _manage(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if name not in STORES}
    return subprocess.run(
        [sys.executable, "-m", "deploy.manage", *arguments], cwd=ROOT, capture_output=True,
        text=True, check=False, timeout=120, env={**own, "TIMBRE_HOME": str(home)},
    )  # fmt: skip


def test_a_command_gets_the_settings_of_what_runs(home: Home) -> None:
    home.record_running({"SECRET_KEY": SECRET, "DATABASE_URL": "postgres://t@127.0.0.1:1/theirs"})
    done = _manage(home.path, "shell", "--no-imports", "-c", SHOW)
    assert done.stdout.strip() == f"{SECRET} theirs", done.stderr


def test_without_a_running_instance_it_says_what_to_do(tmp_path: Path) -> None:
    done = _manage(tmp_path, "finance_report")
    assert done.returncode == 1
    assert done.stderr.startswith(f"Nothing runs from {tmp_path}. Start it with make run")
    assert "Traceback" not in done.stderr


def test_settings_that_a_killed_instance_left_are_not_used(home: Home) -> None:
    left = home.path.with_name("left")
    left.mkdir()
    (left / "lock").touch()
    (left / "running.json").write_text('{"SECRET_KEY": "old"}')
    assert _manage(left, "finance_report").returncode == 1


def test_what_asks_no_store_runs_alone(tmp_path: Path) -> None:
    done = _manage(tmp_path, "finance_report", "--help")
    assert (done.returncode, "--month" in done.stdout) == (0, True)


def test_a_command_gets_what_the_first_terminal_was_given_and_nothing_else(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMISSION_BPS", "900")
    monkeypatch.setenv("TIMBRE_THREADS", "1")
    monkeypatch.setenv("GITHUB_TOKEN", "not ours to keep")
    instance = Instance(Supervisor(home, verbose=False), home.path, Ports.from_environment())
    instance.configure(home.secrets())
    settings = instance.settings()
    assert (settings["COMMISSION_BPS"], settings["TIMBRE_THREADS"]) == ("900", "1")
    assert settings["TIMBRE_HOME"] == str(home.path)
    assert settings["SECRET_KEY"] == instance.env["SECRET_KEY"]
    assert "GITHUB_TOKEN" not in settings


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, True),
        ({"EMAIL_URL": "smtp://mail.example"}, False),
        ({"DJANGO_SETTINGS_MODULE": "marketplace.settings.production"}, False),
    ],
)
def test_letters_are_kept_in_development_where_no_mail_server_is_set(
    home: Home, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], kept: bool
) -> None:
    monkeypatch.delenv("EMAIL_URL", raising=False)
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "marketplace.settings.development")
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    instance = Instance(Supervisor(home, verbose=False), home.path, Ports.from_environment())
    instance.configure(home.secrets())
    assert ("TIMBRE_LETTERS" in instance.env) is kept
