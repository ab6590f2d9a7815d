"""Audio for players, with byte ranges so that they can seek."""

from __future__ import annotations

import re
import uuid

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from marketplace import storage
from marketplace.accounts.models import User
from marketplace.consent.models import Consent
from marketplace.listings.models import Listing
from marketplace.storefront.views.sign_in_first import sign_in_first
from marketplace.voices.models import Enrolment, Preview, Recording
from marketplace.voices.services import recorded

_MEDIA_TYPES = {"wav": "audio/wav", "flac": "audio/flac", "mp3": "audio/mpeg", "m4a": "audio/mp4",
                "ogg": "audio/ogg", "opus": "audio/ogg", "webm": "audio/webm"}  # fmt: skip


def audio_response(
    request: HttpRequest, data: bytes, media_type: str, *, public: bool
) -> HttpResponse:
    """All of `data`, or the range that was asked for."""
    wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", ""))
    total = len(data)
    if wanted and int(wanted[1]) < total:
        start, end = int(wanted[1]), min(int(wanted[2] or total - 1), total - 1)
        response = HttpResponse(data[start : end + 1], status=206, content_type=media_type)
        response["Content-Range"] = f"bytes {start}-{end}/{total}"
    else:
        response = HttpResponse(data, content_type=media_type)
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "public, max-age=300" if public else "private, no-store"
    return response


@require_safe
def preview(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A preview clip: of a live listing for everyone, before that for creator and moderators."""
    found = get_object_or_404(
        Preview.objects.select_related("version__voice__creator"), public_id=public_id
    )
    if not found.storage_key:
        raise Http404
    voice = found.version.voice
    live = Listing.objects.filter(version=found.version, state=Listing.State.LIVE).exists()
    user = request.user
    allowed = live or (
        isinstance(user, User)
        and (voice.creator.user_id == user.pk or user.has_perm("listings.moderate_listing"))
    )
    if not allowed:
        raise Http404
    name = f"preview:{found.storage_key}"
    data = cache.get(name)
    if data is None:
        data = storage.get(found.storage_key)
        cache.set(name, data, 300)
    return audio_response(request, data, "audio/mpeg", public=live)


@sign_in_first
@require_safe
def first_impression(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What the instant voice says, for its creator alone and only while consent stands."""
    found = get_object_or_404(
        Enrolment,
        public_id=public_id,
        voice__creator__user=request.user,
        consent__state=Consent.State.VERIFIED,
    )
    if not found.first_impression:
        raise Http404
    data = storage.get(found.first_impression)
    return audio_response(request, data, "audio/mpeg", public=False)


@sign_in_first
@require_safe
def recording(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A creator's own recording; moderators hear it too."""
    heard = Recording.objects.all()
    if not request.user.has_perm("consent.decide_consent"):
        heard = heard.filter(voice__creator__user=request.user.pk)
    return recording_response(request, get_object_or_404(heard, public_id=public_id))


def recording_response(request: HttpRequest, found: Recording) -> HttpResponse:
    """A recording for a player; who may hear it is the caller's to know."""
    suffix = found.file_name.rsplit(".", 1)[-1].lower()
    media_type = _MEDIA_TYPES.get(suffix, "application/octet-stream")
    return audio_response(request, recorded(found), media_type, public=False)
