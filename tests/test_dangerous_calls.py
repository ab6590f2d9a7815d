"""What can be misused is called only where somebody thought about it.

Beside ruff's rules of bandit (`S`): these know the house. A new place goes into the table here,
with the reason in its review.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = [
    path
    for package in ("marketplace", "synthesis")
    for path in sorted((ROOT / package).rglob("*.py"))
    if not {"migrations", "benchmarks"} & set(path.parts)
]

ALLOWED = {
    # decoders: what comes from outside is opened by the confined process alone
    "av.open": {"synthesis/audio/container_reader.py", "synthesis/audio/encoding.py"},
    # it fetches what a file names, if it may
    "c2pa.Reader": {"synthesis/audio/manifest_reader.py"},
    # other hosts: receivers of webhooks at checked addresses, registers that a setting names; the
    # visitor walks our own site
    "httpx": {
        "marketplace/billing/vies.py",
        "marketplace/listings/rates.py",
        "marketplace/webhooks/services.py",
        "marketplace/storefront/journey.py",
        "marketplace/storefront/visitor.py",
        "marketplace/storefront/management/commands/journey.py",
    },
    "urllib.request": set(),
    "requests": set(),
    "socket.create_connection": set(),
    # other programs: the confined reader, and ourselves to make tables of words
    "subprocess": {"synthesis/audio/confined_process.py", "synthesis/text/word_tables.py"},
    "os.system": set(),
    # bytes that run code when they are read
    "pickle": set(),
    "marshal": set(),
    "shelve": set(),
    "eval": set(),
    "exec": set(),
    # SQL and markup past their escapes
    "mark_safe": {"marketplace/storefront/help.py"},  # our own documents, without HTML in them
    "connection.cursor": {
        "marketplace/api/jobs.py",
        "marketplace/compliance/chain.py",
        "marketplace/compliance/management/commands/restrict_role.py",
        "marketplace/licensing/free_places.py",
        "marketplace/listings/alike.py",
        "marketplace/listings/said.py",
        "marketplace/listings/shelf.py",
        "marketplace/payouts/books/closing.py",
        "marketplace/status/checks.py",
        "marketplace/trials/services.py",
        "marketplace/voices/embeddings.py",
        "marketplace/voices/services.py",
    },
    "RawSQL": set(),
    # forms that anybody may post: the payment provider signs its own
    "csrf_exempt": {
        "marketplace/api/urls.py",  # says that there is no such path
        "marketplace/api/views/elevenlabs.py",  # says what is not offered
        "marketplace/api/views/jobs.py",  # only reads, by a signed link
        "marketplace/payouts/views.py",
    },
}


def _used(path: Path) -> set[str]:
    """Dotted names that a file calls, imports or reads."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {str(node.module), *(f"{node.module}.{a.name}" for a in node.names)}
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Attribute):
            names.add(ast.unparse(node))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            names.add(node.func.id)
    return names


@pytest.fixture(scope="module")
def used() -> dict[str, set[str]]:
    """The names that each file uses: half a minute of work, which collecting the tests must not wait for."""
    return {str(path.relative_to(ROOT)): _used(path) for path in SOURCES}


@pytest.mark.parametrize("name", ALLOWED)
def test_it_is_used_only_where_it_may_be(name: str, used: dict[str, set[str]]) -> None:
    places = {path for path, names in used.items() if name in names}
    assert places == ALLOWED[name]


def test_arrays_and_checkpoints_are_read_without_their_code() -> None:
    unsafe = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            called = ast.unparse(node.func)
            if called == "torch.load" and given.get("weights_only") != "True":
                unsafe.append(f"{path}:{node.lineno}")
            if called == "np.load" and given.get("allow_pickle", "False") != "False":
                unsafe.append(f"{path}:{node.lineno}")
    assert unsafe == []


def test_no_page_turns_off_escaping_or_has_a_script_of_its_own() -> None:
    outside = re.compile(
        r"\|\s*safe\b|autoescape\s+off|<script(?![^>]*\bsrc=)|<[^>{]*\son[a-z]+\s*=", re.I
    )
    pages = {
        str(page.relative_to(ROOT)): outside.findall(page.read_text())
        for page in sorted((ROOT / "templates").rglob("*.html"))
    }
    assert {page: found for page, found in pages.items() if found} == {}


def test_every_form_that_is_posted_has_its_token() -> None:
    missing = [
        str(page.relative_to(ROOT))
        for page in sorted((ROOT / "templates").rglob("*.html"))
        for form in re.findall(r"<form\b.*?</form>", page.read_text(), re.S)
        if re.search(r'method="post"', form, re.I) and "csrf_token" not in form
    ]
    assert missing == []
