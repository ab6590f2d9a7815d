"""Where a user is signed in: noted as they go, listed for them, ended by them."""

from __future__ import annotations

import hashlib
import uuid
from datetime import timedelta

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from marketplace.accounts.browsers import browser_of, rough_network
from marketplace.accounts.models import BrowserSession, User

PAUSE = timedelta(minutes=5)  # between two notes of one session


def note_use(*, user: User, session_key: str, user_agent: str, address: str) -> None:
    """Note that a session is in use, at most once in `PAUSE`; safe beside the end of the session."""
    digest = hashlib.sha256(session_key.encode()).hexdigest()
    if not cache.add(f"session-noted:{digest}", 1, PAUSE.total_seconds()):
        return
    seen = {
        "user": user,
        "browser": browser_of(user_agent),
        "network": rough_network(address),
        "last_used_at": timezone.now(),
    }
    try:
        with transaction.atomic():
            # locked, so that a session that is being ended gets no row that outlives it
            session = Session.objects.select_for_update().filter(pk=session_key).first()
            if session is not None:
                BrowserSession.objects.update_or_create(session=session, defaults=seen)
    except IntegrityError:  # two requests of a new session at once: the other one noted it
        return


def sessions_of(user: User) -> list[BrowserSession]:
    """Where a user is signed in, as far as it was used; not what a new password signed out."""
    rows = user.browser_sessions.select_related("session")
    return [
        row
        for row in rows.filter(session__expire_date__gt=timezone.now())
        if _opens(row.session, user)
    ]


def _opens(session: Session, user: User) -> bool:
    """Whether a session still signs its user in."""
    data = session.get_decoded()
    is_theirs = data.get(SESSION_KEY) == str(user.pk) and BACKEND_SESSION_KEY in data
    return is_theirs and any(
        constant_time_compare(data.get(HASH_SESSION_KEY, ""), valid)
        for valid in (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    )


def end_session(*, user: User, public_id: uuid.UUID) -> str:
    """Sign one of a user's browsers out at once; returns which it was.

    Raises:
        BrowserSession.DoesNotExist: it is over already, or somebody else's.
    """
    with transaction.atomic():
        row = BrowserSession.objects.get(user=user, public_id=public_id)
        for session in Session.objects.select_for_update().filter(pk=row.session_id):
            session.delete()  # locked first, as `note_use` does
    return row.browser


def end_sessions(*, user: User, but: str | None = None) -> int:
    """Sign a user out everywhere, but for the session with one key; returns of how many.

    Every session is looked at, since those that were not used lately have no row.
    """
    ended, now = 0, timezone.now()
    for session in Session.objects.iterator():
        if session.session_key != but and session.get_decoded().get(SESSION_KEY) == str(user.pk):
            for locked in Session.objects.select_for_update().filter(pk=session.pk):
                locked.delete()  # locked first, as `note_use` does
            ended += session.expire_date > now
    return ended
