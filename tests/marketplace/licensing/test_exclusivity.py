"""Exclusive licences: for the one buyer, at their price, and nobody else while they run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts import organizations
from marketplace.accounts.models import User
from marketplace.consent.withdrawal import revoke
from marketplace.licensing import (
    bought,
    carried,
    exclusivity,
    fulfilment,
    lifecycle,
    quotes,
    renewals,
)
from marketplace.licensing.models import Licence, Order, Quote
from marketplace.licensing.orders import place_order
from marketplace.listings import services as listings
from marketplace.listings.models import Listing, Offer
from marketplace.listings.queries import listing_on_sale
from marketplace.listings.services import OfferDraft, draft_listing
from marketplace.refusals import InvalidTransition, Refused
from tests import factories
from tests.mailbox import delivered

pytestmark = pytest.mark.django_db
PRICE = 500_000


def _offered(listing: Listing, buyer: User, price: int = PRICE) -> Quote:
    quote = quotes.ask(
        listing=listing,
        organization=organizations.personal_organization(buyer),
        message="The one voice of our new assistant.",
        by=buyer,
    )
    return quotes.offer(
        quote=quote,
        price_minor=price,
        characters=10_000,
        term_months=12,
        by=listing.voice.creator.user,
    )


def _pay(order: Order) -> Licence | None:
    return fulfilment.fulfil_order(order_id=order.pk, payment_intent=f"pi_{order.pk}")


def _exclusive(listing: Listing, buyer: User | None = None) -> Licence:
    buyer = buyer or factories.make_user("exclusive")
    licence = _pay(quotes.accept(quote=_offered(listing, buyer), by=buyer))
    assert licence is not None
    return licence


def test_nobody_else_can_order_at_a_price_that_one_buyer_was_offered() -> None:
    listing, buyer, stranger = (
        factories.make_listing(),
        factories.make_user(),
        factories.make_user(),
    )
    accepted = quotes.accept(quote=_offered(listing, buyer), by=buyer)
    with pytest.raises(Refused) as refusal:
        place_order(buyer=stranger, offer=accepted.offer)
    assert refusal.value.code == "private_offer"


@pytest.mark.parametrize("page", ["buy", "upgrade"])
def test_no_page_sells_a_private_offer_to_a_stranger(page: str) -> None:
    listing, buyer, stranger = (
        factories.make_listing(),
        factories.make_user(),
        factories.make_user(),
    )
    quotes.accept(quote=_offered(listing, buyer), by=buyer)
    licence = factories.make_licence(listing, stranger)
    client = Client()
    client.force_login(stranger)
    before = Order.objects.count()
    address = (
        reverse("storefront:buy", args=[listing.voice.slug])
        if page == "buy"
        else reverse("storefront:upgrade", args=[licence.public_id])
    )
    assert client.post(address, {"tier": "exclusive"}).status_code == 404
    assert Order.objects.count() == before


def test_two_buyers_have_a_price_of_their_own_each() -> None:
    listing, one, other = factories.make_listing(), factories.make_user(), factories.make_user()
    dear, cheap = _offered(listing, one, 900_000), _offered(listing, other, 100_000)
    order = quotes.accept(quote=dear, by=one)
    Order.objects.filter(pk=order.pk).update(created_at=timezone.now() - timedelta(hours=2))
    assert quotes.accept(quote=cheap, by=other).price_minor == 100_000
    order.offer.refresh_from_db()
    assert order.offer.price_minor == 900_000


def test_one_buyer_at_a_time_is_at_the_till() -> None:
    listing, one, other = factories.make_listing(), factories.make_user(), factories.make_user()
    first, second = _offered(listing, one), _offered(listing, other)
    order = quotes.accept(quote=first, by=one)
    with pytest.raises(Refused) as refusal:
        quotes.accept(quote=second, by=other)
    assert refusal.value.code == "being_bought"
    second.refresh_from_db()
    assert second.state == Quote.State.OFFERED
    Order.objects.filter(pk=order.pk).update(created_at=timezone.now() - timedelta(hours=2))
    assert quotes.accept(quote=second, by=other).organization == second.organization


def test_a_second_click_finds_the_order_of_the_first() -> None:
    buyer, listing = factories.make_user(), factories.make_listing()
    first = place_order(buyer=buyer, offer=listing.offers.get())
    assert place_order(buyer=buyer, offer=listing.offers.get()) == first
    Offer.objects.filter(listing=listing).update(price_minor=2_999)
    assert place_order(buyer=buyer, offer=listing.offers.get()) != first  # at the price shown now


def test_of_two_paid_exclusive_orders_the_second_grants_nothing() -> None:
    listing, one, other = factories.make_listing(), factories.make_user(), factories.make_user()
    first = quotes.accept(quote=_offered(listing, one), by=one)
    Order.objects.filter(pk=first.pk).update(created_at=timezone.now() - timedelta(hours=2))
    second = quotes.accept(quote=_offered(listing, other), by=other)
    assert _pay(second) is not None
    assert _pay(first) is None
    assert _pay(first) is None  # a repeat
    first.refresh_from_db()
    assert first.state == Order.State.TOO_LATE


def test_an_accepted_offer_is_no_option_for_ever_because_its_creator_takes_it_back() -> None:
    listing, buyer, other = factories.make_listing(), factories.make_user(), factories.make_user()
    creator = listing.voice.creator.user
    quote = _offered(listing, buyer)
    order = quotes.accept(quote=quote, by=buyer)
    rival = _offered(listing, other)
    assert quotes.decline(quote=quote, by=creator).state == Quote.State.DECLINED
    order.refresh_from_db()
    assert order.state == Order.State.CANCELLED
    with pytest.raises(Refused) as refusal:
        place_order(buyer=buyer, offer=order.offer)
    assert refusal.value.code == "private_offer"
    with pytest.raises(InvalidTransition):
        quotes.accept(quote=quote, by=buyer)
    assert _pay(order) is None  # though its payment page was still open
    assert quotes.accept(quote=rival, by=other).state == Order.State.PENDING


def test_an_offer_that_was_paid_for_is_taken_back_only_when_its_licence_has_ended() -> None:
    listing, buyer = factories.make_listing(), factories.make_user()
    creator = listing.voice.creator.user
    quote = _offered(listing, buyer)
    licence = _pay(quotes.accept(quote=quote, by=buyer))
    assert licence is not None
    with pytest.raises(Refused) as refusal:
        quotes.decline(quote=quote, by=creator)
    assert refusal.value.code == "licensed"
    lifecycle.refund_licence(licence=licence)
    exclusivity.end_exclusivities()
    assert quotes.decline(quote=quote, by=creator).state == Quote.State.DECLINED


def test_the_page_of_requests_lets_a_creator_take_an_accepted_offer_back() -> None:
    listing, buyer = factories.make_listing(), factories.make_user()
    quote = _offered(listing, buyer)
    quotes.accept(quote=quote, by=buyer)
    client = Client()
    client.force_login(
        listing.voice.creator.user, backend="django.contrib.auth.backends.ModelBackend"
    )
    assert "Take the offer back" in client.get(reverse("storefront:quotes")).text
    client.post(reverse("storefront:answer-quote", args=[quote.public_id]), {"decline": "1"})
    quote.refresh_from_db()
    assert quote.state == Quote.State.DECLINED
    assert "Take the offer back" not in client.get(reverse("storefront:quotes")).text


def test_an_ordinary_order_paid_after_an_exclusive_one_grants_nothing_and_both_are_told(
    django_capture_on_commit_callbacks: Any,
) -> None:
    listing = factories.make_listing()
    late = factories.make_order(listing)
    _exclusive(listing)
    with django_capture_on_commit_callbacks(execute=True):
        assert _pay(late) is None
    letters = [letter for letter in delivered() if "paid" in letter.body]
    assert {tuple(letter.to) for letter in letters} == {
        (late.buyer.email,),
        (listing.voice.creator.user.email,),
    }


def test_what_is_paid_after_the_speaker_withdrew_grants_nothing() -> None:
    late = factories.make_order()
    voice = late.offer.listing.voice
    revoke(consent=voice.consents.get(), by=voice.creator.user)
    assert _pay(late) is None


def test_a_renewal_paid_after_the_licence_was_revoked_grants_nothing() -> None:
    licence = factories.make_licence()
    renewal = renewals.order_renewal(licence=licence, by=licence.buyer)
    lifecycle.revoke_licence(licence=licence, reason="Misuse.")
    assert _pay(renewal) is None


def test_the_same_upgrade_paid_twice_is_granted_once() -> None:
    licence = factories.make_licence()
    listing = licence.order.offer.listing
    dearer = Offer.objects.create(
        listing=listing, tier="commercial", price_minor=9_900, currency="USD", characters=50_000
    )
    orders = [
        renewals.order_upgrade(licence=licence, offer=dearer, by=licence.buyer) for _ in range(2)
    ]
    assert [_pay(order) is not None for order in orders] == [True, False]


def _dearer(listing: Listing, tier: str, price_minor: int) -> Offer:
    return Offer.objects.create(
        listing=listing, tier=tier, price_minor=price_minor, currency="USD", characters=50_000
    )


def test_a_renewal_ordered_at_a_cheap_price_does_not_prolong_the_dear_licence_of_an_upgrade() -> (
    None
):
    licence = factories.make_licence()
    cheap = [renewals.order_renewal(licence=licence, by=licence.buyer) for _ in range(2)]
    dear = _dearer(licence.order.offer.listing, "broadcast", 500_000)
    assert _pay(renewals.order_upgrade(licence=licence, offer=dear, by=licence.buyer)) is not None
    licence.refresh_from_db()
    ends, included = licence.ends_at, licence.characters_included
    assert [_pay(order) for order in cheap] == [None, None]
    licence.refresh_from_db()
    assert (licence.ends_at, licence.characters_included) == (ends, included)


def test_a_renewal_ordered_after_an_upgrade_prolongs_it() -> None:
    licence = factories.make_licence()
    dear = _dearer(licence.order.offer.listing, "broadcast", 500_000)
    assert _pay(renewals.order_upgrade(licence=licence, offer=dear, by=licence.buyer)) is not None
    licence.refresh_from_db()
    ends = licence.ends_at
    assert _pay(renewals.order_renewal(licence=licence, by=licence.buyer)) is not None
    licence.refresh_from_db()
    assert licence.ends_at > ends


def test_what_is_spoken_after_an_upgrade_was_ordered_counts_towards_the_new_tier() -> None:
    licence = factories.make_licence()
    dear = _dearer(licence.order.offer.listing, "broadcast", 500_000)
    Licence.objects.filter(pk=licence.pk).update(characters_used=300)
    licence.refresh_from_db()
    upgrade = renewals.order_upgrade(licence=licence, offer=dear, by=licence.buyer)
    Licence.objects.filter(pk=licence.pk).update(characters_used=1_000)
    assert _pay(upgrade) is not None
    licence.refresh_from_db()
    assert licence.characters_included == 300 + 50_000
    assert licence.characters_left == 50_000 - 700


def test_an_upgrade_that_was_spoken_away_before_it_was_paid_is_refunded() -> None:
    licence = factories.make_licence()
    dear = _dearer(licence.order.offer.listing, "broadcast", 500_000)
    Licence.objects.filter(pk=licence.pk).update(characters_included=90_000)
    licence.refresh_from_db()
    upgrade = renewals.order_upgrade(licence=licence, offer=dear, by=licence.buyer)
    Licence.objects.filter(pk=licence.pk).update(characters_used=60_000)
    assert _pay(upgrade) is None
    licence.refresh_from_db()
    assert (licence.terms["tier"], licence.characters_left) == ("personal", 30_000)


def test_an_upgrade_paid_after_a_dearer_one_does_not_lead_back() -> None:
    licence = factories.make_licence()
    listing = licence.order.offer.listing
    lesser, dear = [
        renewals.order_upgrade(licence=licence, offer=_dearer(listing, *tier), by=licence.buyer)
        for tier in (("commercial", 9_900), ("broadcast", 500_000))
    ]
    assert _pay(dear) is not None
    assert _pay(lesser) is None
    licence.refresh_from_db()
    assert licence.terms["tier"] == "broadcast"


def test_an_upgrade_never_leads_to_an_exclusive_licence() -> None:
    listing, buyer, owner = factories.make_listing(), factories.make_user(), factories.make_user()
    private = quotes.accept(quote=_offered(listing, buyer), by=buyer).offer
    licence = factories.make_licence(listing, owner)
    with pytest.raises(Refused, match="Ask the creator"):
        renewals.order_upgrade(licence=licence, offer=private, by=owner)


def test_an_exclusive_licence_is_renewed_and_stays_exclusive_for_the_new_term() -> None:
    listing = factories.make_listing()
    licence = _exclusive(listing)
    renewal = renewals.order_renewal(licence=licence, by=licence.buyer)
    assert _pay(renewal) is not None
    licence.refresh_from_db()
    listing.refresh_from_db()
    assert listing.exclusive_until == licence.ends_at
    assert listing.state == Listing.State.EXCLUSIVE


def test_an_ended_exclusive_licence_is_not_renewed() -> None:
    licence = _exclusive(factories.make_listing())
    Licence.objects.filter(pk=licence.pk).update(state=Licence.State.EXPIRED)
    licence.refresh_from_db()
    with pytest.raises(Refused) as refusal:
        renewals.order_renewal(licence=licence, by=licence.buyer)
    assert refusal.value.code == "not_renewable"


def test_a_suspended_exclusive_voice_resumes_for_its_buyer_alone() -> None:
    listing, moderator = factories.make_listing(), factories.make_moderator()
    _exclusive(listing)
    listings.suspend_listing(listing=listing, by=moderator, reason="A complaint.")
    assert listings.resume_listing(listing=listing, by=moderator).state == Listing.State.EXCLUSIVE


def test_a_voice_sold_exclusively_while_it_was_edited_goes_on_sale_to_nobody() -> None:
    listing, buyer = factories.make_listing(), factories.make_user()
    order = quotes.accept(quote=_offered(listing, buyer), by=buyer)
    creator = listing.voice.creator.user
    draft_listing(
        voice=listing.voice,
        headline="Edited meanwhile",
        uses=["audiobook"],
        offers=[OfferDraft("personal", 2_500, 1_000)],
        by=creator,
    )
    assert _pay(order) is not None
    listings.submit_listing(listing=listing, by=creator)
    approved = listings.approve_listing(listing=listing, by=factories.make_moderator())
    assert approved.state == Listing.State.EXCLUSIVE
    assert listing_on_sale(listing.voice.slug) is None


def test_a_voice_is_sold_again_when_its_exclusive_licence_was_refunded() -> None:
    listing = factories.make_listing()
    licence = _exclusive(listing)
    assert exclusivity.end_exclusivities() == 0
    lifecycle.refund_licence(licence=licence)
    assert exclusivity.end_exclusivities() == 1
    assert listing_on_sale(listing.voice.slug) is not None


def test_a_creator_cannot_put_an_exclusive_tier_on_sale_to_everybody() -> None:
    voice = factories.make_listing().voice
    with transaction.atomic(), pytest.raises(Refused) as refusal:
        draft_listing(
            voice=voice,
            headline="Cheap",
            uses=["audiobook"],
            offers=[OfferDraft("exclusive", 100, 1_000)],
            by=voice.creator.user,
        )
    assert refusal.value.code == "tier"


def test_a_private_price_is_on_no_public_page() -> None:
    listing, buyer = factories.make_listing(), factories.make_user()
    quotes.accept(quote=_offered(listing, buyer, 777_700), by=buyer)
    for address in (
        reverse("storefront:voice", args=[listing.voice.slug]),
        f"/v1/voices/{listing.voice.slug}/terms",
        reverse("storefront:voices"),
    ):
        assert "7,777" not in (page := Client().get(address).text)
        assert "777700" not in page


def test_whatever_ends_a_licence_locks_its_listing_first_as_a_payment_does() -> None:
    licence = _exclusive(factories.make_listing())
    renewal = renewals.order_renewal(licence=licence, by=licence.buyer)
    assert _locked_by(lambda: _pay(renewal)) == ["order", "listing", "licence"]
    renewal.refresh_from_db()
    assert _locked_by(lambda: carried.lock(renewal)) == ["order", "listing", "licence"]
    assert _locked_by(lambda: bought.undo_order(renewal)) == ["listing", "licence"]


def _locked_by(deed: Callable[[], object]) -> list[str]:
    """Which of an order, its listing and its licence are locked, in the order of their first locks."""
    tables = {
        "licensing_order": "order",
        "listings_listing": "listing",
        "licensing_licence": "licence",
    }
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        deed()
    asked = [each["sql"] for each in queries if "FOR NO KEY UPDATE" in each["sql"]]
    locked = [tables.get(sql.partition(' FROM "')[2].partition('"')[0], "") for sql in asked]
    return [each for each in dict.fromkeys(locked) if each]
