"""A test event shows people that their server understands ours, and the log shows what became of it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import Membership, User
from marketplace.accounts.organizations import create_organization, personal_organization
from marketplace.compliance.models import AuditEvent
from marketplace.refusals import Refused
from marketplace.webhooks import probing, services
from marketplace.webhooks.models import TEST, Event, WebhookEndpoint, WebhookMessage
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_limit_is_used_up() -> None:
    cache.clear()


def _endpoint(user: User, *events: str) -> WebhookEndpoint:
    endpoint, _ = services.create_endpoint(
        organization=personal_organization(user),
        url="http://localhost:9/hooks",
        events=events,
        by=user,
    )
    return endpoint


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_test_event_comes_whatever_an_address_has_chosen() -> None:
    user = factories.make_user()
    endpoint = _endpoint(user, "licence.expired")
    message = probing.send_test(endpoint=endpoint, by=user)
    assert message.payload["type"] == message.kind == "webhook.test"
    assert message.payload["data"] == {"endpoint": str(endpoint.public_id)}
    assert AuditEvent.objects.filter(action="webhook.tested").count() == 1


def test_the_log_shows_status_duration_body_and_next_try(monkeypatch: pytest.MonkeyPatch) -> None:
    user = factories.make_user()
    message = probing.send_test(endpoint=_endpoint(user), by=user)
    WebhookMessage.objects.update(kind=Event.LICENCE_GRANTED)  # unlike a test, it is tried again

    def answers_503(*_: Any) -> int:
        return 503

    monkeypatch.setattr(services, "_post", answers_503)
    services.deliver(message_pk=message.pk)
    page = _client(user).get(reverse("storefront:webhooks")).text
    assert message.message_id in page
    assert "503" in page
    assert " ms" in page
    assert "&quot;type&quot;: &quot;webhook.test&quot;" in page
    due = WebhookMessage.objects.get().next_try_at
    assert due is not None
    assert f"{due:%H:%M:%S}" in page


def test_the_log_can_be_limited_to_what_was_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    user = factories.make_user()
    endpoint = _endpoint(user)
    lost, kept = (probing.send_test(endpoint=endpoint, by=user) for _ in range(2))

    def refuses(*_: Any) -> int:
        raise httpx.ConnectError("refused")

    monkeypatch.setattr(services, "_post", refuses)
    monkeypatch.setattr(services, "PAUSES", ())
    services.deliver(message_pk=lost.pk)
    page = _client(user).get(reverse("storefront:webhooks") + "?state=given_up").text
    assert lost.message_id in page
    assert "ConnectError: refused" in page
    assert kept.message_id not in page


def test_an_address_that_is_off_gets_no_test() -> None:
    user = factories.make_user()
    endpoint = _endpoint(user)
    services.disable_endpoint(endpoint=endpoint, by=user, why="Switched off.")
    with pytest.raises(Refused) as refusal:
        probing.send_test(endpoint=endpoint, by=user)
    assert refusal.value.code == "endpoint_disabled"
    assert not WebhookMessage.objects.exists()


def test_whoever_may_not_make_keys_sends_no_test() -> None:
    owner, finance = factories.make_user(), factories.make_user()
    team = create_organization(name="A team", by=owner)
    team.memberships.create(user=finance, role=Membership.Role.FINANCE)
    endpoint, _ = services.create_endpoint(
        organization=team, url="http://localhost:9/hooks", events=(), by=owner
    )
    with pytest.raises(Refused) as refusal:
        probing.send_test(endpoint=endpoint, by=finance)
    assert refusal.value.code == "role_too_small"
    assert not WebhookMessage.objects.exists()


def test_a_person_sends_few_tests_in_a_minute_however_many_addresses_they_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(probing, "A_MINUTE", 1)
    user = factories.make_user()
    one, other = _endpoint(user), _endpoint(user)
    probing.send_test(endpoint=one, by=user)
    with pytest.raises(Refused) as refusal:
        probing.send_test(endpoint=other, by=user)
    assert refusal.value.code == "rate_limited"
    assert WebhookMessage.objects.count() == 1


def test_a_test_is_sent_once(monkeypatch: pytest.MonkeyPatch) -> None:
    user = factories.make_user()
    message = probing.send_test(endpoint=_endpoint(user), by=user)
    monkeypatch.setattr(services, "_post", lambda _: 503)
    services.deliver(message_pk=message.pk)
    message.refresh_from_db()
    assert (message.state, message.next_try_at) == (WebhookMessage.State.GIVEN_UP, None)


def test_a_button_sends_a_test_and_leads_to_the_log() -> None:
    user = factories.make_user()
    endpoint = _endpoint(user)
    answer = _client(user).post(reverse("storefront:test-webhook", args=[endpoint.public_id]))
    assert answer["Location"].endswith(
        f"?organization={endpoint.organization.public_id}#deliveries"
    )
    assert WebhookMessage.objects.get().kind == TEST
