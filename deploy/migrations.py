"""Hashes of landed migrations, in the format of `sha256sum`, because landed ones are never edited.

`python -m deploy.migrations` writes the hash of each new one into `deploy/migrations.sha256`, and
refuses if an earlier one no longer matches its record. Run it with every new migration.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RECORD = ROOT / "deploy" / "migrations.sha256"


def recorded_hashes(record: Path = RECORD) -> dict[str, str]:
    """Hashes by path, recorded when each migration landed."""
    lines = record.read_text().splitlines() if record.exists() else []
    return {path: digest for digest, path in (line.split("  ", 1) for line in lines)}


def current_hashes(root: Path = ROOT) -> dict[str, str]:
    """Hashes by path, of the files as they are now."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.glob("marketplace/*/migrations/[0-9]*.py"))
    }


def differences(landed: dict[str, str], now: dict[str, str]) -> list[str]:
    """What is wrong, one sentence each: edited, removed or not yet recorded."""
    edited = [
        f"{path} was {'edited' if path in now else 'removed'} after it landed: databases that ran "
        "it would differ. Restore it and write a new migration."
        for path, digest in landed.items()
        if now.get(path) != digest
    ]
    new = [
        f"{path} is not recorded yet: run python -m deploy.migrations"
        for path in now
        if path not in landed
    ]
    return edited + new


def main() -> int:
    landed, now = recorded_hashes(), current_hashes()
    edited = differences(landed, {path: now[path] for path in landed if path in now})
    if edited:
        print("\n".join(edited))
        return 1
    RECORD.write_text("".join(f"{now[path]}  {path}\n" for path in sorted(now)))
    print(f"{len(now.keys() - landed.keys())} new, {len(now)} in all.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
