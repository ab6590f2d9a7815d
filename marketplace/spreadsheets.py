"""Text for spreadsheets."""

from __future__ import annotations

import re

# a spreadsheet would run a cell that begins with one of these; the last four are of full width
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

_NEXT_CELL = re.compile(
    r"([;,|\t]\s*)(?=[=+@\uff1d\uff0b\uff20]|[-\uff0d](?!\d))"
)  # where those part cells


def safe_cell(text: str) -> str:
    """A text that no spreadsheet runs as a formula.

    >>> safe_cell("=1+1"), safe_cell("  =1+1"), safe_cell("12-07"), safe_cell("Kim;=1+1")
    ("'=1+1", "'  =1+1", '12-07', "Kim;'=1+1")
    """
    text = _NEXT_CELL.sub(r"\1'", text)
    return f"'{text}" if text.startswith(_FORMULAS) or text.lstrip().startswith(_FORMULAS) else text
