"""Customers' servers, and their name servers, may be slow: nothing but their own webhooks waits."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.accounts.organizations import personal_organization
from marketplace.refusals import Refused
from marketplace.webhooks import addresses, services, turns
from marketplace.webhooks.models import Event, WebhookEndpoint, WebhookMessage
from tests import factories
from tests.silent_server import SilentServer


@pytest.fixture
def silent() -> Iterator[SilentServer]:
    server = SilentServer()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def _nobody_was_slow() -> None:
    cache.clear()


def _endpoint(user: User, url: str) -> WebhookEndpoint:
    organization = personal_organization(user)
    return services.create_endpoint(organization=organization, url=url, events=(), by=user)[0]


def _emit(user: User) -> WebhookMessage:
    organization = personal_organization(user)
    services.emit(organization_id=organization.pk, kind=Event.LICENCE_GRANTED, data={})
    return WebhookMessage.objects.latest("pk")


@pytest.mark.django_db
def test_whose_server_was_slow_is_called_once_at_a_time(
    silent: SilentServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, quick = factories.make_user(), factories.make_user()
    endpoint = _endpoint(slow, silent.url)
    _endpoint(quick, silent.url)
    turns.give_back(endpoint.organization_id, turns.Turn.BESIDE_OTHERS, took=10.0)
    one, other, of_quick = _emit(slow), _emit(slow), _emit(quick)
    tried: list[int] = []

    def answers(message: WebhookMessage) -> int:
        tried.append(message.pk)
        if message.pk == one.pk:  # meanwhile another worker takes these
            services.deliver(message_pk=other.pk)
            services.deliver(message_pk=of_quick.pk)
        return 204

    monkeypatch.setattr(services, "_post", answers)
    services.deliver(message_pk=one.pk)
    assert tried == [one.pk, of_quick.pk]
    other.refresh_from_db()
    assert (other.state, other.tries) == (WebhookMessage.State.WAITING, 0)
    WebhookMessage.objects.update(next_try_at=timezone.now())
    services.deliver(message_pk=other.pk)
    assert tried[-1] == other.pk


@pytest.mark.django_db
def test_a_name_server_that_hangs_is_waited_for_no_longer_than_a_call_may_take(
    silent: SilentServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = factories.make_user()
    _endpoint(user, silent.url)
    message, ends = _emit(user), threading.Event()

    def hangs(*_: Any, **__: Any) -> Any:
        ends.wait(8)
        raise OSError

    monkeypatch.setattr(addresses.socket, "getaddrinfo", hangs)
    monkeypatch.setattr(services, "TIMEOUT", 0.5)
    begun = time.monotonic()
    services.deliver(message_pk=message.pk)
    took = time.monotonic() - begun
    ends.set()
    assert took < 4
    assert message.attempts.get().problem == "The name server of localhost took too long."
    assert silent.taken == []


@pytest.mark.django_db
def test_what_the_name_server_took_is_left_less_for_the_call(
    silent: SilentServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = factories.make_user()
    _endpoint(user, silent.url)
    message, look_up = _emit(user), socket.getaddrinfo

    def is_slow(*given: Any, **named: Any) -> Any:
        if "type" in named:  # ours, and not those of the call's own library
            time.sleep(1.6)
        return look_up(*given, **named)

    monkeypatch.setattr(addresses.socket, "getaddrinfo", is_slow)
    monkeypatch.setattr(services, "TIMEOUT", 2.0)
    services.deliver(message_pk=message.pk)
    attempt = message.attempts.get()
    assert attempt.problem == "No response within 2 seconds."
    assert attempt.milliseconds < 3_000


@pytest.mark.django_db
def test_whoever_adds_an_address_does_not_wait_for_its_name_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ends = threading.Event()

    def hangs(*_: Any, **__: Any) -> Any:
        ends.wait(8)
        raise OSError

    monkeypatch.setattr(addresses.socket, "getaddrinfo", hangs)
    monkeypatch.setattr(addresses, "PATIENCE", 0.3)
    begun = time.monotonic()
    with pytest.raises(Refused) as refusal:
        _endpoint(factories.make_user(), "http://slow.example/hooks")
    took = time.monotonic() - begun
    ends.set()
    assert took < 4
    assert refusal.value.code == "url"
    assert not WebhookEndpoint.objects.exists()
