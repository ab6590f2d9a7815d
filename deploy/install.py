"""`make install`: create or repair the environment in .venv from the lock files.

It runs under the system's Python, so it uses only the standard library and syntax that older versions can
parse: they are refused with a sentence. What is installed is recorded last, so an interrupted run resumes,
and a complete environment is recognized in a moment without a network.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import importlib.util
import json
import platform
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.dont_write_bytecode = True

from deploy import import_check  # noqa: E402  # after the path
from deploy.installed_files import damaged  # noqa: E402  # after the path
from deploy.lean import make_lean  # noqa: E402  # after the path
from deploy.pip_progress import Pip, PipFailed  # noqa: E402  # after the path

OLDEST, NEWEST = (3, 11), (3, 13)
MACHINES = ("x86_64", "aarch64")
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
TORCH_SIZES = {"cpu": 4.0, "cuda": 10.0}  # GB free on the disk that a first installation needs
RUNS = ("requirements.lock", "requirements-source.lock")
GROUPS = {
    "run": RUNS,
    "dev": (*RUNS, "requirements-dev.lock"),
    "bench": (*RUNS, "requirements-dev.lock", "requirements-bench.lock"),
}


class Refused(Exception):
    """Installing is impossible; the message says what to do."""


def say(text: str) -> None:
    print(text, flush=True)


def runs(python: str) -> bool:
    """Whether this Python runs; a version manager's shim may only report that it is missing."""
    if shutil.which(python) is None:
        return False
    return (
        subprocess.run([python, "-c", ""], stderr=subprocess.DEVNULL, check=False).returncode == 0
    )


def refuse_system(
    version: tuple[int, ...] = tuple(sys.version_info[:3]),
    system: str = platform.system(),
    machine: str = platform.machine(),
) -> None:
    """Raises Refused for a Python, system or machine that the packages don't support."""
    if not OLDEST <= version[:2] <= NEWEST:
        others = [name for name in ("python3.13", "python3.12", "python3.11") if runs(name)]
        remedy = (
            f"run make with PYTHON={others[0]}" if others
            else "on Debian 12 or later `apt install python3 python3-venv` brings one, and make takes "
            "another with PYTHON=…"
        )  # fmt: skip
        raise Refused(
            f"Timbre needs Python 3.11, 3.12 or 3.13 and this is {'.'.join(map(str, version))} "
            f"({sys.executable}): {remedy}."
        )
    if system != "Linux" or machine not in MACHINES:
        raise Refused(
            f"Timbre runs on Linux with x86-64 or arm64, and this is {system} on {machine}."
        )


class Environment:
    """The virtual environment and the record of what is installed in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "bin" / "python"
        self.record = folder / "installed.json"

    @property
    def packages(self) -> Path:
        return self.folder / "lib" / "python{}.{}".format(*sys.version_info[:2]) / "site-packages"

    def fault(self) -> str | None:
        """Why it can't be used as it is; None if it can."""
        if not self.folder.exists() and not self.folder.is_symlink():
            return "there is none"
        try:
            answer = subprocess.run(
                [self.python, "-I", "-c", "import sys, pip; print(*sys.version_info[:2])"],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return "its Python does not run"
        if answer.returncode != 0:
            return "it has no pip, as after an interruption"
        if tuple(map(int, answer.stdout.split())) != tuple(sys.version_info[:2]):
            return "it belongs to another Python"
        made_in = self.read_record().get("folder")
        if made_in not in (None, str(self.folder.resolve())):
            return "it was created in another folder"
        return "its pip is damaged" if damaged(self.packages, ["pip"]) else None

    def read_record(self) -> dict[str, str]:
        """Lock -> hash of what is installed, with PyTorch's build; empty after an interruption."""
        try:
            return dict(json.loads(self.record.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return {}

    def write_down(self, installed: dict[str, str]) -> None:
        part = self.record.with_suffix(".part")
        part.write_text(json.dumps({**installed, "folder": str(self.folder.resolve())}, indent=1))
        part.replace(self.record)

    def make(self, fault: str) -> None:
        """Create a fresh environment in place of whatever is there."""
        if (
            importlib.util.find_spec("ensurepip") is None
            or importlib.util.find_spec("venv") is None
        ):
            raise Refused(
                "Python's venv is missing: `apt install python3-venv` brings it on Debian."
            )
        if self.folder.is_symlink():
            self.folder.unlink()
        elif self.folder.exists():
            say(f"Recreating {self.folder.name}: {fault}.")
            shutil.rmtree(self.folder)
        result = subprocess.run(
            [sys.executable, "-m", "venv", self.folder],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False,
        )  # fmt: skip
        if result.returncode != 0:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise Refused(
                f"{result.stdout.strip()}\n{sys.executable} could not create an environment; on Debian "
                "`apt install python3-venv` brings what it needs."
            )

    def remove_partial_installs(self) -> None:
        """Remove the metadata of half-unpacked packages, so that pip installs them again."""
        for info in self.packages.glob("*.dist-info"):
            # pip writes both once all files are there
            if not ((info / "INSTALLER").exists() and (info / "RECORD").exists()):
                shutil.rmtree(info)
        for left in self.packages.glob("~*"):  # left by an interrupted upgrade
            shutil.rmtree(left, ignore_errors=True)

    def megabytes(self) -> int:
        files = (
            path for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink()
        )
        return sum(path.stat().st_blocks * 512 for path in files) // 1_000_000


class Lock:
    """One lock file: its packages and its header."""

    def __init__(self, name: str) -> None:
        self.path = ROOT / "deploy" / name
        self.text = self.path.read_text(encoding="utf-8")
        self.hash = hashlib.sha256(self.text.encode()).hexdigest()
        self.names = re.findall(r"^([^\s#=]+)==", self.text, re.MULTILINE)
        self.build = self.path.stem.rsplit("-", 1)[-1]  # of PyTorch's locks: cpu, cuda

    def names_here(
        self, python: tuple[int, ...] = sys.version_info[:2], machine: str = platform.machine()
    ) -> list[str]:
        """The packages that pip installs here: some are for newer Pythons or another machine alone."""
        pattern = r"^([^\s#=]+)==\S+ ; python_full_version >= '(\d+)\.(\d+)'"
        marked = re.findall(pattern, self.text, re.MULTILINE)
        elsewhere = {name for name, *least in marked if tuple(map(int, least)) > python}
        machines = re.findall(
            r"^([^\s#=]+)==\S+ ; platform_machine == '(\w+)'", self.text, re.MULTILINE
        )
        elsewhere |= {name for name, only in machines if only != machine}
        return [name for name in self.names if name not in elsewhere]

    def header_names(self, heading: str) -> list[str]:
        """The package names after a heading of the header."""
        match = re.search(rf"^# {re.escape(heading)}: (.+)$", self.text, re.MULTILINE)
        return match[1].split() if match else []

    def refuse_machine(self, machine: str = platform.machine()) -> None:
        """Raises Refused naming the packages that have no wheel for this machine."""
        here = "{} with Python {}.{}".format(machine, *sys.version_info[:2])
        missing = self.header_names(f"No wheel for {here}")
        if missing:
            raise Refused(f"PyPI has no wheels for {here} of: {', '.join(missing)}.")


def has_gpu() -> bool:
    """Whether an NVIDIA GPU can be used on this machine."""
    if any(Path("/dev").glob("nvidia[0-9]*")):
        return True
    tool = shutil.which("nvidia-smi") or shutil.which("nvidia-smi", path="/usr/lib/wsl/lib")
    if tool is None:
        return False
    try:
        answer = subprocess.run([tool, "-L"], stdout=subprocess.PIPE, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and b"GPU" in answer.stdout


def cpu_build(pip: Pip, version: str) -> list[str] | None:
    """pip's options for getting the CPU build; None if no index has it.

    The index that pip is configured for comes first, then PyTorch's own.
    """
    for options in ([], ["--index-url", TORCH_INDEX]):
        if version in pip.versions("torch", options):
            return options
    return None


def torch_lock(build: str) -> Lock:
    return Lock(f"requirements-torch-{build}.lock")


def current_torch(asked: str, installed: dict[str, str]) -> Lock | None:
    """The lock of the installed build, if it is up to date and the one asked for."""
    build = installed.get("torch", "")
    if build not in TORCH_SIZES or asked not in ("auto", build):
        return None
    lock = torch_lock(build)
    return lock if installed.get(lock.path.name) == lock.hash else None


def choose_torch(asked: str, pip: Pip) -> tuple[str, list[str]]:
    """The build of PyTorch, "cpu" or "cuda", and pip's options for it; `asked` may be "auto".

    Raises Refused if the CPU build was asked for by name and no index has it.
    """
    if asked == "cuda" or (asked == "auto" and has_gpu()):
        return "cuda", []
    pinned = re.search(r"^torch==(\S+)", torch_lock("cpu").text, re.MULTILINE)
    options = cpu_build(pip, pinned[1]) if pinned else None
    if options is not None:
        return "cpu", options
    nowhere = f"PyTorch's CPU build is not to be had ({TORCH_INDEX} has none, or did not answer)"
    if asked == "cpu":
        raise Refused(
            f"{nowhere}; TORCH=cuda installs PyPI's build, which also runs without a GPU."
        )
    say(
        f"{nowhere}: installing PyPI's build instead, the large one (about 6 GB, with CUDA), which runs here too."
    )
    return "cuda", []


def remove_other_build(environment: Environment, build: str, pip: Pip) -> None:
    """Uninstall PyTorch's other build, which pip would take for the same version."""
    installations = list(environment.packages.glob("torch-*.dist-info"))
    if not installations or ("+cpu" in installations[0].name) == (build == "cpu"):
        return
    pip.uninstall(torch_lock("cuda").names)


def require_space(folder: Path, build: str) -> None:
    free = shutil.disk_usage(folder).free / 1e9
    if free < TORCH_SIZES[build]:
        raise Refused(
            f"Installing needs {TORCH_SIZES[build]:.1f} GB of free disk, and {folder} has {free:.1f}."
        )


def install_torch(
    environment: Environment, pip: Pip, asked: str, installed: dict[str, str]
) -> Lock:
    """Install the chosen build of PyTorch; if its index fails on the way, PyPI's build instead."""
    build, options = choose_torch(asked, pip)
    lock = torch_lock(build)
    if "torch" not in installed:
        require_space(environment.folder, build)
    remove_other_build(environment, build, pip)
    try:
        pip.install([lock], options)
    except PipFailed as error:
        if asked != "auto" or not options or error.untrusted:
            raise
        say(f"{options[-1]} failed: installing PyPI's build instead, the large one (about 6 GB).")
        lock = torch_lock("cuda")
        pip.install([lock])
    return lock


def require_imports(environment: Environment, pip: Pip, torch: Lock, locks: list[Lock]) -> None:
    """Raises Refused naming each package that can't be imported even after reinstalling it."""
    faults = import_check.check_imports(environment.python)
    again = [name for name in faults if any(name in lock.names for lock in (torch, *locks))]
    if again:
        say(f"Reinstalling what can't be imported: {', '.join(again)}")
        pip.uninstall(again)
        if "torch" in again:
            install_torch(environment, pip, torch.build, {"torch": torch.build})
        pip.install(locks)
        faults = import_check.check_imports(environment.python)
    if faults:
        listed = "\n".join(f"  {name}: {fault}" for name, fault in sorted(faults.items()))
        raise Refused(
            f"Installed, but these can't be imported:\n{listed}\n`make clean` and then the same "
            "command again reinstalls everything; a missing .so file belongs to a system package."
        )


def install(group: str, asked: str, folder: Path) -> None:
    """Bring the environment to the state of the locks of `group`. Raises Refused, PipFailed."""
    started = time.monotonic()
    refuse_system()
    if asked not in ("auto", *TORCH_SIZES):
        raise Refused(f"TORCH is cpu, cuda or auto, and this is {asked}.")
    environment = Environment(folder)
    fault = environment.fault()
    if fault:
        environment.make(fault)
    locks = [Lock(name) for name in GROUPS[group]]
    installed = environment.read_record()
    missing = [lock for lock in locks if installed.get(lock.path.name) != lock.hash]
    torch, broken = current_torch(asked, installed), list[str]()
    if torch and not missing:
        names = [name for lock in (torch, *locks) for name in lock.names_here()]
        broken = damaged(environment.packages, names)
        if not broken:
            return
        say(f"Reinstalling what is damaged: {', '.join(broken)}")
        missing = locks
    for lock in missing:
        lock.refuse_machine()
    say(f"Installing the locked packages into {folder.name}, where the next start finds them.")
    pip = Pip(environment.python, environment.packages, folder / "downloads")
    environment.remove_partial_installs()
    if broken:
        pip.uninstall(broken)
    if torch and set(broken) & set(torch.names):
        torch = install_torch(environment, pip, torch.build, installed)
    torch = torch or install_torch(environment, pip, asked, installed)
    if missing:
        pip.install(missing)
    make_lean(environment.packages)  # what that broke would not be imported, and be installed again
    require_imports(environment, pip, torch, locks)
    stale = [name for name in installed if name.startswith("requirements-torch-")]
    record = {name: value for name, value in installed.items() if name not in stale}
    record.update({lock.path.name: lock.hash for lock in (*locks, torch)}, torch=torch.build)
    environment.write_down(record)
    say(
        f"Installed in {time.monotonic() - started:.0f} s; {folder.name} takes "
        f"{environment.megabytes():,} MB, with PyTorch's {torch.build.upper()} build."
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Make or complete the environment.")
    parser.add_argument("group", choices=list(GROUPS))
    parser.add_argument("--torch", default="auto")
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv")
    chosen = parser.parse_args(arguments)
    try:
        with (ROOT / "deploy" / RUNS[0]).open() as alone:  # a second run waits for the first
            try:
                fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say(
                    "Another make is installing the packages of this folder; waiting for it to end."
                )
                fcntl.flock(alone, fcntl.LOCK_EX)
            install(chosen.group, chosen.torch, chosen.venv.absolute())
    except (Refused, PipFailed) as error:
        say(str(error))
        return 1
    except OSError as error:
        say(
            f"{error.strerror}: {error.filename}. Is the folder yours, and does the disk have space?"
        )
        return 1
    except KeyboardInterrupt:
        say("\nInterrupted; run the same command again to continue.")
        return 130
    return 0


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a locale without "…"
    sys.exit(main())
