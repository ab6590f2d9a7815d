"""What the payment provider says no to is said on the page from which it was asked."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.accounts.organizations import personal_organization
from marketplace.licensing import plans
from marketplace.payouts import stripe_api
from marketplace.refusals import ProviderRefused
from tests import factories

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
NO = "Invalid address."


@pytest.fixture(autouse=True)
def _refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> NoReturn:
        raise ProviderRefused(NO, "invalid_request")

    for asked in ("create_checkout", "create_subscription_checkout"):
        monkeypatch.setattr(stripe_api, asked, refuse)


def _said(client: Client, by: User, address: str, **form: str) -> str:
    client.force_login(by, backend=BACKEND)
    return client.post(address, form, follow=True).text


def test_credit_that_the_provider_does_not_sell(client: Client) -> None:
    said = _said(client, factories.make_user(), reverse("storefront:credit"), minor="1000")
    assert NO in said


def test_a_renewal_that_the_provider_does_not_sell(client: Client) -> None:
    licence = factories.make_licence()
    address = reverse("storefront:renew", args=[licence.public_id])
    assert NO in _said(client, licence.buyer, address)


def test_a_plan_that_the_provider_does_not_sell(client: Client) -> None:
    buyer = factories.make_user()
    assert plans.subscription_of(personal_organization(buyer)) is None
    assert NO in _said(client, buyer, reverse("storefront:subscribe"), plan="basic")
