"""Keys over the API: which there are, and which pages may use them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.accounts.models import User
from marketplace.api.lists import BoundedList
from marketplace.api.pagination import page_of
from marketplace.api.problems import NOT_FOUND, REFUSALS
from marketplace.api.serializers import PAGE, Strict
from marketplace.licensing import key_origins
from marketplace.licensing.key_access import require_person
from marketplace.licensing.models import ApiKey
from marketplace.licensing.queries import keys_visible_to
from marketplace.refusals import Refused, SpeechRefused


class KeyChange(Strict):
    """What can be changed of a key."""

    allowed_origins = BoundedList(
        child=serializers.CharField(max_length=300),
        max_length=key_origins.MAX_ORIGINS,
        help_text="Web origins whose pages may use the key, as `https://app.example.com`; [] for none. A key that "
        "was given one speaks and lists voices, and nothing else, also after they are taken out again.",
    )


def key_document(key: ApiKey) -> dict[str, Any]:
    """A key without its secret."""
    return {
        "id": str(key.public_id),
        "object": "api_key",
        "name": key.name,
        "prefix": key.prefix,
        "scopes": key.scopes,
        "use": key.use or None,
        "allowed_origins": key.origins,
        "created_at": key.created_at.isoformat(),
        "expires_at": key.expires_at and key.expires_at.isoformat(),
        "revoked_at": key.revoked_at and key.revoked_at.isoformat(),
    }


class _OfPerson(APIView):
    """For a person's own key with the scope `account`: it may do what they may."""

    permission_classes = (IsAuthenticated,)

    def person(self, request: Request) -> User:
        """Whose key it is; raises what `require_person` raises."""
        assert isinstance(request.auth, ApiKey)
        return require_person(request.auth)

    def keys(self, request: Request) -> QuerySet[ApiKey]:
        """The keys that the person may manage."""
        return keys_visible_to(self.person(request))


class Keys(_OfPerson):
    """GET /v1/keys: the keys that a person may manage, without their secrets."""

    @extend_schema(
        operation_id="keys", parameters=PAGE, responses={200: OpenApiTypes.OBJECT, **REFUSALS}
    )
    def get(self, request: Request) -> Response:
        page, more = page_of(self.keys(request).order_by("-pk"), request)
        return Response(
            {
                "object": "list",
                "data": [key_document(key) for key in page],
                "has_more": more is not None,
                "next_cursor": more,
            }
        )


class KeyDetail(_OfPerson):
    """/v1/keys/{id}: one of them."""

    def _named(self, request: Request, public_id: UUID) -> ApiKey:
        key = self.keys(request).filter(public_id=public_id).first()
        if key is None:
            raise Http404(f"There is no key {public_id}.")
        return key

    @extend_schema(
        operation_id="key", responses={200: OpenApiTypes.OBJECT, **REFUSALS, **NOT_FOUND}
    )
    def get(self, request: Request, public_id: UUID) -> Response:
        return Response(key_document(self._named(request, public_id)))

    @extend_schema(
        operation_id="change_key",
        request=KeyChange,
        responses={200: OpenApiTypes.OBJECT, **REFUSALS, **NOT_FOUND},
    )
    def patch(self, request: Request, public_id: UUID) -> Response:
        key = self._named(request, public_id)
        asked = KeyChange(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            key = key_origins.set_origins(
                key=key,
                origins=asked.validated_data["allowed_origins"],
                by=self.person(request),
            )
        except Refused as refusal:
            raise SpeechRefused(422, refusal.code, str(refusal)) from refusal
        return Response(key_document(key))
