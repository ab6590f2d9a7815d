"""`make lock`: the lock files, resolved by uv from pyproject.toml, with the hash of every wheel.

One resolution holds for every Python and machine that the product supports. It is split by purpose: what
runs, the part of it that has no wheels, what development needs, what only `make bench` compares with, and
PyTorch in its two builds. Locked versions stay unless pyproject.toml asks for others; `make lock
ARGS=--upgrade` upgrades them.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import unquote
from urllib.request import urlopen

from packaging.markers import Marker
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
PYTHONS = ("3.11.2", "3.12.0", "3.13.0")  # Debian 12 has 3.11.2
MACHINES = ("x86_64", "aarch64")
GLIBC = 36  # Debian 12's, 2.36
TORCH_INDEX = "https://download.pytorch.org/whl/cpu/torch/"
CUDA = re.compile(r"(torch|triton|nvidia-.*|cuda-.*)$")  # what only PyPI's build of PyTorch needs
HEAD = "# Written by `make lock`, read by deploy/install.py.\n"


@dataclass(frozen=True)
class File:
    """One wheel or source distribution that an index offers."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Package:
    """One locked release."""

    name: str
    version: str
    marker: str | None
    wheels: tuple[File, ...]
    sdist: File | None


def _file(entry: dict[str, Any]) -> File:
    name = entry.get("name") or unquote(entry["url"].rsplit("/", 1)[1])
    return File(name, entry["hashes"]["sha256"])


def read_packages(pylock: str) -> list[Package]:
    """The packages of a `pylock.toml`."""
    return [
        Package(
            entry["name"],
            entry["version"],
            entry.get("marker"),
            tuple(_file(wheel) for wheel in entry.get("wheels", [])),
            _file(entry["sdist"]) if "sdist" in entry else None,
        )
        for entry in tomllib.loads(pylock)["packages"]
    ]


def _applies(marker: str | None, python: str, machine: str) -> bool:
    environment = {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": python,
        "python_version": python.rsplit(".", 1)[0],
        "sys_platform": "linux",
    }
    return marker is None or Marker(marker).evaluate(environment)


def _tags(python: str, machine: str) -> set[Tag]:
    """The wheel tags that pip accepts there."""
    release = tuple(int(part) for part in python.split(".")[:2])
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in range(GLIBC, 4, -1)]
    platforms += [f"manylinux{old}_{machine}" for old in ("2014", "2010", "1")]
    platforms.append(f"linux_{machine}")
    interpreter = "cp" + "".join(str(part) for part in release)
    return {
        *cpython_tags(release, [interpreter], platforms),
        *compatible_tags(release, interpreter, platforms),
    }


TARGETS = {(python, machine): _tags(python, machine) for python in PYTHONS for machine in MACHINES}


def _fits(wheel: File, tags: set[Tag]) -> bool:
    return bool(parse_wheel_filename(wheel.name)[3] & tags)


def _missing(package: Package) -> list[str]:
    """The targets that need a package but have no wheel of it, as the header names them."""
    return [
        f"{machine} with Python {python.rsplit('.', 1)[0]}"
        for (python, machine), tags in TARGETS.items()
        if _applies(package.marker, python, machine)
        and not any(_fits(wheel, tags) for wheel in package.wheels)
    ]


def _requirement(package: Package) -> str:
    """One entry of a lock: the pin, its marker, and the hashes of its files."""
    where = [target for target in TARGETS if _applies(package.marker, *target)]
    files = [w for w in package.wheels if any(_fits(w, TARGETS[target]) for target in where)]
    if not package.wheels and package.sdist:
        files = [package.sdist]
    marker = "" if len(where) == len(TARGETS) else f" ; {package.marker}"
    hashes = "".join(
        f" \\\n    --hash=sha256:{digest}" for digest in sorted({f.sha256 for f in files})
    )
    return f"{package.name}=={package.version}{marker}{hashes}\n"


def lock_text(packages: Iterable[Package]) -> str:
    """A lock file, whose header lists packages to build and targets without a wheel."""
    needed = sorted(
        (p for p in packages if any(_applies(p.marker, *target) for target in TARGETS)),
        key=lambda package: package.name,
    )
    head = HEAD
    built = [package.name for package in needed if not package.wheels]
    if built:
        head += f"# Built from source: {' '.join(built)}\n"
    lacking: dict[str, list[str]] = {}
    for package in needed:
        for target in _missing(package) if package.wheels else []:
            lacking.setdefault(target, []).append(package.name)
    head += "".join(
        f"# No wheel for {target}: {' '.join(lacking[target])}\n" for target in sorted(lacking)
    )
    return head + "".join(_requirement(package) for package in needed)


def cpu_wheels(page: str, version: str) -> list[File]:
    """The CPU build's wheels for the supported targets, from PyTorch's index page."""
    links = re.findall(r'href="[^"]*?([^"/#]+\.whl)#sha256=([0-9a-f]{64})"', page)
    files = [File(unquote(name), digest) for name, digest in links]
    return [
        file
        for file in files
        if file.name.startswith(f"torch-{version}+cpu-")
        and any(_fits(file, tags) for tags in TARGETS.values())
    ]


def cpu_lock_text(version: str, wheels: Iterable[File]) -> str:
    """The lock of PyTorch's CPU build; its header lists the wheel of each hash."""
    chosen = sorted(wheels, key=lambda wheel: wheel.name)
    if not chosen:
        raise LookupError(f"PyTorch's index has no CPU build of torch {version}.")
    head = (
        HEAD
        + "# PyTorch's CPU build, from its own index; its other packages are in requirements.lock.\n"
    )
    head += "".join(f"# {wheel.sha256}  {wheel.name}\n" for wheel in chosen)
    hashes = "".join(f" \\\n    --hash=sha256:{wheel.sha256}" for wheel in chosen)
    return f"{head}torch=={version}+cpu{hashes}\n"


def _uv(pins: Path, out: Path, *options: str) -> None:
    subprocess.run(
        [
            sys.executable, "-m", "uv", "pip", "compile", ROOT / "pyproject.toml", "--quiet",
            "--universal", "--python-version", "3.11", "--no-annotate", "--no-header",
            "--constraint", pins, "--output-file", out, *options,
        ],
        check=True,
        cwd=ROOT,
    )  # fmt: skip


def _pinned() -> Iterator[str]:
    """The pins of the current locks, which uv should keep."""
    for path in sorted(DEPLOY.glob("requirements*.lock")):
        if path.name != "requirements-torch-cpu.lock":
            yield from re.findall(r"^\S+==\S+", path.read_text(), re.MULTILINE)


def _resolve(upgrade: bool) -> dict[str, dict[str, Package]]:
    """Name -> package for what runs, with development added, and with benchmarks added."""
    groups = {"run": (), "dev": ("dev",), "bench": ("dev", "bench")}
    resolved = {}
    with tempfile.TemporaryDirectory() as folder:
        pins, nothing = Path(folder) / "pins.txt", Path(folder) / "nothing.txt"
        pins.write_text("" if upgrade else "\n".join(_pinned()))
        nothing.touch()
        _uv(
            nothing, pins, "--all-extras"
        )  # uv keeps the versions in its output file wherever it can
        for group, extras in groups.items():
            out = Path(folder) / f"pylock.{group}.toml"
            _uv(pins, out, *(f"--extra={extra}" for extra in extras))
            resolved[group] = {package.name: package for package in read_packages(out.read_text())}
    return resolved


def _write(name: str, text: str) -> None:
    (DEPLOY / name).write_text(text)
    print(f"deploy/{name}: {len(re.findall('^[^ #]', text, re.MULTILINE))} packages")


def _write_cpu(version: str) -> None:
    path = DEPLOY / "requirements-torch-cpu.lock"
    try:
        with urlopen(TORCH_INDEX, timeout=20) as answer:  # a constant https address
            page = answer.read().decode()
    except (URLError, TimeoutError) as error:
        if path.exists() and f"torch=={version}+cpu" in path.read_text():
            print(f"deploy/{path.name}: as it was; {TORCH_INDEX} does not answer ({error}).")
            return
        raise
    _write(path.name, cpu_lock_text(version, cpu_wheels(page, version)))


def main() -> None:
    resolved = _resolve("--upgrade" in sys.argv[1:])
    run, dev, bench = resolved["run"], resolved["dev"], resolved["bench"]
    cuda = {name: package for name, package in run.items() if CUDA.match(name)}
    rest = [package for name, package in run.items() if name not in cuda]
    _write("requirements.lock", lock_text(package for package in rest if package.wheels))
    _write("requirements-source.lock", lock_text(p for p in rest if not p.wheels))
    _write("requirements-torch-cuda.lock", lock_text(cuda.values()))
    _write("requirements-dev.lock", lock_text(p for n, p in dev.items() if n not in run))
    _write("requirements-bench.lock", lock_text(p for n, p in bench.items() if n not in dev))
    _write_cpu(run["torch"].version)


if __name__ == "__main__":
    main()
