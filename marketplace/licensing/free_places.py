"""Places for speech that nobody pays for: all free plans together have half of what workers speak at once."""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext

from marketplace.licensing.models import Generation
from marketplace.refusals import SpeechRefused

_LOCK = 0x46524545  # advisory: whoever counts them waits for whoever is about to take one


def require_one(running: QuerySet[Generation]) -> None:
    """Refuse one more where all are taken, in the transaction that reserves it; running: those that are.

    Many accounts cost nothing, and whoever pays must not wait for them.

    Raises:
        SpeechRefused: system_busy (503).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    if running.count() >= max(1, settings.SPEECH_THREADS // 2):
        raise SpeechRefused(
            503,
            "system_busy",
            gettext("All places for free speech are taken just now. Try again in a minute."),
        )
