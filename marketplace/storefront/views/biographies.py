"""What creators write about themselves: in the studio, and at the moderation desk."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from marketplace.creators.models import Creator
from marketplace.listings.queries import on_sale
from marketplace.listings.services import MODERATE
from marketplace.profiles import biographies
from marketplace.profiles.models import Biography
from marketplace.refusals import Refused
from marketplace.storefront.forms import BiographyForm
from marketplace.storefront.views.authenticate_again import authenticate_again
from marketplace.storefront.views.creators import creator_page
from marketplace.storefront.views.creators_only import creators_only
from marketplace.storefront.views.moderation import decide_and_return
from marketplace.storefront.views.requests import signed_in_user
from marketplace.storefront.views.sign_in_first import sign_in_first


@sign_in_first
@never_cache
@creators_only
@require_http_methods(["GET", "HEAD", "POST"])
def studio_page(request: HttpRequest, creator: Creator) -> HttpResponse:
    """What a creator's page says about them, to be changed."""
    biography = biographies.biography_of(creator)
    initial = {"text": biography.proposed} if biography else None
    form = BiographyForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            saved = biographies.propose_biography(
                creator=creator, text=form.cleaned_data["text"], by=signed_in_user(request)
            )
        except Refused as refusal:
            form.add_error("text", str(refusal))
        else:
            waits = saved.state == Biography.State.WAITING
            messages.success(
                request,
                gettext("A moderator reads it before it is shown.") if waits else gettext("Saved."),
            )
            return redirect("storefront:studio-page")
    has_page = on_sale().filter(voice__creator=creator).exists()
    context = {
        "form": form,
        "biography": biography,
        "public_page": creator_page(creator) if has_page else "",
    }
    return render(request, "storefront/studio_page.html", context)


@sign_in_first
@permission_required(MODERATE, raise_exception=True)
@require_POST
@authenticate_again
def decide(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Show what a creator wrote, or send it back."""
    biography = get_object_or_404(
        Biography.objects.select_related("creator__user"), public_id=public_id
    )
    answers, by = request.POST, signed_in_user(request)
    approve = answers.get("decision") == "approve"
    return decide_and_return(
        request,
        lambda: biographies.decide_biography(
            biography=biography,
            approve=approve,
            note=answers.get("note", ""),
            by=by,
            seen=answers.get("seen", ""),
        ),
        gettext("It is shown.") if approve else gettext("Sent back."),
    )
