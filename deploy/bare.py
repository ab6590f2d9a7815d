"""`make test-bare`: a new user's first hour, on a bare Debian 12 built for it and removed afterwards.

It has make, python3, python3-venv and ca-certificates and nothing else; pip runs with its defaults.
`make run` comes up there as root, as root without user namespaces and without a network, and as a user;
each time the demo buyer buys a voice, makes a key and has a sentence spoken. Then `make test` runs.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
sys.dont_write_bytecode = True

from deploy.bare_visit import VisitFailed, visit  # noqa: E402  # after the path

ENTER = Path(__file__).with_name("bare_enter.py")
PACKAGES = "make,python3,python3-venv,ca-certificates"
USER = 1000
PORTS = (
    "TIMBRE_PORT",
    "TIMBRE_POSTGRES_PORT",
    "TIMBRE_VALKEY_PORT",
    "TIMBRE_S3_PORT",
    "TIMBRE_SANDBOX_PORT",
)
PASSED_ON = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "TORCH",
)
UP_WITHIN = 60 * 60.0


class Failed(Exception):
    """The bare system could not be built, or a step in it failed."""


@dataclass
class Machine:
    """One bare system with a copy of the project in a user's home."""

    folder: Path
    uid: int
    env: dict[str, str]
    timings: dict[str, float] = field(default_factory=dict)
    megabytes: dict[str, float] = field(default_factory=dict)

    @property
    def home(self) -> str:
        return "/root" if self.uid == 0 else "/home/ada"

    @property
    def project(self) -> Path:
        return self.folder / self.home.lstrip("/") / "timbre"

    def start(
        self, *command: str, flags: tuple[str, ...] = (), network: bool = True
    ) -> subprocess.Popen[str]:
        """Start a command in the project's folder, in its own process and mount namespaces."""
        unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--uts"]
        if not network:
            unshare.append("--net")
        inside = [
            sys.executable,
            str(ENTER),
            str(self.folder),
            str(self.uid),
            f"{self.home}/timbre",
            *flags,
        ]
        return subprocess.Popen(
            [*unshare, *inside, "--", *command],
            env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                 "HOME": self.home, "LC_ALL": "C", **self.env},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", errors="replace", start_new_session=True,
        )  # fmt: skip


def say(text: str) -> None:
    print(text, flush=True)


def base_system(cache: Path, mirror: str) -> Path:
    """The packed root file system, built once."""
    packed = cache / f"debian-12-{platform.machine()}.tar"
    if packed.exists():
        return packed
    if shutil.which("debootstrap") is None:
        say("Installing debootstrap …")
        for command in (["update"], ["install", "--yes", "--no-install-recommends", "debootstrap"]):
            subprocess.run(
                ["apt-get", "--quiet", "--quiet", *command], check=True, stdout=subprocess.DEVNULL
            )
    say("Building a bare Debian 12 …")
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / "making"
    shutil.rmtree(folder, ignore_errors=True)
    result = subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(folder), mirror],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False,
    )  # fmt: skip
    if result.returncode != 0:
        raise Failed(f"debootstrap failed:\n{result.stdout[-2000:]}")
    shutil.rmtree(folder / "var/cache/apt/archives", ignore_errors=True)
    part = packed.with_suffix(".part")
    subprocess.run(
        ["tar", "--create", "--file", str(part), "--directory", str(folder), "."], check=True
    )
    part.replace(packed)
    shutil.rmtree(folder)
    return packed


def _project_files() -> list[str]:
    """Files that git tracks or does not ignore; without git, all but environments and data."""
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    if listing.returncode == 0:
        names = listing.stdout.decode().split("\0")
        return [name for name in names if name and (ROOT / name).is_file()]
    excluded = {".venv", ".timbre", "__pycache__"}
    files = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return [str(path) for path in files if not excluded & set(path.parts)]


def make_machine(folder: Path, packed: Path, uid: int) -> Machine:
    """Unpack the system and copy the project in."""
    folder.mkdir(parents=True)
    subprocess.run(
        ["tar", "--extract", "--file", str(packed), "--directory", str(folder)], check=True
    )
    env = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    bundle = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE")
    if bundle:  # the host trusts certificates that Debian doesn't, e.g. behind a corporate proxy
        shutil.copyfile(bundle, folder / "etc/ssl/certs/host.crt")
        names = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
        env.update(dict.fromkeys(names, "/etc/ssl/certs/host.crt"))
    for name in ("resolv.conf", "hosts"):
        shutil.copyfile(f"/etc/{name}", folder / "etc" / name)
    machine = Machine(folder, uid, env)
    with (folder / "etc/passwd").open("a") as passwd:
        passwd.write(f"ada:x:{USER}:{USER}:Ada:/home/ada:/bin/bash\n")
    with (folder / "etc/group").open("a") as group:
        group.write(f"ada:x:{USER}:\n")
    (folder / "home/ada").mkdir(mode=0o700)
    for name in _project_files():
        target = machine.project / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    (folder / "root").chmod(0o700)
    if uid:
        subprocess.run(
            ["chown", "--recursive", f"{uid}:{uid}", str(folder / "home/ada")], check=True
        )
    return machine


def _free_ports() -> dict[str, str]:
    sockets = [socket.socket() for _ in PORTS]
    for bound in sockets:
        bound.bind(("127.0.0.1", 0))
    ports = {name: str(bound.getsockname()[1]) for name, bound in zip(PORTS, sockets)}  # noqa: B905  # Python 3.9
    for bound in sockets:
        bound.close()
    return ports


def _drain(process: subprocess.Popen[str], printed: list[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        printed.append(line)
        say(f"    {line.rstrip()}")


@contextmanager
def running(
    machine: Machine, label: str, flags: tuple[str, ...] = (), network: bool = True
) -> Iterator[re.Match[str]]:
    """Run `make run` in the machine, yield the demo buyer that it prints, and stop it with Ctrl-C."""
    machine.env.update(_free_ports())
    started = time.monotonic()
    process = machine.start("make", "run", flags=flags, network=network)
    printed: list[str] = []
    threading.Thread(target=_drain, args=(process, printed), daemon=True).start()
    try:
        while True:
            buyer = re.search(r"\bbuyer\s+(\S+@\S+)\s+(\S+)", "".join(printed))
            if buyer:
                break
            if process.poll() is not None:
                raise Failed(f"{label}: `make run` ended with {process.returncode}.")
            if time.monotonic() - started > UP_WITHIN:
                raise Failed(f"{label}: not up within {UP_WITHIN / 60:.0f} minutes.")
            time.sleep(0.2)
        machine.timings[f"{label}: make run, until it is up"] = time.monotonic() - started
        yield buyer
    finally:
        _interrupt(process)


def _interrupt(process: subprocess.Popen[str]) -> None:
    """Press Ctrl-C as in a terminal; whatever is left dies with the namespace."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def first_visit(machine: Machine, label: str, flags: tuple[str, ...] = ()) -> None:
    """`make run`, one purchase and one sentence."""
    say(f"{label}: make run")
    with running(machine, label, flags) as buyer:
        address = f"http://localhost:{machine.env['TIMBRE_PORT']}"
        durations = visit(address, buyer[1], buyer[2], say)
        machine.timings.update({f"{label}: {what}": seconds for what, seconds in durations.items()})
    _weigh(machine, f"{label}: after make run")


def later_starts(machine: Machine, label: str) -> None:
    """Start without a network, then with user namespaces refused as in a container."""
    say(f"{label}: make run again, without a network")
    with running(machine, f"{label}, without a network", network=False):
        pass
    say(f"{label}: make run from scratch, with user namespaces refused")
    machine.env["TIMBRE_HOME"] = f"{machine.home}/anew"
    with running(machine, f"{label}, no user namespaces", flags=("--no-userns",)):
        pass
    del machine.env["TIMBRE_HOME"]


def whole_suite(machine: Machine, label: str) -> None:
    """Run `make test`, which installs Chromium when it runs as root."""
    say(f"{label}: make test")
    started = time.monotonic()
    process = machine.start("make", "test")
    assert process.stdout is not None
    for line in process.stdout:
        say(f"    {line.rstrip()}")
    if process.wait() != 0:
        raise Failed(f"{label}: `make test` ended with {process.returncode}.")
    machine.timings[f"{label}: make test"] = time.monotonic() - started
    _weigh(machine, f"{label}: after make test")


def _weigh(machine: Machine, when: str) -> None:
    for name in (".venv", ".timbre"):
        if (machine.project / name).exists():
            machine.megabytes[f"{when}: {name}"] = _megabytes(machine.project / name)


def _megabytes(folder: Path) -> float:
    used = subprocess.run(["du", "--summarize", "--block-size=1000000", str(folder)],
                          stdout=subprocess.PIPE, encoding="utf-8", check=True)  # fmt: skip
    return float(used.stdout.split()[0])


def table(machines: list[tuple[str, Machine]]) -> str:
    """A table of times and sizes."""
    rows = [
        (what, f"{seconds:,.0f} s")
        for _, machine in machines
        for what, seconds in machine.timings.items()
    ]
    rows += [
        (what, f"{size:,.0f} MB")
        for _, machine in machines
        for what, size in machine.megabytes.items()
    ]
    width = max((len(what) for what, _ in rows), default=0)
    return "\n".join(f"  {what:<{width}}  {value:>10}" for what, value in rows)


def run(chosen: argparse.Namespace) -> None:
    """Run every case in turn and remove the systems whatever happens."""
    packed = base_system(chosen.cache, chosen.mirror)
    work = chosen.cache / f"run-{secrets.token_hex(4)}"
    machines: list[tuple[str, Machine]] = []
    try:
        for label, uid in (("root", 0), ("user", USER)):
            if chosen.only not in (None, label):
                continue
            machine = make_machine(work / label, packed, uid)
            machines.append((label, machine))
            first_visit(machine, label)
            if uid == 0:
                later_starts(machine, label)
            if not chosen.quick:
                whole_suite(machine, label)
    finally:
        if machines:
            say(f"\nWhat it took:\n{table(machines)}\n")
        if not chosen.keep:
            shutil.rmtree(work, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Both commands on a bare Debian 12; as root.")
    parser.add_argument("--quick", action="store_true", help="without `make test`")
    parser.add_argument("--only", choices=["root", "user"], help="one of the two alone")
    parser.add_argument("--keep", action="store_true", help="keep the systems for inspection")
    parser.add_argument("--mirror", default="http://deb.debian.org/debian")
    parser.add_argument(
        "--cache", type=Path,
        default=Path(os.environ.get("TIMBRE_BARE_CACHE", "/var/cache/timbre-bare")),
        help="where the systems are built (TIMBRE_BARE_CACHE); needs 20 GB",
    )  # fmt: skip
    chosen = parser.parse_args()
    if os.geteuid() != 0:
        say("Only root can build a bare system: sudo make test-bare.")
        return 1
    try:
        run(chosen)
    except (Failed, VisitFailed) as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
