"""Reviews at the moderation desk: reported ones, and appeals."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from marketplace.moderation.services import DECIDE
from marketplace.reviews import moderation as reviews
from marketplace.reviews.models import Review
from marketplace.storefront.views.authenticate_again import authenticate_again
from marketplace.storefront.views.moderation import decide_and_return
from marketplace.storefront.views.requests import signed_in_user
from marketplace.storefront.views.sign_in_first import sign_in_first

_DONE = {
    "leave": gettext_lazy("Left as it is."),
    "take_down": gettext_lazy("Taken down; its writer has been told why."),
    "take_down_answer": gettext_lazy("The answer is taken down; its writer has been told why."),
    "restore": gettext_lazy("It is shown again."),
    "uphold": gettext_lazy("It stays down."),
}


@sign_in_first
@permission_required(DECIDE, raise_exception=True)
@require_POST
@authenticate_again
def decide(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Decide on a reported review, or on an appeal."""
    found = get_object_or_404(Review.objects.select_related("voice__creator"), public_id=public_id)
    decision, by = request.POST.get("decision", ""), signed_in_user(request)
    read = {name: request.POST.get(name, "") for name in ("note", "seen")}

    def act() -> None:
        if decision in ("restore", "uphold"):
            reviews.decide_appeal(review=found, restore=decision == "restore", by=by, **read)
        else:
            reviews.decide_reports(review=found, decision=decision, by=by, **read)

    return decide_and_return(request, act, str(_DONE.get(decision, "")))
