"""How much memory we may use, and whether that is enough: the machine's, or less by a cgroup."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

GIB = 1 << 30
COMFORTABLE = 6 * GIB  # everything at once: speech, a voice being learned, the shop
MIN_MEMORY = int(
    2.75 * GIB
)  # below it the engine does not fit beside the rest, and nothing is ever made
OVERRIDE = "TIMBRE_ANY_MEMORY"


class TooLittleMemory(RuntimeError):
    """What is here can't hold the engine."""


def limit(root: Path = Path("/")) -> int:
    """Bytes that this process and its children may use together."""
    found = [_machine(root), *_cgroup_limits(root)]
    return min(found)


def judge(available: int, *, override: bool) -> str | None:
    """One sentence where memory is short; None where there is enough.

    Raises:
        TooLittleMemory: nothing could be spoken here, and nobody said to try all the same.
    """
    if available >= COMFORTABLE * 0.95:  # a machine of 6 GB has a little less to give
        return None
    here = f"{available / GIB:.1f} GB of memory"
    need = f"Timbre needs {COMFORTABLE // GIB} GB"
    if available >= MIN_MEMORY:
        return (
            f"{need} and has {here}: making voices and the first sentences will be slow, and a "
            "part that finds none left is ended and started again."
        )
    if override:
        return f"{need} and has {here}: expect that nothing is spoken ({OVERRIDE}=1 says to try)."
    raise TooLittleMemory(
        f"{need} and has {here}, in which no voice can be made. Give it more, or set "
        f"{OVERRIDE}=1 to try all the same."
    )


def _machine(root: Path) -> int:
    for line in (root / "proc/meminfo").read_text().splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("The system does not say how much memory it has.")


def _cgroup_limits(root: Path) -> Iterator[int]:
    """Limits on us and on every group around us, of both versions."""
    for version, mount, own in _groups(root):
        name = "memory.max" if version == 2 else "memory.limit_in_bytes"
        folder = mount / own.lstrip("/")
        for group in (folder, *folder.parents):
            if group != mount and mount not in group.parents:
                break
            try:
                said = (group / name).read_text().strip()
            except OSError:
                continue
            if said.isdecimal():
                yield int(said)


def _groups(root: Path) -> Iterator[tuple[int, Path, str]]:
    """(version, where its tree is mounted, our place in it) of what limits memory."""
    try:
        ours = (root / "proc/self/cgroup").read_text().splitlines()
        mounts = (root / "proc/self/mountinfo").read_text().splitlines()
    except OSError:
        return
    places: dict[int, str] = {}
    for line in ours:
        number, controllers, place = line.split(":", 2)
        if "memory" in controllers.split(","):
            places[1] = place
        elif number == "0":
            places[2] = place
    for line in mounts:
        before, _, after = line.partition(" - ")
        mounted = root / before.split()[4].lstrip("/")
        kind, _, options = after.split(" ", 2)
        if kind == "cgroup2" and 2 in places:
            yield 2, mounted, places[2]
        elif kind == "cgroup" and "memory" in options.split(",") and 1 in places:
            yield 1, mounted, places[1]
