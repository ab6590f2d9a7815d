"""What the cache holds: numbers, bytes and JSON.

Django's own serializer unpickles, by which whoever writes to the cache runs code in every process
that reads it.
"""

from __future__ import annotations

import json
from typing import Any

_BYTES, _JSON = b"b", b"j"


class Plain:
    """A serializer for `RedisCache`. Whole numbers stay as they are, so that Redis counts with them."""

    def dumps(self, value: Any) -> bytes | int:
        """What is stored for a value.

        Raises:
            TypeError: neither a number, nor bytes, nor JSON.
        """
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, bytes):
            return _BYTES + value
        return _JSON + json.dumps(value).encode()

    def loads(self, stored: bytes) -> Any:
        """The value that was stored; None for what no `dumps` wrote."""
        if stored[:1] == _BYTES:
            return stored[1:]
        try:
            return json.loads(stored[1:] if stored[:1] == _JSON else stored)
        except ValueError:
            return None
