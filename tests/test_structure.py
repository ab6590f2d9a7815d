"""The structure holds: imports are not circular, files and functions are short."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import grimp
import networkx
import pytest

from marketplace import refusals
from marketplace.states import moves_table, stateful_models
from synthesis import refusals as engine_refusals

ROOT = Path(__file__).parents[1]
HOUSE = ("marketplace", "synthesis", "deploy")
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
SOURCES = sorted(
    path
    for package in HOUSE
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
)


def test_no_file_imports_itself_by_a_detour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])
    # imports inside functions and under TYPE_CHECKING are counted too
    graph = grimp.build_graph(*HOUSE, cache_dir=None)
    arrows = networkx.DiGraph(
        (module, imported)
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    )
    assert arrows.number_of_edges() > 1_000
    circles = [sorted(c) for c in networkx.strongly_connected_components(arrows) if len(c) > 1]
    assert circles == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_and_its_functions_are_short(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MAX_FILE_LINES
    long = [
        node.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION_LINES
    ]
    assert long == []


def test_a_line_of_a_page_is_short_enough_to_read() -> None:
    # djlint breaks the lines of markup, but leaves sentences alone
    long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (ROOT / "templates").rglob("*.html")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > 120
    ]
    assert long == []


def test_every_refusal_stands_in_its_family_with_a_stable_code() -> None:
    homes = {ROOT / "marketplace" / "refusals.py", ROOT / "synthesis" / "refusals.py"}
    strays = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in SOURCES
        if path not in homes and path.parts[len(ROOT.parts)] != "deploy"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base).endswith(("Exception", "Error")) for base in node.bases)
    ]
    assert strays == []
    for module in (refusals, engine_refusals):
        family = [
            member
            for member in vars(module).values()
            if isinstance(member, type) and member.__module__ == module.__name__
        ]
        assert all(issubclass(member, engine_refusals.Refusal) for member in family)
        assert module.__doc__ is not None
        for member in family:
            assert member.__name__ in module.__doc__
        fixed = [member.code for member in family if "code" in vars(member)]
        assert len(fixed) == len(set(fixed))


def test_every_state_has_its_row_of_moves() -> None:
    models = list(stateful_models())
    assert len(models) > 20
    for model in models:
        choices = model._meta.get_field("state").choices
        states = {value for value, _ in choices or []}
        assert set(model.MOVES) == states, model
        assert states.issuperset(str(to) for targets in model.MOVES.values() for to in targets), (
            model
        )


def test_a_state_is_assigned_nowhere_but_in_transition() -> None:
    writing = re.compile(r"\.state = |\.update\([^)]*\bstate=|update_fields=\[[^\]]*\"state\"")
    writers = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if path.parts[len(ROOT.parts)] == "marketplace" and writing.search(path.read_text())
    ]
    assert writers == []


def test_a_locked_row_can_still_be_referred_to() -> None:
    # References are checked at commit: who waits for a lock there keeps all of their own meanwhile.
    keys = re.compile(r"\.select_for_update\((?![^()]*(?:\([^()]*\))?[^()]*no_key=True)")
    holders = [str(path.relative_to(ROOT)) for path in SOURCES if keys.search(path.read_text())]
    assert holders == []


def test_the_rows_of_a_model_are_moved_by_one_app() -> None:
    models = {model.__name__ for model in stateful_models()}
    moving = re.compile(r"\.transition\(\s*(\w+)\.State\b")
    movers: dict[str, set[str]] = {}
    for path in SOURCES:
        house, app = path.relative_to(ROOT).parts[:2]
        if house == "marketplace":
            for name in models.intersection(moving.findall(path.read_text())):
                movers.setdefault(name, set()).add(app)
    assert len(movers) > 15
    assert {name: apps for name, apps in movers.items() if len(apps) > 1} == {}


def test_the_documents_draw_the_tables_of_moves_as_they_are() -> None:
    paper = (ROOT / "ARCHITECTURE.md").read_text()
    assert moves_table() in paper
