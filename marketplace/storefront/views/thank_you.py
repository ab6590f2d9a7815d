"""After a purchase: speak at once, the key, programs with it, the invoice."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from marketplace.accounts.models import User
from marketplace.accounts.organizations import Right, may
from marketplace.billing.queries import invoices_visible_to
from marketplace.licensing.models import Order
from marketplace.licensing.queries import keys_speaking_with, licences_visible_to
from marketplace.payouts.queries import payments_visible_to
from marketplace.storefront import shown_once
from marketplace.storefront.views.licences import example_of
from marketplace.storefront.views.requests import signed_in_user
from marketplace.storefront.views.sign_in_first import sign_in_first
from marketplace.storefront.views.speak import speak_box
from marketplace.voices.uses import Use


@sign_in_first
@never_cache
@require_GET
def thank_you(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What was bought, ready to use; a key that came with it is shown once."""
    user = signed_in_user(request)
    order = get_object_or_404(Order, public_id=public_id, buyer=user)
    if order.state != Order.State.PAID or order.granted is None:
        return redirect("storefront:paid", public_id=public_id)
    licence = licences_visible_to(user).filter(pk=order.granted.pk).first()
    if licence is None:  # they have left the team that they bought it for
        raise Http404
    secret = shown_once.take(request)
    context = {
        "order": order,
        "licence": licence,
        "may_make_keys": may(user, licence.organization, Right.KEYS),
        "key": keys_speaking_with(licence).filter(revoked_at=None).first(),
        "uses": [Use(use) for use in licence.terms["uses"]],
        **example_of(licence, secret),
        **speak_box(licence, user),
        **_paper_of(order, user),
    }
    return render(request, "storefront/thank_you.html", context)


def _paper_of(order: Order, user: User) -> dict[str, Any]:
    """The payment of an order and its invoice, which gets its number a moment later."""
    payment = payments_visible_to(user).filter(order=order).first()
    if payment is None:
        return {}
    invoice = invoices_visible_to(user).filter(reference=payment.charge).first()
    return {"payment": payment, "invoice": invoice}
