"""`python -m deploy.notice`: every weight and library with its licence, into the second half of NOTICE.

Licences are read from the metadata of installed packages. For a package that is locked but not
installed here (for another platform or the benchmarks), NOTICE keeps its line.
"""

from __future__ import annotations

import re
import sys
from fnmatch import fnmatch
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

from safetensors import safe_open

from synthesis.weights import MANIFEST

ROOT = Path(__file__).resolve().parents[1]
NOTICE = ROOT / "NOTICE"
GENERATED = "The rest of this file is written by `python -m deploy.notice`.\n"
WIDTH = 34  # columns of a name
# For packages whose metadata says nothing, or less than their licence file
STATED = {
    "audioop-lts": "PSF-2.0",
    "axe-playwright-python": "MIT AND MPL-2.0",  # axe-core is under the latter
    "cuda-bindings": "Apache-2.0",
    "cuda-pathfinder": "Apache-2.0",
    "cuda-toolkit": "LicenseRef-NVIDIA-Proprietary",
    "espeakng-loader": "GPL-3.0-or-later (it is a copy of eSpeak NG)",
    "fido2": "BSD-2-Clause AND Apache-2.0 AND MPL-2.0",
    "kokoro-onnx": "MIT",
    "nvidia-*": "LicenseRef-NVIDIA-Proprietary",
    "pesq": "MIT",
    "phonemizer-fork": "GPL-3.0-or-later",
    "pocket-tts": "MIT",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "python-stdnum": "LGPL-2.1-or-later",
    "qrcode": "BSD-3-Clause",
    "saxonche": "MPL-2.0",
    "scipy": "BSD-3-Clause",
    "standard-*": "PSF-2.0",
    "torch": "BSD-3-Clause, with parts under Apache-2.0, BSD-2-Clause, BSL-1.0 and MIT",
    "triton": "MIT",
}
OWN_WEIGHTS = {
    "timbre/liveness.safetensors": "synthesis/liveness/liveness.safetensors",
    "timbre/cohort.safetensors": "synthesis/verification/cohort.safetensors",
}
SPDX = {
    "Apache 2": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD 3-Clause License": "BSD-3-Clause",
    "BSD 3-Clause OR Apache-2.0": "BSD-3-Clause OR Apache-2.0",
    "BSD License": "BSD",
    "3-Clause BSD License": "BSD-3-Clause",
    "New BSD": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "PSFL": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "SIL OFL 1.1": "OFL-1.1",
}
_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==", re.MULTILINE)
_LINE = re.compile(r"^(\S+) {2,}(\S.*)$", re.MULTILINE)


class LicenceUnknown(Exception):
    """Packages that are locked, not installed, and not in NOTICE yet."""


def normalize_name(name: str) -> str:
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked_packages() -> dict[str, bool]:
    """Every package of the lock files, and whether the product needs it to run."""
    packages: dict[str, bool] = {}
    for lock in sorted((ROOT / "deploy").glob("requirements*.lock")):
        runs = not re.search(r"dev|bench", lock.name)
        for name in _PINNED.findall(lock.read_text()):
            packages[normalize_name(name)] = runs or packages.get(normalize_name(name), False)
    return packages


def licence_in(package: PackageMetadata) -> str:
    """The licence in a package's metadata as an SPDX expression; empty if there is none."""
    for expression in package.get_all("License-Expression") or []:
        return str(expression)
    for text in map(str.strip, package.get_all("License") or []):
        if text and "\n" not in text and len(text) <= 40 and text != "UNKNOWN":
            return SPDX.get(text, text)
    classifiers = [str(line).split(" :: ") for line in package.get_all("Classifier") or []]
    named = [line[-1] for line in classifiers if line[0] == "License"]
    return " AND ".join(SPDX.get(name, name) for name in named if name != "OSI Approved")


def licence_of(name: str) -> str:
    """The licence of an installed package; empty if it is not installed or names none."""
    for pattern, licence in STATED.items():
        if fnmatch(name, pattern):
            return licence
    try:
        return licence_in(metadata(name))
    except PackageNotFoundError:
        return ""


def _rows(licences: dict[str, str]) -> str:
    return "".join(f"{name:<{WIDTH}}  {licence}\n" for name, licence in sorted(licences.items()))


def _weights() -> str:
    licences = {name: file.licence for name, file in MANIFEST.items()}
    for name, path in OWN_WEIGHTS.items():
        with safe_open(ROOT / path, "numpy") as file:
            licences[name] = file.metadata()["licence"]
    licences["silero_vad.onnx"] = f"{licence_of('silero-vad')} (in the package silero-vad)"
    return _rows(licences)


def notice_text(before: str) -> str:
    """The new text of NOTICE; its first half, and lines of packages not installed, come from `before`.

    Raises:
        LicenceUnknown: names packages to install first, or to add to `STATED`.
    """
    head = before.partition(GENERATED)[0]
    known = dict(_LINE.findall(before.partition(GENERATED)[2]))
    packages = locked_packages()
    licences = {name: licence_of(name) or known.get(name, "") for name in packages}
    unknown = sorted(name for name, licence in licences.items() if not licence)
    if unknown:
        raise LicenceUnknown(
            f"The licence of {', '.join(unknown)} is not known here. Install what is locked "
            "(`make install-bench`), or state it in deploy/notice.py."
        )
    needed = {name: licences[name] for name, runs in packages.items() if runs}
    tools = {name: licences[name] for name, runs in packages.items() if not runs}
    return (
        f"{head}{GENERATED}"
        f"\nWeights\n-------\n{_weights()}"
        f"\nLibraries that the product runs with\n{'-' * 36}\n{_rows(needed)}"
        f"\nLibraries for development and benchmarks, in no deployment\n{'-' * 58}\n{_rows(tools)}"
    )


def main() -> int:
    """Rewrite NOTICE; 1 with a message if a licence is unknown."""
    try:
        text = notice_text(NOTICE.read_text())
    except LicenceUnknown as problem:
        print(problem, file=sys.stderr)
        return 1
    NOTICE.write_text(text)
    print(f"{NOTICE.name}: {len(locked_packages())} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
