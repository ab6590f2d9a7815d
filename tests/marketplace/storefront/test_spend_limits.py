"""Spend limits: one that isn't understood is refused, and never taken for none."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import Organization, User
from marketplace.accounts.organizations import personal_organization
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
    credit.set_limit(organization=organization, currency="USD", minor=50_00)
    answer = _as(buyer).post("/credit", {"limit": written}, follow=True)
    assert _limit(organization) == 50_00
    assert "The monthly limit is unchanged." in answer.text


def test_a_limit_of_credit_is_set_to_nothing_at_all_and_lifted_by_an_empty_field() -> None:
    buyer = factories.make_user()
    organization = personal_organization(buyer)
    client = _as(buyer)
    answer = client.post("/credit", {"limit": "0"}, follow=True)
    assert _limit(organization) == 0
    assert "$0.00" in answer.text.split("Monthly limit")[1]
    client.post("/credit", {"limit": ""})
    assert _limit(organization) is None
