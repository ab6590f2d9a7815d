"""What a creator does in the studio: each view calls one service and goes back to the voice."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from marketplace.accounts.models import User
from marketplace.consent import challenges, invitations, readings, withdrawal
from marketplace.consent.models import Consent
from marketplace.consent.queries import consent_in_force
from marketplace.enrolment import enrolments, previews
from marketplace.enrolment.prompts import prompt_of
from marketplace.listings import clips
from marketplace.listings import services as listings
from marketplace.listings.queries import notice_of
from marketplace.policy import services as policy
from marketplace.refusals import Refused
from marketplace.storefront.forms import InviteSpeakerForm, OffersForm
from marketplace.storefront.views.requests import (
    attempt,
    consent_choices,
    contents_of,
    my_voice,
    signed_in_user,
)
from marketplace.storefront.views.sign_in_first import sign_in_first
from marketplace.storefront.views.studio import steps_context
from marketplace.voices import queries, services
from marketplace.voices.models import Recording, Voice


def _back_to_voice(
    request: HttpRequest, voice: Voice, action: Callable[[], object], *, step: str
) -> HttpResponse:
    """Go back to the step that was worked on; to the top of the page if there is something to read there."""
    page = reverse("storefront:studio-voice", args=[voice.public_id])
    answer = attempt(request, action, back=page)
    told = getattr(messages.get_messages(request), "added_new", False)
    if answer.status_code == HTTPStatus.FOUND and not told:
        return redirect(f"{page}#step-{step}")
    return answer


@sign_in_first
@require_POST
def add_recordings(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Receive uploads that were dropped, chosen or recorded in the page.

    Scripts are told the hashes of what has arrived: only then do they forget their own copies.
    """
    voice = my_voice(request, public_id)
    transcripts = request.POST.getlist("transcripts")
    prompt = prompt_of(voice.language, request.POST.get("line", ""))
    arrived: list[str] = []

    def add() -> None:
        files: list[UploadedFile[Any] | None] = [*request.FILES.getlist("files")]
        for index, file in enumerate(files or [None]):
            data = contents_of(file)
            said = transcripts[index] if index < len(transcripts) else ""
            recording = services.add_recording(
                voice=voice,
                file_name=(file and file.name) or "recording",
                data=data,
                transcript=prompt.text if prompt else said,
                line=prompt.key if prompt else "",
                by=signed_in_user(request),
            )
            arrived.append(recording.sha256)

    answer = _back_to_voice(request, voice, add, step="recordings")
    return JsonResponse({"arrived": arrived}, status=201) if answer.status_code == 204 else answer


def _own_recording(request: HttpRequest, public_id: uuid.UUID) -> Recording:
    return get_object_or_404(
        Recording.objects.select_related("voice"),
        public_id=public_id,
        voice__creator__user=signed_in_user(request),
    )


@sign_in_first
@require_POST
def remove_recording(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Remove one of one's own recordings."""
    recording = _own_recording(request, public_id)
    remove = partial(services.remove_recording, recording=recording, by=signed_in_user(request))
    return _back_to_voice(request, recording.voice, remove, step="recordings")


@sign_in_first
@require_POST
def judge_again(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Have one of one's own recordings checked that could not be checked in time."""
    recording = _own_recording(request, public_id)
    judge = partial(services.judge_again, recording=recording, by=signed_in_user(request))
    return _back_to_voice(request, recording.voice, judge, step="recordings")


@sign_in_first
@require_POST
def challenge(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ask for a statement to read."""
    voice = my_voice(request, public_id)
    issue = partial(
        challenges.issue_challenge,
        voice=voice,
        by=signed_in_user(request),
        demonstration=request.POST.get("demonstration") == "1",
        **consent_choices(request),
    )
    return _back_to_voice(request, voice, issue, step="consent")


@sign_in_first
@require_POST
def invite_speaker(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Send the speaker their own link."""
    voice = my_voice(request, public_id)

    def invite() -> None:
        form = InviteSpeakerForm(request.POST)
        if not form.is_valid():
            raise Refused(
                "form", gettext("Give the speaker's legal name and their e-mail address.")
            )
        invitations.invite_speaker(voice=voice, by=signed_in_user(request), **form.cleaned_data)
        messages.success(request, gettext("The link is on its way. Only they can use it."))

    return _back_to_voice(request, voice, invite, step="consent")


@sign_in_first
@require_POST
def narrow_consent(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Remove uses from a consent."""
    voice = my_voice(request, public_id)

    def narrow() -> None:
        consent = consent_in_force(voice)
        if consent is None:
            raise Refused("consent_missing", gettext("This voice has no consent in force."))
        withdrawal.narrow(
            consent=consent, uses=request.POST.getlist("uses"), by=signed_in_user(request)
        )
        messages.success(
            request,
            gettext(
                "Narrowed. Licences that were sold with notice speak for the rest until it is over."
            )
            if notice_of(voice)
            else gettext("Narrowed. Other uses are refused from the next request."),
        )

    return _back_to_voice(request, voice, narrow, step="consent")


@sign_in_first
@require_POST
def record_consent(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Receive the reading of a statement."""
    consent = get_object_or_404(
        Consent.objects.select_related("voice__creator"),
        public_id=public_id,
        voice__creator__user=signed_in_user(request),
    )

    def record() -> None:
        data = contents_of(request.FILES.get("recording"))
        readings.record_statement(consent=consent, data=data, by=signed_in_user(request))

    return _back_to_voice(request, consent.voice, record, step="consent")


@sign_in_first
@require_POST
def revoke_consent(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Withdraw consent, which silences the voice; a repeat changes nothing."""
    voice = my_voice(request, public_id)

    def revoke() -> None:
        consent = consent_in_force(voice)
        if consent is not None:
            abuse = "abuse" in request.POST
            withdrawal.revoke(consent=consent, by=signed_in_user(request), for_abuse=abuse)
            messages.success(
                request,
                "Your consent is withdrawn. The voice is silent from now on"
                + (
                    ", except for licences sold with notice, until that is over."
                    if not abuse and notice_of(voice)
                    else "."
                ),
            )

    return _back_to_voice(request, voice, revoke, step="consent")


@sign_in_first
@require_POST
def enrol(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Queue the learning of the voice."""
    voice = my_voice(request, public_id)
    start = partial(
        enrolments.start_enrolment,
        voice=voice,
        consent=consent_in_force(voice),
        by=signed_in_user(request),
    )
    return _back_to_voice(request, voice, start, step="voice")


@sign_in_first
@require_POST
def own_preview(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Queue a clip in the creator's own words."""
    voice = my_voice(request, public_id)
    version = queries.current_version(voice)
    if version is None:
        raise Http404
    text, use = request.POST.get("text", ""), request.POST.get("use", "")

    def choose() -> None:
        chosen = previews.checked_text(text)
        policy.require_fit(chosen)
        clips.choose_preview(version=version, text=chosen, use=use, by=signed_in_user(request))

    return _back_to_voice(request, voice, choose, step="clips")


@sign_in_first
@require_POST
def choose_scripts(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Queue clips of the scripts that were ticked."""
    voice = my_voice(request, public_id)
    version = queries.current_version(voice)
    if version is None:
        raise Http404
    choose = partial(
        clips.choose_scripts,
        version=version,
        keys=request.POST.getlist("script"),
        by=signed_in_user(request),
    )
    return _back_to_voice(request, voice, choose, step="clips")


@sign_in_first
@require_POST
def offers(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Save prices and terms, and submit for review when asked to."""
    voice = my_voice(request, public_id)
    form = OffersForm(request.POST)
    if not form.is_valid():
        context = steps_context(request, voice, form=form)
        return render(request, "storefront/studio_voice.html", context, status=422)

    def save() -> None:
        by: User = signed_in_user(request)
        listing = listings.draft_listing(
            voice=voice,
            headline=form.cleaned_data["headline"],
            uses=form.cleaned_data["uses"],
            offers=form.drafts(),
            by=by,
            **form.terms(),
        )
        if request.POST.get("submit") == "1":
            listings.submit_listing(listing=listing, by=by)

    return _back_to_voice(request, voice, save, step="listing")
