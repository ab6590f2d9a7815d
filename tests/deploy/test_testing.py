"""The test command takes what the memory gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy import memory, testing


def test_with_little_memory_the_parts_are_the_whole_suite_each_file_once() -> None:
    found: list[Path] = []
    for part in testing.parts():
        for name in part:
            path = testing.ROOT / name
            found += path.rglob("test_*.py") if path.is_dir() else [path]
    all_of_them = set((testing.ROOT / "tests").rglob("test_*.py"))
    journeys = set((testing.ROOT / "tests" / "journeys").rglob("test_*.py"))
    assert sorted(found) == sorted(all_of_them - journeys)


@pytest.mark.parametrize(("gib", "at_once"), [(4, 1), (6, 1), (8, 1), (12, 2), (64, 2)])
def test_two_processes_run_where_there_is_room_for_both(
    gib: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "limit", lambda: gib * memory.GIB)
    assert testing.jobs() == at_once
    runs = testing.runs(roomy=testing.is_roomy())
    assert all(("-n" in run) is (at_once == 2) for run in runs)


def test_every_journey_lies_in_the_folder_where_they_are_looked_for() -> None:
    tests = testing.ROOT / "tests"
    mark = "mark." + "journey"
    marked = [path for path in tests.rglob("test_*.py") if mark in path.read_text()]
    assert marked
    assert all(path.parent == tests / "journeys" for path in marked)
    assert "tests/journeys" in testing.JOURNEYS
