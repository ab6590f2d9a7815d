"""Confinement of a process that reads other people's files: limits, and no way out of its own memory.

After `confine` a process can compute, read and write what is open, and end. It can open no file or
socket and start no process. Where the kernel has no seccomp, limits alone prevent new files and sockets.
"""

from __future__ import annotations

import ctypes
import platform
import resource
import struct

_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2  # prctl(2)
_LOAD, _JUMP_EQUAL, _RETURN = 0x20, 0x15, 0x06  # of the classic BPF machine, bpf(4)
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050001  # SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EPERM
# Audit architecture, then numbers of: read write close fstat lseek mmap mprotect munmap brk rt_sigaction
# rt_sigprocmask rt_sigreturn pread64 readv writev sched_yield mremap madvise getpid exit sigaltstack gettid
# futex sched_getaffinity clock_gettime clock_nanosleep exit_group tgkill newfstatat getrandom rseq
_CALLS = {
    "x86_64": (
        0xC000003E,
        (0, 1, 3, 5, 8, 9, 10, 11, 12, 13, 14, 15, 17, 19, 20, 24, 25, 28, 39, 60, 131, 186, 202, 204,
         228, 230, 231, 234, 262, 318, 334),
    ),
    "aarch64": (
        0xC00000B7,
        (63, 64, 57, 80, 62, 222, 226, 215, 214, 134, 135, 139, 67, 65, 66, 124, 216, 233, 172, 93, 132,
         178, 98, 123, 113, 115, 94, 131, 79, 278, 293),
    ),
}  # fmt: skip


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _instructions(architecture: int, calls: tuple[int, ...]) -> bytes:
    def instruction(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("=HBBI", code, yes, no, value)

    count = len(calls)
    return b"".join(
        [
            instruction(_LOAD, 4),  # the architecture
            instruction(_JUMP_EQUAL, architecture, yes=1),
            instruction(_RETURN, _REFUSE),
            instruction(_LOAD, 0),  # the number of the call
            *(instruction(_JUMP_EQUAL, call, yes=count - at) for at, call in enumerate(calls)),
            instruction(_RETURN, _REFUSE),
            instruction(_RETURN, _ALLOW),
        ]
    )


def _refuse_calls() -> bool:
    """Refuse every system call that computing doesn't need; False if the kernel can't."""
    if platform.machine() not in _CALLS:
        return False
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    code = _instructions(*_CALLS[platform.machine()])
    program = _Program(len(code) // 8, code)
    return bool(
        prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
        and prctl(_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0) == 0
    )


def confine(*, memory: int, seconds: int) -> bool:
    """Confine this process for good; returns whether the kernel refuses system calls, too.

    memory: bytes of address space; seconds: of processor time, after which the kernel ends the process.
    """
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 3),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(limit, (value, value))
    return _refuse_calls()
