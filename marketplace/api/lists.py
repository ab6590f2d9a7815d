"""Lists in requests: too long a one is refused before any of its items is looked at."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class BoundedList(serializers.ListField):
    """A list of at most `max_length` items.

    The framework's own looks at each item first, and keeps what is wrong with each.
    """

    def __init__(self, *, max_length: int, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)
        self.most = max_length

    def run_child_validation(self, data: Any) -> Any:
        if len(data) > self.most:
            self.fail("max_length", max_length=self.most)
        return super().run_child_validation(data)
