"""Audio for players, with byte ranges for seeking."""

from __future__ import annotations

import re
import uuid

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from marketplace import storage
from marketplace.accounts.models import User
from marketplace.consent.queries import consent_in_force, may_speak
from marketplace.listings.models import Listing
from marketplace.storefront.views.sign_in_first import sign_in_first
from marketplace.voices.models import Enrolment, Preview, Recording, Voice
from marketplace.voices.services import recording_bytes

_MEDIA_TYPES = {"wav": "audio/wav", "flac": "audio/flac", "mp3": "audio/mpeg", "m4a": "audio/mp4",
                "ogg": "audio/ogg", "opus": "audio/ogg", "webm": "audio/webm"}  # fmt: skip


def audio_response(
    request: HttpRequest, data: bytes, media_type: str, *, public: bool
) -> HttpResponse:
    """All of `data`, or the requested byte range."""
    byte_range = re.fullmatch(r"bytes=(\d{1,15})-(\d{0,15})", request.headers.get("Range", ""))
    total = len(data)
    if byte_range and int(byte_range[1]) < total:
        start, end = int(byte_range[1]), min(int(byte_range[2] or total - 1), total - 1)
        response = HttpResponse(data[start : end + 1], status=206, content_type=media_type)
        response["Content-Range"] = f"bytes {start}-{end}/{total}"
    else:
        response = HttpResponse(data, content_type=media_type)
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "public, max-age=300" if public else "private, no-store"
    return response


@require_safe
def preview(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A preview clip: for everyone once the listing is live, before that for creator and moderators.

    Of a voice whose speaker withdrew, or that was taken down, for moderators alone.
    """
    clip = get_object_or_404(
        Preview.objects.select_related("version__voice__creator"), public_id=public_id
    )
    if not clip.storage_key:
        raise Http404
    voice = clip.version.voice
    live = Listing.objects.filter(version=clip.version, state=Listing.State.LIVE).exists()
    live, user = live and may_speak(voice), request.user
    if not live and not (isinstance(user, User) and _may_hear_unlisted(voice, user)):
        raise Http404
    name = f"preview:{clip.storage_key}"
    data = cache.get(name)
    if data is None:
        data = storage.get(clip.storage_key)
        cache.set(name, data, 300)
    return audio_response(request, data, "audio/mpeg", public=live)


def _may_hear_unlisted(voice: Voice, user: User) -> bool:
    own = voice.creator.user_id == user.pk and may_speak(voice)
    return own or user.has_perm("listings.moderate_listing")


@sign_in_first
@require_safe
def first_impression(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The instant voice's clip, only for its creator and while consent is in force."""
    enrolment = get_object_or_404(
        Enrolment,
        public_id=public_id,
        voice__creator__user=request.user,
    )
    if not enrolment.first_impression or consent_in_force(enrolment.voice) is None:
        raise Http404
    data = storage.get(enrolment.first_impression)
    return audio_response(request, data, "audio/mpeg", public=False)


@sign_in_first
@require_safe
def recording(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A creator's own recording, which moderators may hear too."""
    recordings = Recording.objects.all()
    if not request.user.has_perm("consent.decide_consent"):
        recordings = recordings.filter(voice__creator__user=request.user.pk)
    return recording_response(request, get_object_or_404(recordings, public_id=public_id))


def recording_response(request: HttpRequest, recording: Recording) -> HttpResponse:
    """A recording for a player; the caller checks who may hear it."""
    suffix = recording.file_name.rsplit(".", 1)[-1].lower()
    media_type = _MEDIA_TYPES.get(suffix, "application/octet-stream")
    return audio_response(request, recording_bytes(recording), media_type, public=False)
