"""Public pages that tell where a clip comes from."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from marketplace.api.views.provenance import count_examination, count_look
from marketplace.in_line import sender_of
from marketplace.provenance import queries, services
from marketplace.provenance.models import Examination
from marketplace.refusals import Refused, SpeechRefused, StorageUnavailable
from marketplace.storefront.views.refused_pages import status_of, with_wait
from synthesis.refusals import Refusal


@never_cache
@require_http_methods(["GET", "POST"])
def origin(request: HttpRequest) -> HttpResponse:
    """Choose or drop a clip."""
    if request.method == "GET":
        return render(request, "storefront/origin.html")
    file = request.FILES.get("file")
    try:
        count_examination(request)
        if file is not None and (file.size or 0) > services.MAX_UPLOAD:
            most = services.MAX_UPLOAD // 1024**2
            raise Refused("too_large", gettext("Send at most %(most)s MB.") % {"most": most})
        examination = services.begin_examination(
            data=file.read() if file is not None else b"", sender=sender_of(request)
        )
    except (Refused, SpeechRefused, StorageUnavailable) as error:
        return _refused(request, error)
    return redirect("storefront:examination", public_id=examination.public_id)


@never_cache
@require_GET
def examination(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The result of an examination; reloads by itself while it is running."""
    try:
        count_look(request)
    except SpeechRefused as error:
        return _refused(request, error)
    row = get_object_or_404(Examination, public_id=public_id)
    origin = (row.findings or {}).get("origin") or {}
    made_at = datetime.fromisoformat(origin["made_at"]) if "made_at" in origin else None
    shown = {
        "examination": row,
        "made_at": made_at,
        "marks": _marks(row),
        "in_parts": queries.is_in_parts(row.findings),
        "heard_in_part": queries.is_heard_in_part(row.findings),
        "until": row.created_at + services.RESULTS_KEPT,
    }
    return render(request, "storefront/examination.html", shown)


def _marks(row: Examination) -> list[dict[str, Any]]:
    """The marks of a clip for a table: what each stands for, and when it is heard."""
    return [
        {
            **mark,
            "times": ", ".join(f"{_clock(begin)}–{_clock(end)}" for begin, end in mark["spans"]),
        }
        for mark in (row.findings or {}).get("marks", [])
    ]


def _clock(seconds: float) -> str:
    minutes, tenths = divmod(round(seconds * 10), 600)
    return f"{minutes}:{tenths / 10:04.1f}"


def _refused(request: HttpRequest, error: Refusal) -> HttpResponse:
    told = {"problem": str(error)}
    return with_wait(render(request, "storefront/origin.html", told, status=status_of(error)))


@never_cache
@require_GET
def report(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The signed report as a file."""
    try:
        count_look(request)
    except SpeechRefused as error:
        return _refused(request, error)
    row = get_object_or_404(Examination, public_id=public_id, state=Examination.State.DONE)
    return HttpResponse(
        row.report,
        content_type="application/jwt",
        headers={"Content-Disposition": f'attachment; filename="{row.public_id}.jws"'},
    )
