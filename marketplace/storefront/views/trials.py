"""A visitor's own line in a voice: ask for it, and hear it."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from marketplace.accounts.models import User
from marketplace.api.problems import problem
from marketplace.listings.queries import listing_on_sale, on_sale
from marketplace.rate_limit import client_network
from marketplace.refusals import Refused, SpeechRefused
from marketplace.storefront.views.media import audio_response
from marketplace.storefront.views.refused_pages import status_of, with_wait
from marketplace.trials import hearing, queries, services
from marketplace.trials.limits import count_trial
from marketplace.trials.lines import LONGEST
from marketplace.trials.models import Trial

_SESSION = "trials"
_STATUS = {"voice_not_found": 404, "trial_over": 410, "text_refused": 403}


def _digest(purpose: str, value: str) -> str:
    return salted_hmac(purpose, value, algorithm="sha256").hexdigest()


def _own_trial(request: HttpRequest, public_id: uuid.UUID) -> Trial:
    """A trial that this session asked for; 404 for anybody else's."""
    holder = _digest("trial-holder", str(request.session.get(_SESSION, "")))
    found = Trial.objects.select_related("voice")
    return get_object_or_404(found, public_id=public_id, holder=holder)


def _told(request: HttpRequest, error: Refused | SpeechRefused) -> HttpResponse:
    return with_wait(problem(request, status_of(error, _STATUS), error.code, str(error)))


def _ask(request: HttpRequest, slug: str) -> Trial:
    count_trial(request)
    secret = request.session.setdefault(_SESSION, secrets.token_urlsafe(24))
    return services.ask(
        slug=slug,
        line=request.POST.get("line", ""),
        holder=_digest("trial-holder", secret),
        asked_from=_digest("trial-network", client_network(request)),
        user=request.user if isinstance(request.user, User) else None,
    )


@never_cache
@require_POST
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """Have a voice say a line. Scripts, which accept JSON, get the address of its audio."""
    scripted = request.headers.get("Accept") == "application/json"
    try:
        trial = _ask(request, slug)
    except (Refused, SpeechRefused) as error:
        if scripted:
            return _told(request, error)
        return _page(request, slug, error)
    if not scripted:
        return redirect("storefront:trial", public_id=trial.public_id)
    audio = reverse("storefront:trial-audio", args=[trial.public_id])
    return JsonResponse({"audio": audio}, status=201)


def _page(request: HttpRequest, slug: str, error: Refused | SpeechRefused) -> HttpResponse:
    """The page on which a line that was refused is changed and sent again."""
    listing = get_object_or_404(on_sale(), voice__slug=slug)
    context = {
        "listing": listing,
        "voice": listing.voice,
        "line": request.POST.get("line", "")[:LONGEST],
        "longest": LONGEST,
        "problem": error,
    }
    status = status_of(error, _STATUS)
    return with_wait(render(request, "storefront/trial.html", context, status=status))


@never_cache
@require_GET
def trial(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A line that this browser tried, to hear without scripts; reloads by itself while it waits."""
    row = _own_trial(request, public_id)
    context: dict[str, Any] = {
        "trial": row,
        "voice": row.voice,
        "listing": listing_on_sale(row.voice.slug),
        "line": row.text,
        "longest": LONGEST,
        "problem": queries.refused(row),
        "pending": row.state == Trial.State.ASKED,
    }
    return render(request, "storefront/trial.html", context)


@require_safe
def audio(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """The audio of a line that this browser tried."""
    row = _own_trial(request, public_id)
    kind = {"content_type": "audio/mpeg"}
    if request.method == "HEAD":
        return HttpResponse(**kind, headers={"Cache-Control": "private, no-store"})
    try:
        heard = hearing.hear(row)
    except (Refused, SpeechRefused) as error:
        return _told(request, error)
    if isinstance(heard, bytes):
        return audio_response(request, heard, "audio/mpeg", public=False)
    return StreamingHttpResponse(heard, **kind, headers={"Cache-Control": "private, no-store"})
