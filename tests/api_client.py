"""A client of the API, as an application with a key is."""

from __future__ import annotations

from rest_framework.test import APIClient


def api_client(secret: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client
