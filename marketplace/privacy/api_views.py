"""The account's own data over the API, for keys with the scope `account`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.accounts.models import User
from marketplace.api import idempotency
from marketplace.api.problems import NOT_FOUND, REFUSALS
from marketplace.api.serializers import Strict
from marketplace.api.views.speech import IDEMPOTENCY
from marketplace.licensing.key_access import require_person
from marketplace.licensing.models import ApiKey
from marketplace.privacy import downloads, services
from marketplace.privacy.models import PrivacyRequest
from marketplace.refusals import Refused, SpeechRefused


class Confirmation(Strict):
    """Erasure can't be undone, so the account's e-mail address confirms it."""

    confirm = serializers.EmailField()


def _document(privacy_request: PrivacyRequest) -> dict[str, Any]:
    return {
        "id": str(privacy_request.public_id),
        "kind": privacy_request.kind,
        "state": privacy_request.state,
        "progress": privacy_request.progress,
        "report": privacy_request.report,
        "created_at": privacy_request.created_at.isoformat(),
        "finished_at": privacy_request.finished_at.isoformat()
        if privacy_request.finished_at
        else None,
    }


class OfAccount(APIView):
    """For a person's own keys with the scope `account`."""

    permission_classes = (IsAuthenticated,)

    def person(self, request: Request) -> User:
        """Whose key it is; raises what `require_person` raises."""
        assert isinstance(request.auth, ApiKey)
        return require_person(request.auth)

    def ask(self, request: Request, kind: str) -> Response:
        person = self.person(request)

        def work() -> tuple[int, Any]:
            try:
                return 202, _document(services.ask(user=person, kind=kind))
            except Refused as refused:
                raise SpeechRefused(409, refused.code, str(refused)) from refused

        return idempotency.once(request, work)


class Copies(OfAccount):
    """POST /v1/account/copies: ask for a copy of everything about oneself."""

    @extend_schema(
        operation_id="copy",
        parameters=[IDEMPOTENCY],
        request=None,
        responses={202: OpenApiTypes.OBJECT, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        return self.ask(request, PrivacyRequest.Kind.EXPORT)


class Copy(OfAccount):
    """GET /v1/account/copies/{id}: its progress; with ?download=1, once it is done, the ZIP."""

    @extend_schema(
        operation_id="copy_state", responses={200: OpenApiTypes.OBJECT, **REFUSALS, **NOT_FOUND}
    )
    def get(self, request: Request, public_id: UUID) -> Response | StreamingHttpResponse:
        person = self.person(request)
        privacy_request = PrivacyRequest.objects.filter(user=person, public_id=public_id).first()
        if privacy_request is None:
            raise Http404(f"There is no copy {public_id}.")
        if "download" not in request.query_params:
            return Response(_document(privacy_request))
        try:
            return downloads.send_copy(request=privacy_request, by=person)
        except Refused as refused:
            raise Http404(str(refused)) from refused


class Erasure(OfAccount):
    """POST /v1/account/erasure: erase everything about oneself, for good."""

    @extend_schema(
        operation_id="erasure",
        parameters=[IDEMPOTENCY],
        request=Confirmation,
        responses={202: OpenApiTypes.OBJECT, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        confirmed = Confirmation(data=request.data)
        confirmed.is_valid(raise_exception=True)
        if confirmed.validated_data["confirm"].lower() != self.person(request).email.lower():
            raise SpeechRefused(
                422, "not_confirmed", "Confirm with the e-mail address of this account."
            )
        return self.ask(request, PrivacyRequest.Kind.ERASURE)
