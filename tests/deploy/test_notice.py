"""NOTICE names every library that is installed with us, and says what copyleft means."""

from __future__ import annotations

import re
from email.message import Message

import pytest

from deploy import notice


def _package(**fields: str | list[str]) -> Message:
    message = Message()
    for name, values in fields.items():
        for value in [values] if isinstance(values, str) else values:
            message[name.replace("_", "-")] = value
    return message


def test_notice_lists_what_the_lock_files_pin_and_nothing_else() -> None:
    head, _, rest = notice.NOTICE.read_text().partition(notice.GENERATED)
    assert head, "NOTICE has lost its first half"
    libraries = rest.partition("Libraries that the product runs with\n")[2]
    listed = re.findall(r"^(\S+) {2,}\S", libraries, re.MULTILINE)
    assert sorted(listed) == sorted(notice.locked_packages()), (
        "run `make install-bench`, then `python -m deploy.notice`"
    )


def test_writing_notice_again_keeps_its_head_and_every_package() -> None:
    before = notice.NOTICE.read_text()
    after = notice.notice_text(before)
    assert after.startswith(before.partition(notice.GENERATED)[0])
    for name in notice.locked_packages():
        assert re.search(rf"^{re.escape(name)} {{2,}}\S", after, re.MULTILINE), name


def test_every_weight_file_is_listed() -> None:
    rest = notice.NOTICE.read_text().partition(notice.GENERATED)[2]
    for name in (*notice.MANIFEST, *notice.OWN_WEIGHTS):
        assert f"\n{name} " in rest, name


def test_what_is_under_copyleft_is_explained_in_plain_words() -> None:
    head, _, rest = notice.NOTICE.read_text().partition(notice.GENERATED)
    copyleft = re.findall(r"^(\S+) {2,}\S*(?:GPL|MPL)", rest, re.MULTILINE)
    assert copyleft, "no copyleft found, so nothing was checked"
    explained = head.replace("phonemizer", "phonemizer-fork").replace(
        "eSpeak NG", "espeakng-loader"
    )
    for name in copyleft:
        assert re.search(rf"\b{re.escape(name)}\b", explained), f"{name} is not explained in NOTICE"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"License_Expression": "MIT", "License": "anything"}, "MIT"),
        ({"License": "Apache 2.0"}, "Apache-2.0"),
        (
            {"License": "UNKNOWN", "Classifier": "License :: OSI Approved :: MIT License"},
            "MIT",
        ),
        ({"License": "Copyright (c) 2001\nAll rights reserved"}, ""),
        ({}, ""),
    ],
)
def test_a_licence_is_read_where_the_metadata_names_one(
    fields: dict[str, str], expected: str
) -> None:
    assert notice.licence_in(_package(**fields)) == expected  # type: ignore[arg-type]


def test_a_package_whose_licence_is_not_known_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice, "locked_packages", lambda: {"nobody-knows-it": True})
    with pytest.raises(notice.LicenceUnknown, match="nobody-knows-it"):
        notice.notice_text(notice.GENERATED)
