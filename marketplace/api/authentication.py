"""API keys as bearer tokens."""

from __future__ import annotations

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from marketplace.accounts.models import User
from marketplace.api import rate_limit
from marketplace.licensing.key_access import note_use, recognize_key
from marketplace.licensing.models import ApiKey
from marketplace.policy import patterns
from marketplace.request_log import ANSWER_HEADERS


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer tk_…` or `xi-api-key: tk_…`; `request.auth` is the key."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            secret = request.headers.get("xi-api-key", "")
        if not secret.strip():
            return None
        address = request.META.get("REMOTE_ADDR")
        key = recognize_key(secret.strip())
        # Counted before the address is looked at: what is refused for it costs as much
        request.META[ANSWER_HEADERS] = rate_limit.count_request(key)
        note_use(key, address)
        patterns.note_network(key, address)
        return key.owner, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the key appears in the OpenAPI document."""

    target_class = KeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
