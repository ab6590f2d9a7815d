"""Back from subscribing: a plan that was paid is waited for, and is not called Free meanwhile."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.accounts.organizations import create_organization, personal_organization
from marketplace.payouts.incoming import subscriptions
from marketplace.storefront.views import plans
from tests import factories
from tests.sandbox import follow_events, http

pytestmark = pytest.mark.django_db
_CURRENT = r'class="badge state-live">\s*Your plan'


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _subscribe(user: User) -> str:
    """The page to which the provider leads somebody who has paid for a plan."""
    own = personal_organization(user)
    answer = http.post(
        subscriptions.begin_plan_checkout(organization=own, plan="basic", by=user),
        follow_redirects=False,
    )
    address: str = answer.headers["Location"]
    return address[address.index("/plans") :]


def test_a_plan_that_was_paid_is_waited_for_until_its_event_comes() -> None:
    began = timezone.now() - timedelta(seconds=1)
    user = factories.make_user()
    page, client = _subscribe(user), _as(user)
    waiting = client.get(page)
    assert waiting.status_code == 202
    assert "data-reload" in waiting.text
    assert "<progress" in waiting.text
    assert 'http-equiv="refresh"' in waiting.text
    follow_events(began)
    arrived = client.get(page, follow=True)
    assert arrived.redirect_chain[0][0].startswith("/plans?organization=")
    assert "You have the plan Basic now." in arrived.text


def test_meanwhile_no_page_calls_the_plan_free_or_sells_another() -> None:
    user = factories.make_user()
    client = _as(user)
    assert re.search(_CURRENT, client.get("/plans").text)
    client.get(_subscribe(user))
    shown = client.get("/plans").text
    assert "is being confirmed" in shown
    assert "Until your payment is confirmed" in shown
    assert not re.search(_CURRENT, shown)
    assert "Choose Pro" not in shown


def test_what_was_not_paid_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    user = factories.make_user()
    client = _as(user)
    assert client.get("/plans/paid").status_code == 202
    later = time.time() + plans.AWAITED_FOR + 1
    monkeypatch.setattr(plans.time, "time", lambda: later)
    shown = client.get("/plans").text
    assert "is being confirmed" not in shown
    assert "Choose Pro" in shown


def test_a_plan_is_awaited_for_the_organization_that_pays_alone() -> None:
    user = factories.make_user()
    team, client = create_organization(name="A team", by=user), _as(user)
    client.get("/plans/paid", {"organization": str(team.public_id)})
    assert "is being confirmed" not in client.get("/plans").text
    assert "is being confirmed" in client.get("/plans", {"organization": str(team.public_id)}).text


def test_the_page_of_plans_reads_a_plan_and_its_month_once() -> None:
    began = timezone.now() - timedelta(seconds=1)
    user = factories.make_user()
    _subscribe(user)
    follow_events(began)
    client = _as(user)
    client.get("/plans")
    with CaptureQueriesContext(connection) as queries:
        assert "Basic" in client.get("/plans").text
    read = [each["sql"] for each in queries]
    months = [sql for sql in read if 'FROM "licensing_planmonth"' in sql]
    asked = [sql for sql in read if 'FROM "licensing_plansubscription"' in sql]
    current = [sql for sql in asked if '"organization_id" = ' in sql and '"buyer_id" = ' not in sql]
    assert (len(months), len(current)) == (1, 1)
