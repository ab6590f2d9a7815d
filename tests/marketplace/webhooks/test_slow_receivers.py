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


def _was_slow(organization_id: int) -> None:
    turn = turns.take(organization_id)
    assert turn is not None
    turns.give_back(organization_id, turn, took=10.0)


def test_one_organization_leaves_threads_to_the_others() -> None:
    taken = [turns.take(1) for _ in range(8)]  # as many as there are threads
    assert sum(turn is not None for turn in taken) == turns.AT_ONCE < 8
    assert turns.take(2) is not None
    assert taken[0] is not None
    turns.give_back(1, taken[0], took=0.1)
    assert turns.take(1) is not None


def test_slow_organizations_together_leave_threads_to_the_others() -> None:
    for organization in range(8):
        _was_slow(organization)
    taken = [turns.take(organization) for organization in range(8)]
    assert sum(turn is not None for turn in taken) == turns.SLOW_AT_ONCE < 8
    assert turns.take(100) is not None
    assert taken[0] is not None
    turns.give_back(0, taken[0], took=10.0)
    assert turns.take(7) is not None  # it was refused above and holds no place


@pytest.mark.django_db
def test_a_message_beyond_those_at_once_waits_and_is_queued_when_a_call_has_ended(
    silent: SilentServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = factories.make_user()
    _endpoint(user, silent.url)
    messages = [_emit(user) for _ in range(turns.AT_ONCE + 1)]
    last = messages[-1]
    queued: list[int] = []
    monkeypatch.setattr(services, "at_commit", lambda work, pk: queued.append(pk))

    def answers(message: WebhookMessage) -> int:
        services.deliver(message_pk=messages[messages.index(message) + 1].pk)  # meanwhile
        return 204

    monkeypatch.setattr(services, "_post", answers)
    services.deliver(message_pk=messages[0].pk)
    last.refresh_from_db()
    assert (last.state, last.tries) == (WebhookMessage.State.WAITING, 0)
    assert last.next_try_at is not None
    assert last.next_try_at <= timezone.now()
    assert set(queued) == {last.pk}
    monkeypatch.setattr(services, "_post", lambda _: 204)
    assert services.deliver(message_pk=last.pk).state == WebhookMessage.State.DELIVERED


@pytest.mark.django_db
def test_whose_server_was_slow_is_called_once_at_a_time(
    silent: SilentServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, quick = factories.make_user(), factories.make_user()
    endpoint = _endpoint(slow, silent.url)
    _endpoint(quick, silent.url)
    _was_slow(endpoint.organization_id)
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
