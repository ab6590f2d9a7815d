"""The order of a licence: read by anybody, filled in by who buys, and never lost on the way."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from marketplace.accounts import organizations
from marketplace.accounts.models import User
from marketplace.accounts.services import appoint_finance
from marketplace.billing import details
from marketplace.billing.models import BillingDetails
from marketplace.licensing import coupons
from marketplace.licensing.models import Order
from marketplace.listings.models import Listing
from marketplace.listings.services import OfferDraft, draft_listing
from marketplace.payouts.incoming import checkout
from tests import factories

pytestmark = pytest.mark.django_db
COMPANY = {
    "billing-name": "Acme GmbH", "billing-street": "Hauptstr. 1", "billing-postal_code": "10115",
    "billing-city": "Berlin", "billing-country": "DE", "billing-vat_number": "DE136695976",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _no_limit_is_used_up() -> None:
    cache.clear()


@pytest.fixture
def listing() -> Listing:
    """A voice with two tiers."""
    listing = factories.make_listing(price=2_000)
    drafts = [OfferDraft("personal", 2_000, 1_000), OfferDraft("commercial", 9_000, 50_000)]
    draft_listing(
        voice=listing.voice, headline="Two tiers", uses=["audiobook"], offers=drafts,
        by=listing.voice.creator.user,
    )  # fmt: skip
    Listing.objects.filter(pk=listing.pk).update(state=Listing.State.LIVE)
    return listing


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _order(listing: Listing) -> str:
    return f"/voices/{listing.voice.slug}/buy"


def _coupon(**more: Any) -> None:
    now = timezone.now()
    coupons.make(
        code="SPRING26", percent=None, amount_minor=1_000, uses=5, begins_at=now - timedelta(days=1),
        ends_at=now + timedelta(days=1), first_only=False,
        by=appoint_finance(user=factories.make_user()), **more,
    )  # fmt: skip


def test_anybody_reads_the_whole_order_before_signing_in(listing: Listing) -> None:
    page = Client().get(_order(listing), {"tier": "commercial"})
    text = unescape(page.text)
    assert "Commercial, 1 year" in text
    assert "Sign in and pay $90.00" in text
    assert "The voice template itself is not" in text
    assert not Order.objects.exists()


def test_the_order_says_in_what_tiers_differ_and_where_to_read_which_one_suits(
    listing: Listing,
) -> None:
    page = " ".join(unescape(Client().get(_order(listing)).text).split())
    assert "All of them allow the same uses, whether you earn money with them or not" in page
    assert 'href="/help/buyers#which-licence-do-i-need"' in page
    listing.offers.filter(tier="commercial").update(withdrawn=True)
    assert "All of them" not in Client().get(_order(listing)).text


def test_a_tier_that_is_not_sold_is_not_found(listing: Listing) -> None:
    assert Client().get(_order(listing), {"tier": "broadcast"}).status_code == 404
    assert Client().get("/voices/nobody/buy").status_code == 404


def test_what_was_chosen_before_signing_in_is_chosen_on_the_order_afterwards(
    listing: Listing,
) -> None:
    client, user = Client(), factories.make_user()
    chosen = {"tier": "commercial", "renews": "on", "coupon": "SPRING26"}
    assert client.post(_order(listing), chosen)["Location"] == "/accounts/login/?next=/go-on"
    client.post("/accounts/login/", {"login": user.email, "password": factories.PASSWORD})
    assert client.get("/go-on")["Location"] == _order(listing)
    page = client.get(_order(listing)).text
    assert "You were about to buy the commercial licence" in page
    assert "Pay $90.00" in page
    assert re.search(r'name="renews" checked', page)
    assert 'value="SPRING26"' in page
    assert not Order.objects.exists()
    client.post(_order(listing), {"tier": "commercial"})
    assert client.get("/go-on").status_code == 410


def test_billing_details_typed_on_the_order_are_saved_with_it(listing: Listing) -> None:
    buyer = factories.make_user()
    answer = _as(buyer).post(_order(listing), {"tier": "personal", **COMPANY})
    assert "/c/pay/cs_test_" in answer["Location"]
    saved = details.details_of(Order.objects.get().organization)
    assert saved is not None
    assert (saved.name, saved.country, saved.vat_number) == ("Acme GmbH", "DE", "DE136695976")


def test_a_wrong_vat_number_keeps_the_order_on_its_page_as_it_was_typed(listing: Listing) -> None:
    form = {"tier": "commercial", **COMPANY, "billing-vat_number": "DE111", "coupon": "ABCD"}
    answer = _as(factories.make_user()).post(_order(listing), form)
    assert answer.status_code == 422
    assert "DE111 is not a VAT number" in answer.text
    assert 'value="Acme GmbH"' in answer.text
    assert 'value="ABCD"' in answer.text
    assert "Commercial, 1 year" in answer.text
    assert not Order.objects.exists()
    assert not BillingDetails.objects.exists()


def test_details_may_be_left_empty_and_stay_as_they_are(listing: Listing) -> None:
    buyer = factories.make_user()
    empty = dict.fromkeys(COMPANY, "")
    assert "/c/pay/" in _as(buyer).post(_order(listing), {"tier": "personal", **empty})["Location"]
    assert not BillingDetails.objects.exists()


def test_a_code_is_applied_before_anything_is_ordered(listing: Listing) -> None:
    _coupon()
    client = _as(factories.make_user())
    form = {"tier": "commercial", "coupon": "spring26", **COMPANY}
    page = client.post(_order(listing), {**form, "apply": "1"})
    assert page.status_code == 200
    assert "−$10.00" in page.text
    assert "Pay $80.00" in page.text
    assert 'value="Acme GmbH"' in page.text
    assert not Order.objects.exists()
    client.post(_order(listing), form)
    assert Order.objects.get().due.minor == 8_000


def test_an_unknown_code_is_said_beside_its_field(listing: Listing) -> None:
    client = _as(factories.make_user())
    for more in ({"apply": "1"}, {}):
        page = client.post(_order(listing), {"tier": "personal", "coupon": "NOPE", **more})
        assert page.status_code == 422
        assert re.search(r'id="coupon-problem" role="alert">There is no such code', page.text)
    assert not Order.objects.exists()


def test_the_order_is_for_the_team_that_is_chosen_with_its_own_details(listing: Listing) -> None:
    buyer = factories.make_user()
    team = organizations.create_organization(name="Radio plays", by=buyer)
    details.save_details(organization=team, by=buyer, name="Radio Plays Ltd", country="IE")
    chosen = {"tier": "personal", "organization": str(team.public_id)}
    page = _as(buyer).get(_order(listing), chosen).text
    assert "Invoice to Radio Plays Ltd" in page
    assert "/c/pay/" in _as(buyer).post(_order(listing), chosen)["Location"]
    assert Order.objects.get().organization == team


def test_whose_role_is_too_small_is_told_so_and_orders_nothing(listing: Listing) -> None:
    team = organizations.create_organization(name="A team", by=factories.make_user())
    developer = factories.make_user()
    team.memberships.create(user=developer, role="developer")
    chosen = {"tier": "personal", "organization": str(team.public_id)}
    client = _as(developer)
    assert "does not allow buying" in client.get(_order(listing), chosen).text
    answer = client.post(_order(listing), {**chosen, **COMPANY})
    assert answer.status_code == 422
    assert not Order.objects.exists()
    assert not BillingDetails.objects.exists()


def test_tax_is_promised_only_where_it_is_worked_out(listing: Listing, settings: Any) -> None:
    untaxed = " ".join(Client().get(_order(listing)).text.split())
    assert "plus tax" not in untaxed
    assert "none added" in untaxed
    assert "adds no tax to it, whatever your country" in untaxed
    settings.STRIPE_TAX = True
    taxed = " ".join(Client().get(_order(listing)).text.split())
    assert "plus tax" in taxed
    assert "worked out at payment" in taxed
    assert "Tax depends on your country" in taxed


def _turned_back(client: Client, paying: Any) -> str:
    """The address to which the payment page leads whoever cancels, without its host."""
    page = httpx.get(paying["Location"])
    found = re.search(r'href="https?://[^/"]+(/[^"]*)"', unescape(page.text))
    assert found is not None, page.text
    return found[1]


def test_whoever_cancels_on_the_payment_page_finds_the_order_as_they_filled_it_in(
    listing: Listing,
) -> None:
    _coupon()
    client = _as(factories.make_user())
    chosen = {"tier": "commercial", "coupon": "spring26", "renews": "on", **COMPANY}
    back = _turned_back(client, client.post(_order(listing), chosen))
    assert back.startswith(f"{_order(listing)}?order=")
    page = client.get(back).text
    assert "Nothing was charged; your order is here as you left it" in page
    assert "Commercial, 1 year" in page
    assert "Pay $80.00" in page
    assert 'value="SPRING26"' in page
    assert re.search(r'name="renews" checked', page)
    assert 'value="Acme GmbH"' in page
    client.post(_order(listing), chosen)
    assert Order.objects.count() == 1
    stranger = _as(factories.make_user()).get(back).text
    assert "as you left it" not in stranger
    assert "SPRING26" not in stranger


def test_whoever_cancels_for_a_team_comes_back_to_the_order_of_the_team(listing: Listing) -> None:
    buyer = factories.make_user()
    team = organizations.create_organization(name="Radio plays", by=buyer)
    client = _as(buyer)
    form = {"tier": "commercial", "organization": str(team.public_id)}
    page = client.get(_turned_back(client, client.post(_order(listing), form))).text
    assert f'name="organization" value="{team.public_id}"' in page
    assert "Commercial, 1 year" in page


def test_an_order_whose_tier_is_sold_no_more_comes_back_with_another(listing: Listing) -> None:
    client = _as(factories.make_user())
    back = _turned_back(client, client.post(_order(listing), {"tier": "commercial"}))
    listing.offers.filter(tier="commercial").update(withdrawn=True)
    page = client.get(back)
    assert page.status_code == 200
    assert "as you left it" not in page.text


def test_what_a_renewal_or_an_exclusive_licence_was_ordered_from_is_where_cancelling_leads() -> (
    None
):
    order, licence = factories.make_order(), factories.make_licence()
    order.changes = licence
    assert checkout._turned_back(order) == f"/licences/{licence.public_id}"
    order.changes, order.terms = None, {**order.terms, "tier": "exclusive"}
    assert checkout._turned_back(order) == "/quotes"
