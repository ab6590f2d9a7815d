"""A release of the engine's weights: its version, the templates it speaks, its files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from synthesis import weights
from synthesis.refusals import ReleaseInvalid

DESCRIPTION = "release.json"
REPLACEABLE = ("kokoro/model.int8.onnx", "kokoro/styles.npz")


@dataclass(frozen=True)
class Release:
    """version: of the templates it creates; speaks: versions of templates it can speak;
    files: replacements for packaged files, by name.
    """

    version: str
    speaks: frozenset[str]
    files: Mapping[str, Path] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Release:
        """Read the release in a folder and verify every file.

        Its `release.json` says {"version": "3", "speaks": ["2", "3"], "files": {name: sha256}}.

        Raises:
            ReleaseInvalid: the folder or description is missing, or a file is missing or wrong.
        """
        try:
            described = json.loads((folder / DESCRIPTION).read_text())
            version, speaks = str(described["version"]), frozenset(map(str, described["speaks"]))
            hashes = dict(described["files"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ReleaseInvalid(f"{folder / DESCRIPTION} can't be read: {error}") from error
        if version not in speaks:
            raise ReleaseInvalid(f"Release {version} must speak the templates it makes.")
        for name, expected in hashes.items():
            if name not in REPLACEABLE:
                raise ReleaseInvalid(f"{name} can't be replaced, only {', '.join(REPLACEABLE)}.")
            path = folder / name
            if not path.is_file():
                raise ReleaseInvalid(f"{path} is missing.")
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != expected:
                    raise ReleaseInvalid(f"{path} is not the file that {DESCRIPTION} describes.")
        return cls(version, speaks, {name: folder / name for name in hashes})

    def locate(self, name: str) -> Path:
        """Path of a weight file, from this release or the package."""
        return self.files.get(name) or weights.locate(name)


PACKAGED = Release("2", frozenset({"1", "2"}))
