"""The three endpoints at the provider: set up once, told what we act on, each with its own secret."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.core.management import call_command

from marketplace.payouts import provider_events, stripe_api
from marketplace.payouts.stripe_api import endpoints
from marketplace.refusals import WebhookInvalid
from tests.sandbox import tell

ROOT = Path(__file__).parents[3]
OURS = (*endpoints.ACCOUNT_EVENTS, *endpoints.CONNECT_EVENTS, *endpoints.THIN_EVENTS)


class Listener:
    """A site that keeps what it is sent."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, str]] = []
        got = self.got

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                got.append((body, self.headers["Stripe-Signature"]))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhooks/stripe"

    def wait_for(self, count: int) -> list[tuple[bytes, str]]:
        """What was sent, at least so many."""
        for _ in range(200):
            if len(self.got) >= count:
                break
            time.sleep(0.05)
        return self.got


@pytest.fixture
def site() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.server.shutdown()
    _disable(listener.url)


def _ask(method: str, path: str, **sent: Any) -> Any:
    return httpx.request(
        method,
        f"{settings.STRIPE_API_BASE}{path}",
        headers={"Authorization": f"Bearer {settings.STRIPE_SECRET_KEY}"},
        **sent,
    ).json()


def _disable(url: str) -> None:
    """Have the sandbox send nothing more to an address."""
    for each in _ask("GET", "/v1/webhook_endpoints?limit=100")["data"]:
        if each["url"] == url:
            _ask("POST", f"/v1/webhook_endpoints/{each['id']}", data={"disabled": "true"})
    for each in _ask("GET", "/v2/core/event_destinations?include=webhook_endpoint.url")["data"]:
        if each["webhook_endpoint"]["url"] == url:
            _ask("POST", f"/v2/core/event_destinations/{each['id']}/disable", json={})


def _outcomes(url: str) -> list[str]:
    return [endpoint.outcome for endpoint in stripe_api.set_up_endpoints(url)]


def test_whatever_we_act_on_is_subscribed_to() -> None:
    assert set(provider_events.HANDLERS) <= set(OURS)
    assert len(set(OURS)) == len(OURS)


def test_the_list_of_events_in_the_documents_is_the_one_that_is_set_up() -> None:
    text = (ROOT / "deploy" / "configuration.md").read_text()
    assert [event for event in OURS if f"`{event}`" not in text] == []


@pytest.mark.django_db
def test_a_second_run_changes_nothing(site: Listener, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("set_up_webhooks", url=site.url)
    first = capsys.readouterr().out
    assert [line.split()[:2] for line in first.splitlines()[:3]] == [
        [role, "created"] for role in ("account", "connect", "thin")
    ]
    assert len(set(first.splitlines()[-1].split(","))) == 3
    call_command("set_up_webhooks", url=site.url)
    second = capsys.readouterr().out
    assert [line.split()[1] for line in second.splitlines()] == ["unchanged"] * 3
    assert "whsec" not in second


def test_an_endpoint_that_was_changed_or_disabled_is_put_right(
    site: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(endpoints, "ACCOUNT_EVENTS", ("invoice.paid",))
        assert _outcomes(site.url) == ["created"] * 3
    assert _outcomes(site.url) == ["updated", "unchanged", "unchanged"]
    _disable(site.url)
    assert _outcomes(site.url) == ["updated"] * 3
    assert _outcomes(site.url) == ["unchanged"] * 3


def test_another_sites_endpoints_are_left_alone(site: Listener) -> None:
    assert _outcomes(site.url) == ["created"] * 3
    other = site.url + "/other"
    assert _outcomes(other) == ["created"] * 3
    _disable(other)
    assert _outcomes(site.url) == ["unchanged"] * 3


def test_each_endpoint_gets_its_own_events_signed_with_its_own_secret(
    site: Listener, settings: Any
) -> None:
    secrets = {made.role: made.secret for made in stripe_api.set_up_endpoints(site.url)}
    account = stripe_api.create_account(
        email="creator@example.com", name="Creator", country="US", key=site.url
    )
    tell(f"accounts/{account.id}/onboard")
    session = _ask(
        "POST", "/v1/checkout/sessions",
        data={
            "mode": "payment", "success_url": "https://example.com",
            "line_items[0][price_data][currency]": "usd",
            "line_items[0][price_data][product_data][name]": "A licence",
            "line_items[0][price_data][unit_amount]": "500",
        },
    )  # fmt: skip
    tell(f"sessions/{session['id']}/expire")
    read = {}
    for payload, signature in site.wait_for(3):
        for role, secret in secrets.items():
            settings.STRIPE_WEBHOOK_SECRETS = [secret]
            try:
                _, kind, about = stripe_api.read_webhook(payload, signature)
            except WebhookInvalid:
                continue
            read[role, kind] = about
    assert read == {
        ("account", "checkout.session.expired"): session["id"],
        ("connect", "account.updated"): account.id,
        ("thin", endpoints.THIN_EVENTS[0]): account.id,
    }
