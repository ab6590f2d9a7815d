"""Recordings in folders, by what their names end in."""

from __future__ import annotations

from pathlib import Path

SUFFIXES = {".wav", ".flac", ".mp3", ".m4a", ".ogg", ".opus", ".webm"}


def recordings_in(folder: Path) -> list[Path]:
    """The audio files directly in a folder, sorted by name."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
