"""Which user runs PostgreSQL when we are root, because it refuses to run as root.

Three identities are tried in this order: an unprivileged user in its own namespace; nobody; and
nobody with root's right to enter any folder, for a home that only root may enter.
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
_PR_SET_KEEPCAPS, _PR_SET_SECUREBITS = 8, 28
_NO_SETUID_FIXUP = 1 << 2  # a security bit: capabilities stay as they are whatever the user becomes
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 47, 2
_CAPABILITY_VERSION_3 = 0x20080522
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2  # read, write and enter what file modes forbid


class NoOtherUser(RuntimeError):
    """Root can't become any user that PostgreSQL accepts."""


@dataclass(frozen=True)
class Identity:
    """How a process gives up root: a command prefix, and a function that the child calls first."""

    owner: int  # the user id that its files have, seen from here
    prefix: tuple[str, ...] = ()
    become: Callable[[], None] | None = None

    def reaches(self, initdb: Path, folder: Path) -> bool:
        """Whether it can enter a folder, start `initdb`, and be seen by it to reach its server."""
        command = 'cd "$1" && exec "$2" --show -D "$1"'
        tried = subprocess.run(
            [*self.prefix, "sh", "-c", command, "sh", folder, initdb],
            stdin=subprocess.DEVNULL, capture_output=True, cwd="/", check=False,
            preexec_fn=_exit_if_refused(self.become),
        )  # fmt: skip
        return tried.returncode == 0


def choose(initdb: Path, folder: Path) -> Identity:
    """The identity under which PostgreSQL runs, from `initdb` on, with its files in `folder`.

    Raises:
        NoOtherUser: we are root and no other user works.
    """
    if os.geteuid() != 0:
        return Identity(os.geteuid())
    candidates = [Identity(NOBODY, become=become_nobody)]
    candidates.append(Identity(NOBODY, become=become_nobody_who_enters_anywhere))
    if shutil.which("unshare"):
        prefix = ("unshare", "--user", "--map-user=nobody", "--map-group=nogroup")
        candidates.insert(0, Identity(0, prefix))
    for identity in candidates:
        if identity.reaches(initdb, folder):
            return identity
    raise NoOtherUser(
        f"PostgreSQL refuses to run as root, and no other user here can enter {folder} and start "
        f"{initdb}. Run make run as a normal user, or set DATABASE_URL to a PostgreSQL elsewhere."
    )


def become_nobody() -> None:
    """Give up root and all of its groups."""
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def become_nobody_who_enters_anywhere() -> None:
    """Give up root but keep the capabilities that bypass file modes, for child programs too."""
    libc = ctypes.CDLL(None, use_errno=True)
    _check(libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0))
    # without this, access(2), with which PostgreSQL looks for its programs, ignores capabilities;
    # if it is refused (no CAP_SETPCAP), programs in a folder that anyone may enter still run
    libc.prctl(_PR_SET_SECUREBITS, _NO_SETUID_FIXUP, 0, 0, 0)
    become_nobody()
    capabilities = sum(
        1 << each for each in _permitted_capabilities(libc) & {_DAC_OVERRIDE, _DAC_READ_SEARCH}
    )
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(
        capabilities, capabilities, capabilities, 0, 0, 0
    )  # effective, permitted, inheritable
    _check(libc.capset(header, sets))
    for capability in (_DAC_OVERRIDE, _DAC_READ_SEARCH):
        if capabilities >> capability & 1:
            _check(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0))


def _permitted_capabilities(libc: ctypes.CDLL) -> set[int]:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)()
    _check(libc.capget(header, sets))
    return {each for each in range(32) if sets[1] >> each & 1}


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _exit_if_refused(become: Callable[[], None] | None) -> Callable[[], None] | None:
    """The same for a trial: if it is refused, the child exits and nothing is raised here."""
    if become is None:
        return None

    def trial() -> None:
        try:
            become()
        except OSError:
            os._exit(1)

    return trial


def change_owner(folder: Path, owner: int) -> None:
    """Give a folder and everything in it to `owner`, whoever ran the database before.

    Raises:
        NoOtherUser: it belongs to another user, and only root could change that.
    """
    here = os.geteuid()
    for path in (folder, *folder.rglob("*")):
        uid = path.lstat().st_uid
        if uid == owner:
            continue
        if here != 0:
            raise NoOtherUser(
                f"{path} belongs to another user (number {uid}), who started Timbre here before. "
                f"Start it as that user, or have root give it back: chown -R {here} '{folder}'"
            )
        os.chown(path, owner, owner, follow_symlinks=False)
