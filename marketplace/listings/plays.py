"""How often the clips of voices on sale are played, by day: a number, never whose."""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta

from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from marketplace.listings.models import DayOfPlays
from marketplace.voices.models import Preview

_log = logging.getLogger(__name__)
KEPT = timedelta(days=90)  # that a day's plays are known; creators see those of a month
ONCE_WITHIN = 15 * 60  # seconds in which a network's seeking and hearing again is the same play


def count_play(clip: Preview, *, network: str) -> None:
    """Count that somebody began to hear a clip.

    network: whose; the cache knows its digest for a quarter of an hour, the database never.
    """
    asked_by = hashlib.sha256(network.encode()).hexdigest()[:32]
    if not cache.add(f"played:{clip.pk}:{asked_by}", 1, ONCE_WITHIN):
        return
    today = timezone.now().date()
    try:
        with transaction.atomic():
            day, _ = DayOfPlays.objects.get_or_create(
                clip=clip, day=today, defaults={"voice_id": clip.version.voice_id}
            )
            DayOfPlays.objects.filter(pk=day.pk).update(plays=F("plays") + 1)
    except DatabaseError:  # the clip may be gone by now; whoever hears it is not kept from it
        _log.exception("a play of clip %s is not counted", clip.pk)


def forget_old() -> int:
    """Delete the plays of days that are longer ago than `KEPT`; returns how many rows."""
    old = DayOfPlays.objects.filter(day__lt=(timezone.now() - KEPT).date())
    return old.delete()[0]
