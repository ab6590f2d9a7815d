"""librosa, which compiles its functions when it is first used, by one process at a time."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

_COMPILED = ("util.utils", "core.audio", "core.pitch")  # what of it is compiled when it is imported
PATIENCE = 120.0  # seconds to wait for a process that compiles, for about half a minute
_ASKED_EVERY = 0.1  # seconds


@cache
def compiled_librosa() -> ModuleType:
    """librosa, ready to be called; an installation's first process compiles it, for about half a minute.

    numba keeps a vectorized function and its wrapper in two files, and the wrapper is found by a name that
    counts what its process had compiled before. Of two processes that compile at once, each may leave one
    of the files: whoever loads those calls address 0, that day and ever after.
    """
    with _alone(_of_the_installation(), _of_the_user()) as folder:
        # not by numba's variable: it is imported already in some processes
        import_module("numba.core.config").__dict__["CACHE_DIR"] = str(folder)
        librosa = import_module("librosa")
        for name in _COMPILED:
            import_module(f"librosa.{name}")
    return librosa


def _of_the_installation() -> Path | None:
    """The folder in which this installation keeps what it compiled; None where it may keep nothing there.

    Not beside librosa's own files, where numba would: others may have raced there before.
    """
    spec = find_spec("librosa")
    assert spec is not None
    assert spec.origin is not None
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    folder = Path(chosen) if chosen else Path(spec.origin).parent / "__pycache__" / "alone"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


def _of_the_user() -> Path | None:
    """A folder that is this user's alone; None where somebody else was there before, who could write in it
    what we would run.
    """
    folder = Path(tempfile.gettempdir(), f"timbre-compiled-{os.geteuid()}")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    own = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    return folder if own and not found.st_mode & 0o077 else None


@contextmanager
def _alone(*folders: Path | None) -> Iterator[Path]:
    """The first of the folders whose lock is held within `PATIENCE`; else a new one for this process alone."""
    until = time.monotonic() + PATIENCE
    for folder in folders:
        lock = _lock(folder, until) if folder else None
        if folder and lock is not None:
            try:
                yield folder
            finally:
                os.close(lock)
            return
    folder_of_its_own = tempfile.mkdtemp(prefix="timbre-compiled-")
    atexit.register(shutil.rmtree, folder_of_its_own, ignore_errors=True)  # more is compiled later
    yield Path(folder_of_its_own)


def _lock(folder: Path, until: float) -> int | None:
    """The descriptor of a folder's lock, held; None if it is somebody else's or isn't free in time."""
    try:
        # 0600: whoever can open it can hold it for ever
        lock = os.open(
            folder / "lock", os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
        )
    except OSError:
        return None
    try:
        if os.fstat(lock).st_uid == os.geteuid():
            os.fchmod(lock, 0o600)  # of former versions others could read it
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if time.monotonic() > until:
                        break
                    time.sleep(_ASKED_EVERY)
                else:
                    return lock
    except BaseException:
        os.close(lock)
        raise
    os.close(lock)
    return None
