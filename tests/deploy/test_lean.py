"""What is taken away of installed packages, and that what is left still works."""

from __future__ import annotations

import _ctypes
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy import lean
from deploy.installed_files import damaged

ROOT = Path(__file__).resolve().parents[2]
SYMBOLS = bytes(300_000)
LOAD = """
import sys
from importlib import util
spec = util.spec_from_file_location("_ctypes", sys.argv[1])
print(util.module_from_spec(spec).sizeof)
"""


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A package with a real library of this machine, at whose end there is what only debuggers read."""
    path = tmp_path / "small" / "_ctypes.so"
    path.parent.mkdir()
    path.write_bytes(Path(_ctypes.__file__).read_bytes() + SYMBOLS)
    path.chmod(0o755)
    info = tmp_path / "small-1.0.dist-info"
    info.mkdir()
    (info / "RECORD").write_text(f"small/_ctypes.so,,{path.stat().st_size}\n")
    return path


def _loads(library: Path) -> bool:
    run = subprocess.run([sys.executable, "-c", LOAD, library], capture_output=True, check=False)
    return b"built-in function sizeof" in run.stdout


def test_a_library_without_its_symbols_still_loads(library: Path) -> None:
    before = library.stat()
    lean.make_lean(library.parents[1])
    assert library.stat().st_size <= before.st_size - len(SYMBOLS)
    assert library.stat().st_mode == before.st_mode
    assert _loads(library)


def test_a_second_time_changes_nothing(library: Path) -> None:
    lean.cut(library)
    before = library.stat()
    lean.cut(library)
    assert library.stat().st_ino == before.st_ino


def test_a_cut_library_is_not_taken_for_damaged(library: Path) -> None:
    lean.cut(library)
    assert damaged(library.parents[1], ["small"]) == []


@pytest.mark.parametrize("keep", [0, 10, 63, 64, 5_000])
def test_a_library_that_ends_too_early_is_damaged(library: Path, keep: int) -> None:
    lean.cut(library)
    library.write_bytes(library.read_bytes()[:keep])
    assert damaged(library.parents[1], ["small"]) == ["small"]


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: whole[:4_096],  # cut short
        lambda whole: b"no library" + whole,
        lambda whole: whole[:54] + b"\xff\xff\xff\xff" + whole[58:],  # more segments than bytes
    ],
)
def test_what_is_no_whole_library_stays_as_it_is(
    library: Path, change: Callable[[bytes], bytes]
) -> None:
    library.write_bytes(change(library.read_bytes()))
    before = library.read_bytes()
    lean.make_lean(library.parents[1])
    assert library.read_bytes() == before


@pytest.mark.parametrize(
    ("path", "goes"),
    [
        ("torch/include/ATen/ATen.h", True),
        ("torch/bin/test_api", True),
        ("torch/bin/protoc-3.13.0.0", True),
        ("torch/bin/torch_shm_manager", False),
        ("torch/testing/__init__.py", False),
        ("numpy/linalg/tests/test_linalg.py", True),
        ("numpy/testing/__init__.py", False),
        ("botocore/data/ec2/2016-11-15/service-2.json.gz", True),
        ("botocore/data/s3/2006-03-01/service-2.json.gz", False),
        ("botocore/data/endpoints.json", False),
        ("botocore/data/kms/2014-11-01/service-2.json.gz", False),
        ("botocore/data/sso-oidc/2019-06-10/service-2.json.gz", False),
        ("django/conf/locale/de/LC_MESSAGES/django.po", False),
        ("c2pa/libs/libc2pa_c.rlib", True),
        ("c2pa/libs/libc2pa_c.so", False),
    ],
)
def test_only_what_nothing_reads_is_removed(tmp_path: Path, path: str, goes: bool) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.touch()
    lean.make_lean(tmp_path)
    assert file.exists() is not goes


def test_each_folder_is_looked_through_once(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: looked.append(str(path)) or scandir(path))
    lean.make_lean(library.parents[1])
    assert looked.count(str(library.parent)) == 1


def test_links_to_libraries_stay_links(library: Path) -> None:
    link = library.with_name("other.so")
    link.symlink_to(library.name)
    lean.make_lean(library.parents[1])
    assert link.is_symlink()
    assert _loads(link)


def test_every_web_service_that_is_called_is_still_described() -> None:
    called = {
        name
        for folder in ("marketplace", "deploy")
        for path in (ROOT / folder).rglob("*.py")
        for name in re.findall(r'boto3\.client\(\s*"([\w-]+)"', path.read_text(encoding="utf-8"))
    }
    assert {"kms", "s3"} <= called
    left = {name for name in called if not lean.UNUSED.match(f"botocore/data/{name}/2014/x.json")}
    assert left == called
