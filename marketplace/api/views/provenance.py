"""The origin of audio, examined for anyone without a key."""

from __future__ import annotations

import threading
import time
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import signing
from marketplace.api import idempotency
from marketplace.api.problems import INVALID, NOT_FOUND, REFUSALS
from marketplace.api.views.catalogue import PublicView
from marketplace.api.views.speech import IDEMPOTENCY
from marketplace.database_connections import give_back_now
from marketplace.in_line import sender_of
from marketplace.licensing.models import Generation
from marketplace.provenance import queries, services
from marketplace.provenance.models import Examination
from marketplace.rate_limit import count_visitor
from marketplace.refusals import Refused, SpeechRefused

PATIENCE = 20.0  # seconds that a request waits for the result
_A_MINUTE = 10
_LOOKS_A_MINUTE = 120  # at results; a page asks again every two seconds while it waits
WAITING = 16  # requests of a process that wait at once; others get an address to ask again
_waiting = threading.BoundedSemaphore(WAITING)


class Clip(serializers.Serializer):  # type: ignore[type-arg]
    """The clip to examine."""

    file = serializers.FileField(help_text="Audio of at least three seconds; 20 MB at most.")


def examination_document(examination: Examination) -> dict[str, Any]:
    """An examination and its result so far."""
    return {
        "id": str(examination.public_id),
        "state": examination.state,
        "url": settings.BASE_URL + reverse("api:examination", args=[examination.public_id]),
        "verdict": examination.verdict or None,
        "findings": examination.findings or None,
        "report": examination.report or None,
        "reason": {"code": examination.reason_code, "detail": examination.reason}
        if examination.reason_code
        else None,
    }


def count_examination(request: HttpRequest) -> None:
    """Count an examination against whoever asks.

    Raises:
        SpeechRefused: rate_limited.
    """
    count_visitor("look", request, _A_MINUTE)


def count_look(request: HttpRequest) -> None:
    """Count a look at a result against whoever asks.

    Raises:
        SpeechRefused: rate_limited.
    """
    count_visitor("look at result", request, _LOOKS_A_MINUTE)


def _answer(examination: Examination) -> Response:
    if examination.state == Examination.State.REFUSED:
        raise SpeechRefused(422, examination.reason_code, examination.reason)
    waiting = examination.state == Examination.State.QUEUED
    where = reverse("api:examination", args=[examination.public_id])
    return Response(
        examination_document(examination),
        status=202 if waiting else 200,
        headers={"Location": where} if waiting else {},
    )


def _wait_for(examination: Examination) -> None:
    """Look again until there is a result, without a database connection in between."""
    until = time.monotonic() + PATIENCE
    while examination.state == Examination.State.QUEUED and time.monotonic() < until:
        give_back_now()
        time.sleep(0.1)
        examination.refresh_from_db()


class Detect(PublicView):
    """POST /v1/provenance/detect: was this spoken here, and under which licence?"""

    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="detect",
        parameters=[IDEMPOTENCY],
        request={"multipart/form-data": Clip},
        responses={
            200: OpenApiTypes.OBJECT,
            202: OpenApiResponse(
                OpenApiTypes.OBJECT,
                "The examination is still running; poll its `url`, which is also in Location.",
            ),
            **INVALID,
            **{key: REFUSALS[key] for key in REFUSALS if key[0] in (415, 429, 503)},
        },
    )
    def post(self, request: Request) -> Response:
        count_examination(request)
        clip = Clip(data=request.data)
        clip.is_valid(raise_exception=True)

        def work() -> tuple[int, Any]:
            try:
                queued = services.begin_examination(
                    data=clip.validated_data["file"].read(), sender=sender_of(request)
                )
            except Refused as refusal:
                raise SpeechRefused(422, refusal.code, str(refusal)) from refusal
            return 202, str(queued.public_id)

        accepted = idempotency.once(request, work)
        examination = Examination.objects.get(public_id=accepted.data)
        if _waiting.acquire(blocking=False):
            try:
                _wait_for(examination)
            finally:
                _waiting.release()
        answer = _answer(examination)
        if accepted.has_header("Idempotent-Replayed"):
            answer["Idempotent-Replayed"] = "true"
        return answer


class ExaminationDetail(PublicView):
    """GET /v1/provenance/examinations/{id}: the result of an examination, for 90 days."""

    @extend_schema(
        operation_id="examination",
        responses={
            200: OpenApiTypes.OBJECT,
            202: OpenApiTypes.OBJECT,
            **INVALID,
            **NOT_FOUND,
            **{key: REFUSALS[key] for key in REFUSALS if key[0] == 429},
        },
    )
    def get(self, request: Request, public_id: UUID) -> Response:
        count_look(request)
        examination = Examination.objects.filter(public_id=public_id).first()
        if examination is None:
            raise Http404(f"There is no examination {public_id}.")
        return _answer(examination)


class Manifest(PublicView):
    """GET /v1/generations/{id}/manifest: the signed manifest of one piece of speech."""

    @extend_schema(operation_id="manifest", responses={200: OpenApiTypes.OBJECT, **NOT_FOUND})
    def get(self, request: Request, public_id: UUID) -> Response:
        generation = (
            Generation.objects.filter(public_id=public_id, state=Generation.State.SETTLED)
            .select_related("voice", "licence", "plan_month", "voice_version__enrolment__consent")
            .first()
        )
        if generation is None:
            raise Http404(f"Nothing was spoken as {public_id}.")
        claims = queries.manifest_of(generation)
        return Response({"manifest": claims, "signature": signing.sign(claims)})


class Keys(PublicView):
    """GET /v1/provenance/keys: the keys that verify our signatures, as a JWK set (RFC 7517)."""

    @extend_schema(operation_id="provenance_keys", responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        return Response({"keys": signing.published_jwks()})
