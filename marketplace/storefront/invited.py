"""The team that waits for a visitor while they sign in or up, in their session.

Only the number of the invitation is kept there, never its token; who joins must own its address.
"""

from __future__ import annotations

import time
from typing import Any

from django.http import HttpRequest

from marketplace.accounts.models import Invitation

SESSION_KEY = "invited_to"
LIFETIME = 24 * 60 * 60  # seconds: a letter that confirms an address may be read in the evening


def keep(request: HttpRequest, invitation: Invitation) -> None:
    """Remember an invitation whose link was opened, instead of any earlier one."""
    request.session[SESSION_KEY] = {"invitation": invitation.pk, "at": time.time()}


def waiting(request: HttpRequest) -> Invitation | None:
    """The invitation that waits in this session, unless it was used, withdrawn or too long ago."""
    kept: dict[str, Any] | None = request.session.get(SESSION_KEY)
    if kept is None:
        return None
    found = None
    if time.time() - kept["at"] < LIFETIME:
        open_ones = Invitation.objects.filter(pk=kept["invitation"], accepted_at=None)
        found = open_ones.select_related("organization", "invited_by").first()
    if found is None:
        forget(request)
    return found


def forget(request: HttpRequest) -> None:
    """Let no team wait any more."""
    request.session.pop(SESSION_KEY, None)
