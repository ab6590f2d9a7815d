"""What people change about their own account, with the audit event of each change."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import ngettext

from marketplace.accounts import sessions
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.letters import preferences
from marketplace.letters.kinds import Kind
from marketplace.licensing import api_keys


def end_session(*, user: User, public_id: uuid.UUID) -> str:
    """Sign one of a user's browsers out at once; returns which it was.

    Raises:
        BrowserSession.DoesNotExist: it is over already, or somebody else's.
    """
    with transaction.atomic():
        browser = sessions.end_session(user=user, public_id=public_id)
        audit.record(actor=user, action="session.ended", subject=user, count=1)
    return browser


class SignedOut(NamedTuple):
    """Of how many browsers that were noted somebody was signed out, and how many keys ended with it."""

    browsers: int
    keys: int


def end_other_sessions(*, user: User, session_key: str | None) -> SignedOut:
    """Sign a user out everywhere but here, and end the keys that copy or erase their account.

    Here goes on if the caller renews the session's hash (`update_session_auth_hash`).
    """
    with transaction.atomic():
        count = sessions.end_sessions(user=user, but=session_key)
        audit.record(actor=user, action="session.others_ended", subject=user, count=count)
        return SignedOut(count, api_keys.end_account_keys(owner=user, reason="sign_out"))


def told_of_keys(ended: int) -> str:
    """What is said when keys that copy or erase an account have ended."""
    return ngettext(
        "%(n)s key that could copy or erase your account has ended, too.",
        "%(n)s keys that could copy or erase your account have ended, too.",
        ended,
    ) % {"n": ended}


def stop_letters(*, user: User, kind: Kind) -> None:
    """Have a user get no e-mails of one kind, and those of the others as before."""
    wanted = set(Kind.values) - preferences.unwanted_by(user.pk) - {kind}
    choose_letters(user=user, wanted=wanted)


def choose_letters(*, user: User, wanted: Collection[str]) -> bool:
    """Have a user get e-mails of these kinds, beside the necessary ones; returns whether that is new."""
    with transaction.atomic():
        on, off = preferences.choose(user_id=user.pk, wanted=wanted)
        if on or off:
            audit.record(actor=user, action="letters.chosen", subject=user, on=on, off=off)
    return bool(on or off)
