"""How many rows of a table the database reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection


@dataclass
class Rows:
    """The rows that were read; known when the block has ended."""

    count: int = 0


def _so_far(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) "
            "FROM pg_stat_xact_user_tables WHERE relname = %s",
            [table],
        )
        return int(cursor.fetchone()[0])


@contextmanager
def rows_read(table: str) -> Iterator[Rows]:
    """Count the rows of a table that this transaction reads within the block."""
    rows, before = Rows(), _so_far(table)
    yield rows
    rows.count = _so_far(table) - before
