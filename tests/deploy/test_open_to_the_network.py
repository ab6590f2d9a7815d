"""Opened to the network, an instance hands nobody a password that everybody knows, and says what is exposed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import run
from deploy.home import Home
from deploy.instance import Instance, Ports
from deploy.supervisor import Supervisor

UMASK = os.umask(0)
os.umask(UMASK)


@pytest.fixture(autouse=True)
def _a_fresh_start(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("TIMBRE_DEMO_PASSWORD", "TIMBRE_HOST", "ALLOWED_HOSTS", "BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    yield
    os.umask(UMASK)


def _home(path: Path) -> Home:
    home = Home(path)
    home.open()
    return home


def _instance(home: Home) -> Instance:
    instance = Instance(Supervisor(home, verbose=False), home.path, Ports.from_environment())
    instance.configure(home.secrets())
    return instance


def _said(instance: Instance, capsys: pytest.CaptureFixture[str]) -> str:
    run._welcome(instance, 1.0)
    out, err = capsys.readouterr()
    return out + err


def test_every_home_has_a_demo_password_of_its_own_in_a_file_for_its_owner_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = (_instance(_home(tmp_path / name)) for name in ("one", "other"))
    assert len(one.demo_password) >= 16
    assert one.demo_password != other.demo_password
    assert one.demo_password == _instance_again(one).demo_password
    kept = one.home / "secrets.env"
    assert f"TIMBRE_DEMO_PASSWORD={one.demo_password}" in kept.read_text().splitlines()
    assert kept.stat().st_mode & 0o777 == 0o600
    said = _said(one, capsys)
    assert said.count(one.demo_password) == 4


def _instance_again(instance: Instance) -> Instance:
    return _instance(instance.supervisor.home)


def test_commands_of_a_second_terminal_know_the_password_and_the_web_server_does_not(
    tmp_path: Path,
) -> None:
    instance = _instance(_home(tmp_path / "home"))
    assert instance.settings()["TIMBRE_DEMO_PASSWORD"] == instance.demo_password
    assert instance.demo_password not in instance.env.values()


def test_a_password_that_was_given_is_the_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIMBRE_DEMO_PASSWORD", "chosen by its operator")
    assert _instance(_home(tmp_path / "home")).demo_password == "chosen by its operator"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "timbre.lan"])
def test_what_is_open_to_the_network_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    monkeypatch.setenv("TIMBRE_HOST", host)
    said = _said(_instance(_home(tmp_path / "home")), capsys)
    assert f"the site listens on {host}" in said
    assert "without encryption" in said
    assert "E-mails are shown to this machine and to superusers alone" in said


@pytest.mark.parametrize("host", ["", "127.0.0.1", "127.0.0.2", "localhost", "::1"])
def test_nothing_is_said_of_the_network_where_nothing_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    monkeypatch.setenv("TIMBRE_HOST", host)
    assert "network" not in _said(_instance(_home(tmp_path / "home")), capsys)
