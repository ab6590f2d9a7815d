"""Text for spreadsheets, which run a cell that begins with a sign of a formula."""

from __future__ import annotations

import re

_SIGN, _MINUS = r"[=+@\uff1d\uff0b\uff20]", r"[-\uff0d]"  # also those of full width
_BEGINS = re.compile(rf"'*(?:[\t\r\n]|\s*(?:{_SIGN}|{_MINUS}))")
_PARTS = rf"(?={_SIGN}|{_MINUS}(?!\d))"
_NEXT_CELL = re.compile(rf"([;,|\t]\s*)('*){_PARTS}")  # where those part cells
_NEXT_SAFE_CELL = re.compile(rf"([;,|\t]\s*)'('*){_PARTS}")


def safe_cell(text: str) -> str:
    """A text that no spreadsheet runs as a formula.

    >>> safe_cell("=1+1"), safe_cell("  =1+1"), safe_cell("12-07"), safe_cell("Kim;=1+1")
    ("'=1+1", "'  =1+1", '12-07', "Kim;'=1+1")
    """
    text = _NEXT_CELL.sub(r"\1'\2", text)
    return f"'{text}" if _BEGINS.match(text) else text


def from_safe_cell(cell: str) -> str:
    """The text of which `safe_cell` made a cell.

    >>> from_safe_cell("'=1+1"), from_safe_cell("Kim;'=1+1"), from_safe_cell("'cause")
    ('=1+1', 'Kim;=1+1', "'cause")
    """
    text = cell[1:] if cell.startswith("'") and _BEGINS.match(cell[1:]) else cell
    return _NEXT_SAFE_CELL.sub(r"\1\2", text)
