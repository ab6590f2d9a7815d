"""Test events, by which people see that their server understands ours."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.accounts.organizations import Right, require
from marketplace.compliance import audit
from marketplace.queue import Work, at_commit
from marketplace.rate_limit import counted
from marketplace.refusals import Refused
from marketplace.webhooks.models import TEST, WebhookEndpoint, WebhookMessage

A_MINUTE = 10  # test events of one person, and to one organization's addresses


def send_test(*, endpoint: WebhookEndpoint, by: User) -> WebhookMessage:
    """Send an address an event that means nothing, signed as every other, and once.

    Raises:
        Refused: not_a_member, role_too_small, endpoint_disabled, rate_limited.
    """
    require(by, endpoint.organization, Right.KEYS)
    for whose in (f"user {by.pk}", f"organization {endpoint.organization_id}"):
        sent, seconds = counted(f"webhook-test:{whose}")
        if sent > A_MINUTE:
            raise Refused(
                "rate_limited",
                gettext("Too many test events in a minute. Wait %(seconds)s s.")
                % {"seconds": seconds},
            )
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
        if endpoint.disabled_at is not None:
            raise Refused("endpoint_disabled", gettext("This address is switched off."))
        at = timezone.now()
        message = WebhookMessage.objects.create(
            endpoint=endpoint,
            message_id=f"msg_{uuid.uuid4().hex}",
            kind=TEST,
            payload={
                "type": TEST,
                "timestamp": at.isoformat(),
                "data": {"endpoint": str(endpoint.public_id)},
            },
            next_try_at=at,
        )
        audit.record(actor=by, action="webhook.tested", subject=endpoint)
        at_commit(Work.DELIVER_WEBHOOK, message.pk)
    return message
