"""How much memory we may use, by the machine or its cgroups, and whether that is enough."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

GIB = 1 << 30
COMFORTABLE = 6 * GIB  # everything at once: speech, enrolment, the shop
MIN_MEMORY = int(4.5 * GIB)  # below this, learning a voice does not fit beside speech
OVERRIDE = "TIMBRE_ANY_MEMORY"


class TooLittleMemory(RuntimeError):
    """There is too little memory to hold the engine."""


def limit(root: Path = Path("/")) -> int:
    """Bytes that this process and its children may use together."""
    limits = [_machine(root), *_cgroup_limits(root)]
    return min(limits)


def judge(available: int, *, override: bool) -> str | None:
    """A warning if memory is short; None if there is enough.

    Raises:
        TooLittleMemory: the engine can't run here, and there is no override.
    """
    if available >= COMFORTABLE * 0.95:  # a 6 GB machine reports slightly less
        return None
    here = f"{available / GIB:.1f} GB of memory"
    need = f"Timbre needs {COMFORTABLE // GIB} GB"
    if available >= MIN_MEMORY:
        return (
            f"{need} and has {here}: learning voices and the first sentences will be slow, and a "
            "part that runs out of memory is ended and restarted."
        )
    if override:
        return (
            f"{need} and has {here}: speech will probably fail ({OVERRIDE}=1 overrides the check)."
        )
    raise TooLittleMemory(
        f"{need} and has {here}, too little to learn a voice. Add memory, or set "
        f"{OVERRIDE}=1 to try anyway."
    )


def _machine(root: Path) -> int:
    for line in (root / "proc/meminfo").read_text().splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("The system does not say how much memory it has.")


def _cgroup_limits(root: Path) -> Iterator[int]:
    """The limits of our cgroup and all its parents, of both versions."""
    for version, mount, own in _groups(root):
        name = "memory.max" if version == 2 else "memory.limit_in_bytes"
        folder = mount / own.lstrip("/")
        for group in (folder, *folder.parents):
            if group != mount and mount not in group.parents:
                break
            try:
                value = (group / name).read_text().strip()
            except OSError:
                continue
            if value.isdecimal():
                yield int(value)


def _groups(root: Path) -> Iterator[tuple[int, Path, str]]:
    """(version, mount point, our path in it) of each cgroup tree that limits memory."""
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
