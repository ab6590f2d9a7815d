"""Where a user is signed in: noted as they go, listed for them, ended by them."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from marketplace.accounts.browsers import browser_of, rough_network
from marketplace.accounts.models import BrowserSession, User
from marketplace.accounts.session_store import data_of, row_key

PAUSE = timedelta(minutes=5)  # between two notes of one session


def note_use(*, user: User, session_key: str, user_agent: str, address: str) -> None:
    """Note that a session is in use, at most once in `PAUSE`; safe beside the end of the session."""
    row = row_key(session_key)
    if not cache.add(f"session-noted:{row}", 1, PAUSE.total_seconds()):
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
            session = Session.objects.select_for_update(no_key=True).filter(pk=row).first()
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
    data = data_of(session)
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
        _delete(Session.objects.filter(pk=row.session_id))
    return row.browser


def end_sessions(*, user: User, but: str | None = None) -> int:
    """Sign a user out everywhere at once; returns of how many browsers that were noted.

    `sign_outs` ends sessions without a row, too. The one with the key `but` stays if its caller
    renews its hash (`update_session_auth_hash`).
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        here = row_key(but) if but else None
        others = user.browser_sessions.exclude(session=here)
        ended = sum(row.session_id != here for row in sessions_of(user))
        keys = list(others.values_list("session_id", flat=True))
        _delete(Session.objects.filter(pk__in=keys))
        User.objects.filter(pk=user.pk).update(sign_outs=F("sign_outs") + 1)
        user.refresh_from_db(fields=["sign_outs"])
    return ended


def delete_sessions(*, user: User) -> None:
    """Delete whatever is stored of a user's sessions; reads those that have no row, however many."""
    end_sessions(user=user)
    without_a_row = Session.objects.filter(
        ~Exists(BrowserSession.objects.filter(session=OuterRef("pk")))
    )
    for session in without_a_row.iterator():
        if data_of(session).get(SESSION_KEY) == str(user.pk):
            _delete(Session.objects.filter(pk=session.pk))


def _delete(sessions: QuerySet[Session]) -> None:
    """Delete sessions, locked first, as `note_use` does."""
    with transaction.atomic():
        for session in sessions.order_by("pk").select_for_update(no_key=True):
            session.delete()
