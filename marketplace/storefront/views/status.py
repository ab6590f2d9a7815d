"""The status page: public, the same for everybody, and there while the database is not."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy, override
from django.views.decorators.http import require_safe

from marketplace.status import services
from marketplace.status.models import Condition
from marketplace.storefront.context import site

_CACHED = f"public, max-age={services.KEPT:.0f}"
HEADLINES = {
    Condition.WORKING: gettext_lazy("Everything that is measured works"),
    Condition.SLOW: gettext_lazy("Something is slow"),
    Condition.DOWN: gettext_lazy("Something is down"),
}


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """The condition of every part, for people."""
    found = services.standing()
    # an empty request, because the user of the real one would be fetched from the database
    page = render_to_string(
        "storefront/status.html",
        {**site(HttpRequest()), "standing": found, "headline": HEADLINES[found.condition]},
    )
    return HttpResponse(page, headers={"Cache-Control": _CACHED})


@require_safe
def status_json(request: HttpRequest) -> JsonResponse:
    """The same for monitors, in the site's own language; 503 while a part is down."""
    found = services.standing()
    with override(settings.LANGUAGE_CODE):
        parts = [_part(part) for part in found.parts]
    return JsonResponse(
        {
            "status": found.condition.value,
            "checked_at": found.at.isoformat(),
            "parts": parts,
        },
        status=503 if found.condition == Condition.DOWN else 200,
        headers={"Cache-Control": _CACHED},
    )


def _part(part: services.Part) -> dict[str, Any]:
    seconds = part.found.seconds
    return {
        "code": part.code,
        "name": str(part.name),
        "status": part.found.condition.value,
        "since": part.since and part.since.isoformat(),
        "seconds": None if seconds is None else round(seconds, 3),
    }
