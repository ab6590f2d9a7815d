"""Lists of objects: filtered, newest first, a page at a time."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from deploy.sandbox.objects import ObjectStore
from deploy.sandbox.shapes import Object

Parameters = list[tuple[str, str]]
PAGING = ("limit", "starting_after", "page")
SHOWING = ("expand", "include")
BOUNDS: dict[str, Callable[[Any, Any], bool]] = {
    "created[gt]": operator.gt,
    "created[gte]": operator.ge,
    "created[lt]": operator.lt,
    "created[lte]": operator.le,
}


def _matches(body: Object, asked: Parameters) -> bool:
    """Whether an object is among those that a list's parameters ask for."""
    keys = [value for name, value in asked if name.startswith("lookup_keys")]
    types = [value for name, value in asked if name.startswith("types")]
    if (keys and body.get("lookup_key") not in keys) or (types and body["type"] not in types):
        return False
    return all(
        _fits(body, name, value)
        for name, value in asked
        if name not in PAGING and not name.startswith((*SHOWING, "lookup_keys", "types"))
    )


def _fits(body: Object, name: str, wanted: str) -> bool:
    made = body.get("created")
    if name in BOUNDS and isinstance(made, int):
        return BOUNDS[name](made, int(wanted))
    if name in BOUNDS:  # v2 writes times as text
        return BOUNDS[name](str(made)[:19], wanted[:19])
    if name == "object_id":
        return bool(body["related_object"]["id"] == wanted)
    value = body.get(name)
    return (str(value).lower() if isinstance(value, bool) else str(value)) == wanted


def page(store: ObjectStore, kind: str, path: str, asked: Parameters) -> Object:
    """A page of the objects of a kind, as its address in v1 or v2 gives it."""
    found = store.all_of(kind, lambda body: _matches(body, asked))
    if kind == "event" and store.behaviours.accounts_apart:
        found = [event for event in found if not event.get("account")]
    given, v2 = dict(asked), path.startswith("/v2/")
    start = int(given.get("page", 0))
    if "starting_after" in given:
        start = [body["id"] for body in found].index(given["starting_after"]) + 1
    end = start + int(given.get("limit", 20 if v2 else 10))
    if not v2:
        more = end < len(found)
        return {"object": "list", "url": path, "data": found[start:end], "has_more": more}
    rest = [(name, value) for name, value in asked if name != "page"]

    def url(place: int) -> str:
        return f"{path}?{urlencode([*rest, ('page', str(place))])}"

    return {
        "data": found[start:end],
        "next_page_url": url(end) if end < len(found) else None,
        "previous_page_url": url(max(0, 2 * start - end)) if start else None,
    }
