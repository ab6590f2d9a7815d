"""Searching for one's own voice by reading live, without an account or a name."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from marketplace.accounts.models import User
from marketplace.in_line import sender_of
from marketplace.listings.models import Listing
from marketplace.moderation import searches, takedowns
from marketplace.moderation.models import ProtectedVoice, SearchMatch, SpeakerSearch, Takedown
from marketplace.rate_limit import count_visitor
from marketplace.refusals import Refused
from marketplace.storefront.views.requests import attempt, contents_of, text_of
from marketplace.voices.models import Voice

_SESSION = "speaker_search"
_SEARCHES = 3  # per minute from one address
_REPORTED = "reported_voices"


def _search(request: HttpRequest) -> SpeakerSearch:
    """The search that this browser began; 404 without one."""
    pk = request.session.get(_SESSION)
    if pk is None:
        raise Http404
    return get_object_or_404(SpeakerSearch, pk=pk)


def _match_row(request: HttpRequest, match: SearchMatch) -> dict[str, Any]:
    voice = match.voice
    assert voice is not None
    return {
        "voice": voice,
        "listing": Listing.objects.filter(voice=voice, state=Listing.State.LIVE).first(),
        "own": request.user.is_authenticated and voice.creator.user_id == request.user.pk,
        "reported": str(voice.public_id) in request.session.get(_REPORTED, []),
    }


def _context(request: HttpRequest) -> dict[str, Any]:
    pk = request.session.get(_SESSION)
    search = SpeakerSearch.objects.filter(pk=pk).first() if pk else None
    if search is None:
        return {"search": None}
    matches = search.matches.select_related("voice__creator", "protected")
    places = [m.protected for m in matches if m.protected and m.protected.lifted_at is None]
    return {
        "search": search,
        "pending": search.state == SpeakerSearch.State.CHECKING,
        "found": [_match_row(request, match) for match in matches if match.voice],
        "protected": bool(places),
        "opted_out": any(p.reason == ProtectedVoice.Reason.OPTED_OUT for p in places),
    }


@never_cache
@require_GET
def my_voice(request: HttpRequest) -> HttpResponse:
    """The purpose of the search, and its state."""
    return render(request, "storefront/my_voice.html", _context(request))


@never_cache
@require_GET
def panel(request: HttpRequest) -> HttpResponse:
    """Only the state of a search, for polling while a reading is checked."""
    return render(request, "storefront/_my_voice_panel.html", _context(request))


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Ask for a statement to read."""

    def start() -> None:
        if request.POST.get("biometric") != "1":
            raise Refused(
                "agreement_missing",
                gettext(
                    "Without measuring your voice we can't compare it. Tick the box if you agree."
                ),
            )
        count_visitor("my-voice", request, _SEARCHES)
        request.session[_SESSION] = searches.begin_search().pk
        request.session.pop(_REPORTED, None)

    again = partial(render, request, "storefront/my_voice.html")
    return attempt(
        request, start, back="storefront:my-voice", page=lambda: again(_context(request))
    )


@require_POST
def record(request: HttpRequest) -> HttpResponse:
    """Receive the reading of the statement shown."""
    search = _search(request)

    def keep() -> None:
        data = contents_of(request.FILES.get("recording"))
        searches.record_reading(search=search, data=data, sender=sender_of(request))

    return attempt(request, keep, back="storefront:my-voice")


@require_POST
def opt_out(request: HttpRequest) -> HttpResponse:
    """Put this voice on the list of those that nobody may enrol."""
    return attempt(
        request,
        partial(searches.opt_out, search=_search(request)),
        back="storefront:my-voice",
        done=gettext("Your voice is protected: anyone who tries to enrol it will be stopped."),
    )


@require_POST
def lift(request: HttpRequest) -> HttpResponse:
    """Lift the protection."""
    return attempt(
        request,
        partial(searches.lift_opt_out, search=_search(request)),
        back="storefront:my-voice",
        done=gettext("Your voice is no longer on the list."),
    )


@require_POST
def report(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Request the takedown of a voice."""
    search = _search(request)
    voice = get_object_or_404(
        Voice, public_id=public_id, pk__in=search.matches.exclude(voice=None).values("voice")
    )
    email = request.POST.get("email", "").strip()

    def ask() -> Takedown:
        takedown = takedowns.request_takedown(
            search=search,
            voice=voice,
            said=text_of(request, "said"),
            email=email,
            by=request.user if isinstance(request.user, User) else None,
        )
        request.session[_REPORTED] = [*request.session.get(_REPORTED, []), str(public_id)]
        return takedown

    return attempt(
        request,
        ask,
        back="storefront:my-voice",
        done=gettext("Reported. A moderator will compare your reading with the voice."),
    )
