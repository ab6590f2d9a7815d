"""Voices that sound like a sample that a visitor sends."""

from __future__ import annotations

import secrets
import uuid

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from marketplace.api.views.provenance import count_examination
from marketplace.in_line import sender_of
from marketplace.listings import samples
from marketplace.listings.models import Sample
from marketplace.listings.queries import listings_sounding_like
from marketplace.refusals import Refused, SpeechRefused, StorageUnavailable
from marketplace.storefront.views.cards import card_context
from marketplace.storefront.views.refused_pages import status_of, with_wait

_SESSION = "samples"
SHOWN = 24  # voices


def _holder(secret: str) -> str:
    return salted_hmac("sample-holder", secret, algorithm="sha256").hexdigest()


@never_cache
@require_http_methods(["GET", "POST"])
def send(request: HttpRequest) -> HttpResponse:
    """Choose or record a sample, and agree that it is measured."""
    if request.method == "GET":
        return render(request, "storefront/sounds_like.html")
    try:
        sample = _begin(request)
    except (Refused, SpeechRefused, StorageUnavailable) as error:
        told = {"problem": str(error)}
        return with_wait(
            render(request, "storefront/sounds_like.html", told, status=status_of(error))
        )
    return redirect("storefront:sample", public_id=sample.public_id)


def _begin(request: HttpRequest) -> Sample:
    file = request.FILES.get("file")
    count_examination(request)
    if file is not None and (file.size or 0) > samples.MAX_UPLOAD:
        raise Refused(
            "too_large",
            gettext("Send at most %(size)s MB.") % {"size": samples.MAX_UPLOAD // 1024**2},
        )
    secret = request.session.setdefault(_SESSION, secrets.token_urlsafe(24))
    return samples.begin_sample(
        data=file.read() if file is not None else b"",
        agreed=request.POST.get("agreed") == "1",
        holder=_holder(secret),
        sender=sender_of(request),
    )


@never_cache
@require_GET
def found(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The voices in the order of their likeness to a sample of this browser; reloads while it is heard."""
    holder = _holder(str(request.session.get(_SESSION, "")))
    sample = samples.sample_of(public_id=public_id, holder=holder)
    if sample is None:
        raise Http404("This sample is forgotten, or it was sent from another browser.")
    if sample.embedding is None:
        return render(request, "storefront/sounds_like.html", {"sample": sample})
    nearest = listings_sounding_like(sample.embedding, limit=SHOWN)
    return render(
        request,
        "storefront/sounds_like.html",
        {
            "sample": sample,
            "page": Paginator(nearest, SHOWN).get_page(1),
            **card_context(request),
        },
    )
