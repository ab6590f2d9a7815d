"""Spend limits: one that isn't understood is refused, and never taken for none."""

from __future__ import annotations

import time

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts import organizations
from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import personal_organization
from marketplace.compliance.models import AuditEvent
from marketplace.licensing import credit
from tests import factories

pytestmark = pytest.mark.django_db
NOT_UNDERSTOOD = ["10,000", "10.000", "-5", "1e4", "10 000", "ten", "²", "9" * 12]


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _limit(organization: Organization) -> int | None:
    return credit.account(organization, "USD").monthly_limit_minor


@pytest.mark.parametrize("written", NOT_UNDERSTOOD)
def test_a_key_is_not_made_with_a_limit_that_is_not_understood(written: str) -> None:
    licence = factories.make_licence()
    address = reverse("storefront:create-key", args=[licence.public_id])
    form = {"name": "App", "use": "audiobook", "monthly_characters": written}
    answer = _as(licence.buyer).post(address, form, follow=True)
    assert not licence.api_keys.exists()
    assert "in digits alone" in answer.text


@pytest.mark.parametrize(("written", "limit"), [("10000", 10_000), (" 5 ", 5), ("", None)])
def test_a_key_has_the_limit_that_was_written(written: str, limit: int | None) -> None:
    licence = factories.make_licence()
    address = reverse("storefront:create-key", args=[licence.public_id])
    form = {"name": "App", "use": "audiobook", "monthly_characters": written}
    _as(licence.buyer).post(address, form)
    assert licence.api_keys.get().monthly_characters == limit


@pytest.mark.parametrize("written", ["1,000", *NOT_UNDERSTOOD])
def test_a_limit_of_credit_that_is_not_understood_leaves_the_old_one(written: str) -> None:
    buyer = factories.make_user()
    organization = personal_organization(buyer)
    credit.set_limit(organization=organization, currency="USD", minor=50_00, by=buyer)
    answer = _as(buyer).post("/credit/limit", {"limit": written}, follow=True)
    assert _limit(organization) == 50_00
    assert "The monthly limit is unchanged." in answer.text


def test_a_limit_of_credit_is_set_to_nothing_at_all_and_lifted_by_an_empty_field() -> None:
    buyer = factories.make_user()
    organization = personal_organization(buyer)
    client = _as(buyer)
    answer = client.post("/credit/limit", {"limit": "0"}, follow=True)
    assert _limit(organization) == 0
    assert "$0.00" in answer.text.split("Monthly limit")[1]
    client.post("/credit/limit", {"limit": ""})
    assert _limit(organization) is None


def test_a_limit_of_credit_is_not_lifted_in_a_browser_that_somebody_left_open() -> None:
    buyer = factories.make_user()
    organization = personal_organization(buyer)
    credit.set_limit(organization=organization, currency="USD", minor=5_00, by=buyer)
    client = _as(buyer)
    session = client.session
    session["signed_in_at"] = time.time() - 3_600
    session.save()
    asked = client.post("/credit/limit", {"limit": ""})
    assert "/reauthenticate/" in asked.headers["Location"]
    client.post("/credit", {"limit": ""})
    assert _limit(organization) == 5_00


def test_who_set_which_limit_of_credit_is_on_record() -> None:
    buyer = factories.make_user()
    _as(buyer).post("/credit/limit", {"limit": "7"})
    event = AuditEvent.objects.get(action="credit.limit_set")
    assert (event.actor, event.details["minor"], event.details["before"]) == (buyer, 7_00, None)


def test_only_who_may_buy_sets_the_limit_of_a_team() -> None:
    owner, maker = factories.make_user("owner"), factories.make_user("maker")
    team = organizations.create_organization(name="Studio", by=owner)
    team.memberships.create(user=maker, role="developer")
    form = {"limit": "900", "organization": str(team.public_id)}
    answer = _as(maker).post("/credit/limit", form, follow=True)
    assert "The monthly limit is unchanged." in answer.text
    assert _limit(team) is None
