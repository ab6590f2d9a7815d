"""What `make lock` writes, and that the locks in the repository are complete."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from deploy.lock import DEPLOY, PYTHONS, ROOT, File, Package, cpu_lock_text, cpu_wheels, lock_text

HASH = "a" * 64


def _wheels(name: str, *tags: str) -> tuple[File, ...]:
    return tuple(File(f"{name}-1.0-{tag}.whl", str(n) * 64) for n, tag in enumerate(tags))


def test_only_the_wheels_of_supported_machines_are_locked() -> None:
    wheels = _wheels(
        "fast",
        "cp312-cp312-manylinux_2_28_x86_64",
        "cp312-cp312-manylinux_2_28_aarch64",
        "cp312-cp312-win_amd64",
        "cp314-cp314-manylinux_2_28_x86_64",
        "cp312-cp312-manylinux_2_39_x86_64",  # newer than Debian 12
    )
    text = lock_text([Package("fast", "1.0", None, wheels, None)])
    assert re.findall(r"sha256:(\d)", text) == ["0", "1"]


def test_what_a_machine_lacks_is_in_the_header_by_name() -> None:
    wheels = _wheels(
        "fast", "cp311-abi3-manylinux_2_28_x86_64", "cp312-cp312-manylinux_2_28_aarch64"
    )
    text = lock_text([Package("fast", "1.0", None, wheels, None)])
    assert "# No wheel for aarch64 with Python 3.11: fast\n" in text
    assert "# No wheel for aarch64 with Python 3.13: fast\n" in text
    assert "x86_64" not in text
    assert "Python 3.12" not in text


def test_a_package_without_wheels_is_named_as_built() -> None:
    source = Package("old", "1.0", None, (), File("old-1.0.tar.gz", HASH))
    assert "# Built from source: old\n" in lock_text([source])
    assert f"old==1.0 \\\n    --hash=sha256:{HASH}\n" in lock_text([source])


def test_a_package_is_locked_where_its_marker_needs_it() -> None:
    wheels = _wheels("part", "py3-none-any")
    everywhere = Package("part", "1.0", "sys_platform == 'linux'", wheels, None)
    nowhere = Package("part", "1.0", "sys_platform == 'win32'", wheels, None)
    newer = Package("part", "1.0", "python_full_version >= '3.13'", wheels, None)
    assert "part==1.0 \\" in lock_text([everywhere])
    assert "part" not in lock_text([nowhere])
    assert "part==1.0 ; python_full_version >= '3.13' \\" in lock_text([newer])


def test_the_cpu_build_is_locked_from_pytorchs_page() -> None:
    names = (
        "torch-2.13.0%2Bcpu-cp312-cp312-manylinux_2_28_x86_64.whl",
        "torch-2.13.0%2Bcpu-cp312-cp312-win_amd64.whl",
        "torch-2.12.0%2Bcpu-cp312-cp312-manylinux_2_28_x86_64.whl",
    )
    page = "".join(
        f'<a href="/whl/cpu/{name}#sha256={number:064d}">x</a>' for number, name in enumerate(names)
    )
    text = cpu_lock_text("2.13.0", cpu_wheels(page, "2.13.0"))
    assert text.endswith(f"torch==2.13.0+cpu \\\n    --hash=sha256:{0:064d}\n")
    with pytest.raises(LookupError):
        cpu_lock_text("2.14.0", cpu_wheels(page, "2.14.0"))


@pytest.mark.parametrize("path", sorted(DEPLOY.glob("requirements*.lock")), ids=lambda p: p.name)
def test_every_locked_package_has_a_hash(path: Path) -> None:
    entries = re.findall(r"^[^\s#].*(?:\n    .*)*", path.read_text(), re.MULTILINE)
    assert entries
    for entry in entries:
        assert "--hash=sha256:" in entry, entry


def test_every_dependency_is_locked_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked: list[str] = []
    for path in DEPLOY.glob("requirements*.lock"):
        if path.name != "requirements-torch-cpu.lock":
            locked += re.findall(r"^([^\s#=]+)==", path.read_text(), re.MULTILINE)
    assert len(locked) == len(set(locked))
    extras = project["optional-dependencies"]
    for wanted in [*project["dependencies"], *extras["dev"], *extras["bench"]]:
        assert re.split(r"[\[<>=~;]", wanted)[0].lower() in locked


def test_both_builds_of_pytorch_are_the_same_release_for_every_python() -> None:
    cpu = (DEPLOY / "requirements-torch-cpu.lock").read_text()
    cuda = (DEPLOY / "requirements-torch-cuda.lock").read_text()
    assert (
        re.search(r"^torch==(.+)\+cpu", cpu, re.MULTILINE)[1]
        == (  # type: ignore[index]
            re.search(r"^torch==(\S+)", cuda, re.MULTILINE)[1]  # type: ignore[index]
        )
    )
    assert "nvidia-cudnn-cu13==" in cuda
    for python in PYTHONS:
        tag = "cp" + "".join(python.split(".")[:2])
        for machine in ("x86_64", "aarch64"):
            assert re.search(rf"[0-9a-f]{{64}}  torch-\S+-{tag}-{tag}-\S+_{machine}\.whl", cpu)
