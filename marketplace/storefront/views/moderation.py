"""The moderation desk: everything that waits for a decision, with the evidence for it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from marketplace import storage
from marketplace.consent import estates, evidence, readings
from marketplace.consent.models import Consent
from marketplace.licensing import lifecycle
from marketplace.licensing.models import Licence
from marketplace.listings.models import Listing
from marketplace.moderation import services as cases
from marketplace.moderation import takedowns
from marketplace.moderation.models import Case, Takedown
from marketplace.policy import patterns
from marketplace.policy import services as policy
from marketplace.policy.models import Refusal, Suspicion
from marketplace.refusals import InvalidTransition, Refused
from marketplace.storefront.views.media import audio_response
from marketplace.storefront.views.requests import signed_in_user, use_choices
from marketplace.storefront.views.sign_in_first import sign_in_first
from marketplace.voices.models import Recording, Voice
from marketplace.voices.queries import current_version

_SCORES = (
    ("both", "Same speaker, both verifiers", "speaker_threshold"),
    ("score", "First opinion", ""),
    ("second_score", "Second opinion", ""),
    ("least_alike_part", "Least alike part", ""),
    ("live", "Sounds like a person", ""),
    ("synthetic", "Like an engine", ""),
    ("replay", "Like a loudspeaker", ""),
    ("spliced", "Cut together", "splice_threshold"),
    ("end_spliced", "Spliced at the end", "end_splice_threshold"),
    ("word_error_rate", "Words wrong", ""),
    ("phrase_words", "Random words heard", "phrase_length"),
    ("missing", "Not heard", ""),
)
_LISTED = 50


def _scores_of(consent: Consent) -> list[dict[str, Any]]:
    scores = dict(consent.scores)
    if "second_score" in scores:
        scores["both"] = round(scores["score"] + scores["second_score"], 2)
    if scores.get("unheard"):
        scores["missing"] = ", ".join(scores["unheard"])
    return [
        {"label": label, "value": scores[name], "limit": scores.get(limit)}
        for name, label, limit in _SCORES
        if name in scores
    ]


@sign_in_first
@permission_required(readings.DECIDE, raise_exception=True)
@never_cache
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """Everything that waits, oldest first."""
    waiting = Consent.objects.filter(state=Consent.State.REVIEW).order_by("id")
    open_cases = Case.objects.filter(state=Case.State.OPEN)
    return render(
        request,
        "storefront/moderation.html",
        {
            "ordinary_uses": use_choices()["ordinary_uses"],
            "consents": [
                {
                    "consent": consent,
                    "scores": _scores_of(consent),
                    "recordings": consent.voice.recordings.filter(state=Recording.State.ACCEPTED)[
                        :3
                    ],
                }
                for consent in waiting.select_related("voice__creator")[:_LISTED]
            ],
            "cases": [
                {
                    "case": case,
                    "recordings": case.voice.recordings.filter(state=Recording.State.ACCEPTED)[:3],
                    "like": current_version(case.like_voice) if case.like_voice else None,
                }
                for case in open_cases.select_related("voice__creator", "like_voice")[:_LISTED]
            ],
            "takedowns": [
                {
                    "takedown": takedown,
                    "recordings": takedown.voice.recordings.filter(state=Recording.State.ACCEPTED)[
                        :3
                    ],
                    "version": current_version(takedown.voice),
                }
                for takedown in Takedown.objects.filter(state=Takedown.State.OPEN).select_related(
                    "voice__creator"
                )[:_LISTED]
            ],
            "appeals": [
                {"refusal": refusal, "text": policy.text_of(refusal)}
                for refusal in Refusal.objects.filter(state=Refusal.State.APPEALED)[:_LISTED]
            ],
            "suspicions": patterns.waiting()[:_LISTED],
            "listings": Listing.objects.filter(state=Listing.State.SUBMITTED).count(),
        },
    )


def _decide(request: HttpRequest, action: Callable[[], object], done: str) -> HttpResponse:
    try:
        action()
    except (Refused, InvalidTransition) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect("storefront:moderation")


@sign_in_first
@permission_required(readings.DECIDE, raise_exception=True)
@require_POST
def decide_consent(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Vouch for a reading or refuse it."""
    consent = get_object_or_404(
        Consent.objects.select_related("voice__creator"), public_id=public_id
    )
    note, by = request.POST.get("note", ""), signed_in_user(request)
    if request.POST.get("decision") == "approve":
        return _decide(
            request, lambda: readings.approve(consent=consent, by=by, note=note), "Approved."
        )
    return _decide(request, lambda: readings.reject(consent=consent, by=by, note=note), "Refused.")


@sign_in_first
@permission_required(readings.DECIDE, raise_exception=True)
@require_GET
def consent_audio(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The reading of a statement, for moderators."""
    consent = get_object_or_404(Consent.objects.exclude(recording_key=""), public_id=public_id)
    data = evidence.reading_of(consent)
    return audio_response(request, data, _recorded_type(data), public=False)


def _recorded_type(data: bytes) -> str:
    """The media type of a browser's recording."""
    if data[4:8] == b"ftyp":
        return "audio/mp4"
    return "audio/webm" if data[:4] == b"\x1a\x45\xdf\xa3" else "audio/ogg"


@sign_in_first
@never_cache
@require_GET
def consent_evidence(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The proof of a consent as a signed ZIP, for the speaker and for moderators."""
    by = signed_in_user(request)
    consents_seen = Consent.objects.select_related("voice")
    if not by.has_perm(readings.DECIDE):
        # an invited speaker has a link of their own; the uploader may not have the proof
        consents_seen = consents_seen.filter(voice__creator__user=by, invitation=None)
    consent = get_object_or_404(consents_seen, public_id=public_id)
    return HttpResponse(
        evidence.bundle(consent=consent, by=by),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="consent-{public_id}.zip"'},
    )


@sign_in_first
@permission_required(readings.DECIDE, raise_exception=True)
@require_POST
def estate_consent(request: HttpRequest) -> HttpResponse:
    """Record an estate's consent."""
    answers, by = request.POST, signed_in_user(request)
    voice = get_object_or_404(
        Voice.objects.select_related("creator"), slug=answers.get("voice", "").strip()
    )
    years = answers.get("years", "")
    return _decide(
        request,
        lambda: estates.vouch_for_estate(
            voice=voice,
            legal_name=answers.get("legal_name", ""),
            representative=answers.get("representative", ""),
            uses=answers.getlist("uses"),
            years=int(years) if years.isdecimal() else 0,
            note=answers.get("note", ""),
            by=by,
        ),
        "Recorded.",
    )


@sign_in_first
@permission_required(cases.DECIDE, raise_exception=True)
@require_POST
def decide_case(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Let a stopped enrolment continue, or stop it for good."""
    case = get_object_or_404(Case.objects.select_related("voice__creator"), public_id=public_id)
    allow = request.POST.get("decision") == "allow"
    note, by = request.POST.get("note", ""), signed_in_user(request)
    return _decide(
        request,
        lambda: cases.decide_case(case=case, allow=allow, note=note, by=by),
        "Allowed." if allow else "Stopped for good.",
    )


@sign_in_first
@permission_required(cases.DECIDE, raise_exception=True)
@require_POST
def decide_takedown(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Take a voice down for good, or leave it."""
    takedown = get_object_or_404(
        Takedown.objects.select_related("voice__creator__user"), public_id=public_id
    )
    uphold = request.POST.get("decision") == "uphold"
    note, by = request.POST.get("note", ""), signed_in_user(request)
    return _decide(
        request,
        lambda: takedowns.decide_takedown(takedown=takedown, uphold=uphold, note=note, by=by),
        "Taken down." if uphold else "Left as it is.",
    )


@sign_in_first
@permission_required(cases.DECIDE, raise_exception=True)
@require_GET
def takedown_audio(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The reading of a takedown request, until it is decided."""
    takedown = get_object_or_404(Takedown.objects.exclude(recording_key=""), public_id=public_id)
    data = storage.get_encrypted(takedown.recording_key, takedown.recording_sha256)
    return audio_response(request, data, _recorded_type(data), public=False)


@sign_in_first
@permission_required(policy.DECIDE, raise_exception=True)
@require_POST
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

    return _decide(request, act, "Allowed." if overturn else "Upheld.")


@sign_in_first
@permission_required(patterns.DECIDE, raise_exception=True)
@require_POST
def decide_suspicion(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Release an organization, or stop it."""
    suspicion = get_object_or_404(Suspicion, public_id=public_id)
    release = request.POST.get("decision") == "release"
    note, by = request.POST.get("note", ""), signed_in_user(request)
    return _decide(
        request,
        lambda: patterns.decide(suspicion=suspicion, release=release, note=note, by=by),
        "Released." if release else "Stopped.",
    )


@sign_in_first
@permission_required("licensing.moderate_licence", raise_exception=True)
@require_POST
def moderate_licence(request: HttpRequest) -> HttpResponse:
    """Suspend, resume or revoke a licence."""
    licence = Licence.objects.filter(number=request.POST.get("number", "").strip()).first()
    reason, by = request.POST.get("note", "").strip(), signed_in_user(request)
    decision = request.POST.get("decision", "")

    def act() -> None:
        if licence is None:
            raise Refused("not_found", "There is no licence with this number.")
        if not reason:
            raise Refused("note_missing", "Give your reason in a sentence; the buyer will read it.")
        cause = lifecycle.MODERATION
        if decision == "suspend":
            lifecycle.suspend_licence(licence=licence, reason=reason, cause=cause, by=by)
        elif decision == "resume":
            lifecycle.resume_licence(licence=licence, cause=cause, by=by)
        elif decision == "revoke":
            lifecycle.revoke_licence(licence=licence, reason=reason, by=by)
        else:
            raise Refused("decision", "Choose what to do with the licence.")

    return _decide(request, act, "Done; the buyer has been notified.")
