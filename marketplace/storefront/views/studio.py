"""The studio: a creator's way from a recording to a listing."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from marketplace.accounts.models import User
from marketplace.consent import services as consents
from marketplace.consent.models import Consent
from marketplace.consent.queries import latest_consent, living_consent
from marketplace.creators.models import Creator
from marketplace.creators.services import become_creator
from marketplace.listings import services as listings
from marketplace.listings.models import Listing
from marketplace.payouts.queries import balances_of, sales_of
from marketplace.states import InvalidTransition
from marketplace.storage import StorageUnavailable
from marketplace.storefront.forms import BecomeCreatorForm, OffersForm, VoiceForm
from marketplace.voices import queries, services
from marketplace.voices.models import Enrolment, Recording, Voice
from marketplace.voices.services import Refused
from synthesis.audio.speech_amount import GOOD_SPEECH, MIN_SPEECH


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _creator(request: HttpRequest) -> Creator | None:
    return Creator.objects.filter(user=_user(request)).first()


def _my_voice(request: HttpRequest, public_id: uuid.UUID) -> Voice:
    return get_object_or_404(
        Voice.objects.select_related("creator"), public_id=public_id, creator__user=_user(request)
    )


@login_required
def studio(request: HttpRequest) -> HttpResponse:
    """A creator's voices and earnings at a glance; for others, the way in."""
    creator = _creator(request)
    if creator is None:
        return redirect("storefront:become-creator")
    return render(
        request,
        "storefront/studio.html",
        {
            "creator": creator,
            "voices": queries.voices_of(_user(request)).select_related("listing"),
            "balances": balances_of(creator),
            "sales": sales_of(creator)[:5],
        },
    )


@login_required
def become(request: HttpRequest) -> HttpResponse:
    """Become a creator."""
    if _creator(request) is not None:
        return redirect("storefront:studio")
    form = BecomeCreatorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        become_creator(
            user=_user(request),
            display_name=data["display_name"],
            legal_name=data["legal_name"],
            country=data["country"],
        )
        return redirect("storefront:new-voice")
    return render(request, "storefront/become_creator.html", {"form": form})


@login_required
def new_voice(request: HttpRequest) -> HttpResponse:
    """Begin a voice."""
    creator = _creator(request)
    if creator is None:
        return redirect("storefront:become-creator")
    form = VoiceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        voice = services.create_voice(creator=creator, **form.cleaned_data)
        return redirect("storefront:studio-voice", public_id=voice.public_id)
    return render(request, "storefront/new_voice.html", {"form": form})


def _offers_form(listing: Listing | None) -> OffersForm:
    if listing is None:
        return OffersForm()
    initial: dict[str, Any] = {"headline": listing.headline, "uses": listing.uses}
    for offer in listing.offers.all():
        initial[f"{offer.tier}_price"] = f"{offer.price_minor / 100:.2f}"
        initial[f"{offer.tier}_characters"] = offer.characters
        initial["term_months"] = offer.term_months
    return OffersForm(initial=initial)


def _panel_context(voice: Voice) -> dict[str, Any]:
    recordings = list(voice.recordings.all())
    consent = latest_consent(voice)
    enrolment = voice.enrolments.order_by("-id").first()
    version = queries.current_version(voice)
    previews = list(version.previews.all()) if version else []
    listing = Listing.objects.filter(voice=voice).first()
    pending = (
        any(r.state == Recording.State.UPLOADED for r in recordings)
        or (consent is not None and consent.state == Consent.State.CHECKING)
        or (enrolment is not None and enrolment.state in Enrolment.OPEN)
        or any(not preview.storage_key for preview in previews)
    )
    speech = queries.accepted_speech_seconds(voice)
    return {
        "voice": voice,
        "recordings": recordings,
        "speech_seconds": speech,
        "speech_share": min(1.0, speech / GOOD_SPEECH),
        "enough_speech": speech >= MIN_SPEECH,
        "good_speech": GOOD_SPEECH,
        "consent": consent,
        "consented": consent is not None and consent.state == Consent.State.VERIFIED,
        "enrolment": enrolment,
        "enrolling": enrolment is not None and enrolment.state in Enrolment.OPEN,
        "version": version,
        "previews": previews,
        "previews_ready": bool(previews) and all(p.storage_key for p in previews),
        "listing": listing,
        "pending": pending,
    }


@login_required
@never_cache
def voice(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One voice, step by step."""
    mine = _my_voice(request, public_id)
    context = _panel_context(mine)
    context["offers_form"] = _offers_form(context["listing"])
    return render(request, "storefront/studio_voice.html", context)


@login_required
@never_cache
@require_GET
def panel(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The steps alone, for refreshing while something is being worked on."""
    context = _panel_context(_my_voice(request, public_id))
    context["offers_form"] = _offers_form(context["listing"])
    return render(request, "storefront/_studio_panel.html", context)


@login_required
@never_cache
@require_GET
def state(request: HttpRequest, public_id: uuid.UUID) -> JsonResponse:
    """Where a voice stands, as data."""
    context = _panel_context(_my_voice(request, public_id))
    consent, enrolment, version = context["consent"], context["enrolment"], context["version"]
    listing = context["listing"]
    return JsonResponse(
        {
            "slug": context["voice"].slug,
            "speech_seconds": context["speech_seconds"],
            "recordings": [
                {
                    "name": r.file_name,
                    "state": r.state,
                    "refusal": r.refusal,
                    "code": r.refusal_code,
                }
                for r in context["recordings"]
            ],
            "consent": consent
            and {
                "id": str(consent.public_id),
                "state": consent.state,
                "statement": consent.statement,
                "demonstration": consent.demonstration,
                "scores": consent.scores,
                "reason": consent.reason,
            },
            "enrolment": enrolment
            and {
                "state": enrolment.state,
                "stage": enrolment.stage,
                "progress": enrolment.progress,
                "error": enrolment.error,
            },
            "report": version and version.report,
            "previews": [
                {"id": str(p.public_id), "text": p.text, "ready": bool(p.storage_key)}
                for p in context["previews"]
            ],
            "listing": listing and listing.state,
            "pending": context["pending"],
        }
    )


def _back(request: HttpRequest, voice: Voice, error: Exception | None = None) -> HttpResponse:
    """To the voice's page; scripts get 204, or the refusal as JSON."""
    if request.headers.get("Accept") == "application/json":
        if error is not None:
            code = getattr(error, "code", "refused")
            return JsonResponse({"code": code, "detail": str(error)}, status=422)
        return HttpResponse(status=204)
    if error is not None:
        messages.error(request, str(error))
    return redirect("storefront:studio-voice", public_id=voice.public_id)


@login_required
@require_POST
def add_recordings(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Take uploads, dropped or chosen or recorded in the page."""
    mine = _my_voice(request, public_id)
    files = request.FILES.getlist("files")
    transcripts = request.POST.getlist("transcripts")
    try:
        if not files:
            raise Refused("no_file", "Choose at least one recording.")
        for index, file in enumerate(files):
            if (file.size or 0) > settings.UPLOAD_MAX_BYTES:
                limit = settings.UPLOAD_MAX_BYTES // 1024**2
                raise Refused(
                    "too_large", f"{file.name} is larger than {limit} MB; use FLAC or MP3."
                )
            services.add_recording(
                voice=mine,
                file_name=file.name or "recording",
                data=file.read(),
                transcript=transcripts[index] if index < len(transcripts) else "",
                by=_user(request),
            )
    except (Refused, StorageUnavailable) as error:
        return _back(request, mine, error)
    return _back(request, mine)


@login_required
@require_POST
def remove_recording(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Remove one of one's own recordings."""
    found = get_object_or_404(
        Recording.objects.select_related("voice"),
        public_id=public_id,
        voice__creator__user=_user(request),
    )
    mine = found.voice
    services.remove_recording(recording=found, by=_user(request))
    return _back(request, mine)


@login_required
@require_POST
def challenge(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ask for a statement to read."""
    mine = _my_voice(request, public_id)
    try:
        consents.issue_challenge(
            voice=mine,
            by=_user(request),
            demonstration=request.POST.get("demonstration") == "1",
        )
    except Refused as error:
        return _back(request, mine, error)
    return _back(request, mine)


@login_required
@require_POST
def record_consent(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Take the reading of a statement."""
    consent = get_object_or_404(
        Consent.objects.select_related("voice__creator"),
        public_id=public_id,
        voice__creator__user=_user(request),
    )
    file = request.FILES.get("recording")
    try:
        if file is None or (file.size or 0) > settings.UPLOAD_MAX_BYTES:
            raise Refused("no_file", "Record the statement first.")
        consents.record_statement(consent=consent, data=file.read(), by=_user(request))
    except (Refused, StorageUnavailable) as error:
        return _back(request, consent.voice, error)
    return _back(request, consent.voice)


@login_required
@require_POST
def revoke_consent(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Withdraw consent: the voice falls silent."""
    mine = _my_voice(request, public_id)
    consent = living_consent(mine)
    if consent is None:
        return _back(request, mine)
    consents.revoke(consent=consent, by=_user(request), reason=request.POST.get("reason", ""))
    messages.success(request, "Your consent is withdrawn. The voice is silent from now on.")
    return _back(request, mine)


@login_required
@require_POST
def enrol(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Have the voice learnt."""
    mine = _my_voice(request, public_id)
    try:
        consent = living_consent(mine)
        if consent is None:
            raise Refused(
                "consent_missing", "Record your consent first; without it no voice is made."
            )
        services.start_enrolment(voice=mine, consent=consent, by=_user(request))
    except Refused as error:
        return _back(request, mine, error)
    return _back(request, mine)


@login_required
@require_POST
def own_preview(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A clip in the creator's own words."""
    mine = _my_voice(request, public_id)
    version = queries.current_version(mine)
    if version is None:
        raise Http404
    try:
        services.set_own_preview(
            version=version, text=request.POST.get("text", ""), by=_user(request)
        )
    except Refused as error:
        return _back(request, mine, error)
    return _back(request, mine)


@login_required
@require_POST
def offers(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Save prices and terms, and submit for review when asked to."""
    mine = _my_voice(request, public_id)
    form = OffersForm(request.POST)
    if not form.is_valid():
        context = _panel_context(mine)
        context["offers_form"] = form
        return render(request, "storefront/studio_voice.html", context, status=422)
    try:
        listing = listings.draft_listing(
            voice=mine,
            headline=form.cleaned_data["headline"],
            uses=form.cleaned_data["uses"],
            offers=form.drafts(),
            by=_user(request),
        )
        if request.POST.get("submit") == "1":
            listings.submit_listing(listing=listing, by=_user(request))
    except (Refused, InvalidTransition) as error:
        return _back(request, mine, error)
    return _back(request, mine)


@login_required
def earnings(request: HttpRequest) -> HttpResponse:
    """Every sale, to the cent."""
    creator = _creator(request)
    if creator is None:
        return redirect("storefront:become-creator")
    return render(
        request,
        "storefront/earnings.html",
        {"creator": creator, "balances": balances_of(creator), "sales": sales_of(creator)},
    )
