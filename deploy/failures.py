"""What a failed start says: one sentence with the remedy where the cause is known."""

from __future__ import annotations

import re
from pathlib import Path

_NO_MODULE = re.compile(r"ModuleNotFoundError: No module named '([^']+)'")
_NO_SPACE = "No space left on device"


def missing_module(name: str | None) -> str:
    """The sentence for a package that is not, or no longer wholly, installed."""
    return (
        f"An installed package is damaged: there is no module {name}. `make clean`, and then the same "
        "command again, installs everything anew."
    )


def explain(output: str, home: Path) -> str:
    """A failure's output, or the one sentence that says what is wrong and what to do."""
    if _NO_SPACE in output:
        return f"The disk under {home} is full. Make room, and start again."
    missing = _NO_MODULE.search(output)
    return missing_module(missing[1]) if missing else output
