"""Who PostgreSQL runs as where we are root, which it refuses.

Tried in this order, each for real: an unprivileged user of a namespace of its own; nobody; and
nobody who keeps root's right to pass any folder, for a home that only root may enter.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

NOBODY = 65534
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 47, 2
_CAPABILITY_VERSION_3 = 0x20080522
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2  # read, write and enter what file modes forbid


class NoOtherUser(RuntimeError):
    """Root can't become anybody whom PostgreSQL accepts."""


@dataclass(frozen=True)
class Identity:
    """How a process stops being root: a command before its own, and what its child does first."""

    owner: int  # whose files, seen from here, are its own
    prefix: tuple[str, ...] = ()
    become: Callable[[], None] | None = None

    def reaches(self, program: Path, folder: Path) -> bool:
        """Whether it can start a program and enter a folder."""
        tried = subprocess.run(
            [*self.prefix, "sh", "-c", 'cd "$1" && exec "$2" --version', "sh", folder, program],
            stdin=subprocess.DEVNULL, capture_output=True, cwd="/", check=False,
            preexec_fn=_or_exit(self.become),
        )  # fmt: skip
        return tried.returncode == 0


def choose(program: Path, folder: Path) -> Identity:
    """The identity under which `program` runs with its files in `folder`.

    Raises:
        NoOtherUser: we are root and can't be anybody else.
    """
    if os.geteuid() != 0:
        return Identity(os.geteuid())
    candidates = [Identity(NOBODY, become=become_nobody)]
    candidates.append(Identity(NOBODY, become=become_nobody_who_enters_anywhere))
    if shutil.which("unshare"):
        prefix = ("unshare", "--user", "--map-user=nobody", "--map-group=nogroup")
        candidates.insert(0, Identity(0, prefix))
    for identity in candidates:
        if identity.reaches(program, folder):
            return identity
    raise NoOtherUser(
        f"PostgreSQL refuses to run as root, and no other user here can enter {folder} and start "
        f"{program}. Run make run as a normal user, or set DATABASE_URL to a PostgreSQL elsewhere."
    )


def become_nobody() -> None:
    """Give up root and every group of its."""
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def become_nobody_who_enters_anywhere() -> None:
    """Give up root but for the capabilities that pass file modes, in programs it starts too."""
    libc = ctypes.CDLL(None, use_errno=True)
    _checked(libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0))
    become_nobody()
    kept = sum(1 << each for each in _permitted(libc) & {_DAC_OVERRIDE, _DAC_READ_SEARCH})
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(kept, kept, kept, 0, 0, 0)  # effective, permitted, inheritable
    _checked(libc.capset(header, sets))
    for capability in (_DAC_OVERRIDE, _DAC_READ_SEARCH):
        if kept >> capability & 1:
            _checked(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0))


def _permitted(libc: ctypes.CDLL) -> set[int]:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)()
    _checked(libc.capget(header, sets))
    return {each for each in range(32) if sets[1] >> each & 1}


def _checked(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _or_exit(become: Callable[[], None] | None) -> Callable[[], None] | None:
    """The same for a trial: what is refused ends the child, and raises nothing here."""
    if become is None:
        return None

    def trial() -> None:
        try:
            become()
        except OSError:
            os._exit(1)

    return trial


def give(folder: Path, owner: int) -> None:
    """Make a folder and all in it somebody's, whoever ran the database before.

    Raises:
        NoOtherUser: it is another's, and we are not root, who alone can give it back.
    """
    here = os.geteuid()
    for path in (folder, *folder.rglob("*")):
        found = path.lstat().st_uid
        if found == owner:
            continue
        if here != 0:
            raise NoOtherUser(
                f"{path} belongs to another user (number {found}), who started Timbre here before. "
                f"Start it as that user, or have root give it back: chown -R {here} '{folder}'"
            )
        os.chown(path, owner, owner, follow_symlinks=False)
