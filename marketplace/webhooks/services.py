"""Operations on webhooks: set up, rotate, emit, deliver, replay."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import os
import random
import time
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from standardwebhooks.webhooks import Webhook

from marketplace import storage
from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import Right, has_kept, require
from marketplace.compliance import audit
from marketplace.database_connections import give_back_now
from marketplace.queue import Work, at_commit
from marketplace.rate_limit import counted
from marketplace.refusals import Refused
from marketplace.webhooks import addresses, turns
from marketplace.webhooks.models import TEST, Event, WebhookAttempt, WebhookEndpoint, WebhookMessage

MAX_URL = 500  # characters
MAX_ENDPOINTS = 10  # per organization
LOOKED_UP = 10  # addresses that one person adds or tries to in a minute
OVERLAP = timedelta(days=1)  # that a former secret still signs
PAUSES = (5, 300, 1_800, 7_200, 18_000, 36_000, 20_000)  # seconds after each attempt: a day in all
TIMEOUT = 10.0  # seconds of a whole exchange, with the look-up of its host
MAX_REPLAYS = 10  # of one message within an hour
CLAIM = timedelta(minutes=1)  # for which one worker holds a message; if it dies, another takes over
GONE = 410
OWNER_LEFT = gettext_noop(
    "Whoever answered for this address may no longer add addresses here. Add it again."
)


_log = logging.getLogger(__name__)


def _seal(secret: str) -> bytes:
    return storage.seal(secret.encode(), "webhook-secret")


def _secrets(endpoint: WebhookEndpoint) -> list[str]:
    sealed = [endpoint.sealed_secret]
    if (
        endpoint.sealed_former_secret
        and endpoint.former_until
        and endpoint.former_until > timezone.now()
    ):
        sealed.append(endpoint.sealed_former_secret)
    return [storage.unseal(bytes(one), "webhook-secret").decode() for one in sealed]


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(os.urandom(24)).decode()


def create_endpoint(
    *, organization: Organization, url: str, events: Sequence[str], by: User
) -> tuple[WebhookEndpoint, str]:
    """Create an endpoint; returns it with the secret that signs its events, shown once.

    Raises:
        Refused: not_a_member, role_too_small, url, events, too_many_endpoints, rate_limited.
    """
    require(by, organization, Right.KEYS)
    if len(url) > MAX_URL:
        raise Refused(
            "url", gettext("An address has at most %(most)s characters.") % {"most": MAX_URL}
        )
    if set(events) - set(Event.values):
        raise Refused("events", gettext("Choose events from the list."))
    _require_another(organization)
    _look_up(url, by)
    secret = _new_secret()
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        _require_another(organization)
        endpoint = WebhookEndpoint.objects.create(
            organization=organization,
            owner=by,
            url=url,
            events=list(dict.fromkeys(events)),
            sealed_secret=_seal(secret),
        )
        audit.record(actor=by, action="webhook.created", subject=endpoint)
    return endpoint, secret


def _require_another(organization: Organization) -> None:
    if organization.webhook_endpoints.filter(disabled_at=None).count() >= MAX_ENDPOINTS:
        raise Refused(
            "too_many_endpoints",
            gettext("%(most)s addresses is the limit.") % {"most": MAX_ENDPOINTS},
        )


def _look_up(url: str, by: User) -> None:
    """Refuse an address that can't be called; whose name server is slow holds up no database connection."""
    tried, seconds = counted(f"webhook:{by.pk}")
    if tried > LOOKED_UP:
        raise Refused(
            "rate_limited",
            gettext("Too many addresses in a minute. Wait %(seconds)s s.") % {"seconds": seconds},
        )
    give_back_now()
    addresses.resolve(url)


def rotate_secret(*, endpoint: WebhookEndpoint, by: User) -> str:
    """Rotate a secret; the new one is shown once, and the old one also signs for a day.

    As with a key, whoever rotates it answers for it from then on.

    Raises:
        Refused: not_a_member, role_too_small.
    """
    require(by, endpoint.organization, Right.KEYS)
    secret = _new_secret()
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
        endpoint.sealed_former_secret = endpoint.sealed_secret
        endpoint.former_until = timezone.now() + OVERLAP
        endpoint.sealed_secret, endpoint.owner = _seal(secret), by
        endpoint.save(
            update_fields=["sealed_former_secret", "former_until", "sealed_secret", "owner"]
        )
        audit.record(actor=by, action="webhook.rotated", subject=endpoint)
    return secret


def disable_endpoint(*, endpoint: WebhookEndpoint, by: User | None, why: str) -> None:
    """Disable an endpoint, so that nothing more is sent there.

    Raises:
        Refused: not_a_member, role_too_small.
    """
    if by is not None:
        require(by, endpoint.organization, Right.KEYS)
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
        if endpoint.disabled_at is None:
            endpoint.disabled_at, endpoint.disabled_why = timezone.now(), why
            endpoint.save(update_fields=["disabled_at", "disabled_why"])
            audit.record(actor=by, action="webhook.disabled", subject=endpoint, why=why)


def _is_listening(endpoint: WebhookEndpoint) -> bool:
    """Whether an endpoint gets events; one whose owner may add endpoints no longer is disabled."""
    if endpoint.disabled_at is not None:
        return False
    owner = endpoint.owner
    since = endpoint.former_until - OVERLAP if endpoint.former_until else endpoint.created_at
    if owner.is_active and has_kept(owner, endpoint.organization, Right.KEYS, since):
        return True
    disable_endpoint(endpoint=endpoint, by=None, why=OWNER_LEFT)
    return False


def emit(*, organization_id: int, kind: str, data: dict[str, Any]) -> None:
    """Tell an organization's endpoints, once the caller's transaction is committed."""
    at = timezone.now()
    endpoints = WebhookEndpoint.objects.select_related("owner", "organization")
    for endpoint in endpoints.filter(organization=organization_id, disabled_at=None):
        if (endpoint.events and kind not in endpoint.events) or not _is_listening(endpoint):
            continue
        message = WebhookMessage.objects.create(
            endpoint=endpoint,
            message_id=f"msg_{uuid.uuid4().hex}",
            kind=kind,
            payload={"type": kind, "timestamp": at.isoformat(), "data": data},
            next_try_at=at,
        )
        at_commit(Work.DELIVER_WEBHOOK, message.pk)


def deliver(*, message_pk: int) -> WebhookMessage:
    """Attempt a due message; what is not accepted is retried later, for a day. Harmless to repeat.

    If a worker dies between the endpoint's response and our record, it is sent twice under one id.
    """
    with transaction.atomic():
        message = (
            WebhookMessage.objects.select_for_update(of=("self",), no_key=True)
            .select_related("endpoint__owner", "endpoint__organization")
            .get(pk=message_pk)
        )
        if message.state != WebhookMessage.State.WAITING or not _is_listening(message.endpoint):
            return message
        if message.next_try_at is not None and message.next_try_at > timezone.now():
            return message  # another worker has it, or has just had it
        organization_id = message.endpoint.organization_id
        turn = turns.take(organization_id)
        if turn is None:
            pause = turns.AGAIN if turns.is_slow(organization_id) else timedelta(0)
            message.next_try_at = timezone.now() + pause  # behind those that wait already
            message.save(update_fields=["next_try_at"])
            return message
        message.tries += 1
        message.next_try_at = timezone.now() + CLAIM
        message.save(update_fields=["tries", "next_try_at"])
        tries = message.tries
    status, milliseconds, problem = _send(message)
    turns.give_back(organization_id, turn, took=milliseconds / 1000)
    with transaction.atomic():
        message = WebhookMessage.objects.select_for_update(of=("self",), no_key=True).get(
            pk=message_pk
        )
        WebhookAttempt.objects.create(
            message=message, status=status, milliseconds=milliseconds, problem=problem[:200]
        )
        if message.state != WebhookMessage.State.WAITING or message.tries != tries:
            return message  # somebody replayed it from the first attempt
        message.next_try_at = None if message.kind == TEST else _next_try(message.tries)
        message.save(update_fields=["next_try_at"])
        if status is not None and 200 <= status < 300:
            message.transition(WebhookMessage.State.DELIVERED)
        elif status == GONE or message.next_try_at is None:
            message.transition(WebhookMessage.State.GIVEN_UP)
        _queue_next(organization_id)
    if status == GONE:
        disable_endpoint(
            endpoint=message.endpoint, by=None, why=gettext_noop("The address answered 410 Gone.")
        )
    return message


def _queue_next(organization_id: int) -> None:
    """Queue what an organization's calls had put off, since one of them has ended.

    As many as it may be called with at once: calls that end together would queue the same one.
    """
    due = WebhookMessage.objects.filter(
        state=WebhookMessage.State.WAITING,
        next_try_at__lte=timezone.now(),
        endpoint__organization=organization_id,
        endpoint__disabled_at=None,
    )
    for after in due.order_by("next_try_at").values_list("pk", flat=True)[: turns.AT_ONCE]:
        at_commit(Work.DELIVER_WEBHOOK, after)


def _next_try(tries: int) -> datetime | None:
    if tries > len(PAUSES):
        return None
    pause = PAUSES[tries - 1] * random.uniform(1.0, 1.1)  # noqa: S311 - jitter
    return timezone.now() + timedelta(seconds=pause)


def _send(message: WebhookMessage) -> tuple[int | None, int, str]:
    """(status, milliseconds, problem) of one POST; redirects are not followed, nothing but the status is read."""
    started, status, problem = time.monotonic(), None, ""
    try:
        status = _post(message)
    except Refused as refusal:
        problem = str(refusal)
    except TimeoutError:
        problem = f"No response within {TIMEOUT:.0f} seconds."
    except httpx.HTTPError as error:
        problem = f"{type(error).__name__}: {error}"
    except Exception:  # whatever it is, the attempt counts, so that the message is given up one day
        _log.exception("webhook not sent", extra={"fields": {"message": message.pk}})
        problem = "Something went wrong on our side."
    return status, round((time.monotonic() - started) * 1000), problem


def _post(message: WebhookMessage) -> int:
    """The status that a message's endpoint answers.

    Raises:
        Refused: url.
        TimeoutError, httpx.HTTPError: no answer.
    """
    at, body = timezone.now(), json.dumps(message.payload, separators=(",", ":"))
    signatures = [
        Webhook(secret).sign(message.message_id, at, body) for secret in _secrets(message.endpoint)
    ]
    give_back_now()
    until = time.monotonic() + TIMEOUT
    to = addresses.resolve(message.endpoint.url, within=TIMEOUT)
    headers = {
        "Host": to.authority,
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
        "webhook-id": message.message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
        "User-Agent": f"{settings.PLATFORM_NAME}-Webhooks",
    }
    return asyncio.run(_status_of_post(to, headers, body, until - time.monotonic()))


async def _status_of_post(
    to: addresses.Destination, headers: dict[str, str], body: str, within: float
) -> int:
    """The status of a POST, whose whole exchange has one deadline, however slowly bytes arrive."""
    async with (
        asyncio.timeout(within),
        httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False) as client,
        client.stream(
            "POST", to.url, content=body, headers=headers, extensions={"sni_hostname": to.host}
        ) as answer,
    ):
        return answer.status_code


def replay(*, message: WebhookMessage, by: User) -> WebhookMessage:
    """Send a message again now, under the same id.

    Raises:
        Refused: not_a_member, role_too_small, endpoint_disabled, replayed_too_often.
    """
    require(by, message.endpoint.organization, Right.KEYS)
    hour = timezone.now() - timedelta(hours=1)
    if message.attempts.filter(at__gte=hour).count() >= MAX_REPLAYS:
        raise Refused(
            "replayed_too_often",
            gettext("This message was sent %(times)s times within an hour; try again later.")
            % {"times": MAX_REPLAYS},
        )
    if message.endpoint.disabled_at is not None:
        raise Refused("endpoint_disabled", gettext("This address is switched off."))
    with transaction.atomic():
        message = WebhookMessage.objects.select_for_update(of=("self",), no_key=True).get(
            pk=message.pk
        )
        message.tries, message.next_try_at = 0, timezone.now()
        message.save(update_fields=["tries", "next_try_at"])
        if message.state != WebhookMessage.State.WAITING:
            message.transition(WebhookMessage.State.WAITING)
        audit.record(actor=by, action="webhook.replayed", subject=message)
        at_commit(Work.DELIVER_WEBHOOK, message.pk)
    return message
