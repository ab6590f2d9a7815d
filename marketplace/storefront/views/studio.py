"""Pages of the studio: a creator's way from a recording to a listing."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Exists
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from marketplace.consent.models import Consent
from marketplace.consent.queries import (
    consent_in_force,
    invitation_of,
    is_open,
    latest_consent,
    readings_with_moderators,
    years_of,
)
from marketplace.countries import countries
from marketplace.creators.models import Creator
from marketplace.creators.services import become_creator
from marketplace.enrolment import likeness
from marketplace.enrolment.previews import MAX_LINES
from marketplace.enrolment.progress import progress_of
from marketplace.enrolment.prompts import Prompt, prompts_in
from marketplace.enrolment.scripts import SCRIPTS, USES
from marketplace.licensing import terms
from marketplace.listings.models import Listing
from marketplace.listings.price_advice import prices_of_similar
from marketplace.listings.queries import public_offers
from marketplace.money import Money
from marketplace.payouts.queries import balances_of, earnings_of
from marketplace.refusals import Refused
from marketplace.storefront.forms import BecomeCreatorForm, OffersForm, VoiceForm
from marketplace.storefront.studio_steps import rendered_steps
from marketplace.storefront.views.creators_only import creator_of, creators_only
from marketplace.storefront.views.requests import (
    licences_in_force,
    my_voice,
    signed_in_user,
    use_choices,
)
from marketplace.storefront.views.sign_in_first import sign_in_first
from marketplace.voices import queries, services
from marketplace.voices.models import Enrolment, Preview, Recording, Voice
from marketplace.voices.uses import told
from synthesis.audio import targets
from synthesis.audio.speech_amount import GOOD_SPEECH, MIN_SPEECH


@dataclass(frozen=True)
class ScriptChoice:
    """A script that a creator may tick."""

    key: str
    label: str
    text: str
    chosen: bool


@sign_in_first
@creators_only
def studio(request: HttpRequest, creator: Creator) -> HttpResponse:
    """A creator's voices and earnings at a glance; for others, how to become one."""
    voices = queries.voices_of(signed_in_user(request)).select_related("listing")
    return render(
        request,
        "storefront/studio.html",
        {
            "creator": creator,
            "voices": voices.annotate(with_moderators=Exists(readings_with_moderators())),
            "balances": balances_of(creator),
            "nothing_owed": Money(0, settings.CURRENCY),
            "earnings": earnings_of(creator)[:5],
        },
    )


@require_GET
def lend(request: HttpRequest) -> HttpResponse:
    """What lending a voice is like, for visitors; whoever is signed in goes to the studio at once."""
    if request.user.is_authenticated:
        return redirect("storefront:studio")
    return render(request, "storefront/lend.html", {"least_speech": MIN_SPEECH})


@sign_in_first
def become(request: HttpRequest) -> HttpResponse:
    """Become a creator."""
    if creator_of(request) is not None:
        return redirect("storefront:studio")
    form = BecomeCreatorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            become_creator(
                user=signed_in_user(request),
                display_name=data["display_name"],
                legal_name=data["legal_name"],
                country=data["country"],
            )
        except Refused as refusal:
            form.add_error("display_name", str(refusal))
        else:
            return redirect("storefront:new-voice")
    return render(request, "storefront/become_creator.html", {"form": form})


@sign_in_first
@creators_only
def new_voice(request: HttpRequest, creator: Creator) -> HttpResponse:
    """Create a voice."""
    form = VoiceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            voice = services.create_voice(creator=creator, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("name", str(refusal))
        else:
            return redirect("storefront:studio-voice", public_id=voice.public_id)
    return render(request, "storefront/new_voice.html", {"form": form})


def _offers_form(listing: Listing | None) -> OffersForm:
    if listing is None:
        return OffersForm()
    initial: dict[str, Any] = {
        name: getattr(listing, name)
        for name in ("headline", "uses", "attribution", "notice_days", "in_plans")
    }
    offers = list(public_offers(listing).prefetch_related("prices"))
    initial["also"] = sorted({price.currency for offer in offers for price in offer.prices.all()})
    converted: dict[str, str] = {}
    for offer in offers:
        initial[f"{offer.tier}_price"] = str(offer.price.amount)
        initial[f"{offer.tier}_characters"] = offer.characters
        initial["term_months"] = offer.term_months
        initial["territory"] = ", ".join(countries().get(code, code) for code in offer.territory)
        if offer.overage_minor:
            initial["overage_price"] = str(Money(offer.overage_minor, offer.currency).amount)
        for price in offer.prices.all():
            written = converted if price.rate else initial
            written[f"{offer.tier}_price_{price.currency}"] = str(price.price.amount)
    form = OffersForm(initial=initial)
    form.show_converted(converted)
    return form


def panel_context(voice: Voice) -> dict[str, Any]:
    """The state of a voice at each step, for the page, its stream of changes and the JSON state."""
    recordings = list(voice.recordings.all())
    takes = {recording.line: recording for recording in recordings if recording.line}
    consent, invitation = latest_consent(voice), invitation_of(voice)
    in_force = consent_in_force(voice)
    enrolment = voice.enrolments.order_by("-id").first()
    version = queries.current_version(voice)
    previews = list(version.previews.all()) if version else []
    listing = Listing.objects.filter(voice=voice).first()
    pending = (
        any(r.state == Recording.State.UPLOADED for r in recordings)
        or (consent is not None and consent.state == Consent.State.CHECKING)
        or (enrolment is not None and enrolment.state in Enrolment.OPEN)
        or any(not (preview.storage_key or preview.refused) for preview in previews)
    )
    speech = queries.accepted_speech_seconds(voice)
    return {
        "voice": voice,
        "recordings": recordings,
        "lines": [_line(prompt, takes.get(prompt.key)) for prompt in prompts_in(voice.language)],
        "targets": targets,
        "speech_seconds": speech,
        "speech_share": min(1.0, speech / GOOD_SPEECH),
        "enough_speech": speech >= MIN_SPEECH,
        "least_speech": MIN_SPEECH,
        "consent": consent,
        "consented": in_force is not None,
        "shown_consent": in_force or consent,
        "consent_years": years_of(consent),
        "invitation": invitation,
        "invitation_open": invitation is not None and is_open(invitation),
        "licences_in_force": licences_in_force(voice),
        **use_choices(),
        "enrolment": enrolment,
        "progress": enrolment and progress_of(enrolment),
        "enrolling": enrolment is not None and enrolment.state in Enrolment.OPEN,
        "version": version,
        "likeness": likeness.in_words(version.report) if version else "",
        "compared": _person_and_clone(recordings, previews),
        "previews": previews,
        "script_choices": _script_choices(voice, previews),
        "max_lines": MAX_LINES,
        "clip_uses": [(use.value, told(use)) for use in USES],
        "previews_ready": bool(previews) and all(p.storage_key or p.refused for p in previews),
        "listing": listing,
        "unsold_terms": _unsold_terms(listing, in_force),
        "price_advice": prices_of_similar(version) if version else [],
        "pending": pending,
    }


def _unsold_terms(listing: Listing | None, consent: Consent | None) -> list[int]:
    """The terms on offer, in months, that would end after the consent and so are not sold."""
    if listing is None or consent is None:
        return []
    offered = public_offers(listing).values_list("term_months", flat=True)
    return sorted({months for months in offered if terms.would_go_beyond(consent.ends_at, months)})


def _person_and_clone(recordings: list[Recording], previews: list[Preview]) -> dict[str, Any]:
    """The longest good recording and the first clip, to be heard one after the other."""
    good = [each for each in recordings if each.state == Recording.State.ACCEPTED]
    person = max(good, key=lambda each: each.quality.get("speech_seconds", 0.0), default=None)
    return {"person": person, "clone": next((p for p in previews if p.storage_key), None)}


def _line(prompt: Prompt, take: Recording | None) -> tuple[Prompt, str, str, str, str]:
    """A sentence to read, its use in words, the state of its take, if any, as a code and in words, and the
    key of a take that can't be used."""
    if take is None:
        return prompt, told(prompt.use), "", "", ""
    unusable = take.state == Recording.State.REFUSED and take.refusal_code != Recording.TOO_SLOW
    refused = str(take.public_id) if unusable else ""
    return prompt, told(prompt.use), take.state, str(take.verdict), refused


def _script_choices(voice: Voice, previews: list[Preview]) -> list[tuple[str, list[ScriptChoice]]]:
    """The scripts in a voice's language by use, and which of them its clips say."""
    said = {clip.text for clip in previews}
    return [
        (
            told(use),
            [
                ScriptChoice(each.key, each.label, text, text in said)
                for each in SCRIPTS
                if each.use == use
                for text in [each.text(voice.language)]
            ],
        )
        for use in USES
    ]


def steps_context(
    request: HttpRequest, voice: Voice, *, form: OffersForm | None = None, token: str = ""
) -> dict[str, Any]:
    """What the page of a voice shows, with its steps rendered; form: of its prices, if they were refused."""
    context = panel_context(voice)
    context["offers_form"] = form or _offers_form(context["listing"])
    steps = rendered_steps(request, context, token=token)
    has = ",".join(f"{step.name}.{step.digest}" for step in steps)
    return {**context, "steps": steps, "has": has}


@sign_in_first
@never_cache
def voice(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One voice, step by step."""
    mine = my_voice(request, public_id)
    return render(request, "storefront/studio_voice.html", steps_context(request, mine))


@sign_in_first
@never_cache
@require_GET
def panel(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Only the steps, for a page that has sent something, or whose stream was refused."""
    context = steps_context(request, my_voice(request, public_id))
    return render(request, "storefront/_studio_panel.html", context)


@sign_in_first
@never_cache
@require_GET
def state(request: HttpRequest, public_id: uuid.UUID) -> JsonResponse:
    """The state of a voice as JSON."""
    context = panel_context(my_voice(request, public_id))
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
                "demonstration": consent.demonstration,
                # an invited speaker's statement and its result are theirs alone
                **(
                    {}
                    if context["invitation"]
                    else {
                        "statement": consent.statement,
                        "scores": consent.scores,
                        "reason": consent.reason,
                    }
                ),
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
                {
                    "id": str(p.public_id),
                    "text": p.text,
                    "use": p.use,
                    "ready": bool(p.storage_key),
                    "refused": p.refused,
                }
                for p in context["previews"]
            ],
            "listing": listing and listing.state,
            "pending": context["pending"],
        }
    )
