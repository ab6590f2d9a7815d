"""`make test`: as much at once as the memory allows.

Two processes of the test suite take eight gigabytes together, since each comes to hold the engine, Whisper
and the dictionaries of every language. Where there is less, one process runs at a time, and each ends with
its part of the suite.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from deploy import memory

ROOT = Path(__file__).resolve().parents[1]
ROOMY = 10 * memory.GIB
QUICK = ("-m", "not slow and not journey")
JOURNEYS = ("tests/journeys", "-m", "journey and not slow", "--durations=5")


def is_roomy() -> bool:
    """Whether lint and two processes of tests may run at once."""
    return memory.limit() >= ROOMY


def jobs() -> int:
    """How many of lint and tests run at once."""
    return 2 if is_roomy() else 1


def runs(*, roomy: bool) -> list[list[str]]:
    """The arguments of each run of pytest, in order."""
    if roomy:
        # in the order of the folders: long files would come last if those with many tests came first
        files = ["--dist", "loadfile", "--no-loadscope-reorder"]
        return [
            ["-n", "2", *files, *QUICK, "--durations=25"],
            ["-n", "2", "--dist", "worksteal", *JOURNEYS],
        ]
    return [*([*QUICK, *part] for part in parts()), [*JOURNEYS]]


def parts() -> list[list[str]]:
    """The suite in parts that fit into little memory: each area of the engine, and the rest."""
    tests = ROOT / "tests"
    areas = [path for path in sorted((tests / "synthesis").iterdir()) if path.is_dir()]
    others = [
        path for path in sorted(tests.iterdir()) if path.name not in ("synthesis", "journeys")
    ]
    alone = sorted((tests / "synthesis").glob("test_*.py"))
    chosen = [[path] for path in areas if path.name != "__pycache__"]
    chosen += [alone, [path for path in others if path.is_dir() and path.name != "__pycache__"]]
    chosen.append([path for path in others if path.name.startswith("test_")])
    return [[str(path.relative_to(ROOT)) for path in part] for part in chosen]


def environment(*, roomy: bool) -> dict[str, str]:
    """The environment of the tests: two processes share the cores, or each would compute on all of them."""
    if not roomy:
        return dict(os.environ)
    threads = max(1, (os.cpu_count() or 2) // 2)
    return {"OMP_NUM_THREADS": str(threads), **os.environ}


def main() -> int:
    """Print the number of jobs, or run the tests; returns the first failure's exit status."""
    if sys.argv[1:] == ["jobs"]:
        print(jobs())
        return 0
    roomy = is_roomy()
    for arguments in runs(roomy=roomy):
        print("pytest", *arguments, flush=True)
        status = subprocess.call(
            [sys.executable, "-m", "pytest", *arguments], cwd=ROOT, env=environment(roomy=roomy)
        )
        if status not in (0, 5):  # 5: a part without tests of this kind
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
