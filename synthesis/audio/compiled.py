"""librosa, which compiles its functions when it is first used, by one process at a time."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

_COMPILED = ("util.utils", "core.audio", "core.pitch")  # what of it is compiled when it is imported


@cache
def compiled_librosa() -> ModuleType:
    """librosa, ready to be called; an installation's first process compiles it, for about half a minute.

    numba keeps a vectorized function and its wrapper in two files, and the wrapper is found by a name that
    counts what its process had compiled before. Of two processes that compile at once, each may leave one
    of the files: whoever loads those calls address 0, that day and ever after.
    """
    folder = _where_it_is_kept()
    with _alone(folder):
        if folder:  # not by numba's variable: it is imported already in some processes
            import_module("numba.core.config").__dict__["CACHE_DIR"] = str(folder)
        librosa = import_module("librosa")
        for name in _COMPILED:
            import_module(f"librosa.{name}")
    return librosa


def _where_it_is_kept() -> Path | None:
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


@contextmanager
def _alone(folder: Path | None) -> Iterator[None]:
    """Hold the lock of a folder; without one, numba keeps things in the user's own, so the user's lock."""
    lock = folder / "lock" if folder else Path(tempfile.gettempdir(), f"librosa-{os.getuid()}.lock")
    # to be read by another user of the same installation, too
    descriptor = os.open(lock, os.O_CREAT | os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
