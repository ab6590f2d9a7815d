"""What pages with cards of voices need beside the listings: whose hearts are full, and what can be tried."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from marketplace.listings import shortlists
from marketplace.storefront.views.requests import signed_in_user
from marketplace.trials.lines import LONGEST

MOST_COMPARED = 4  # voices, side by side


def card_context(request: HttpRequest) -> dict[str, Any]:
    """For every page with cards; of a visitor without an account, the browser knows the shortlist."""
    saved = shortlists.slugs_of(signed_in_user(request)) if request.user.is_authenticated else []
    return {"saved": saved, "longest": LONGEST, "most_compared": MOST_COMPARED}
