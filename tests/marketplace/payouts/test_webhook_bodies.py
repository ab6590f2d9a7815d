"""Webhooks of every shape: what the provider signed is stored, anything else is refused, nothing breaks."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.sandbox.delivery import sign
from marketplace.payouts import provider_events
from marketplace.payouts.models import ProviderEvent

pytestmark = pytest.mark.django_db
FIRST, THIN = "whsec_test_sandbox", "whsec_test_thin"


def _post(client: Client, body: str | bytes, signature: str) -> int:
    answer = client.post(
        "/webhooks/stripe",
        body,
        content_type="application/json",
        headers={"Stripe-Signature": signature},
    )
    return answer.status_code


def test_an_event_about_nothing_with_an_id_is_stored_and_done(client: Client) -> None:
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "balance.available",
        "data": {"object": {"object": "balance", "available": []}},
    }
    body = json.dumps(event)
    assert _post(client, body, sign(body, FIRST)) == 204
    row = ProviderEvent.objects.get()
    provider_events.process_event(event_pk=row.pk)
    row.refresh_from_db()
    assert (row.object_id, row.error) == ("", "")
    assert row.processed_at is not None


def test_a_thin_event_names_its_object_and_its_endpoint_has_a_secret_of_its_own(
    client: Client,
) -> None:
    event = {
        "id": "evt_2",
        "object": "v2.core.event",
        "type": "v2.core.account[configuration.recipient].capability_status_updated",
        "related_object": {"id": "acct_1", "type": "v2.core.account", "url": "/v2/core/accounts/1"},
    }
    body = json.dumps(event)
    assert _post(client, body, sign(body, THIN)) == 204
    assert ProviderEvent.objects.get().object_id == "acct_1"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "object", "data", "related_object", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=ANYTHING)
def test_whatever_is_signed_is_answered(client: Client, body: object) -> None:
    text = json.dumps(body)
    assert _post(client, text, sign(text, FIRST)) in (204, 400)


@pytest.mark.parametrize("body", [b"\xff\xfe", b"[" * 100_000, b"", b"null", b'{"id": "\\u0000"}'])
def test_what_is_no_event_is_refused(client: Client, body: bytes) -> None:
    signed = sign(body.decode("utf-8", "replace"), FIRST)
    assert _post(client, body, signed) == 400
    assert not ProviderEvent.objects.exists()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(signature=st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_no_signature_of_somebody_else_is_taken(client: Client, signature: str) -> None:
    assert _post(client, '{"id": "evt_3", "type": "invoice.paid"}', signature) == 400
