"""All regular expressions of the modules of some packages, and texts that would make one slow."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

_CATEGORIES = {
    codes.CATEGORY_DIGIT: "1", codes.CATEGORY_SPACE: " ", codes.CATEGORY_WORD: "a",
    codes.CATEGORY_NOT_DIGIT: "a", codes.CATEGORY_NOT_SPACE: "a", codes.CATEGORY_NOT_WORD: "-",
}  # fmt: skip
_IN_RE = {"compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
_DEEP = 4  # containers in containers


def modules_of(*packages: ModuleType) -> Iterator[ModuleType]:
    """The modules of packages, without migrations."""
    for package in packages:
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in found.name and ".settings" not in found.name:
                yield importlib.import_module(found.name)


def patterns_of(module: ModuleType) -> dict[str, re.Pattern[str]]:
    """What a module compiles, by its source: kept by name, in its tables, or written where it is used."""
    found: dict[str, re.Pattern[str]] = {}
    for name, value in vars(module).items():
        if not name.startswith("__"):
            for pattern in _within(value, _DEEP):
                found.setdefault(pattern.pattern, pattern)
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text())):
        if pattern := _written(node):
            found.setdefault(pattern.pattern, pattern)
    return found


def _within(value: Any, deep: int) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
        return
    if not deep or isinstance(value, str | bytes | type | ModuleType):
        return
    if isinstance(value, dict):
        inner: Any = value.values()
    elif isinstance(value, list | tuple | set | frozenset):
        inner = value
    elif type(value).__module__.startswith(("marketplace.", "synthesis.")):
        inner = getattr(value, "__dict__", {}).values()
    else:
        return
    for each in list(inner)[:2_000]:
        yield from _within(each, deep - 1)


def _written(node: ast.AST) -> re.Pattern[str] | None:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
        return None
    named = isinstance(node.func.value, ast.Name) and node.func.value.id == "re"
    source = node.args[0]
    if not named or node.func.attr not in _IN_RE or not isinstance(source, ast.Constant):
        return None
    return re.compile(source.value) if isinstance(source.value, str) else None


def pumped(pattern: re.Pattern[str], length: int, most: int = 12) -> Iterator[str]:
    """Texts of one or two characters that a pattern repeats, over and over, behind what it may begin with."""
    letters = list(dict.fromkeys(_letters(_parser.parse(pattern.pattern, pattern.flags), False)))[
        :most
    ]
    bodies = [*letters, *(a + b for a in letters for b in letters if a != b)]
    for body in bodies:
        yield (body * length)[:length] + "\x01"


def _letters(parsed: Any, repeated: bool) -> Iterator[str]:
    """A character for each part of a pattern, those of repeated parts first."""
    later: list[str] = []
    for code, value in parsed:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            many = repeated or value[1] > 20
            found = list(_letters(value[2], many))
            if many:
                yield from found
            else:
                later += found
        elif code is codes.BRANCH:
            for branch in value[1]:
                later += _letters(branch, repeated)
        elif code is codes.SUBPATTERN:
            later += _letters(value[3], repeated)
        elif code is codes.ATOMIC_GROUP:
            later += _letters(value, repeated)
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            later += _letters(value[1], repeated)
        elif code is codes.LITERAL:
            later.append(chr(value))
        elif code is codes.ANY:
            later.append("a")
        elif code is codes.NOT_LITERAL:
            later.append("a" if value != ord("a") else "b")
        elif code is codes.IN:
            later += _of_class(value)
    yield from later


def _of_class(members: Any) -> list[str]:
    if members[0][0] is codes.NEGATE:
        return [each for each in "a1 -" if not _is_in(each, members[1:])][:2]
    found = []
    for code, value in members[:3]:
        if code is codes.LITERAL:
            found.append(chr(value))
        elif code is codes.RANGE:
            found.append(chr(value[0]))
        elif code is codes.CATEGORY:
            found.append(_CATEGORIES.get(value, "a"))
    return found


def _is_in(letter: str, members: Any) -> bool:
    for code, value in members:
        if code is codes.LITERAL and value == ord(letter):
            return True
        if code is codes.RANGE and value[0] <= ord(letter) <= value[1]:
            return True
        if code is codes.CATEGORY and _CATEGORIES.get(value) == letter:
            return True
    return False
