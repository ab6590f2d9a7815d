"""What pages read from a request: user, organization, voice, file; and how they report refusals."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import organizations_of
from marketplace.consent.challenges import Agreements, Minor
from marketplace.licensing.models import Licence
from marketplace.refusals import InvalidTransition, Refused, SpeechRefused, StorageUnavailable
from marketplace.storefront.views.refused_pages import status_of, with_wait
from marketplace.visible_text import in_lines
from marketplace.voices.models import Voice
from marketplace.voices.uses import ORDINARY_USES, SENSITIVE_USES, Use, told


def signed_in_user(request: HttpRequest) -> User:
    """The user of a view behind `sign_in_first`."""
    assert isinstance(request.user, User)
    return request.user


def text_of(request: HttpRequest, field: str) -> str:
    """A text that somebody wrote into a field of several lines, which forms send with two characters a line end."""
    return in_lines(request.POST.get(field, ""))


def chosen_organization(request: HttpRequest) -> Organization:
    """The organization that a form or link names, or one's own if it names none."""
    mine = organizations_of(signed_in_user(request))
    public_id = request.POST.get("organization") or request.GET.get("organization")
    if not public_id:
        return mine.get(personal_of=request.user.pk)
    try:
        return get_object_or_404(mine, public_id=uuid.UUID(public_id))
    except ValueError:
        return mine.get(personal_of=request.user.pk)


def team_of(organization: Organization) -> Organization | None:
    """A team, for buttons that say for whom they act; None for one's own organization."""
    return None if organization.personal_of_id else organization


def my_voice(request: HttpRequest, public_id: uuid.UUID) -> Voice:
    """One of the signed-in creator's own voices; 404 for anybody else's."""
    return get_object_or_404(
        Voice.objects.select_related("creator"),
        public_id=public_id,
        creator__user=signed_in_user(request),
    )


def licences_in_force(voice: Voice) -> int:
    """How many licences of a voice are in force."""
    return Licence.objects.filter(
        voice=voice, state=Licence.State.ACTIVE, ends_at__gt=timezone.now()
    ).count()


def use_choices() -> dict[str, Any]:
    """The choices of a person who consents."""
    return {
        "ordinary_uses": [(use.value, told(use)) for use in ORDINARY_USES],
        "sensitive_uses": [(use.value, told(use)) for use in Use if use in SENSITIVE_USES],
    }


def whole_number(text: str, *, at_most: int) -> int | None:
    """A number that somebody wrote into a field; None if they left it empty.

    Raises:
        Refused: number; a limit that isn't understood must not be taken for none.
    """
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > at_most:
        raise Refused(
            "number",
            gettext("Write the number in digits alone, such as 10000, up to %(at_most)s.")
            % {"at_most": at_most},
        )
    return int(text)


def short_number(text: str) -> int:
    """A number of at most four digits, as of years; 0 for anything else."""
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else 0


def consent_choices(request: HttpRequest) -> dict[str, Any]:
    """The choices that a person made before a statement is shown."""
    return {
        "uses": request.POST.getlist("uses"),
        "years": short_number(request.POST.get("years", "")),
        "minor": Minor(request.POST.get("guardian", "")) if request.POST.get("minor") else None,
        "agreements": Agreements(
            biometric="biometric" in request.POST,
            replication="replication" in request.POST,
            terms="terms" in request.POST,
        ),
    }


def contents_of(file: UploadedFile[Any] | None) -> bytes:
    """The contents of an upload, read once its size is known to be allowed."""
    if file is None:
        raise Refused("no_file", gettext("Record or choose a recording first."))
    if (file.size or 0) > settings.UPLOAD_MAX_BYTES:
        limit = settings.UPLOAD_MAX_BYTES // 1024**2
        raise Refused(
            "too_large",
            gettext("%(name)s is larger than %(limit)s MB; use FLAC or MP3.")
            % {"name": file.name, "limit": limit},
        )
    content: bytes = file.read()
    return content


def attempt(
    request: HttpRequest,
    action: Callable[[], object],
    *,
    back: str,
    done: str = "",
    page: Callable[[], HttpResponse] | None = None,
) -> HttpResponse:
    """Run `action`, then go back to a page with the refusal if there is one, else with `done`.

    Scripts, which accept JSON, get 204, or the refusal with its status. page: what somebody is shown who
    asked too often; None: they go back, too.
    """
    scripted = request.headers.get("Accept") == "application/json"
    try:
        action()
    except (Refused, SpeechRefused, InvalidTransition, StorageUnavailable) as error:
        if scripted:
            told = {"code": error.code, "detail": str(error)}
            return with_wait(JsonResponse(told, status=status_of(error)))
        messages.error(request, str(error))
        if page is not None and status_of(error) == HTTPStatus.TOO_MANY_REQUESTS:
            shown = page()
            shown.status_code = HTTPStatus.TOO_MANY_REQUESTS
            return with_wait(shown)
    else:
        if done:
            messages.success(request, done)
    return HttpResponse(status=204) if scripted else redirect(back)
