"""An exclusive licence from the request to its papers: what its buyer and its creator see and are told."""

from __future__ import annotations

from html import unescape

import pytest
from django.test import Client

from marketplace.accounts.models import User
from marketplace.accounts.organizations import personal_organization
from marketplace.licensing import fulfilment, quotes
from marketplace.licensing.models import Quote
from marketplace.listings.models import Listing
from tests import factories
from tests.mailbox import delivered

pytestmark = pytest.mark.django_db


def _asked(listing: Listing, buyer: User) -> Quote:
    return quotes.ask(
        listing=listing, organization=personal_organization(buyer), by=buyer,
        message="The one voice of our new assistant.",
    )  # fmt: skip


def _offered(quote: Quote) -> Quote:
    return quotes.offer(
        quote=quote, price_minor=500_000, characters=10_000, term_months=12,
        by=quote.listing.voice.creator.user,
    )  # fmt: skip


def _page(user: User) -> str:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return " ".join(unescape(client.get("/quotes").text).split())


def _letters_to(user: User) -> list[str]:
    return [f"{each.subject}\n{each.body}" for each in delivered() if each.to == [user.email]]


def test_the_creator_hears_of_a_request_and_the_buyer_of_the_answer() -> None:
    listing, buyer = factories.make_listing(), factories.make_user()
    creator = listing.voice.creator.user
    quote = _asked(listing, buyer)
    [asked] = _letters_to(creator)
    assert asked.startswith(f"Somebody wants {listing.voice.name} to themselves")
    assert "/quotes" in asked
    assert "the one voice of our new assistant" not in asked.lower()
    assert _letters_to(buyer) == []
    _offered(quote)
    [offered] = _letters_to(buyer)
    assert "$5,000.00 plus any tax: 10,000 characters within 12 months" in offered
    quotes.decline(quote=quote, by=creator)
    assert _letters_to(buyer)[1].startswith(f"No exclusive licence of {listing.voice.name}")
    assert len(_letters_to(creator)) == 1


def test_every_step_says_what_comes_next_and_the_terms_are_read_before_paying() -> None:
    listing, buyer = factories.make_listing(), factories.make_user()
    quote = _asked(listing, buyer)
    page = _page(buyer)
    assert "The creator reads it, and names a price or declines." in page
    assert "What is licensed" not in page
    _offered(quote)
    page = _page(buyer)
    assert '$5,000.00 <span class="quiet">plus any tax</span>' in page
    assert "Exclusive: sold to nobody else in its term" in page
    assert "By paying you accept the terms of this licence." in page
    assert 'href="/account/billing"' in page or "billing details</a>" in page
    quote.refresh_from_db()
    assert quote.offer is None  # to read the terms orders nothing
    order = quotes.accept(quote=quote, by=buyer)
    assert "You accepted, but it is not paid for yet" in _page(buyer)
    licence = fulfilment.fulfil_order(order_id=order.pk, payment_intent="pi_1")
    assert licence is not None
    page = _page(buyer)
    assert f"/licences/{licence.public_id}/certificate.pdf" in page
    assert "Accept and pay" not in page
    assert "not paid for yet" not in page


def test_what_can_not_be_paid_for_any_more_is_not_offered() -> None:
    listing, buyer = factories.make_listing(), factories.make_user()
    _offered(_asked(listing, buyer))
    Listing.objects.filter(pk=listing.pk).update(state=Listing.State.EXCLUSIVE)
    page = _page(buyer)
    assert "It can't be paid for any more" in page
    assert 'name="accept"' not in page
