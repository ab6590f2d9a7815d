"""The steps of the studio as parts of a page: what each shows, and whether it has changed.

A page that shows steps says which ones by their digests, so that a stream (`views/studio_events.py`) sends only those
that differ. What moves all the time (progress) is marked `data-live`: it is no part of a digest and travels alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.translation import gettext

from marketplace.listings.models import Listing

STEPS = ("checklist", "recordings", "consent", "voice", "clips", "listing")
_LIVE = re.compile(r"(<progress\b[^>]*data-live[^>]*>|data-live=\"[a-z]+\"[^>]*>[^<]*)")


def checklist_of(context: Mapping[str, Any]) -> dict[str, Any]:
    """What a creator has done on the way to a listing: each with its step, in words, and whether it is done."""
    voice, listing = context["voice"], context["listing"]
    rows = [
        ("recordings", gettext("Record enough speech"), context["enough_speech"]),
        ("consent", gettext("Give your consent"), context["consented"]),
        ("voice", gettext("Have the voice learned"), context["version"] is not None),
        ("clips", gettext("Have the clips spoken"), context["previews_ready"]),
        (  # one row for each step, as the page numbers them
            "listing",
            gettext("Set prices and terms") if listing is None else gettext("Submit it for review"),
            listing is not None and _is_submitted(listing),
        ),
    ]
    if voice.synthetic:  # nobody records it, and nobody need consent
        rows = rows[2:]
    done = sum(row[2] for row in rows)
    return {"checklist": rows, "done_count": done, "check_count": len(rows)}


def _is_submitted(listing: Listing) -> bool:
    return listing.state not in (Listing.State.DRAFT, Listing.State.REJECTED)


@dataclass(frozen=True)
class Step:
    """One step: its name, its whole element, and what tells it from another state of it."""

    name: str
    html: str
    digest: str


def rendered_steps(
    request: HttpRequest, context: Mapping[str, Any], *, token: str = ""
) -> list[Step]:
    """The steps in their order; token: of the forms in them, by default a fresh one."""
    token = token or get_token(request)
    context = {**context, **checklist_of(context)}
    return [_rendered(name, request, context, token) for name in STEPS]


def _rendered(name: str, request: HttpRequest, context: Mapping[str, Any], token: str) -> Step:
    html = render_to_string(
        f"storefront/_studio_{name}.html", {**context, "csrf_token": token}, request
    )
    still = _LIVE.sub("", html.replace(token, ""))
    return Step(name, html, hashlib.sha256(still.encode()).hexdigest()[:12])
