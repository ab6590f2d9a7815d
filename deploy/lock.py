"""`make lock`: exact pins of what is installed, split by purpose.

One file for what runs, one for what develops, one for what only `make bench` compares with. The lock is installed with `--no-deps`, so packages that others name but that we never import
can stay out: `webrtcvad` compiles from source and only trims silence in Resemblyzer.
"""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = {"webrtcvad", "typing", "jaconv", "torchaudio", "pip", "triton"}
HEAD = "# Written by `make lock`; installed with `pip install --no-deps -r`.\n"


def _name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=!~;(]", requirement, maxsplit=1)[0]).lower()


def _closure(wanted: list[str]) -> dict[str, str]:
    """Name -> version of everything that is installed and needed."""
    found: dict[str, str] = {}
    queue = list(wanted)
    while queue:
        requirement = queue.pop()
        name = _name(requirement)
        extras = re.search(r"\[([^\]]*)\]", requirement.split(";")[0])
        chosen = {e.strip() for e in extras[1].split(",")} if extras else set()
        if name in LEFT_OUT or (name in found and not chosen):
            continue
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue
        found[name] = package.version.split("+")[0]
        for needed in package.requires or []:
            marker = re.search(r"extra\s*==\s*['\"]([^'\"]+)['\"]", needed)
            if marker is None or marker[1] in chosen:
                queue.append(needed)
    return found


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    run = _closure(project["dependencies"])
    develop = _closure(project["optional-dependencies"]["dev"])
    measure = _closure(project["optional-dependencies"]["bench"])
    for path, packages in (
        (ROOT / "deploy" / "requirements.lock", run),
        (
            ROOT / "deploy" / "requirements-dev.lock",
            {name: version for name, version in develop.items() if name not in run},
        ),
        (
            ROOT / "deploy" / "requirements-bench.lock",
            {n: version for n, version in measure.items() if n not in run | develop},
        ),
    ):
        lines = [f"{name}=={version}\n" for name, version in sorted(packages.items())]
        path.write_text(HEAD + "".join(lines))
        print(f"{path.relative_to(ROOT)}: {len(packages)} packages")


if __name__ == "__main__":
    main()
