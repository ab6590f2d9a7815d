"""Idempotency-Key: a repeated POST gets the same answer and is charged and recorded once.

Follows the IETF draft on the Idempotency-Key header field.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.api.models import IdempotentRequest
from marketplace.licensing.models import ApiKey, Generation
from marketplace.refusals import SpeechRefused

KEPT = timedelta(hours=24)


def fingerprint(request: Request) -> str:
    """SHA-256, in hex, of what a request asks for: path, query, declared use, body and files."""
    canonical = json.dumps(
        [request.get_full_path(), request.headers.get("Timbre-Use", ""), request.data],
        sort_keys=True,
        default=_content,
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def _content(value: object) -> str:
    if not isinstance(value, UploadedFile):
        return str(value)
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return digest.hexdigest()


def _caller(request: Request) -> dict[str, Any]:
    """The scope of a request's idempotency key: its API key, or its address."""
    if isinstance(request.auth, ApiKey):
        return {"api_key": request.auth, "caller": ""}
    address = salted_hmac("idempotency", str(request.META.get("REMOTE_ADDR")), algorithm="sha256")
    return {"api_key": None, "caller": address.hexdigest()}


def claim(request: Request, *, part: int = 0) -> IdempotentRequest | None:
    """The row of a request's key, created or existing; None without a key.

    part: its place among several pieces of work of one request, which have a row each.

    Raises:
        SpeechRefused: idempotency_key_too_long, idempotency_key_reused.
    """
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        return None
    if len(key) > 255:
        raise SpeechRefused(
            422, "idempotency_key_too_long", "An Idempotency-Key has at most 255 characters."
        )
    key = hashlib.sha256(f"{part} {key}".encode()).hexdigest() if part else key
    request_hash = fingerprint(request)
    row, _ = IdempotentRequest.objects.get_or_create(
        **_caller(request), key=key, defaults={"fingerprint": request_hash}
    )
    if row.fingerprint != request_hash:
        raise reused()
    return row


def reused() -> SpeechRefused:
    """The refusal of a key that was sent with another request before."""
    return SpeechRefused(
        422,
        "idempotency_key_reused",
        "This Idempotency-Key was used for another request; use a new one.",
    )


def earlier_generation(request: Request) -> Generation | None:
    """What was spoken for a request's key before; None if nothing was.

    Raises:
        SpeechRefused: idempotency_key_reused.
    """
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        return None
    row = IdempotentRequest.objects.filter(**_caller(request), key=key).first()
    if row is None or row.generation is None:
        return None
    if row.fingerprint != fingerprint(request):
        raise reused()
    return row.generation


def once(request: Request, work: Callable[[], tuple[int, Any]]) -> Response:
    """Run `work` once per idempotency key and answer every repeat with its (status, body).

    Concurrent requests wait on the row; a refusal is not stored, so it can be tried again.
    """
    row = claim(request)
    if row is None:
        status, body = work()
        return Response(body, status=status)
    with transaction.atomic():
        row = IdempotentRequest.objects.select_for_update(no_key=True).get(pk=row.pk)
        replayed = row.status is not None
        if not replayed:
            row.status, row.body = work()
            row.save(update_fields=["status", "body"])
    headers = {"Idempotent-Replayed": "true"} if replayed else {}
    return Response(row.body, status=row.status, headers=headers)


def forget_old() -> int:
    """Delete rows older than `KEPT`; returns how many."""
    return IdempotentRequest.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]
