"""Work that may end its worker: how often it was begun is counted on its row, so it is given up in the end.

Before each attempt, not after: a worker that is killed writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import models
from django.db.models import F

from marketplace.refusals import StorageUnavailable

MOST = 3


class Attempted(models.Model):
    """A row that work is done for; only `counted` writes `attempts`."""

    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often a worker began.")

    class Meta:
        abstract = True


@contextmanager
def counted(row: Attempted) -> Iterator[bool]:
    """Count an attempt at the work around this; whether it may be made, or is one too many.

    One that fails because the store is away does not count.
    """
    rows = type(row)._default_manager.filter(pk=row.pk)
    may_begin = bool(rows.filter(attempts__lt=MOST).update(attempts=F("attempts") + 1))
    try:
        yield may_begin
    except StorageUnavailable:
        if may_begin:
            rows.update(attempts=F("attempts") - 1)
        raise
