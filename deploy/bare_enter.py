"""Enter a bare system: set up mounts, switch user, run the command. Runs as root within `unshare`.

bare_enter.py FOLDER UID DIRECTORY [--no-userns] -- COMMAND …
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import platform
import socket
import struct
import subprocess
import sys
from pathlib import Path

NODES = ("null", "zero", "full", "random", "urandom", "tty")
CLONE_NEWUSER = 0x10000000
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
ALLOW, EPERM, ENOSYS = 0x7FFF0000, 0x00050000 | 1, 0x00050000 | 38
# unshare and clone take their flags as first argument; clone3 hides them, so it is reported as missing
CALLS = {"x86_64": (272, 56, 435), "aarch64": (97, 220, 435)}
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
MNT_DETACH = 2


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def mount_system(folder: Path) -> None:
    """Mount the kernel's own file systems, which disappear with the namespace."""
    _mount("--make-rprivate", "/")
    _mount("--bind", str(folder), str(folder))  # its own mount, so that it can become the root
    _mount("-t", "proc", "proc", str(folder / "proc"))
    _mount("-t", "sysfs", "-o", "ro", "sysfs", str(folder / "sys"))
    dev = folder / "dev"
    _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", str(dev))
    for name in NODES:
        (dev / name).touch()
        _mount("--bind", f"/dev/{name}", str(dev / name))
    for name, options in (("shm", "mode=1777"), ("pts", "newinstance,ptmxmode=0666")):
        (dev / name).mkdir()
        _mount("-t", "tmpfs" if name == "shm" else "devpts", "-o", options, name, str(dev / name))
    (dev / "ptmx").symlink_to("pts/ptmx")
    (dev / "fd").symlink_to("/proc/self/fd")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        (dev / name).symlink_to(f"/proc/self/fd/{number}")


def change_root(folder: str) -> None:
    """Make the folder /, without chroot, because the kernel refuses user namespaces in a chroot."""
    libc = ctypes.CDLL(None, use_errno=True)
    os.chdir(folder)
    if libc.syscall(PIVOT_ROOT[platform.machine()], b".", b".") or libc.umount2(b".", MNT_DETACH):
        raise OSError(ctypes.get_errno(), "The root could not be changed")
    os.chdir("/")


def raise_loopback() -> None:
    """Bring up 127.0.0.1, which a new network namespace starts without."""
    request = struct.pack("16sH14x", b"lo", 0x1)  # IFF_UP
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, request)  # SIOCSIFFLAGS


def _filter() -> bytes:
    """A BPF program over the number and first argument of a system call."""
    unshare, clone, clone3 = CALLS[platform.machine()]
    steps = [
        (0x20, 0, 0, 0),  # load the number
        (0x15, 4, 0, clone3),
        (0x15, 1, 0, unshare),
        (0x15, 0, 3, clone),
        (0x20, 0, 0, 16),  # load the flags
        (0x45, 2, 1, CLONE_NEWUSER),
        (0x06, 0, 0, ENOSYS),
        (0x06, 0, 0, ALLOW),
        (0x06, 0, 0, EPERM),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)


def refuse_user_namespaces() -> None:
    """Forbid new user namespaces, as containers do by default."""
    program = ctypes.create_string_buffer(_filter())
    header = struct.pack("HL", len(_filter()) // 8, ctypes.addressof(program))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.create_string_buffer(header), 0, 0):
        raise OSError(ctypes.get_errno(), "The kernel accepted no filter")


def main() -> None:
    split = sys.argv.index("--")
    (folder, uid, directory, *flags), command = sys.argv[1:split], sys.argv[split + 1 :]
    raise_loopback()
    mount_system(Path(folder))
    change_root(folder)
    os.chdir(directory)
    if "--no-userns" in flags:
        refuse_user_namespaces()
    os.setgroups([])
    os.setgid(int(uid))
    os.setuid(int(uid))
    os.execvp(command[0], command)  # noqa: S606  # the command is the point


if __name__ == "__main__":
    main()
