"""Which voices buyers speak with lately."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q, Sum
from django.utils import timezone

from marketplace.licensing.models import Generation
from marketplace.listings import noted


def count_popularity() -> None:
    """Tell the shop how many characters each voice spoke in the last 7 and 90 days."""
    now = timezone.now()
    week = Q(created_at__gte=now - timedelta(days=7))
    spoken = Generation.objects.filter(
        state=Generation.State.SETTLED, preview=False, created_at__gte=now - timedelta(days=90)
    )
    rows = (
        spoken.order_by()
        .values("voice")
        .annotate(
            week=Sum("characters_spoken", filter=week, default=0), quarter=Sum("characters_spoken")
        )
    )
    noted.note_spoken({row["voice"]: (row["week"], row["quarter"]) for row in rows})
