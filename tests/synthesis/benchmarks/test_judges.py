"""Who judges clones, on which people, and what the tables say of them."""

from __future__ import annotations

import ast
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from synthesis import enrolment
from synthesis.audio.decoding import Recording, decode_own
from synthesis.benchmarks import judges, likeness, people
from synthesis.benchmarks.judges import JUDGES, Judge, in_losses
from synthesis.benchmarks.likeness import interval, over_people, scores_of, scores_of_person
from synthesis.benchmarks.panel import Panel
from synthesis.benchmarks.voices import write_clips
from synthesis.verification import camplusplus

CAM = JUDGES[0]
ABSENT = Judge("A judge", packages=(("no_such_module", "first"), ("nor_this_one", "second")))


def _at(angle: float) -> np.ndarray:
    """A unit vector whose cosine with (1, 0) is `angle`."""
    return np.float32([angle, np.sqrt(1 - angle**2)])


def test_no_speaker_is_in_both_halves_nor_twice_in_one() -> None:
    halves = people.halves()
    names = [name for half in halves.values() for name in half]
    assert len(names) == len(set(names)) == 257
    assert min(map(len, halves.values())) >= 30


def test_a_speaker_whom_the_file_does_not_name_is_in_neither_half() -> None:
    assert people.half_of("1998") == people.JUDGING
    assert people.half_of("1688") == people.DEVELOPMENT
    assert people.half_of("somebody") == people.UNLISTED


def test_singles_are_limited_in_each_half(tmp_path: Path) -> None:
    halves = people.halves()
    for name in [*halves["development"][:3], *halves["judging"][:3]]:
        (tmp_path / f"{name}-1-0000.flac").touch()
    chosen = people.singles_in(tmp_path, None, 2)
    assert len(chosen) == 4
    only = people.singles_in(tmp_path, "judging", None)
    assert sorted(map(people.speaker_of, only)) == sorted(halves["judging"][:3])


def test_a_single_recording_is_cut_so_that_what_judges_is_not_known(tmp_path: Path) -> None:
    sound = np.linspace(-0.5, 0.5, 4 * 16_000, dtype=np.float32)
    write_clips(tmp_path, "19", "real", [Recording(sound, 16_000, "wav")])
    person = people.read_single(tmp_path / "19_real_0.wav")
    known, left_out = np.concatenate([each.samples for each in person.known]), person.left_out
    assert known.max() <= min(each.samples.min() for each in left_out)
    assert [len(each.samples) for each in left_out] == [16_000, 16_000]


def test_likeness_is_one_for_the_person_and_zero_for_a_stranger() -> None:
    person = {"CAM++": np.stack([_at(1.0)])}
    known = {"CAM++": np.stack([_at(0.8)])}
    stranger = camplusplus.STRANGER_SIMILARITY
    clips = {"CAM++": np.stack([_at(0.8), _at(stranger), _at((0.8 + stranger) / 2)])}
    scores = scores_of(clips, known, person, [CAM])
    assert scores["CAM++"] == pytest.approx([1.0, 0.0, 0.5], abs=1e-5)


def test_naturalness_is_what_the_judge_says() -> None:
    clips = {"DNSMOS": np.float32([[3.5], [4.0]])}
    assert scores_of(clips, {}, {}, JUDGES)["DNSMOS"] == [3.5, 4.0]


def test_a_persons_own_clip_is_not_compared_with_itself() -> None:
    known = {"CAM++": np.stack([_at(1.0)])}
    left_out = {"CAM++": np.stack([_at(1.0), _at(0.7)])}
    scores = scores_of_person(known, left_out, [CAM])["CAM++"]
    assert scores[0] == pytest.approx(1.0)  # 0.7, as likeness to the known clip
    assert scores[1] < 1.0


def test_people_count_once_however_many_clips_they_have() -> None:
    two = [{"clone": {"CAM++": [1.0] * 9}}, {"clone": {"CAM++": [0.0]}}]
    found = over_people(two)["clone"]["CAM++"]
    assert (found.mean, found.count) == (0.5, 2)


def test_the_naturalness_of_stock_styles_varies_by_clip_though_all_people_share_them() -> None:
    rows = {"stock": {"DNSMOS": [3.0, 4.0], "CAM++": [0.0, 0.2]}}
    found = over_people([rows, rows])["stock"]
    assert found["DNSMOS"].around == pytest.approx(6.353, abs=1e-3)
    assert (found["DNSMOS"].mean, found["DNSMOS"].count) == (3.5, 2)
    assert found["CAM++"].around == pytest.approx(0.0)


def test_an_interval_is_students() -> None:
    found = interval([1.0, 2.0, 3.0])
    assert found is not None and found.around is not None
    assert found.around == pytest.approx(4.303 / 3**0.5, abs=1e-3)
    assert str(interval([0.5])) == "0.50"
    assert interval([]) is None


def test_a_panel_compares_with_everybody_else_as_strangers() -> None:
    loud = Judge("DNSMOS", score=lambda samples, rate: float(samples.max()))
    each = [
        people.Person(name, [], [Recording(np.float32([level]), 16_000, "wav")])
        for name, level in (("a", 1.0), ("b", 2.0), ("c", 3.0))
    ]
    panel = Panel([loud], each, [Recording(np.float32([4.0]), 24_000, "wav")])
    rows = panel.scores("a", {"clone": {"DNSMOS": np.float32([[5.0]])}})
    assert {row: scores["DNSMOS"] for row, scores in rows.items()} == {
        "the person": [1.0], "a stranger": [2.0, 3.0], "stock": [4.0], "clone": [5.0],
    }  # fmt: skip


def test_a_table_has_every_row_and_judge_and_says_who_is_in_a_loss() -> None:
    rows = {row: {"CAM++": [0.1, 0.2]} for row in likeness.ROWS}
    text = likeness.table({"judging": over_people([rows])}, "half", "people")
    for row in ("the person", "a stranger", "stock", "instant", "clone"):
        assert f"| judging | {row} | 1 | 0.15 | – | – | – | – |" in text
    assert "| CAM++ | GE2E | d-vector | DistillMOS | DNSMOS |" in text
    assert "In a loss of ours: GE2E. In none: CAM++, d-vector, DistillMOS, DNSMOS." in text


def test_what_the_training_imports_is_what_the_table_says() -> None:
    imported = {
        alias.name
        for path in Path(next(iter(enrolment.__path__))).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "synthesis.verification"
        for alias in node.names
    }
    assert imported == {"ge2e"}
    assert [judge.name for judge in JUDGES if judge.in_loss] == ["GE2E"]


def test_every_clip_is_written_under_its_speaker_kind_and_number(tmp_path: Path) -> None:
    clip = Recording(np.float32([0.0, 0.5, -0.5]), 24_000, "wav")
    for kind in ("clone", "instant", "real"):
        write_clips(tmp_path / "clips", "1688", kind, [clip, clip])
    assert sorted(path.name for path in (tmp_path / "clips").iterdir()) == [
        "1688_clone_0.wav", "1688_clone_1.wav", "1688_instant_0.wav", "1688_instant_1.wav",
        "1688_real_0.wav", "1688_real_1.wav",
    ]  # fmt: skip
    again = decode_own((tmp_path / "clips" / "1688_clone_0.wav").read_bytes())
    assert again.rate == 24_000
    assert np.allclose(again.samples, clip.samples, atol=1e-4)


def test_one_sentence_says_which_packages_a_judge_lacks() -> None:
    assert ABSENT.missing() == (
        "A judge does not judge: first and second are not installed "
        "(`make install-bench` brings what the benchmarks need)."
    )
    assert Judge("Another", packages=(("numpy", "numpy"),)).missing() is None
    assert judges.present([ABSENT]) == []
    assert in_losses([ABSENT]) == "In a loss of ours: none of them. In none: A judge."


def test_the_command_says_who_does_not_judge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judges, "JUDGES", (ABSENT,))
    out = StringIO()
    with pytest.raises(CommandError, match="no speaker folders"):
        call_command(
            "bench_voices", recordings=tmp_path, json=tmp_path / "figures.json", stdout=out
        )
    assert out.getvalue().splitlines() == [ABSENT.missing()]
