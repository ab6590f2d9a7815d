"""Numbers that are too long to be numbers are refused or left out, and fail nothing."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.consent.models import Consent
from tests import factories

pytestmark = pytest.mark.django_db
LONG = "9" * 5000


@pytest.mark.parametrize(
    ("path", "name", "status"),
    [
        ("/transparency", "year", 200),
        ("/", "max_price", 200),
        ("/v1/voices", "limit", 422),
        ("/v1/voices", "page_size", 422),
    ],
)
def test_a_long_number_in_an_address_is_no_server_error(
    client: Client, path: str, name: str, status: int
) -> None:
    client.raise_request_exception = False
    assert client.get(path, {name: LONG}).status_code == status


@pytest.mark.parametrize(
    ("last", "status"), [(LONG, 422), (LONG[:4000], 200), ("-" + LONG[:4000], 200)]
)
def test_a_cursor_of_a_long_number_is_no_server_error(
    client: Client, last: str, status: int
) -> None:
    client.raise_request_exception = False
    cursor = urlsafe_b64encode(last.encode()).decode()
    assert client.get("/v1/voices", {"cursor": cursor}).status_code == status


def test_a_long_number_of_years_is_refused(client: Client) -> None:
    voice = factories.make_voice()
    client.force_login(voice.creator.user, backend="django.contrib.auth.backends.ModelBackend")
    client.raise_request_exception = False
    before = Consent.objects.count()
    path = reverse("storefront:challenge", args=[voice.public_id])
    assert client.post(path, {"years": LONG}).status_code < 500
    assert Consent.objects.count() == before
