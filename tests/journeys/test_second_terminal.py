"""What `make run` started is reached from another terminal and from the browser, behind a dead proxy."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.journeys.site import ROOT, STORES, Site

pytestmark = pytest.mark.journey
DEAD = "http://127.0.0.1:9"
PROXIES = dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"), DEAD)


def _in_another_terminal(site: Site, *arguments: str) -> str:
    """The output of a command that knows only the folder."""
    env = {"PATH": site.env["PATH"], "TIMBRE_HOME": site.env["TIMBRE_HOME"], **PROXIES}
    assert not env.keys() & set(STORES)
    done = subprocess.run(
        [sys.executable, "-m", "deploy.manage", *arguments], cwd=ROOT, env=env,
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    return done.stdout + done.stderr


def _letter(client: httpx.Client) -> str:
    """The address of the newest letter, once a worker has written it."""
    until = time.monotonic() + 60
    while not (found := re.findall(r'href="(/letters/[^"]+)"', client.get("/letters").text)):
        assert time.monotonic() < until, client.get("/letters").text
        time.sleep(0.3)
    return str(found[0])


def test_commands_and_letters_reach_the_running_site(tmp_path: Path) -> None:
    home = tmp_path / "mit Umlaut ä"
    home.mkdir()
    none = dict.fromkeys(("NO_PROXY", "no_proxy"), "")
    site = Site(home, TIMBRE_DEMO_MARKET="0", LC_ALL="C", **PROXIES, **none)
    try:
        site.start()
        assert f"letters    {site.url}/letters" in site.output.read_text()
        show = "from marketplace.accounts.models import User; print(User.objects.count())"
        assert _in_another_terminal(site, "shell", "--no-imports", "-c", show).strip() == "0"
        with httpx.Client(
            base_url=site.url, trust_env=False, follow_redirects=True, timeout=60
        ) as client:
            form = client.get("/accounts/signup/").text
            token = re.findall(r'csrfmiddlewaretoken" value="([^"]+)"', form)[0]
            person = {"email": "ada@example.com", "password1": "four new words 7"}
            client.post("/accounts/signup/", data={"csrfmiddlewaretoken": token, **person})
            assert f'href="{site.url}/accounts/confirm-email/' in client.get(_letter(client)).text
        assert _in_another_terminal(site, "shell", "--no-imports", "-c", show).strip() == "1"
        assert "Traceback" not in (home / "timbre.log").read_text()
        _taken_ports_are_a_clear_message(site)
    finally:
        site.stop()
    assert "Nothing runs from" in _in_another_terminal(site, "finance_report")


def _taken_ports_are_a_clear_message(site: Site) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "deploy.run"], cwd=ROOT, capture_output=True, text=True,
        env={**site.env, "TIMBRE_HOME": site.env["TIMBRE_HOME"] + "-2"}, check=False, timeout=60,
    )  # fmt: skip
    assert second.returncode == 1
    assert f"{site.env['TIMBRE_PORT']} (the web site)" in second.stdout
    assert "TIMBRE_PORT=" in second.stdout
    assert "-2" in second.stdout.partition("TIMBRE_HOME=")[2]
