"""A buyer's licences and keys."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from marketplace.accounts.models import User
from marketplace.licensing import services
from marketplace.licensing.models import ApiKey, Licence
from marketplace.refusals import Refused


@login_required
def licences(request: HttpRequest) -> HttpResponse:
    """All licences of the signed-in buyer."""
    assert isinstance(request.user, User)
    mine = Licence.objects.filter(buyer=request.user).select_related("voice__creator")
    return render(request, "storefront/licences.html", {"licences": mine})


@login_required
@never_cache
def licence(request: HttpRequest, public_id: uuid.UUID, secret: str = "") -> HttpResponse:
    """One licence: terms, keys, examples, usage."""
    mine = get_object_or_404(
        Licence.objects.select_related("voice__creator", "order"),
        public_id=public_id,
        buyer=request.user,
    )
    return render(
        request,
        "storefront/licence.html",
        {
            "licence": mine,
            "keys": mine.api_keys.all(),
            "generations": mine.generations.all()[:10],
            "secret": secret,
            "example_key": secret or "YOUR_API_KEY",
        },
    )


@login_required
@require_POST
@never_cache
def create_key(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Make a key and show its secret, this once."""
    assert isinstance(request.user, User)
    mine = get_object_or_404(Licence, public_id=public_id, buyer=request.user)
    try:
        _, secret = services.create_key(
            licence=mine, name=request.POST.get("name", ""), by=request.user
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("storefront:licence", public_id=public_id)
    return licence(request, public_id, secret)


@login_required
@require_POST
def revoke_key(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Stop a key."""
    assert isinstance(request.user, User)
    key = get_object_or_404(ApiKey, public_id=public_id, owner=request.user)
    services.revoke_key(key=key, by=request.user)
    messages.success(request, f"{key.name} is revoked. It stops at its next request.")
    return redirect("storefront:licence", public_id=key.licence.public_id)
