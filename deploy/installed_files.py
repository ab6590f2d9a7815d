"""Whether installed packages still have the files that pip wrote, as their own records list them."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable
from pathlib import Path

from deploy.lean import UNUSED, is_cut


def damaged(packages: Path, names: Iterable[str]) -> list[str]:
    """Those of some packages of which a file, or its whole record, is missing or of another size."""
    infos = {_plain(info.name.split("-")[0]): info for info in packages.glob("*.dist-info")}
    return sorted(
        name
        for name in set(names)
        if _plain(name) not in infos or not _is_whole(packages, infos[_plain(name)])
    )


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.split("[", maxsplit=1)[0]).lower()


def _is_whole(packages: Path, info: Path) -> bool:
    try:
        with (info / "RECORD").open(encoding="utf-8", newline="") as record:
            rows = [row for row in csv.reader(record) if row]
    except (OSError, ValueError):
        return False
    return all(
        _is_there(os.path.join(packages, row[0]), row[-1])  # noqa: PTH118  # of 50,000 files
        for row in rows
        if not row[0].endswith(".pyc") and not UNUSED.match(row[0])
    )


def _is_there(path: str, size: str) -> bool:
    try:
        found = os.stat(path).st_size  # noqa: PTH116  # likewise
    except OSError:
        return False
    if not size.isdecimal() or found == int(size):
        return True
    return found < int(size) and is_cut(Path(path))
