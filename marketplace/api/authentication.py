"""API keys as bearer tokens."""

from __future__ import annotations

from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from marketplace.accounts.models import User
from marketplace.api import rate_limit
from marketplace.api.cross_origin import asking_page
from marketplace.licensing.key_access import note_use, recognize_key
from marketplace.licensing.key_origins import require_origin
from marketplace.licensing.models import ApiKey
from marketplace.policy import patterns
from marketplace.request_log import ANSWER_HEADERS

BARE = ("xi-api-key", "api-key")  # headers that hold nothing but the key: ElevenLabs', Azure's


def secret_of(request: HttpRequest | Request) -> str:
    """The secret that a request carries; empty if it carries none."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    found = [secret if scheme.lower() == "bearer" else "", *map(request.headers.get, BARE)]
    return next((each.strip() for each in found if each and each.strip()), "")


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer tk_…`, `xi-api-key: tk_…` or `api-key: tk_…`; `request.auth` is the key."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        secret = secret_of(request)
        if not secret:
            return None
        address = request.META.get("REMOTE_ADDR")
        key = recognize_key(secret)
        # Counted before the address is looked at: what is refused for it costs as much
        request.META[ANSWER_HEADERS] = rate_limit.count_request(key)
        page = asking_page(request)
        if page:
            require_origin(key, page)
        note_use(key, address)
        patterns.note_network(key, address, by_page=bool(page))
        return key.owner, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the key appears in the OpenAPI document."""

    target_class = KeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
