"""The list of refusals at `/docs/api` is complete."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from marketplace.api import speaking
from marketplace.licensing.models import Licence
from synthesis.refusals import TextTooLong

ROOT = Path(__file__).parents[3]
SPEECH = ("marketplace", "synthesis/text", "synthesis/engines")


def _codes_in(path: Path) -> Iterator[str]:
    """The codes that a file refuses speech with, where they are written out."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            place = {"SpeechRefused": 1, "TextRefused": 0}.get(node.func.id)
            if place is not None and len(node.args) > place:
                code = node.args[place]
                if isinstance(code, ast.Constant) and isinstance(code.value, str):
                    yield code.value


@pytest.mark.django_db
def test_every_code_that_the_api_refuses_with_is_listed(client: Client) -> None:
    files = [path for folder in SPEECH for path in (ROOT / folder).rglob("*.py")]
    codes = {code for path in files for code in _codes_in(path)}
    assert {"text_refused", "quota_exceeded", "ssml"} <= codes
    silent = set(Licence.State.values) - {Licence.State.ACTIVE.value}
    codes |= {f"licence_{state}" for state in silent} | {"text_too_long", "system_busy"}
    page = client.get("/docs/api").content.decode()
    assert [code for code in sorted(codes) if f"<code>{code}</code>" not in page] == []


def test_every_text_that_the_worker_refuses_gets_its_own_message() -> None:
    codes = {*_codes_in(ROOT / "synthesis" / "engines" / "script.py"), TextTooLong.code}
    assert {"foreign_text", "empty_text"} <= codes
    assert codes <= set(speaking._FAILURES)
