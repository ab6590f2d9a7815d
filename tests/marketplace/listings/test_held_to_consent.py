"""A voice is offered for nothing that its speaker took out, and sold for nothing of the kind."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from marketplace.accounts.organizations import personal_organization
from marketplace.consent import withdrawal
from marketplace.letters.models import Letter
from marketplace.licensing import fulfilment, orders, renewals
from marketplace.licensing.models import Licence, Order
from marketplace.listings import consented, services
from marketplace.listings.models import Listing, Offer
from marketplace.listings.queries import on_sale
from marketplace.queue import Work
from marketplace.refusals import Refused
from marketplace.storage import unseal
from tests import factories
from tests.work import do_as_queued

pytestmark = pytest.mark.django_db


@pytest.fixture
def listing() -> Listing:
    """On sale for audiobooks and games, as its speaker allowed."""
    listing = factories.make_listing(uses=["audiobook", "game"])
    listing.voice.consents.update(uses=["audiobook", "game"])
    return listing


def _narrow(listing: Listing, *kept: str) -> None:
    consent = listing.voice.consents.get()
    withdrawal.narrow(consent=consent, uses=kept, by=listing.voice.creator.user)


def _hold(listing: Listing) -> Listing:
    consented.hold_to_consent(voice_id=listing.voice_id)
    return Listing.objects.get(pk=listing.pk)


def _order(listing: Listing) -> Order:
    buyer = factories.make_user()
    offer = Offer.objects.get(listing=listing)
    return orders.place_order(buyer=buyer, offer=offer, organization=personal_organization(buyer))


def test_taking_a_use_out_takes_it_out_of_the_listing(
    listing: Listing, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    do_as_queued(monkeypatch, Work.HOLD_TO_CONSENT)
    with django_capture_on_commit_callbacks(execute=True):
        _narrow(listing, "game")
    listing.refresh_from_db()
    assert listing.uses == ["game"]


def test_a_use_that_was_taken_out_is_offered_no_more_and_the_rest_stays_on_sale(
    listing: Listing,
) -> None:
    _narrow(listing, "game")
    held = _hold(listing)
    assert held.uses == ["game"]
    assert on_sale().filter(pk=listing.pk).exists()


def test_a_listing_held_to_its_consent_is_still_as_it_was_reviewed(listing: Listing) -> None:
    moderator = factories.make_moderator()
    _narrow(listing, "game")
    held = services.suspend_listing(listing=_hold(listing), by=moderator, reason="A question.")
    assert services.resume_listing(listing=held, by=moderator).state == Listing.State.LIVE


def test_a_listing_without_a_use_left_goes_off_sale_until_it_offers_another(
    listing: Listing,
) -> None:
    Listing.objects.filter(pk=listing.pk).update(uses=["audiobook"])
    _narrow(listing, "game")
    held = _hold(listing)
    assert (held.uses, held.state) == ([], Listing.State.DRAFT)
    with pytest.raises(Refused) as refusal:
        services.submit_listing(listing=held, by=listing.voice.creator.user)
    assert refusal.value.code == "uses"


def test_its_creator_is_told_once(listing: Listing) -> None:
    _narrow(listing, "game")
    _hold(_hold(listing))
    letter = Letter.objects.get(email=listing.voice.creator.user.email)
    subject, _ = json.loads(unseal(bytes(letter.sealed), "letter"))
    assert subject.endswith("is no longer offered for Audiobooks")


def test_an_order_in_the_same_second_is_for_what_the_speaker_still_allows(listing: Listing) -> None:
    _narrow(listing, "game")  # and the listing is not yet held to it
    assert _order(listing).terms["uses"] == ["game"]


def test_an_order_for_nothing_that_is_allowed_is_refused(listing: Listing) -> None:
    Listing.objects.filter(pk=listing.pk).update(uses=["audiobook"])
    _narrow(listing, "game")
    with pytest.raises(Refused) as refusal:
        _order(listing)
    assert refusal.value.code == "not_on_sale"


def test_what_is_paid_after_an_ordered_use_was_taken_out_grants_nothing_and_both_are_told(
    listing: Listing,
) -> None:
    order = _order(listing)
    _narrow(listing, "game")
    assert fulfilment.fulfil_order(order_id=order.pk, payment_intent="pi_late") is None
    order.refresh_from_db()
    assert order.state == Order.State.TOO_LATE
    assert not Licence.objects.exists()
    told = {letter.email for letter in Letter.objects.all()}
    assert told == {order.buyer.email, listing.voice.creator.user.email}


def test_what_is_paid_after_another_use_was_taken_out_is_granted(listing: Listing) -> None:
    Listing.objects.filter(pk=listing.pk).update(uses=["game"])
    order = _order(Listing.objects.get(pk=listing.pk))
    _narrow(listing, "game")
    assert fulfilment.fulfil_order(order_id=order.pk, payment_intent="pi_good") is not None


def test_an_upgrade_to_a_use_that_was_taken_out_meanwhile_changes_nothing(listing: Listing) -> None:
    licence = factories.make_licence(listing)
    dearer = Offer.objects.create(
        listing=listing, tier="commercial", price_minor=9_900, currency="USD", characters=50_000
    )
    order = renewals.order_upgrade(licence=licence, offer=dearer, by=licence.buyer)
    _narrow(listing, "game")
    assert fulfilment.fulfil_order(order_id=order.pk, payment_intent="pi_late") is None
    licence.refresh_from_db()
    assert licence.terms["tier"] == "personal"


def test_a_listing_without_a_use_left_stays_off_sale_when_its_exclusive_licence_ends(
    listing: Listing,
) -> None:
    Listing.objects.filter(pk=listing.pk).update(uses=["audiobook"])
    later = timezone.now() + timedelta(days=30)
    services.take_off_sale(listing=listing, until=later, by=factories.make_user())
    _narrow(listing, "game")
    assert _hold(listing).state == Listing.State.EXCLUSIVE
    Letter.objects.all().delete()
    ended = services.end_exclusivity(listing=listing)
    assert (ended.state, ended.review_note) == (Listing.State.DRAFT, consented.NOTHING_LEFT)
    letter = Letter.objects.get(email=listing.voice.creator.user.email)
    subject, _ = json.loads(unseal(bytes(letter.sealed), "letter"))
    assert subject.endswith("stays off sale until you offer other uses")


def test_a_licence_for_a_use_that_was_taken_out_is_not_renewed(listing: Listing) -> None:
    licence = factories.make_licence(listing)
    licence.terms |= {"uses": ["audiobook", "game"]}
    licence.save()
    _narrow(listing, "game")
    with pytest.raises(Refused) as refusal:
        renewals.order_renewal(licence=licence, by=licence.buyer)
    assert (refusal.value.code, "Audiobooks" in str(refusal.value)) == ("not_renewable", True)
