"""Folders that hold a release of weights."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from synthesis import weights


def write_release(folder: Path, *, version: str = "3", noise: float = 0.0) -> Path:
    """A release of the packaged styles, with noise on them."""
    with np.load(weights.locate("kokoro/styles.npz")) as packaged:
        random = np.random.default_rng(0)
        styles = {
            name: (table + noise * random.standard_normal(table.shape)).astype(np.float32)
            for name, table in packaged.items()
        }
    path = folder / "kokoro" / "styles.npz"
    path.parent.mkdir(parents=True)
    np.savez(path, **styles)
    described = {
        "version": version,
        "speaks": ["2", version],
        "files": {"kokoro/styles.npz": hashlib.sha256(path.read_bytes()).hexdigest()},
    }
    (folder / "release.json").write_text(json.dumps(described))
    return folder
