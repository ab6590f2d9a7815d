"""The pictures of the README, and how they are made small."""

from __future__ import annotations

import json
import os
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.screenshots import FILL, MOST_BYTES, README, file_name, shrink

ROOT = Path(__file__).resolve().parents[1]


def _picture(width: int, height: int) -> bytes:
    out = BytesIO()
    Image.frombytes("RGB", (width, height), os.urandom(3 * width * height)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("phone", [False, True])
def test_a_small_picture_is_the_first_screen_and_light(phone: bool) -> None:
    width = 780 if phone else 1280
    small = shrink(_picture(width, 3_000), phone=phone)
    image = Image.open(BytesIO(small))
    assert image.size == ((320, 693) if phone else (640, 450))
    assert len(small) <= MOST_BYTES


def test_the_readme_shows_six_small_pictures() -> None:
    shown = re.findall(r'src="(deploy/pictures/[\w-]+\.webp)"', (ROOT / "README.md").read_text())
    assert shown == [f"deploy/pictures/{name}.webp" for name in README]
    sizes = {path: (ROOT / path).stat().st_size for path in shown}
    assert {path: size for path, size in sizes.items() if size > MOST_BYTES} == {}


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("/", "home"),
        ("/accounts/login/", "accounts-login"),
        ("voice", "voice"),
        ("/voices", "voices"),
    ],
)
def test_a_page_is_called_as_its_file(name: str, file: str) -> None:
    assert file_name({"name": name}) == file


@pytest.mark.django_db
def test_the_site_is_filled_and_its_pages_found(
    settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.ALLOWED_HOSTS, settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = [], 1  # put back at the end
    exec(FILL, {})  # as the site runs it
    found = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    named = {file_name(page) for page in found["pages"]}
    assert {page for page, _ in README.values()} <= named
    assert set(found["cookies"]) == {"buyer", "creator", "moderator", "finance"}
    assert len(named) == len(found["pages"]) > 70
