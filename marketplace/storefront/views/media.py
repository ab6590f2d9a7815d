"""Audio for players, with byte ranges for seeking."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from functools import partial
from typing import IO

from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from marketplace import sending, storage
from marketplace.accounts.impartiality import Concerned, is_partial
from marketplace.accounts.models import User
from marketplace.compliance import listening
from marketplace.consent.queries import concerned_by, consent_in_force, may_speak
from marketplace.listings.models import Listing
from marketplace.listings.plays import count_play
from marketplace.rate_limit import client_network
from marketplace.refusals import SpeechRefused
from marketplace.retelling import retell
from marketplace.storefront.views.requests import signed_in_user
from marketplace.storefront.views.sign_in_first import sign_in_first
from marketplace.voices.models import Enrolment, Preview, Recording, Voice
from marketplace.voices.services import recording_file
from synthesis.audio import playing
from synthesis.refusals import AudioRefused, TooSlow

OF_ONE = 6  # players and downloads of one person at once, as many as a browser asks for
DECRYPTED_AT_ONCE = 60  # temporary files of 45 MB at most


def audio_response(
    request: HttpRequest, data: bytes, media_type: str, *, public: bool
) -> HttpResponse:
    """All of a short clip, or the requested byte range of it."""
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
    starts = live and _is_its_start(request)  # asked first: the other costs queries
    if starts and not (isinstance(user, User) and _may_hear_unlisted(voice, user)):
        count_play(clip, network=client_network(request))
    return audio_response(request, data, "audio/mpeg", public=live)


def _is_its_start(request: HttpRequest) -> bool:
    """Whether a player asks for the clip from its beginning, and for more than a look at its head."""
    asked = request.headers.get("Range", "bytes=0-")
    return request.method == "GET" and re.fullmatch(r"bytes=0-(\d{5,15})?", asked) is not None


def _may_hear_unlisted(voice: Voice, user: User) -> bool:
    if voice.creator.user_id == user.pk:
        return may_speak(voice)
    may_moderate = user.has_perm("listings.moderate_listing")
    return may_moderate and not is_partial(user, concerned_by(voice))


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
def recording(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """A creator's own recording, which moderators may hear too; that they did is on record."""
    recordings = Recording.objects.select_related("voice__creator")
    if not request.user.has_perm("consent.decide_consent"):
        recordings = recordings.filter(voice__creator__user=request.user.pk)
    row, user = get_object_or_404(recordings, public_id=public_id), signed_in_user(request)
    if row.voice.creator.user_id != user.pk:
        require_unconcerned(user, concerned_by(row.voice))
        listening.note_heard(by=user, action="recording.heard", subject=row)
    return recording_response(request, row, whom=f"user {user.pk}")


def require_unconcerned(by: User, concerned: Concerned) -> None:
    """Give nothing of what staff decide about to who may not decide about it.

    Raises:
        PermissionDenied: it is about themselves, or about somebody whose team is or was theirs.
    """
    if is_partial(by, concerned):
        raise PermissionDenied


def recording_response(
    request: HttpRequest, recording: Recording, *, whom: str
) -> HttpResponseBase:
    """A recording for a player; the caller checks who may hear it, and says to whom it goes."""
    return heard_response(request, partial(recording_file, recording), whom=whom)


def heard_response(
    request: HttpRequest, open_file: Callable[[], IO[bytes]], *, whom: str
) -> HttpResponseBase:
    """The bytes that are asked for of a recording that is kept encrypted, for a player: as it was judged.

    It is one message of AES-GCM, which has to be decrypted into a temporary file, whole, before any of it
    may be sent: so only a few at once, and the file is kept no longer than its answer.
    """
    try:
        turn = _turn(whom)
        return sending.send_range(
            request,
            lambda: storage.FileSource(playing.as_heard(open_file())),
            content_type="audio/wav",
            turn=turn,
        )
    except AudioRefused as refusal:
        return HttpResponse(retell(str(refusal)), status=422, content_type="text/plain")
    except TooSlow as slow:
        return later(SpeechRefused(503, slow.code, retell(str(slow))))
    except SpeechRefused as refusal:
        return later(refusal)


def saved_response(open_file: Callable[[], IO[bytes]], *, name: str, whom: str) -> HttpResponseBase:
    """A ZIP, made in a temporary file, to be saved."""
    try:
        turn = _turn(whom)
    except SpeechRefused as refusal:
        return later(refusal)
    try:
        file = open_file()
    except BaseException:
        turn.give_back()
        raise
    return sending.send_file(file, name=name, content_type="application/zip", turn=turn)


def _turn(whom: str) -> sending.Turn:
    return sending.take_turn(whom, "decrypted", of_one=OF_ONE, in_all=DECRYPTED_AT_ONCE)


def later(refusal: SpeechRefused) -> HttpResponse:
    """The answer to somebody who is sent as much as may be at once."""
    return HttpResponse(
        str(refusal),
        status=refusal.status,
        content_type="text/plain",
        headers={"Retry-After": "60"},
    )
