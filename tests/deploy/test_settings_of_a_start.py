"""The settings of a start: valid ports, enough memory, no proxy for our own addresses."""

from __future__ import annotations

import ctypes
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from django.conf import settings

from deploy import memory
from deploy.embedded.process import PortTaken, free_port, listening, outwait, require_free
from deploy.failures import explain
from deploy.home import Home
from deploy.instance import (
    OWN_SECRETS,
    SPEECH_REQUESTS,
    BadSetting,
    Instance,
    Ports,
    speech_requests,
)
from deploy.own_addresses import OWN, bypass_proxies
from deploy.supervisor import Supervisor
from marketplace.licensing import plans

GIB = memory.GIB
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("said", ["eighty", "70000", "0", "-8000", "80.5", "٣"])
def test_a_port_that_is_none_is_a_sentence_with_its_variable(
    said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIMBRE_VALKEY_PORT", said)
    with pytest.raises(BadSetting, match=f"TIMBRE_VALKEY_PORT .*from 1 to 65535.*“{said}”"):
        Ports.from_environment()


def test_two_parts_with_one_port_are_a_sentence_with_both_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TIMBRE_S3_PORT", "8000")
    with pytest.raises(BadSetting, match="TIMBRE_PORT and TIMBRE_S3_PORT are both 8000"):
        Ports.from_environment()


def test_ports_are_what_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIMBRE_PORT", "65535")
    ports = Ports.from_environment()
    assert (ports.web, ports.postgres) == (65535, 8432)


def test_the_site_counts_on_as_many_threads_as_the_speech_worker_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings.SPEECH_THREADS == SPEECH_REQUESTS
    monkeypatch.setenv("SPEECH_THREADS", "8")
    home = Home(tmp_path / "home")
    home.open()
    instance = Instance(Supervisor(home, verbose=False), home.path, Ports.from_environment())
    instance.configure(home.secrets())
    assert instance.env["SPEECH_THREADS"] == "8"
    assert speech_requests() == 8


def test_every_plan_has_the_streams_that_it_names_and_nobody_all() -> None:
    most = SPEECH_REQUESTS // 2
    assert most >= settings.STREAMS_PER_ORGANIZATION
    assert [plan.code for plan in plans.PLANS.values() if plan.streams > most] == []


@pytest.mark.parametrize("said", ["many", "1", "-4", "1001"])
def test_a_number_of_threads_that_is_none_is_a_sentence_with_its_variable(
    said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPEECH_THREADS", said)
    with pytest.raises(BadSetting, match=f"SPEECH_THREADS .*from 2 to 1000.*“{said}”"):
        speech_requests()


def _machine(root: Path, gib: float, cgroup: str, mounts: str, **limits: str) -> Path:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/meminfo").write_text(f"MemTotal:  {int(gib * GIB) // 1024} kB\nMemFree: 1 kB\n")
    (root / "proc/self/cgroup").write_text(cgroup)
    (root / "proc/self/mountinfo").write_text(mounts)
    for path, text in limits.items():
        file = root / "sys/fs/cgroup" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n")
    return root


V2 = "31 23 0:27 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
V1 = "36 32 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"


def test_without_a_limit_the_machine_is_the_limit(tmp_path: Path) -> None:
    root = _machine(tmp_path, 16, "0::/\n", V2, **{"memory.max": "max"})
    assert memory.limit(root) == 16 * GIB


def test_a_limit_on_a_group_around_us_counts(tmp_path: Path) -> None:
    limits = {"a/memory.max": str(4 * GIB), "a/b/memory.max": "max"}
    assert memory.limit(_machine(tmp_path, 16, "0::/a/b\n", V2, **limits)) == 4 * GIB


def test_a_limit_of_the_older_kind_counts(tmp_path: Path) -> None:
    limits = {"memory/a/memory.limit_in_bytes": str(2 * GIB),
              "memory/memory.limit_in_bytes": "9223372036854771712"}  # fmt: skip
    root = _machine(tmp_path, 16, "4:memory:/a\n0::/\n", V1, **limits)
    assert memory.limit(root) == 2 * GIB


def test_a_group_that_a_container_does_not_see_is_looked_up_above(tmp_path: Path) -> None:
    limits = {"memory.max": str(3 * GIB)}
    assert memory.limit(_machine(tmp_path, 16, "0::/docker/1\n", V2, **limits)) == 3 * GIB


def test_this_machine_says_how_much_memory_it_has() -> None:
    assert memory.limit() > GIB // 4


def test_enough_memory_is_not_talked_about() -> None:
    assert memory.judge(memory.COMFORTABLE, override=False) is None


def test_little_memory_is_a_sentence_that_names_the_need() -> None:
    said = memory.judge(5 * GIB, override=False)
    assert said is not None
    assert "needs 6 GB and has 5.0 GB" in said


def test_too_little_memory_is_refused_unless_somebody_insists() -> None:
    with pytest.raises(memory.TooLittleMemory, match="TIMBRE_ANY_MEMORY=1"):
        memory.judge(2 * GIB, override=False)
    assert "2.0 GB" in (memory.judge(2 * GIB, override=True) or "")


@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
def test_our_own_addresses_join_those_that_no_proxy_is_asked_for(name: str) -> None:
    environment = {name: "intranet.example"}
    bypass_proxies(environment)
    assert environment["NO_PROXY"] == environment["no_proxy"]
    assert environment["NO_PROXY"].split(",") == ["intranet.example", *OWN]
    bypass_proxies(environment)
    assert environment["NO_PROXY"].count("localhost") == 1


def test_no_proxy_for_anything_stays_so() -> None:
    environment = {"no_proxy": "*"}
    bypass_proxies(environment)
    assert environment == {"no_proxy": "*"}


def test_a_dead_proxy_is_not_asked_for_our_own_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    from django.conf import settings

    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(httpx.TransportError):
        httpx.get(settings.STRIPE_API_BASE)
    bypass_proxies(os.environ)
    assert httpx.get(settings.STRIPE_API_BASE).status_code


def test_the_site_is_at_a_name_because_numbers_have_no_passkeys(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("BASE_URL", "TIMBRE_PORT", *OWN_SECRETS):
        monkeypatch.delenv(name, raising=False)
    home = Home(tmp_path / "home")
    home.open()
    instance = Instance(Supervisor(home, verbose=False), home.path, Ports.from_environment())
    instance.configure(home.secrets())
    assert instance.env["BASE_URL"] == "http://localhost:8000"


def test_all_taken_ports_are_named_with_a_command_that_keeps_the_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TIMBRE_HOME", "/srv/my timbre")
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
    ):
        first, second = one.getsockname()[1], two.getsockname()[1]
        with pytest.raises(PortTaken) as taken:
            require_free(
                (first, "the web site", "TIMBRE_PORT"),
                (free_port(), "PostgreSQL", "TIMBRE_POSTGRES_PORT"),
                (second, "Valkey", "TIMBRE_VALKEY_PORT"),
            )
    said = str(taken.value)
    assert f"{first} (the web site), {second} (Valkey)" in said
    assert "TIMBRE_HOME='/srv/my timbre' TIMBRE_PORT=" in said
    assert "TIMBRE_VALKEY_PORT=" in said
    assert "TIMBRE_POSTGRES_PORT" not in said


def _give_up_the_ports_of_root() -> None:
    ctypes.CDLL(None).prctl(24, 10)  # PR_CAPBSET_DROP, CAP_NET_BIND_SERVICE


def test_a_port_of_roots_is_a_sentence_with_a_command_that_works() -> None:
    if Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text().strip() == "0":
        pytest.skip("Here anybody may listen on any port.")
    script = "from deploy.embedded.process import require_free as r; r((80, 'the web site', 'TIMBRE_PORT'))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False,
        preexec_fn=_give_up_the_ports_of_root,
    )  # fmt: skip
    assert "Only root may listen on port 80 (the web site)" in done.stderr
    assert re.search(r"TIMBRE_PORT=\d{4,5} make run", done.stderr)


def test_a_full_disk_and_a_missing_module_are_one_sentence_each(tmp_path: Path) -> None:
    initdb = (
        "PostgreSQL could not create its files:\nfatal: could not write: No space left on device"
    )
    assert explain(initdb, tmp_path) == (
        f"The disk under {tmp_path} is full. Make room, and start again."
    )
    traceback = "migrate failed:\nTraceback …\nModuleNotFoundError: No module named 'celery.app'"
    assert explain(traceback, tmp_path) == (
        "An installed package is damaged: there is no module celery.app. `make clean`, and then the "
        "same command again, installs everything anew."
    )
    assert explain("Something else.", tmp_path) == "Something else."


def test_parts_of_a_killed_run_are_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as ending:
        port = ending.getsockname()[1]
        threading.Timer(0.5, ending.close).start()
        assert listening(port)
        outwait([port], 20)
        assert not listening(port)


def test_what_does_not_end_is_not_waited_for_longer_than_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as staying:
        began = time.monotonic()
        outwait([staying.getsockname()[1]], 0.5)
        assert time.monotonic() - began < 10
        assert listening(staying.getsockname()[1])
