"""Everything that the docs mention exists, from files to links, and README's example runs."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[1]
DOCS = (
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "deploy/help/en/buyers.md",
    "deploy/configuration.md",
    "deploy/help/en/creators.md",
    "deploy/operators.md",
)
PLACES = r"(?:marketplace|synthesis|deploy|tests|templates|static)"


def _text(doc: str) -> str:
    return (ROOT / doc).read_text()


def _anchor(heading: str) -> str:
    """A heading's anchor in links."""
    return re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-")


def _defines(source: str, name: str) -> bool:
    return bool(re.search(rf"^\s*(?:(?:async )?def|class) {name}\b|^{name}\b *[:=]", source, re.M))


def test_readme_is_one_page() -> None:
    assert len(_text("README.md").splitlines()) <= 90


def test_readmes_example_speaks() -> None:
    example = re.search(r"```python\n(.*?)```", _text("README.md"), re.DOTALL)
    assert example is not None
    names: dict[str, list[np.ndarray]] = {}
    exec(example[1], names)
    samples = np.concatenate(names["audio"])
    assert len(samples) > 0.3 * 24_000
    assert np.abs(samples).max() > 0.05


@pytest.mark.parametrize("doc", DOCS)
def test_every_path_that_is_named_exists(doc: str) -> None:
    named = re.findall(rf"`({PLACES}/[\w./-]*)(?:::\w+)?`", _text(doc))
    missing = sorted({path for path in named if not (ROOT / path).exists()})
    assert not missing, f"{doc} names {', '.join(missing)}"


@pytest.mark.parametrize("doc", DOCS)
def test_every_name_in_a_file_is_there(doc: str) -> None:
    missing = [
        f"{path}::{name}"
        for path, name in re.findall(rf"`({PLACES}/[\w./-]+\.py)::(\w+)`", _text(doc))
        if not (ROOT / path).exists() or not _defines((ROOT / path).read_text(), name)
    ]
    assert not missing, f"{doc} names {', '.join(missing)}"


def test_every_short_name_in_readmes_answers_is_in_a_file_that_the_answer_names() -> None:
    sources: list[str] = []
    names = 0
    for row in _text("README.md").partition("| Question |")[2].splitlines():
        sources = sources if row.startswith("| |") else []  # an answer may take several rows
        sources += [
            (ROOT / path).read_text() for path in re.findall(rf"`({PLACES}/[\w./-]+\.py)\b", row)
        ]
        for name in re.findall(r"`(_?[a-z]+(?:_[a-z]+)+)`", row):
            names += 1
            assert any(_defines(source, name) for source in sources), f"README.md names {name}"
    assert names > 5


@pytest.mark.parametrize("doc", (*DOCS, "CHANGELOG.md"))
def test_every_link_leads_somewhere(doc: str) -> None:
    here = (ROOT / doc).parent
    for target in re.findall(r"\]\(([^)\s]+)\)", _text(doc)):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        linked = here / path
        assert linked.exists(), f"{doc} links to {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", linked.read_text(), re.M)
            assert anchor in map(_anchor, headings), f"{doc} links to {target}"


@pytest.mark.parametrize("doc", DOCS)
def test_every_command_that_is_named_exists(doc: str) -> None:
    text = _text(doc)
    targets = set(re.findall(r"^([a-z-]+):", _text("Makefile"), re.M))
    made = set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.M))
    assert made <= targets, f"{doc} names make {', '.join(sorted(made - targets))}"
    managed = set(re.findall(r"`manage\.py ([a-z_]+)", text))
    managed |= set(re.findall(r"make manage ARGS=\"([a-z_]+)", text))
    assert managed <= set(get_commands()), f"{doc} names {managed - set(get_commands())}"


def test_every_test_that_guards_against_a_threat_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", _text("SECURITY.md")))
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    missing = sorted(name for name in named if not re.search(rf"def {name}\(", tests))
    assert named
    assert not missing, f"SECURITY.md names {', '.join(missing)}"


def test_every_threat_has_a_guard_and_a_test() -> None:
    section = _text("SECURITY.md").partition("## Threats and guards")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 20
    for row in rows:
        flow, threat, stride, guard, tests = (cell.strip() for cell in row.strip("|").split("|"))
        assert flow and threat and stride and guard, row
        assert "`test_" in tests, row
