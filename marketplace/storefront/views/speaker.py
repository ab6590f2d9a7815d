"""Pages of a speaker whose voice somebody else uploaded: by their own link, without an account."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from marketplace.consent import challenges, evidence, invitations, readings, withdrawal
from marketplace.consent.models import Consent, SpeakerInvitation
from marketplace.consent.queries import consents_in_force, is_open, is_superseded, years_of
from marketplace.privacy import services as privacy
from marketplace.rate_limit import count_visitor
from marketplace.refusals import Refused, SpeechRefused
from marketplace.storefront.views.media import recording_response, saved_response
from marketplace.storefront.views.refused_pages import with_wait
from marketplace.storefront.views.requests import (
    attempt,
    consent_choices,
    contents_of,
    licences_in_force,
    use_choices,
)
from marketplace.voices.models import Recording

_SESSION = "speaker_invitation"
_TRIES = 10  # links per minute from one address


def _invitation(request: HttpRequest) -> SpeakerInvitation:
    """The invitation that this browser opened; 404 without one."""
    pk = request.session.get(_SESSION)
    if pk is None:
        raise Http404
    return get_object_or_404(SpeakerInvitation.objects.select_related("voice__creator"), pk=pk)


def _current(request: HttpRequest) -> SpeakerInvitation:
    """The same, unless a newer link was sent, since this one may have reached the wrong person."""
    invitation = _invitation(request)
    if is_superseded(invitation):
        raise Http404
    return invitation


def _context(invitation: SpeakerInvitation) -> dict[str, Any]:
    consent = Consent.objects.filter(invitation=invitation).first()
    superseded = is_superseded(invitation)
    accepted = invitation.voice.recordings.filter(state=Recording.State.ACCEPTED)
    given = consents_in_force().filter(invitation=invitation).first()
    pending = consent is not None and consent.state == Consent.State.CHECKING
    return {
        "invitation": invitation,
        "voice": invitation.voice,
        "open": is_open(invitation),
        "recordings": accepted.none() if superseded else accepted,
        "consent": consent,
        "given": given,
        "consent_years": years_of(consent),
        "pending": pending,
        "may_decline": not (pending or given or invitation.declined_at),
        "licences_in_force": licences_in_force(invitation.voice),
        "superseded": superseded,
        "sold": invitation.voice.licences.exists(),
        **use_choices(),
    }


@never_cache
def speaker(request: HttpRequest) -> HttpResponse:
    """Open a link: its token comes after '#', so that no log has it, and is posted by a form."""
    if request.method != "POST":
        return _page(request)
    try:
        count_visitor("speaker", request, _TRIES)
        invitation = invitations.invitation_by(request.POST.get("token", ""))
    except Refused as refusal:
        messages.error(request, str(refusal))
    except SpeechRefused as refusal:
        messages.error(request, str(refusal))
        return _page(request, refusal.status)
    else:
        request.session.cycle_key()
        request.session[_SESSION] = invitation.pk
    return redirect("storefront:speaker")


def _page(request: HttpRequest, status: int = 200) -> HttpResponse:
    """The page of the link that this browser opened, or a form for one."""
    if _SESSION not in request.session:
        return with_wait(render(request, "storefront/speaker_link.html", status=status))
    context = _context(_invitation(request))
    return with_wait(render(request, "storefront/speaker.html", context, status=status))


@never_cache
@require_GET
def panel(request: HttpRequest) -> HttpResponse:
    """Only the next step, for polling while a reading is checked."""
    return render(request, "storefront/_speaker_panel.html", _context(_invitation(request)))


@require_POST
def challenge(request: HttpRequest) -> HttpResponse:
    """Ask for a statement to read."""
    invitation = _invitation(request)
    issue = partial(
        challenges.issue_challenge,
        voice=invitation.voice,
        by=None,
        invitation=invitation,
        **consent_choices(request),
    )
    return attempt(request, issue, back="storefront:speaker")


@require_POST
def record(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Receive the reading of the statement shown."""
    invitation = _invitation(request)
    consent = get_object_or_404(Consent, invitation=invitation, public_id=public_id)

    def keep() -> None:
        data = contents_of(request.FILES.get("recording"))
        readings.record_statement(consent=consent, data=data, by=None, invitation=invitation)

    return attempt(request, keep, back="storefront:speaker")


@never_cache
@require_safe
def recording(request: HttpRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """A recording that somebody uploaded of the invited speaker."""
    invitation = _current(request)
    row = get_object_or_404(Recording, voice=invitation.voice, public_id=public_id)
    return recording_response(request, row, whom=f"speaker {invitation.pk}")


@require_POST
def decline(request: HttpRequest) -> HttpResponse:
    """Say no."""
    return attempt(
        request,
        partial(invitations.decline, invitation=_invitation(request)),
        back="storefront:speaker",
    )


@require_POST
def withdraw(request: HttpRequest) -> HttpResponse:
    """Withdraw a consent, which silences the voice."""
    invitation = _invitation(request)

    def revoke() -> None:
        consent = Consent.objects.filter(
            invitation=invitation, state=Consent.State.VERIFIED
        ).first()
        if consent is not None:
            withdrawal.revoke(consent=consent, by=None, for_abuse="abuse" in request.POST)

    return attempt(request, revoke, back="storefront:speaker")


@require_POST
def erase(request: HttpRequest) -> HttpResponse:
    """Erase everything of the speaker, which silences the voice for good."""
    invitation = _invitation(request)
    return attempt(
        request, partial(privacy.erase_speaker, invitation=invitation), back="storefront:speaker"
    )


@never_cache
@require_GET
def proof(request: HttpRequest) -> HttpResponseBase:
    """The proof of one's consent as a signed ZIP."""
    invitation = _current(request)
    read = Consent.objects.filter(invitation=invitation).exclude(recording_key="")
    consent = read.filter(state=Consent.State.VERIFIED).first() or read.first()
    if consent is None:
        raise Http404
    return saved_response(
        partial(evidence.bundle, consent=consent, by=None),
        name=f"consent-{consent.public_id}.zip",
        whom=f"speaker {invitation.pk}",
    )
