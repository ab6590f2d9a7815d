"""Attack: who copies a page's key leaves the Origin out, and still has its organization slowed."""

from __future__ import annotations

import pytest

from marketplace.licensing import key_origins
from marketplace.policy import patterns
from marketplace.policy.models import Suspicion
from tests import factories
from tests.api_client import api_client

pytestmark = pytest.mark.django_db


def test_who_copies_a_pages_key_and_sends_no_origin_stops_nobody() -> None:
    key, secret = factories.make_key()
    key_origins.set_origins(key=key, origins=["https://app.example.com"], by=key.owner)
    for number in range(patterns.MANY_NETWORKS):
        client = api_client(secret)
        client.defaults["REMOTE_ADDR"] = f"203.{number}.113.7"
        assert client.get("/v1/licences").status_code in (200, 403)
    patterns.detect_patterns()
    print(list(Suspicion.objects.values("kind", "state", "evidence")))
    assert not Suspicion.objects.exists()
