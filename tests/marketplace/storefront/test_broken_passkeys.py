"""Whatever a browser sends instead of a passkey's answer, the form says no and nothing breaks."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db
EXTENDED = bytes(32) + b"\x80" + b"\0\0\0\1"  # a device's data, with extensions to follow
CLIENT = b'{"type":"webauthn.get","challenge":"YQ","origin":"http://localhost"}'


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _answer(device: bytes = EXTENDED, client: bytes = CLIENT) -> dict[str, Any]:
    return {
        "id": _base64(b"x"),
        "rawId": _base64(b"x"),
        "type": "public-key",
        "clientExtensionResults": {},
        "response": {
            "clientDataJSON": _base64(client),
            "authenticatorData": _base64(device),
            "signature": _base64(b"s"),
        },
    }


SENT = {
    "nothing after the flag": json.dumps(_answer()),
    "cut short": json.dumps(_answer(b"abc")),
    "nested CBOR": json.dumps(_answer(EXTENDED + b"\x81" * 50_000)),
    "a list without an end": json.dumps(_answer(EXTENDED + b"\x9b" + b"\xff" * 8)),
    "no text": json.dumps(_answer(EXTENDED + b"\x62\xff\xfe")),
    "a list as a key": json.dumps(_answer(EXTENDED + b"\xa1\x80\x01")),
    "half a number": json.dumps(_answer(EXTENDED + b"\xfa")),
    "no object": json.dumps(_answer(bytes(37), b"[]")),
    "nested client data": json.dumps(_answer(bytes(37), b"[" * 100_000)),
    "nested JSON": "[" * 100_000,
    "a number": "0",
}


@pytest.fixture(autouse=True)
def _no_limit_is_used_up() -> None:
    cache.clear()


@pytest.mark.parametrize("sent", SENT)
def test_what_is_no_passkeys_answer_signs_nobody_in(sent: str) -> None:
    client = Client(raise_request_exception=False)
    answer = client.post(reverse("mfa_login_webauthn"), {"credential": SENT[sent]}, follow=True)
    assert answer.status_code < 500
    assert "_auth_user_id" not in client.session
