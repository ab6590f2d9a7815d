"""Options in requests of other services' clients: null is as absent, and what has no effect is no error.

Whoever asked reads in a header of the answer which of their options changed nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from rest_framework import serializers

from synthesis.engines.pace import SPEEDS

IGNORED = "Timbre-Ignored"
MOST_NAMES = 20  # in the header; names are whatever a client made up
_NAME = re.compile(r"[A-Za-z0-9_.\-\[\]]{1,60}")


def ignored_header(names: Iterable[str]) -> dict[str, str]:
    """The header that lists options without effect; empty if there are none."""
    found = list(dict.fromkeys(name if _NAME.fullmatch(name) else "?" for name in names))
    if not found:
        return {}
    more = [f"and {len(found) - MOST_NAMES} more"] if len(found) > MOST_NAMES else []
    return {IGNORED: ", ".join([*found[:MOST_NAMES], *more])}


class Tolerant(serializers.Serializer):  # type: ignore[type-arg]
    """A request; `ignored` names the options in it that change nothing here.

    WITHOUT_EFFECT: fields that are accepted for other services' clients, whatever they hold.
    """

    WITHOUT_EFFECT: ClassVar[frozenset[str]] = frozenset()

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(given(data) if isinstance(data, Mapping) else data)

    def ignored(self) -> list[str]:
        """Names of what was sent in vain, in the order in which it was sent."""
        return [
            str(name)
            for name in given(self.initial_data)
            if name not in self.fields or name in self.WITHOUT_EFFECT
        ]


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """What is not null."""
    return {name: value for name, value in options.items() if value is not None}


def without_effect(why: str) -> serializers.JSONField:
    """A field that may hold anything, because it changes nothing."""
    return serializers.JSONField(required=False, help_text=f"Accepted without effect: {why}")


class SpeedField(serializers.FloatField):
    """How fast to speak; 1 is the voice's own pace."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=SPEEDS[0], max_value=SPEEDS[1], allow_null=True, **options)

    def to_internal_value(self, data: Any) -> float:
        try:
            value = super().to_internal_value(data)
        except OverflowError:
            value = math.inf
        if not math.isfinite(value):
            self.fail("invalid")
        return value
