"""Buying on a voice's page: for oneself or a team, and told of what one has."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts import organizations
from marketplace.licensing.models import Order, Quote
from tests import factories

pytestmark = pytest.mark.django_db


def _signed_in(user: object) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]
    return client


def test_a_team_buys_and_asks_for_a_quote_in_the_shop() -> None:
    listing, owner = factories.make_listing(), factories.make_user()
    team = organizations.create_organization(name="Studio", by=owner)
    client, slug = _signed_in(owner), listing.voice.slug
    for name in ("voice", "buy"):
        page = client.get(reverse(f"storefront:{name}", args=[slug])).text
        assert "Just me" in page
        assert "Studio" in page
    chosen = {"organization": str(team.public_id)}
    bought = client.post(reverse("storefront:buy", args=[slug]), {**chosen, "tier": "personal"})
    assert bought.status_code == 302
    assert Order.objects.get().organization == team
    client.post(
        reverse("storefront:ask-exclusive", args=[slug]),
        {**chosen, "message": "The one voice of our assistant."},
    )
    assert Quote.objects.get().organization == team


def test_nobody_buys_for_a_team_that_is_not_theirs() -> None:
    listing, stranger = factories.make_listing(), factories.make_user()
    team = organizations.create_organization(name="Studio", by=factories.make_user())
    answer = _signed_in(stranger).post(
        reverse("storefront:buy", args=[listing.voice.slug]),
        {"organization": str(team.public_id), "tier": "personal"},
    )
    assert answer.status_code == 404
    assert not Order.objects.exists()


def test_a_buyer_is_told_of_the_licence_that_they_have() -> None:
    licence = factories.make_licence()
    page = reverse("storefront:voice", args=[licence.voice.slug])
    assert licence.number in _signed_in(licence.buyer).get(page).text
    assert licence.number not in _signed_in(factories.make_user()).get(page).text
    assert licence.number not in Client().get(page).text


def test_two_clicks_on_buy_lead_to_one_payment_page() -> None:
    listing, buyer = factories.make_listing(), factories.make_user()
    client = _signed_in(buyer)
    pages = {
        client.post(
            reverse("storefront:buy", args=[listing.voice.slug]), {"tier": "personal"}
        ).headers["Location"]
        for _ in range(2)
    }
    assert len(pages) == 1
    assert Order.objects.count() == 1
