"""Objects that an earlier sandbox kept with fewer fields, made complete when its file is opened."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from deploy.sandbox import plans, shapes
from deploy.sandbox.shapes import IncompleteObject, Object

# What used to stand among an object's fields and is now remembered apart, by kind: old name → new name
APART = {
    "checkout.session": {
        "line_name": "name",
        "line_items_asked": "items",
        "intent_data": "intent",
        "subscription_data": "subscription",
    },
    "invoice": {"payments": "payments"},
    "v2.core.account": {"balances": "balances"},
}
EMPTY: dict[Any, Any] = {str: "", int: 0, float: 0, bool: False}


def completed(kept: Object) -> tuple[Object, Object]:
    """(the complete object, what is remembered with it) of an object as it was kept.

    Raises:
        IncompleteObject: the client no longer knows its kind.
    """
    kind = kept["object"]
    if not shapes.is_declared(kind):
        raise IncompleteObject(f"There is no {kind}.")
    apart = {new: kept[old] for old, new in APART.get(kind, {}).items() if old in kept}
    return _complete(kind, kept), apart


def _complete(kind: str, kept: Object) -> Object:
    """What is known of an object, and for the rest whatever has the right type."""
    known = _known(shapes.class_of(kind), kept)
    if kind == "subscription_item" and "plan" not in known:
        known["plan"] = plans.plan_of(known["price"])
    return shapes.complete(kind, known, otherwise=_something)


def _known(declared: Any, kept: Object) -> Object:
    """The fields that the client declares, at any depth; whole objects within are completed too."""
    known = shapes.fields_of(declared)
    return {name: _value(value, known[name]) for name, value in kept.items() if name in known}


def _value(value: Any, kind: Any) -> Any:
    if isinstance(value, list):
        return [_value(each, kind) for each in value]
    if shapes.is_whole(value):
        if value["object"] == "list":
            return {**value, "data": [_value(each, kind) for each in value["data"]]}
        return _complete(value["object"], value)
    inner = shapes.inner_class(kind)
    return _known(inner, value) if inner is not None and isinstance(value, dict) else value


def _something(kind: Any, _: str) -> Any:
    """A value of a declared type, for a field of which nothing is known."""
    for choice in shapes.choices(kind):
        if get_origin(choice) is Literal:
            return get_args(choice)[0]
        if choice in EMPTY:
            return EMPTY[choice]
    return {}
