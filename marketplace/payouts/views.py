"""The endpoint for the payment provider's webhooks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from marketplace.payouts import provider_events
from marketplace.refusals import WebhookInvalid


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Store a signed event and answer at once; a task does the work."""
    try:
        provider_events.receive_event(
            payload=request.body, signature=request.headers.get("Stripe-Signature", "")
        )
    except WebhookInvalid as error:
        return HttpResponse(str(error), status=400, content_type="text/plain")
    return HttpResponse(status=204)
