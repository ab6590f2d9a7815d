"""Answers held against the provider's published objects and its client's declarations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from stripe import StripeObject

from deploy.sandbox import shapes
from deploy.sandbox.shapes import Object

# Differences that are right, with the reason
EXPLAINED = {
    "account.capabilities.card_payments": "an account that only receives transfers asks for no more",
    "invoice.subscription": "the client's version has it in parent.subscription_details",
    "invoice.id": "an upcoming invoice has none",
    "v2.core.event.related_object": "declared by the class of each event, not of all events",
}
NAMES = {dict: "object", list: "list", str: "text", bool: "boolean", int: "number", float: "number"}


@dataclass
class Comparison:
    """What was compared so far, and every difference found.

    published: example objects by kind; where there is none, the client's declaration stands alone.
    """

    published: dict[str, Object]
    objects: int = 0
    fields: int = 0
    kinds: set[str] = field(default_factory=set)
    differences: set[str] = field(default_factory=set)

    def check(self, body: Object) -> None:
        """Compare an object and every object within it; a list is compared by its members."""
        kind = str(body.get("object"))
        if kind == "list" or ("data" in body and "object" not in body):
            for each in body["data"]:
                self.check(each)
            return
        if not shapes.is_declared(kind):
            self.differences.add(f"{kind}: the client knows no such object")
            return
        self.objects += 1
        self.kinds.add(kind)
        self._fields(body, self.published.get(kind), shapes.class_of(kind), kind)

    def _fields(
        self, body: Object, example: Object | None, declared: type[StripeObject], where: str
    ) -> None:
        types = shapes.fields_of(declared)
        for name in self._expected(example, types, where):
            if name not in body and f"{where}.{name}" not in EXPLAINED:
                self.differences.add(f"{where}.{name} is missing")
        for name, value in body.items():
            path = f"{where}.{name}"
            if name not in (example or {}) and name not in types:
                if path not in EXPLAINED:
                    self.differences.add(f"{path} is unknown")
                continue
            self.fields += 1
            if value is None and example is not None and name not in example:
                self.differences.add(f"{path} is null, published is nothing")
            shown = (example or {}).get(name)
            self._value(value, shown, types.get(name), path)

    def _expected(self, example: Object | None, types: dict[str, Any], where: str) -> Iterator[str]:
        """The fields that are always sent: the example's, and the client's that are never null."""
        yield from example or {}
        for name, kind in types.items():
            if not shapes.is_nullable(kind) and name not in (example or {}):
                yield name

    def _value(self, value: Any, shown: Any, kind: Any, path: str) -> None:
        if kind is not None and not shapes.fits(value, kind):
            self.differences.add(f"{path} is {_name(value)}, which the client doesn't take")
        elif not _alike(value, shown, kind):
            self.differences.add(f"{path} is {_name(value)}, published is {_name(shown)}")
        else:
            self._within(value, shown, kind, path)

    def _within(self, value: Any, shown: Any, kind: Any, path: str) -> None:
        if isinstance(value, list):
            first = shown[0] if isinstance(shown, list) and shown else None
            for each in value:
                self._within(each, first, kind, f"{path}[]")
        elif shapes.is_whole(value):
            self.check(value)
        elif isinstance(value, dict) and kind is not None:
            declared = shapes.inner_class(kind)
            if declared is not None:  # else a map, as metadata is, whose names are anybody's
                self._fields(value, shown if isinstance(shown, dict) else None, declared, path)


def _name(value: Any) -> str:
    return NAMES.get(type(value), "null")


def _alike(value: Any, shown: Any, kind: Any) -> bool:
    """Whether a value has the type of the published one, as far as both say something.

    Null may stand for what the client declares nullable, and an id for the object that it names.
    """
    if shown is None:
        return True
    if value is None:
        return kind is not None and shapes.is_nullable(kind)
    expandable = {_name(value), _name(shown)} == {"text", "object"}
    return _name(value) == _name(shown) or expandable
