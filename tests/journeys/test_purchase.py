"""Buying on a real site while parts of it die and the provider misbehaves."""

from __future__ import annotations

import json
import os
import signal
import time

import httpx
import pytest

from tests.journeys.books import RECONCILED, STANDING
from tests.journeys.site import Site

pytestmark = pytest.mark.journey

SET_UP = """
from marketplace.accounts.models import User
from marketplace.accounts.services import appoint_moderator
from marketplace.storefront import demo
demo.load_accounts("a-long-demo-password")
from tests import factories
factories.make_listing(factories.make_voice(), price=4999)
print("ready")
"""
ORDER = """
from marketplace.accounts.models import User
from marketplace.licensing.orders import place_order
from marketplace.listings.models import Offer
from marketplace.payouts.incoming.checkout import begin_checkout
buyer = User.objects.get(email="buyer@demo.timbre.example")
print(begin_checkout(order=place_order(buyer=buyer, offer=Offer.objects.get())))
"""


def _standing(site: Site) -> dict[str, int]:
    found: dict[str, int] = json.loads(site.run(STANDING))
    return found


def _faults(site: Site, **what: object) -> None:
    address = f"http://127.0.0.1:{site.env['TIMBRE_SANDBOX_PORT']}/_sandbox/faults"
    assert httpx.post(address, json=what, timeout=20).is_success


def _wait_for(site: Site, licences: int) -> dict[str, int]:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        found = _standing(site)
        if found["licences"] == licences and not found["waiting"]:
            return found
        time.sleep(0.5)
    raise AssertionError(f"{found} {site.output.read_text()[-2000:]}")


def test_no_licence_is_lost_and_nothing_charged_twice(site: Site) -> None:
    site.start()
    assert "ready" in site.run(SET_UP)

    _faults(
        site, repeat=3, hold=True
    )  # webhooks are held back and come newest first, three times each
    assert httpx.post(site.run(ORDER).strip().splitlines()[-1]).status_code == 303
    assert _standing(site)["licences"] == 0
    _faults(site)
    assert _wait_for(site, 1)["sales"] == 1

    pay = site.run(ORDER).strip().splitlines()[-1]
    os.kill(site.children()["-Q default"], signal.SIGKILL)  # between payment and licence
    httpx.post(pay)
    assert _wait_for(site, 2)["payments"] == 2

    pay = site.run(ORDER).strip().splitlines()[-1]
    httpx.post(pay)
    os.kill(site.children()["postgres"], signal.SIGKILL)  # in the middle of the payment
    until = time.monotonic() + 40
    while not site.answers("/voices"):
        assert time.monotonic() < until, site.output.read_text()[-2000:]
        time.sleep(0.3)
    _wait_for(site, 3)

    _faults(site, lose=100)  # no webhook ever comes, so the sweep has to find the payment
    httpx.post(site.run(ORDER).strip().splitlines()[-1])
    _faults(site)
    site.run("from marketplace.payouts.provider_events import sweep; print(sweep())")
    final = _wait_for(site, 4)
    assert final == {
        "licences": 4, "orders": 4, "payments": 4, "sales": 4, "waiting": 0, "errors": 0, "sum": 0,
    }  # fmt: skip
    compared, differences = site.run(RECONCILED).strip().splitlines()[-1].split(" ", 1)
    assert (int(compared), differences) == (4, "[]")
    site.stop()
