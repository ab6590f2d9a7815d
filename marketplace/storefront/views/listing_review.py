"""Listings at the moderation desk: heard and approved, sent back, suspended and resumed."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from marketplace.listings import services as listings
from marketplace.listings.models import Listing
from marketplace.refusals import Refused
from marketplace.storefront.views.authenticate_again import authenticate_again
from marketplace.storefront.views.moderation import decide_and_return
from marketplace.storefront.views.requests import signed_in_user
from marketplace.storefront.views.sign_in_first import sign_in_first


@sign_in_first
@permission_required(listings.MODERATE, raise_exception=True)
@require_POST
@authenticate_again
def review_listing(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Put a submitted listing on sale as it was shown, or send it back with a reason."""
    listing = get_object_or_404(Listing.objects.select_related("voice"), public_id=public_id)
    answers, by = request.POST, signed_in_user(request)

    def approve() -> None:
        if not (seen := answers.get("seen", "")):
            raise Refused("not_seen", gettext("Open the listing at the desk, then decide."))
        listings.approve_listing(listing=listing, by=by, seen=seen)

    if answers.get("decision") == "approve":
        return decide_and_return(
            request, approve, gettext("%(voice)s is on sale.") % {"voice": listing}
        )
    return decide_and_return(
        request,
        lambda: listings.send_back_listing(listing=listing, by=by, note=answers.get("note", "")),
        gettext("%(voice)s was sent back.") % {"voice": listing},
    )


@sign_in_first
@permission_required(listings.MODERATE, raise_exception=True)
@require_POST
@authenticate_again
def moderate_listing(request: HttpRequest) -> HttpResponse:
    """Suspend a listing on sale, or resume a suspended one."""
    answers, by = request.POST, signed_in_user(request)
    slug = answers.get("voice", "").strip()
    listing = Listing.objects.filter(voice__slug=slug).select_related("voice").first()

    def act() -> None:
        if listing is None:
            raise Refused("not_found", gettext("There is no listing of a voice with this address."))
        if answers.get("decision") == "resume":
            resumed = listings.resume_listing(listing=listing, by=by)
            on_sale = resumed.state == Listing.State.LIVE
            told = gettext("%(voice)s is on sale again.")
            if not on_sale:
                told = gettext(
                    "%(voice)s was changed since its last review: it waits here to be reviewed."
                )
            messages.success(request, told % {"voice": listing})
        elif answers.get("decision") == "suspend":
            listings.suspend_listing(listing=listing, by=by, reason=answers.get("note", ""))
            told = gettext("%(voice)s is suspended and silent.")
            messages.success(request, told % {"voice": listing})
        else:
            raise Refused("decision", gettext("Choose what to do with the listing."))

    return decide_and_return(request, act, "")
