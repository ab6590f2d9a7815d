"""Webhooks are signed as the standard's library verifies, retried, replayed, and kept off our network."""

from __future__ import annotations

import gzip
import json
import socket
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from marketplace.accounts import organizations
from marketplace.accounts.models import Membership, User
from marketplace.accounts.organizations import personal_organization
from marketplace.consent.withdrawal import revoke
from marketplace.licensing import consent_notices, lifecycle
from marketplace.licensing.models import Licence
from marketplace.refusals import Refused
from marketplace.webhooks import addresses as addresses_of_webhooks
from marketplace.webhooks import services
from marketplace.webhooks.models import WebhookEndpoint, WebhookMessage
from tests import factories
from tests.mailbox import delivered

pytestmark = pytest.mark.django_db


class _Receiver:
    """A buyer's server that records requests and answers with `status`."""

    def __init__(self) -> None:
        self.status = 204
        self.body = b""
        self.received: list[tuple[dict[str, str], bytes]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.received.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(outer.status)
                if outer.body:
                    self.send_header("Content-Encoding", "gzip")
                    self.send_header("Content-Length", str(len(outer.body)))
                self.end_headers()
                with suppress(OSError):
                    self.wfile.write(outer.body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://localhost:{self.server.server_port}/hooks"


@pytest.fixture
def receiver() -> Iterator[_Receiver]:
    found = _Receiver()
    yield found
    found.server.shutdown()


def _listening(licence: Licence, receiver: _Receiver, *events: str) -> tuple[WebhookEndpoint, str]:
    return services.create_endpoint(
        organization=licence.organization, url=receiver.url, events=events, by=licence.buyer
    )


def _untaken(receiver: _Receiver) -> tuple[WebhookMessage, User]:
    """A message whose endpoint answers 500, and the owner of that endpoint."""
    licence = factories.make_licence()
    _listening(licence, receiver)
    receiver.status = 500
    lifecycle.suspend_licence(licence=licence, reason="test")
    return WebhookMessage.objects.get(), licence.buyer


def test_a_change_of_a_licence_is_told_and_verifies(receiver: _Receiver) -> None:
    licence = factories.make_licence()
    _, secret = _listening(licence, receiver)
    lifecycle.suspend_licence(licence=licence, reason="test")
    message = WebhookMessage.objects.get()
    services.deliver(message_pk=message.pk)
    services.deliver(message_pk=message.pk)
    [(headers, body)] = receiver.received
    told = Webhook(secret).verify(body, headers)
    assert told["type"] == "licence.suspended"
    assert told["data"]["licence"] == licence.number
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body + b" ", headers)


def test_only_the_events_that_were_chosen_are_told(receiver: _Receiver) -> None:
    licence = factories.make_licence()
    _listening(licence, receiver, "licence.expired")
    lifecycle.suspend_licence(licence=licence, reason="test")
    assert not WebhookMessage.objects.exists()


def test_what_is_not_taken_is_tried_for_a_day_and_then_given_up(receiver: _Receiver) -> None:
    message, buyer = _untaken(receiver)
    waited = timedelta(0)
    while message.state == WebhookMessage.State.WAITING:
        before = timezone.now()
        message = services.deliver(message_pk=message.pk)
        if message.next_try_at:
            waited += message.next_try_at - before
            WebhookMessage.objects.update(next_try_at=before)
    assert message.state == WebhookMessage.State.GIVEN_UP
    assert timedelta(hours=20) < waited < timedelta(hours=30)
    assert len({headers["webhook-id"] for headers, _ in receiver.received}) == 1
    receiver.status = 204
    services.replay(message=message, by=buyer)
    assert services.deliver(message_pk=message.pk).state == WebhookMessage.State.DELIVERED


def test_one_that_another_worker_is_at_is_not_sent_twice(receiver: _Receiver) -> None:
    message, _ = _untaken(receiver)
    services.deliver(message_pk=message.pk)
    services.deliver(message_pk=message.pk)
    assert len(receiver.received) == 1


def test_a_worker_that_dies_in_the_last_try_leaves_it_to_another(
    receiver: _Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    message, _ = _untaken(receiver)
    WebhookMessage.objects.update(tries=len(services.PAUSES))
    with monkeypatch.context() as dying, pytest.raises(SystemExit):
        dying.setattr(services, "_send", lambda _: sys.exit())
        services.deliver(message_pk=message.pk)
    message.refresh_from_db()
    assert message.state == WebhookMessage.State.WAITING
    assert message.next_try_at is not None
    assert message.next_try_at <= timezone.now() + services.CLAIM
    WebhookMessage.objects.update(next_try_at=timezone.now())
    assert services.deliver(message_pk=message.pk).state == WebhookMessage.State.GIVEN_UP


def test_an_address_that_is_gone_is_switched_off(receiver: _Receiver) -> None:
    licence = factories.make_licence()
    endpoint, _ = _listening(licence, receiver)
    receiver.status = 410
    lifecycle.suspend_licence(licence=licence, reason="test")
    services.deliver(message_pk=WebhookMessage.objects.get().pk)
    endpoint.refresh_from_db()
    assert endpoint.disabled_at is not None


def test_both_secrets_sign_while_one_takes_the_others_place(receiver: _Receiver) -> None:
    licence = factories.make_licence()
    endpoint, old = _listening(licence, receiver)
    new = services.rotate_secret(endpoint=endpoint, by=licence.buyer)
    lifecycle.suspend_licence(licence=licence, reason="test")
    services.deliver(message_pk=WebhookMessage.objects.get().pk)
    [(headers, body)] = receiver.received
    assert Webhook(old).verify(body, headers) == Webhook(new).verify(body, headers)
    WebhookEndpoint.objects.update(former_until=timezone.now())
    lifecycle.resume_licence(licence=licence)
    services.deliver(message_pk=WebhookMessage.objects.latest("pk").pk)
    headers, body = receiver.received[-1]
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(body, headers)


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "https://127.0.0.1/", "https://localhost/", "https://10.0.0.1/x",
     "https://169.254.169.254/latest", "https://[::1]/", "https://user@example.com/", "nonsense",
     "https://[64:ff9b::a00:1]/", "https://[2002:a00:1::]/", "https://[::ffff:10.0.0.1]/",
     "https://[2001:0:a00:1::]/", "https://[fec0::1]/", "https://[::7f00:1]/",
     "https://[::ffff:0:7f00:1]/", "https://[64:ff9b:1::a00:1]/", "https://[3fff::1]/",
     "https://192.0.0.8/", "https://192.88.99.1/"],
)  # fmt: skip
def test_nothing_inside_the_network_is_called(url: str, settings: Any) -> None:
    settings.WEBHOOKS_MAY_BE_PRIVATE = False
    licence = factories.make_licence()
    with pytest.raises(Refused):
        services.create_endpoint(
            organization=licence.organization, url=url, events=[], by=licence.buyer
        )
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_no_database_connection_is_held_while_the_name_of_an_address_is_looked_up(
    receiver: _Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = []

    def look_up(url: str, **within: float) -> addresses_of_webhooks.Destination:
        held.append(connection.connection is not None)
        return resolve(url, **within)

    resolve = addresses_of_webhooks.resolve
    monkeypatch.setattr(addresses_of_webhooks, "resolve", look_up)
    licence = factories.make_licence()
    _listening(licence, receiver)
    lifecycle.suspend_licence(licence=licence, reason="test")
    services.deliver(message_pk=WebhookMessage.objects.get().pk)
    assert held == [False, False]


def test_addresses_that_can_not_be_called_are_looked_up_a_few_times_a_minute_for_one_person(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOKS_MAY_BE_PRIVATE = False
    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.0)  # all within one minute
    user = factories.make_user()
    teams = [organizations.create_organization(name=f"Team {n}", by=user) for n in range(2)]
    codes = []
    for number in range(services.LOOKED_UP + 2):
        with pytest.raises(Refused) as refusal:
            services.create_endpoint(
                organization=teams[number % 2], url="https://10.0.0.1/", events=[], by=user
            )
        codes.append(refusal.value.code)
    assert codes == ["url"] * services.LOOKED_UP + ["rate_limited"] * 2


def test_a_server_that_answers_byte_by_byte_is_left_after_a_while(
    receiver: _Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    message, _ = _untaken(receiver)
    monkeypatch.setattr(services, "TIMEOUT", 1.5)
    slow = socket.create_server(("127.0.0.1", 0))

    def trickle() -> None:
        connection, _ = slow.accept()
        with connection, suppress(OSError):
            for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 60:
                connection.sendall(bytes([byte]))
                time.sleep(0.2)

    threading.Thread(target=trickle, daemon=True).start()
    message.endpoint.url = f"http://localhost:{slow.getsockname()[1]}/"
    message.endpoint.save()
    WebhookMessage.objects.update(next_try_at=timezone.now())
    started = time.monotonic()
    services.deliver(message_pk=message.pk)
    assert time.monotonic() - started < 4
    attempt = message.attempts.first()
    assert (attempt.status, "No response" in attempt.problem) == (None, True)


def test_of_an_answer_nothing_but_the_status_is_read(receiver: _Receiver) -> None:
    licence = factories.make_licence()
    _listening(licence, receiver)
    receiver.status, receiver.body = 200, gzip.compress(bytes(200_000_000))
    lifecycle.suspend_licence(licence=licence, reason="test")
    tracemalloc.start()
    services.deliver(message_pk=WebhookMessage.objects.get().pk)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    assert WebhookMessage.objects.get().state == WebhookMessage.State.DELIVERED


def test_one_message_is_replayed_ten_times_an_hour_at_most(receiver: _Receiver) -> None:
    message, owner = _untaken(receiver)
    for _ in range(services.MAX_REPLAYS):
        services.replay(message=message, by=owner)
        services.deliver(message_pk=message.pk)
    with pytest.raises(Refused) as refusal:
        services.replay(message=message, by=owner)
    assert refusal.value.code == "replayed_too_often"


def test_secrets_are_kept_sealed(receiver: _Receiver) -> None:
    licence = factories.make_licence()
    endpoint, secret = _listening(licence, receiver)
    assert secret.encode() not in bytes(WebhookEndpoint.objects.get().sealed_secret)
    page = Client()
    page.force_login(licence.buyer, backend="django.contrib.auth.backends.ModelBackend")
    assert secret not in page.get(reverse("storefront:webhooks")).text
    assert endpoint.url in page.get(reverse("storefront:webhooks")).text


def test_webhooks_are_their_organizations_alone(receiver: _Receiver) -> None:
    licence = factories.make_licence()
    endpoint, _ = _listening(licence, receiver)
    lifecycle.suspend_licence(licence=licence, reason="test")
    message = WebhookMessage.objects.get()
    stranger = Client()
    stranger.force_login(factories.make_user(), backend="django.contrib.auth.backends.ModelBackend")
    for url in (
        reverse("storefront:change-webhook", args=[endpoint.public_id]),
        reverse("storefront:replay-webhook", args=[message.pk]),
    ):
        assert stranger.post(url).status_code == 404
    endpoint.refresh_from_db()
    assert endpoint.disabled_at is None


def test_licensees_hear_that_a_voice_is_being_withdrawn(receiver: _Receiver) -> None:
    licence = factories.make_licence()
    _listening(licence, receiver)
    voice = licence.voice
    revoke(consent=voice.consents.get(), by=voice.creator.user)
    consent_notices.announce_withdrawal(voice_id=voice.pk)
    message = WebhookMessage.objects.get()
    assert message.kind == "voice.removal_notice"
    assert json.loads(json.dumps(message.payload))["data"]["reason"] == "now"
    assert personal_organization(licence.buyer) == licence.organization


def test_a_paused_or_suspended_licensee_is_told_of_a_withdrawal_too_in_a_whole_sentence() -> None:
    licence = factories.make_licence()
    lifecycle.suspend_licence(licence=licence, reason="A dispute.")
    voice = licence.voice
    revoke(consent=voice.consents.get(), by=voice.creator.user)
    assert consent_notices.announce_withdrawal(voice_id=voice.pk) == 1
    assert "is silent from now on." in str(delivered()[-1].body)


@pytest.fixture
def of_developer(receiver: _Receiver) -> tuple[WebhookEndpoint, Membership]:
    """A team's endpoint, and the membership of the developer who added it."""
    owner, developer = factories.make_user("owner"), factories.make_user("developer")
    team = organizations.create_organization(name="Team", by=owner)
    membership = team.memberships.create(user=developer, role="developer")
    endpoint, _ = services.create_endpoint(
        organization=team, url=receiver.url, events=[], by=developer
    )
    return endpoint, membership


def _tell(endpoint: WebhookEndpoint) -> None:
    services.emit(
        organization_id=endpoint.organization_id, kind="licence.granted", data={"number": "TL-1"}
    )


def _owner_of(membership: Membership) -> User:
    return membership.organization.memberships.get(role="owner").user


def test_the_endpoint_of_a_former_member_is_told_nothing_more(
    of_developer: tuple[WebhookEndpoint, Membership],
) -> None:
    endpoint, membership = of_developer
    organizations.remove_member(membership=membership, by=_owner_of(membership))
    _tell(endpoint)
    endpoint.refresh_from_db()
    assert not WebhookMessage.objects.exists()
    assert endpoint.disabled_why == services.OWNER_LEFT


def test_the_endpoint_of_a_member_who_may_make_keys_no_longer_is_told_nothing_more(
    of_developer: tuple[WebhookEndpoint, Membership],
) -> None:
    endpoint, membership = of_developer
    organizations.change_role(membership=membership, role="finance", by=_owner_of(membership))
    _tell(endpoint)
    assert not WebhookMessage.objects.exists()


def test_a_message_that_waits_is_not_sent_once_the_endpoints_owner_left(
    of_developer: tuple[WebhookEndpoint, Membership], receiver: _Receiver
) -> None:
    endpoint, membership = of_developer
    _tell(endpoint)
    organizations.remove_member(membership=membership, by=_owner_of(membership))
    services.deliver(message_pk=WebhookMessage.objects.get().pk)
    assert not receiver.received


def test_the_endpoint_of_a_member_who_left_and_came_back_is_told_nothing_more(
    of_developer: tuple[WebhookEndpoint, Membership],
) -> None:
    endpoint, membership = of_developer
    organizations.remove_member(membership=membership, by=_owner_of(membership))
    membership.organization.memberships.create(user=membership.user, role="developer")
    _tell(endpoint)
    assert not WebhookMessage.objects.exists()


def test_whoever_came_back_answers_again_for_an_endpoint_with_a_new_secret(
    of_developer: tuple[WebhookEndpoint, Membership],
) -> None:
    endpoint, membership = of_developer
    organizations.remove_member(membership=membership, by=_owner_of(membership))
    membership.organization.memberships.create(user=membership.user, role="developer")
    services.rotate_secret(endpoint=endpoint, by=membership.user)
    _tell(endpoint)
    assert WebhookMessage.objects.count() == 1


def test_an_endpoint_belongs_to_whoever_last_rotated_its_secret(
    of_developer: tuple[WebhookEndpoint, Membership],
) -> None:
    endpoint, membership = of_developer
    owner = _owner_of(membership)
    services.rotate_secret(endpoint=endpoint, by=owner)
    organizations.remove_member(membership=membership, by=owner)
    _tell(endpoint)
    assert WebhookMessage.objects.count() == 1


def _resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Every name resolves to these addresses; returns the names that were looked up."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(0, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(addresses_of_webhooks.socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111"])
def test_public_addresses_are_called(
    address: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOKS_MAY_BE_PRIVATE = False
    _resolving(monkeypatch, address)
    assert address in addresses_of_webhooks.resolve("https://example.com/").url


def test_a_host_with_addresses_of_both_versions_is_called_at_its_ipv4_address(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOKS_MAY_BE_PRIVATE = False
    _resolving(monkeypatch, "2606:4700:4700::1111", "8.8.8.8")
    assert addresses_of_webhooks.resolve("https://example.com/a").url == "https://8.8.8.8:443/a"


def test_a_host_in_another_script_is_called_by_its_encoded_name(
    receiver: _Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    licence = factories.make_licence()
    port = receiver.server.server_port
    asked = _resolving(monkeypatch, "127.0.0.1")
    receiver.url = f"http://Bücher.example:{port}/hook"
    _listening(licence, receiver)
    lifecycle.suspend_licence(licence=licence, reason="test")
    services.deliver(message_pk=WebhookMessage.objects.get().pk)
    [(headers, _)] = receiver.received
    assert headers["host"] == f"xn--bcher-kva.example:{port}"
    assert set(asked) <= {"xn--bcher-kva.example", "127.0.0.1"}


def test_a_host_that_cannot_be_encoded_is_refused(receiver: _Receiver) -> None:
    receiver.url = "https://a\N{SNOWMAN WITHOUT SNOW}\u200b..example/"
    with pytest.raises(Refused, match="can't be found"):
        _listening(factories.make_licence(), receiver)


def test_an_address_of_more_characters_than_are_stored_is_refused(receiver: _Receiver) -> None:
    receiver.url += "?" + "x" * services.MAX_URL
    with pytest.raises(Refused, match="at most"):
        _listening(factories.make_licence(), receiver)


def test_an_attempt_that_fails_unforeseen_counts(
    receiver: _Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    message, _ = _untaken(receiver)

    def broken(url: str) -> None:
        raise UnicodeEncodeError("ascii", url, 0, 1, "unforeseen")

    monkeypatch.setattr(addresses_of_webhooks, "resolve", broken)
    while message.state == WebhookMessage.State.WAITING:
        WebhookMessage.objects.update(next_try_at=timezone.now())
        message = services.deliver(message_pk=message.pk)
    assert message.state == WebhookMessage.State.GIVEN_UP
    assert message.attempts.count() == len(services.PAUSES) + 1
