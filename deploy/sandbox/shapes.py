"""The provider's objects as its client declares them: the fields of each kind, and their types.

Every object of the sandbox is made complete from these declarations, so that no field is missing.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from importlib import import_module
from typing import Any, ClassVar, ForwardRef, Literal, Union, get_args, get_origin

import stripe._object_classes
from stripe import ListObject, StripeObject
from stripe._stripe_object import UntypedStripeObject

from deploy.sandbox.standing import EVERY, ONLY_IF_GIVEN, STANDING

Object = dict[str, Any]
Otherwise = Callable[[Any, str], Any]
JSON_OF: dict[Any, tuple[type, ...]] = {
    str: (str,),
    Decimal: (str,),  # as text, so that no digit is lost
    int: (int,),
    float: (int, float),
    bool: (bool,),
}


class IncompleteObject(Exception):
    """An object lacks a field that the provider always fills, or has one that it doesn't know."""


def is_declared(kind: str) -> bool:
    """Whether the client knows a kind of object."""
    return kind in stripe._object_classes.OBJECT_CLASSES or (
        kind in stripe._object_classes.V2_OBJECT_CLASSES
    )


@cache
def class_of(kind: str) -> type[StripeObject]:
    """The client's class for a kind of object."""
    known = {
        **stripe._object_classes.V2_OBJECT_CLASSES,
        **stripe._object_classes.OBJECT_CLASSES,
    }
    module, name = known[kind]
    found: type[StripeObject] = getattr(import_module(module), name)
    return found


def fields_of(declared: type[StripeObject]) -> dict[str, Any]:
    """The declared type of each field."""
    constants: Any = ClassVar
    return {
        name: kind
        for name, kind in declared.__annotations__.items()
        if get_origin(kind) != constants and not name.startswith("_")
    }


def choices(kind: Any) -> tuple[Any, ...]:
    """The types that a declaration allows."""
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def is_nullable(kind: Any) -> bool:
    return type(None) in choices(kind)


def inner_class(kind: Any) -> type[StripeObject] | None:
    """The class of a nested object, or of the objects in a list, if it has one of its own."""
    for choice in choices(kind):
        if get_origin(choice) is list:
            return inner_class(get_args(choice)[0])
        if (
            isinstance(choice, type)
            and issubclass(choice, StripeObject)
            and choice not in (UntypedStripeObject, ListObject)
        ):
            return choice
    return None


def fits(value: Any, kind: Any) -> bool:
    """Whether a JSON value has a declared type; nested objects are checked field by field elsewhere."""
    return any(_fits_one(value, choice) for choice in choices(kind))


def _fits_one(value: Any, kind: Any) -> bool:
    origin = get_origin(kind)
    if kind is type(None):
        return value is None
    if kind in JSON_OF:
        return isinstance(value, JSON_OF[kind]) and (kind is bool) == isinstance(value, bool)
    if origin is Literal:
        return value in get_args(kind)
    if origin is list:
        return isinstance(value, list) and all(fits(each, get_args(kind)[0]) for each in value)
    named = origin is ListObject or isinstance(kind, ForwardRef | str)  # with a kind of its own
    return kind is Any or (isinstance(value, dict) and (not named or is_whole(value)))


def is_whole(value: Any) -> bool:
    """Whether a JSON value is an object with a kind of its own, or a list of such objects."""
    return isinstance(value, dict) and isinstance(value.get("object"), str)


def _refuse(_: Any, path: str) -> Any:
    raise IncompleteObject(f"{path} is missing.")


def complete(kind: str, given: Object, otherwise: Otherwise = _refuse) -> Object:
    """An object of a kind with every field that the provider sends, null where it may be.

    otherwise: gives the value of a field that is missing and never null, from its type and path.

    Raises:
        IncompleteObject: a field is missing that is never null, or is unknown.
    """
    return _complete(class_of(kind), {**STANDING.get(kind, {}), **given}, kind, otherwise)


def filled(kind: str, given: Object) -> Object:
    """Some fields of an object of a kind, with whatever is within them complete.

    Raises:
        IncompleteObject: a field is unknown, or lacks something within that is never null.
    """
    known = fields_of(class_of(kind))
    for name in sorted(set(given) - set(known)):
        raise IncompleteObject(f"{kind} has no field {name}.")
    return {
        name: _completed(value, known[name], f"{kind}.{name}", _refuse)
        for name, value in given.items()
    }


def _complete(
    declared: type[StripeObject], given: Object, where: str, otherwise: Otherwise
) -> Object:
    known = fields_of(declared)
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise IncompleteObject(f"{where} has no field {', '.join(unknown)}.")
    body, optional = {}, ONLY_IF_GIVEN.get(where, "").split()
    for name, kind in known.items():
        path = f"{where}.{name}"
        if name in given:
            body[name] = _completed(given[name], kind, path, otherwise)
        elif name not in optional and (EVERY not in optional or not is_nullable(kind)):
            body[name] = _empty(kind, path, otherwise)
    return body


def _completed(value: Any, kind: Any, path: str, otherwise: Otherwise) -> Any:
    inner = inner_class(kind)
    if inner is not None and isinstance(value, list):
        return [_completed(each, inner, path, otherwise) for each in value]
    if inner is not None and isinstance(value, dict) and not is_whole(value):
        return _complete(inner, value, path, otherwise)
    return value


def _empty(kind: Any, path: str, otherwise: Otherwise) -> Any:
    if is_nullable(kind):
        return None
    if get_origin(kind) is list:
        return []
    if get_origin(kind) is UntypedStripeObject or kind is UntypedStripeObject:
        return {}
    inner = inner_class(kind)
    return otherwise(kind, path) if inner is None else _complete(inner, {}, path, otherwise)


def listed(url: str, data: list[Object] | None = None) -> Object:
    """A list as it stands within an object."""
    return {"object": "list", "data": data or [], "has_more": False, "url": url}
