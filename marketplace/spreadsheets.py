"""Text for spreadsheets."""

from __future__ import annotations

# a spreadsheet would run a cell that begins with one of these; the last four are of full width
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def safe_cell(text: str) -> str:
    """A text that no spreadsheet runs as a formula.

    >>> safe_cell("=1+1"), safe_cell("  =1+1"), safe_cell("12-07")
    ("'=1+1", "'  =1+1", '12-07')
    """
    return f"'{text}" if text.startswith(_FORMULAS) or text.lstrip().startswith(_FORMULAS) else text
