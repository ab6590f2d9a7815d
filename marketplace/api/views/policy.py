"""Refused texts: the reason, and the appeal to a person."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.api import idempotency
from marketplace.api.problems import NOT_FOUND, REFUSALS
from marketplace.api.serializers import Strict
from marketplace.api.views.account import OfKey
from marketplace.api.views.speech import IDEMPOTENCY
from marketplace.policy import services
from marketplace.policy.models import Refusal
from marketplace.policy.rules import EXPLANATIONS
from marketplace.refusals import InvalidTransition, Refused, SpeechRefused


class Appeal(Strict):
    """Why the refused text should be allowed."""

    reason = serializers.CharField(max_length=2000)


def _document(refusal: Refusal) -> dict[str, Any]:
    return {
        "id": str(refusal.public_id),
        "state": refusal.state,
        "category": refusal.category,
        "rule": refusal.rule,
        "explanation": EXPLANATIONS[refusal.category],
        "text_sha256": refusal.text_sha256,
        "created_at": refusal.created_at.isoformat(),
        "note": refusal.note or None,
    }


class RefusalDetail(OfKey):
    """GET /v1/refusals/{id}: why a text was refused."""

    def refusal(self, request: Request, public_id: UUID) -> Refusal:
        mine = Refusal.objects.filter(organization=self.key(request).organization_id)
        row = mine.filter(public_id=public_id).first()
        if row is None:
            raise Http404(f"There is no refusal {public_id}.")
        return row

    @extend_schema(
        operation_id="refusal", responses={200: OpenApiTypes.OBJECT, **REFUSALS, **NOT_FOUND}
    )
    def get(self, request: Request, public_id: UUID) -> Response:
        return Response(_document(self.refusal(request, public_id)))


class RefusalAppeal(RefusalDetail):
    """POST /v1/refusals/{id}/appeal: ask a person to review it."""

    http_method_names = ("post", "options")

    @extend_schema(
        operation_id="appeal",
        parameters=[IDEMPOTENCY],
        request=Appeal,
        responses={202: OpenApiTypes.OBJECT, **REFUSALS, **NOT_FOUND},
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        serializer = Appeal(data=request.data)
        serializer.is_valid(raise_exception=True)
        refusal = self.refusal(request, public_id)

        def work() -> tuple[int, Any]:
            try:
                appealed = services.appeal(
                    refusal=refusal, reason=serializer.validated_data["reason"]
                )
            except Refused as refused:
                raise SpeechRefused(422, refused.code, str(refused)) from refused
            except InvalidTransition as error:
                raise SpeechRefused(
                    409, "appealed_already", "This refusal has already been appealed."
                ) from error
            return 202, _document(appealed)

        return idempotency.once(request, work)
