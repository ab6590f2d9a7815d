"""Speaking on our own pages, by a licence and for whoever may make its keys."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from rest_framework.exceptions import ValidationError

from marketplace.accounts.models import User
from marketplace.accounts.organizations import Right, may
from marketplace.api.problems import first_problem, problem
from marketplace.api.rate_limit import count_request
from marketplace.api.serializers import OpenAIRequest
from marketplace.api.speaking import begin_once, collect
from marketplace.licensing.models import Licence
from marketplace.licensing.page_keys import page_key
from marketplace.licensing.queries import licences_visible_to
from marketplace.licensing.reservations import characters_of
from marketplace.payouts.returning import withdrawals
from marketplace.refusals import Refused, SpeechRefused
from marketplace.retelling import retell
from marketplace.storefront.views.refused_pages import status_of, with_wait
from marketplace.storefront.views.requests import signed_in_user, text_of
from marketplace.storefront.views.sign_in_first import sign_in_first
from marketplace.voices.uses import Use
from synthesis.speech_request import SpeechRequest

LONGEST = 500  # characters: a page waits for the whole
_STATUS = {"not_a_member": 404, "role_too_small": 403}


def speak_box(licence: Licence, user: User, *, returnable: bool | None = None) -> dict[str, Any]:
    """What the box shows; nothing for who may not speak with the licence here.

    returnable: whether it can be taken back until it speaks, where that is known.
    """
    if not may(user, licence.organization, Right.KEYS) or licence.state != Licence.State.ACTIVE:
        return {}
    uses = [Use(use) for use in licence.terms["uses"]]
    if returnable is None:
        returnable = withdrawals.can_be_taken_back(licence)
    return {
        "speaks": licence,
        "speak_uses": uses,
        "longest_spoken": LONGEST,
        "ends_return": returnable and may(user, licence.organization, Right.BUY),
    }


@sign_in_first
@never_cache
@require_POST
def speak(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Speak a text by a licence: MP3, or why not; to a script as a problem, else as a page."""
    user = signed_in_user(request)
    licence = get_object_or_404(licences_visible_to(user), public_id=public_id)
    try:
        return _spoken(request, licence, user)
    except SpeechRefused as error:
        return _told(request, licence, error.status, error.code, retell(str(error)))
    except Refused as error:
        return _told(request, licence, status_of(error, _STATUS), error.code, str(error))
    except ValidationError as error:
        words = first_problem(error.detail)[1]
        return _told(request, licence, 422, "invalid_request", words)


def _spoken(request: HttpRequest, licence: Licence, user: User) -> HttpResponse:
    key = page_key(licence=licence, by=user)
    limits = count_request(key)
    wanted = _wanted(request, licence)
    speaking = begin_once(key, wanted, request_id=request.META.get("timbre.request_id", ""))
    whole = collect(speaking, wanted)
    name = f"{licence.voice.slug}.mp3"
    headers = {"Content-Disposition": f'inline; filename="{name}"', **limits, **speaking.headers}
    return HttpResponse(whole.audio, content_type=wanted.media_type, headers=headers)


def _wanted(request: HttpRequest, licence: Licence) -> SpeechRequest:
    """What is to be spoken.

    Raises:
        ValidationError: as the API refuses it.
        SpeechRefused: text_too_long.
    """
    text = text_of(request, "text").strip()
    if characters_of(text) > LONGEST:
        raise SpeechRefused(
            422,
            "text_too_long",
            gettext(
                "Up to %(longest)s characters are spoken here at once; longer texts go over the API."
            )
            % {"longest": LONGEST},
        )
    asked = OpenAIRequest(
        data={
            "model": "timbre-1",
            "input": text,
            "voice": licence.voice.slug,
            "use": request.POST.get("use") or None,
        }
    )
    asked.is_valid(raise_exception=True)
    said = asked.validated_data
    return SpeechRequest(
        wording=said["input"],
        voice=said["voice"],
        audio_format="mp3",
        use=said.get("use") or "",
    )


def _told(
    request: HttpRequest, licence: Licence, status: int, code: str, words: str
) -> HttpResponse:
    if request.headers.get("Accept") == "application/json":
        return with_wait(problem(request, status, code, words))
    context = speak_box(licence, signed_in_user(request)) | {
        "licence": licence,
        "text": text_of(request, "text")[: 2 * LONGEST],
        "use": request.POST.get("use", ""),
        "problem": words,
        "code": code,
    }
    return with_wait(render(request, "storefront/speak.html", context, status=status))
