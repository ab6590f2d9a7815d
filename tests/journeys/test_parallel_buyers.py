"""Many people buy at once: each gets one licence, pays once, and the ledger adds up."""

from __future__ import annotations

import json
import re
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.journeys.books import RECONCILED, STANDING
from tests.journeys.site import Site

pytestmark = [pytest.mark.journey, pytest.mark.slow]
WAITS = 120.0  # seconds that a buyer waits for a licence

SET_UP = """
import json
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from tests import factories
listing = factories.make_listing(factories.make_voice(), price=4999)
sessions = []
for _ in range({count}):
    user = factories.make_user("buyer")
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    sessions.append(session.session_key)
print(json.dumps([listing.voice.slug, str(listing.offers.get().pk), sessions]))
"""
EACH_ONE = """
from django.db.models import Count
from marketplace.licensing.models import Licence
print(set(Licence.objects.values("buyer").annotate(n=Count("pk")).values_list("n", flat=True)))
"""


def _buy(site: Site, slug: str, session: str) -> float:
    """Buy in a browser; returns the seconds from paying to a licence in the buyer's list."""
    with httpx.Client(base_url=site.url, cookies={"sessionid": session}, timeout=60) as buyer:
        page = buyer.get(f"/voices/{slug}/buy").text
        form = re.search(rf'action="(/voices/{slug}/buy)".*?</form>', page, re.DOTALL)
        assert form, page
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
        asked = buyer.post(form[1], data=fields)
        assert asked.status_code in (302, 303), asked.text
        began = time.monotonic()
        assert httpx.post(asked.headers["Location"], timeout=60).status_code == 303
        while "TL-" not in buyer.get("/licences").text and time.monotonic() - began < WAITS:
            time.sleep(0.3)
        return time.monotonic() - began


@pytest.mark.parametrize("count", [6, 48])
def test_parallel_buyers_get_a_licence_each_and_the_ledger_adds_up(site: Site, count: int) -> None:
    site.start()
    slug, _, sessions = json.loads(site.run(SET_UP.format(count=count)).splitlines()[-1])
    faults = f"http://127.0.0.1:{site.env['TIMBRE_SANDBOX_PORT']}/_sandbox/faults"
    assert httpx.post(faults, json={"repeat": 2}, timeout=20).is_success  # every webhook twice
    began = time.monotonic()
    with ThreadPoolExecutor(count) as pool:
        waited = list(pool.map(lambda session: _buy(site, slug, session), sessions))
    elapsed = time.monotonic() - began
    assert max(waited) < WAITS, site.output.read_text()[-2000:]
    until = time.monotonic() + WAITS
    while (standing := json.loads(site.run(STANDING)))["waiting"] and time.monotonic() < until:
        time.sleep(0.5)
    assert standing == {
        "licences": count, "orders": count, "payments": count, "sales": count, "waiting": 0,
        "errors": 0, "sum": 0,
    }  # fmt: skip
    assert site.run(EACH_ONE).strip() == "{1}"
    compared, differences = site.run(RECONCILED).strip().splitlines()[-1].split(" ", 1)
    assert (int(compared), differences) == (count, "[]")
    print(  # noqa: T201 - `make bench` shows it
        f"{count} buyers at once in {elapsed:.1f} s: from paying to a licence "
        f"{statistics.median(waited):.1f} s in the median, {max(waited):.1f} s at most"
    )
    site.stop()
