"""The moderation desk: everything that waits for a decision, with the evidence for it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from marketplace import storage
from marketplace.compliance import listening
from marketplace.consent import estates, evidence, readings
from marketplace.consent.checks import checks_of, failed_checks, needs_second
from marketplace.consent.models import Consent
from marketplace.consent.queries import TO_HEAR, concerned_by, recordings_to_hear
from marketplace.licensing import moderation as licence_moderation
from marketplace.licensing.models import Licence
from marketplace.moderation import services as cases
from marketplace.moderation import takedowns
from marketplace.moderation.models import Case, Takedown
from marketplace.payouts.creators import freezes
from marketplace.policy import patterns
from marketplace.policy import services as policy
from marketplace.policy.models import Refusal, Suspicion
from marketplace.profiles.biographies import waiting_biographies
from marketplace.refusals import InvalidTransition, Refused
from marketplace.reviews.queries import waiting_reviews
from marketplace.storefront.queries import waiting_listings
from marketplace.storefront.views.authenticate_again import authenticate_again
from marketplace.storefront.views.media import (
    heard_response,
    require_unconcerned,
    saved_response,
)
from marketplace.storefront.views.requests import short_number, signed_in_user, use_choices
from marketplace.storefront.views.sign_in_first import sign_in_first
from marketplace.voices.models import Voice
from marketplace.voices.queries import current_versions, first_accepted

_LISTED = 50


@sign_in_first
@permission_required(readings.DECIDE, raise_exception=True)
@never_cache
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """Everything that waits, oldest first."""
    appealed = Refusal.objects.filter(state=Refusal.State.APPEALED)
    return render(
        request,
        "storefront/moderation.html",
        {
            "ordinary_uses": use_choices()["ordinary_uses"],
            "consents": _waiting_consents(),
            "listings": waiting_listings(_LISTED),
            "cases": _open_cases(),
            "takedowns": _open_takedowns(),
            "appeals": [
                {"refusal": refusal, "text": policy.text_of(refusal)}
                for refusal in appealed.select_related("organization")[:_LISTED]
            ],
            "biographies": waiting_biographies()[:_LISTED],
            "reviews": waiting_reviews()[:_LISTED],
            "suspicions": patterns.waiting()[:_LISTED],
        },
    )


def _waiting_consents() -> list[dict[str, Any]]:
    waiting = Consent.objects.filter(state__in=Consent.WITH_MODERATORS).order_by("id")
    consents = list(waiting.select_related("voice__creator", "invitation")[:_LISTED])
    to_hear = recordings_to_hear(consents)
    return [
        {
            "consent": consent,
            "checks": checks_of(consent),
            "failed": failed_checks(consent),
            "needs_second": needs_second(consent),
            "recordings": to_hear[consent.pk],
        }
        for consent in consents
    ]


def _open_cases() -> list[dict[str, Any]]:
    waiting = Case.objects.filter(state=Case.State.OPEN)
    related = waiting.select_related("voice__creator", "like_voice", "like_protected")
    open_cases = list(related.defer("like_protected__embedding")[:_LISTED])
    recordings = first_accepted([case.voice_id for case in open_cases], TO_HEAR)
    known = current_versions([case.like_voice_id for case in open_cases if case.like_voice_id])
    return [
        {
            "case": case,
            "recordings": recordings.get(case.voice_id, []),
            "like": known.get(case.like_voice_id or 0),
        }
        for case in open_cases
    ]


def _open_takedowns() -> list[dict[str, Any]]:
    waiting = Takedown.objects.filter(state=Takedown.State.OPEN)
    asked = list(waiting.select_related("voice__creator")[:_LISTED])
    voices = [takedown.voice_id for takedown in asked]
    recordings, versions = first_accepted(voices, TO_HEAR), current_versions(voices)
    return [
        {
            "takedown": takedown,
            "recordings": recordings.get(takedown.voice_id, []),
            "version": versions.get(takedown.voice_id),
        }
        for takedown in asked
    ]


def decide_and_return(
    request: HttpRequest, action: Callable[[], object], done: str
) -> HttpResponse:
    """Carry out a decision and go back to the desk with the outcome."""
    try:
        action()
    except (Refused, InvalidTransition) as error:
        messages.error(request, str(error))
    else:
        if done:
            messages.success(request, done)
    return redirect("storefront:moderation")


@sign_in_first
@permission_required(readings.DECIDE, raise_exception=True)
@require_POST
@authenticate_again
def decide_consent(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Vouch for a reading or refuse it."""
    consent = get_object_or_404(
        Consent.objects.select_related("voice__creator"), public_id=public_id
    )
    note, by = request.POST.get("note", ""), signed_in_user(request)
    if request.POST.get("decision") != "approve":
        return decide_and_return(
            request, lambda: readings.reject(consent=consent, by=by, note=note), gettext("Refused.")
        )

    def approve() -> None:
        if readings.approve(consent=consent, by=by, note=note).state == Consent.State.SECOND:
            messages.info(
                request, gettext("A second moderator must approve it too before it counts.")
            )
        else:
            messages.success(request, gettext("Approved."))

    return decide_and_return(request, approve, "")


@sign_in_first
@permission_required(readings.DECIDE, raise_exception=True)
@require_GET
def consent_audio(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """The reading of a statement, for moderators."""
    consents = Consent.objects.select_related("voice__creator").exclude(recording_key="")
    consent = get_object_or_404(consents, public_id=public_id)
    require_unconcerned(signed_in_user(request), concerned_by(consent.voice))
    listening.note_heard(by=signed_in_user(request), action="consent.heard", subject=consent)
    reading = partial(evidence.reading_file, consent)
    return heard_response(request, reading, whom=f"user {request.user.pk}")


@sign_in_first
@never_cache
@require_GET
@authenticate_again
def consent_evidence(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """The proof of a consent as a signed ZIP, for the speaker and for moderators."""
    by = signed_in_user(request)
    consents_seen = Consent.objects.select_related("voice__creator")
    if not by.has_perm(readings.DECIDE):
        # an invited speaker has a link of their own; the uploader may not have the proof
        consents_seen = consents_seen.filter(voice__creator__user=by, invitation=None)
    consent = get_object_or_404(consents_seen, public_id=public_id)
    if consent.invitation_id is not None or consent.voice.creator.user_id != by.pk:
        require_unconcerned(by, concerned_by(consent.voice))
    return saved_response(
        partial(evidence.bundle, consent=consent, by=by),
        name=f"consent-{public_id}.zip",
        whom=f"user {by.pk}",
    )


@sign_in_first
@permission_required(readings.DECIDE, raise_exception=True)
@require_POST
@authenticate_again
def estate_consent(request: HttpRequest) -> HttpResponse:
    """Record an estate's consent."""
    answers, by = request.POST, signed_in_user(request)
    voice = get_object_or_404(
        Voice.objects.select_related("creator"), slug=answers.get("voice", "").strip()
    )
    return decide_and_return(
        request,
        lambda: estates.vouch_for_estate(
            voice=voice,
            legal_name=answers.get("legal_name", ""),
            representative=answers.get("representative", ""),
            uses=answers.getlist("uses"),
            years=short_number(answers.get("years", "")),
            note=answers.get("note", ""),
            by=by,
        ),
        gettext("Recorded. A second moderator must approve it before it counts."),
    )


@sign_in_first
@permission_required(cases.DECIDE, raise_exception=True)
@require_POST
@authenticate_again
def decide_case(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Let a stopped enrolment continue, or stop it for good."""
    case = get_object_or_404(Case.objects.select_related("voice__creator"), public_id=public_id)
    allow = request.POST.get("decision") == "allow"
    note, by = request.POST.get("note", ""), signed_in_user(request)
    return decide_and_return(
        request,
        lambda: cases.decide_case(case=case, allow=allow, note=note, by=by),
        gettext("Allowed.") if allow else gettext("Stopped for good."),
    )


@sign_in_first
@permission_required(cases.DECIDE, raise_exception=True)
@require_POST
@authenticate_again
def decide_takedown(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Take a voice down for good, or leave it."""
    takedown = get_object_or_404(
        Takedown.objects.select_related("voice__creator__user"), public_id=public_id
    )
    uphold = request.POST.get("decision") == "uphold"
    note, by = request.POST.get("note", ""), signed_in_user(request)
    return decide_and_return(
        request,
        lambda: takedowns.decide_takedown(takedown=takedown, uphold=uphold, note=note, by=by),
        gettext("Taken down.") if uphold else gettext("Left as it is."),
    )


@sign_in_first
@permission_required(cases.DECIDE, raise_exception=True)
@require_GET
def takedown_audio(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """The reading of a takedown request, until it is decided."""
    asked = Takedown.objects.select_related("voice__creator").exclude(recording_key="")
    takedown = get_object_or_404(asked, public_id=public_id)
    require_unconcerned(signed_in_user(request), takedowns.concerned_by_takedown(takedown))
    listening.note_heard(by=signed_in_user(request), action="takedown.heard", subject=takedown)
    reading = partial(storage.get_encrypted_file, takedown.recording_key, takedown.recording_sha256)
    return heard_response(request, reading, whom=f"user {request.user.pk}")


@sign_in_first
@permission_required(policy.DECIDE, raise_exception=True)
@require_POST
@authenticate_again
def decide_appeal(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Uphold a refused text, or allow it."""
    refusal = get_object_or_404(Refusal, public_id=public_id)
    decision = request.POST.get("decision", "")
    overturn = decision == "overturn"
    note, by = request.POST.get("note", ""), signed_in_user(request)

    def act() -> None:
        policy.decide_appeal(refusal=refusal, overturn=overturn, note=note, by=by)
        if decision == "strike":
            patterns.strike(refusal=refusal, reason=note, by=by)

    return decide_and_return(request, act, gettext("Allowed.") if overturn else gettext("Upheld."))


@sign_in_first
@permission_required(patterns.DECIDE, raise_exception=True)
@require_POST
@authenticate_again
def decide_suspicion(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Release an organization, or stop it."""
    suspicion = get_object_or_404(Suspicion, public_id=public_id)
    release, by = request.POST.get("decision") == "release", signed_in_user(request)
    read = {name: request.POST.get(name, "") for name in ("note", "seen")}
    return decide_and_return(
        request,
        lambda: patterns.decide(suspicion=suspicion, release=release, by=by, **read),
        gettext("Released.") if release else gettext("Stopped."),
    )


@sign_in_first
@permission_required(licence_moderation.DECIDE, raise_exception=True)
@require_POST
@authenticate_again
def moderate_licence(request: HttpRequest) -> HttpResponse:
    """Suspend, resume or revoke a licence."""
    by, answers = signed_in_user(request), request.POST
    licence = Licence.objects.filter(number=answers.get("number", "").strip()).first()

    def act() -> None:
        if licence is None:
            raise Refused("not_found", gettext("There is no licence with this number."))
        licence_moderation.moderate_licence(
            licence=licence,
            decision=answers.get("decision", ""),
            reason=answers.get("note", "").strip(),
            by=by,
        )

    return decide_and_return(request, act, gettext("Done; the buyer has been notified."))


@sign_in_first
@permission_required(freezes.DECIDE, raise_exception=True)
@require_POST
@authenticate_again
def freeze_payouts(request: HttpRequest) -> HttpResponse:
    """Freeze the money of a voice's creator, or release it."""
    by, answers = signed_in_user(request), request.POST
    voice = (
        Voice.objects.select_related("creator")
        .filter(slug=answers.get("voice", "").strip())
        .first()
    )
    release = answers.get("decision") == "release"

    def act() -> None:
        if voice is None:
            raise Refused("not_found", gettext("There is no voice with this name in its address."))
        if release:
            freezes.lift(creator=voice.creator, reason=answers.get("note", ""), by=by)
        else:
            freezes.freeze(creator=voice.creator, reason=answers.get("note", ""), by=by)

    return decide_and_return(request, act, gettext("Released.") if release else gettext("Frozen."))
