"""Queries on letters."""

from __future__ import annotations

from django.db.models import Count

from marketplace.letters.models import Letter


def counts() -> dict[str, int]:
    """How many letters are in each state."""
    rows = Letter.objects.order_by().values_list("state").annotate(count=Count("pk"))
    return dict.fromkeys(Letter.State.values, 0) | dict(rows)
