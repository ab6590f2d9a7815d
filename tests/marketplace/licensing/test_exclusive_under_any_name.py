"""An exclusive licence keeps a voice to its buyer, whatever else its creator calls the same voice."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.db import transaction
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts import organizations
from marketplace.accounts.models import User
from marketplace.creators.models import Creator
from marketplace.licensing import exclusivity, fulfilment, lifecycle, quotes
from marketplace.licensing.models import Licence, Order, Quote
from marketplace.licensing.orders import lock_offer, place_order
from marketplace.listings import alike, facts
from marketplace.listings import services as listings
from marketplace.listings.models import Listing
from marketplace.listings.queries import on_sale, public_offers
from marketplace.moderation import services as moderation
from marketplace.moderation.models import Case
from marketplace.refusals import Refused
from marketplace.voices.models import VoiceVersion
from synthesis.verification.cohort import SAME_SPEAKER, likeness
from tests import factories

pytestmark = pytest.mark.django_db
State = Listing.State
SPEAKER, STRANGER = factories.make_embedding(71), factories.make_embedding(72)


def _listing(creator: Creator, speaker: list[float], state: str = State.LIVE) -> Listing:
    listing = factories.make_listing(factories.make_voice(creator), state=state)
    _learn(listing, speaker)
    return listing


def _learn(listing: Listing, speaker: list[float]) -> None:
    listing.voice.versions.update(embedding=speaker)  # what `update` is given is rotated too
    listing.refresh_from_db()


def _offer(listing: Listing, buyer: User) -> Quote:
    quote = quotes.ask(
        listing=listing,
        organization=organizations.personal_organization(buyer),
        message="The one voice of our new assistant.",
        by=buyer,
    )
    return quotes.offer(
        quote=quote, price_minor=500_000, characters=10_000, term_months=12, by=_owner(listing)
    )


def _owner(listing: Listing) -> User:
    return listing.voice.creator.user


def _pay(order: Order) -> Licence | None:
    return fulfilment.fulfil_order(order_id=order.pk, payment_intent=f"pi_{order.pk}")


def _sold_exclusively(creator: Creator, speaker: list[float] = SPEAKER) -> Listing:
    listing, buyer = _listing(creator, speaker), factories.make_user("exclusive")
    assert _pay(quotes.accept(quote=_offer(listing, buyer), by=buyer)) is not None
    listing.refresh_from_db()
    assert listing.state == State.EXCLUSIVE
    return listing


def test_the_same_voice_is_not_approved_while_it_is_licensed_exclusively() -> None:
    creator = factories.make_creator()
    _sold_exclusively(creator)
    twin = _listing(creator, SPEAKER, State.SUBMITTED)
    with pytest.raises(Refused) as refusal:
        listings.approve_listing(listing=twin, by=factories.make_moderator())
    assert refusal.value.code == "sold_exclusively"
    assert not on_sale().filter(pk=twin.pk).exists()


def test_another_persons_voice_of_the_same_creator_is_approved() -> None:
    creator = factories.make_creator()
    _sold_exclusively(creator)
    other = _listing(creator, STRANGER, State.SUBMITTED)
    approved = listings.approve_listing(listing=other, by=factories.make_moderator())
    assert approved.state == State.LIVE


def test_it_is_approved_when_the_exclusive_licence_has_ended() -> None:
    creator = factories.make_creator()
    sold = _sold_exclusively(creator)
    twin = _listing(creator, SPEAKER, State.SUBMITTED)
    lifecycle.refund_licence(licence=Licence.objects.get(voice=sold.voice))
    exclusivity.end_exclusivities()
    assert listings.approve_listing(listing=twin, by=factories.make_moderator()).state == State.LIVE


def test_who_submits_it_is_refused_until_a_moderator_has_heard_two_people() -> None:
    creator = factories.make_creator()
    sold = _sold_exclusively(creator)
    twin = _listing(creator, SPEAKER, State.DRAFT)
    for _ in range(2):
        with pytest.raises(Refused) as refusal:
            listings.submit_listing(listing=twin, by=creator.user)
        assert refusal.value.code == "sold_exclusively"
        assert sold.voice.name in str(refusal.value)
    case = Case.objects.get(voice=twin.voice, like_voice=sold.voice)
    moderation.decide_case(
        case=case, allow=True, note="Two sisters.", by=factories.make_moderator()
    )
    assert listings.submit_listing(listing=twin, by=creator.user).state == State.SUBMITTED
    assert listings.approve_listing(listing=twin, by=factories.make_moderator()).state == State.LIVE


def test_what_moderators_allowed_before_it_became_much_more_alike_does_not_let_it_pass() -> None:
    creator = factories.make_creator()
    sold = _sold_exclusively(creator)
    twin = _listing(creator, SPEAKER, State.DRAFT)
    case = moderation.open_case(twin.voice, SAME_SPEAKER, like_voice=sold.voice)
    assert case is not None
    moderation.decide_case(
        case=case, allow=True, note="Two sisters.", by=factories.make_moderator()
    )
    with pytest.raises(Refused) as refusal:
        listings.submit_listing(listing=twin, by=creator.user)
    assert refusal.value.code == "sold_exclusively"
    assert Case.objects.latest("pk") != case


def test_a_dearer_tier_of_the_same_voice_is_not_sold_under_its_other_name() -> None:
    creator = factories.make_creator()
    twin = _listing(creator, STRANGER)
    offer = public_offers(twin).get()
    sold = _sold_exclusively(creator)
    _learn(twin, SPEAKER)
    with pytest.raises(Refused) as refusal, transaction.atomic():
        lock_offer(offer)
    assert refusal.value.code == "sold_exclusively"
    assert sold.voice.name in str(refusal.value)


def test_a_moderator_who_hears_one_person_ends_nothing_but_the_sale() -> None:
    creator = factories.make_creator()
    sold = _sold_exclusively(creator)
    twin = _listing(creator, SPEAKER, State.DRAFT)
    with pytest.raises(Refused):
        listings.submit_listing(listing=twin, by=creator.user)
    moderation.decide_case(
        case=Case.objects.get(), allow=False, note="One person.", by=factories.make_moderator()
    )
    with pytest.raises(Refused):
        listings.submit_listing(listing=twin, by=creator.user)
    lifecycle.refund_licence(licence=Licence.objects.get(voice=sold.voice))
    exclusivity.end_exclusivities()
    assert listings.submit_listing(listing=twin, by=creator.user).state == State.SUBMITTED


def test_another_voice_does_not_become_the_same_by_a_new_version() -> None:
    creator = factories.make_creator()
    _sold_exclusively(creator)
    other = _listing(creator, STRANGER, State.DRAFT)
    version = factories.make_version(other.voice, other.voice.consents.get())
    VoiceVersion.objects.filter(pk=version.pk).update(embedding=SPEAKER)
    with pytest.raises(Refused) as refusal:
        listings.submit_listing(listing=other, by=creator.user)
    assert refusal.value.code == "sold_exclusively"


def test_a_suspended_twin_does_not_resume() -> None:
    creator = factories.make_creator()
    twin = _listing(creator, SPEAKER, State.SUSPENDED)
    _sold_exclusively(creator)
    with pytest.raises(Refused) as refusal:
        listings.resume_listing(listing=twin, by=factories.make_moderator())
    assert refusal.value.code == "sold_exclusively"
    twin.refresh_from_db()
    assert twin.state == State.SUSPENDED


def test_nobody_is_offered_exclusivity_while_the_same_voice_is_on_sale() -> None:
    creator, buyer = factories.make_creator(), factories.make_user()
    listing, twin = _listing(creator, SPEAKER), _listing(creator, SPEAKER)
    with pytest.raises(Refused) as refusal:
        _offer(listing, buyer)
    assert refusal.value.code == "same_voice_on_sale"
    assert twin.voice.name in str(refusal.value)
    assert Quote.objects.get().state == Quote.State.ASKED


def test_an_offer_is_not_accepted_while_the_same_voice_is_on_sale() -> None:
    creator, buyer = factories.make_creator(), factories.make_user()
    quote = _offer(_listing(creator, SPEAKER), buyer)
    _listing(creator, SPEAKER)
    with pytest.raises(Refused) as refusal:
        quotes.accept(quote=quote, by=buyer)
    assert refusal.value.code == "same_voice_on_sale"
    assert not Order.objects.exists()


def test_an_exclusive_payment_is_returned_if_the_same_voice_went_on_sale_meanwhile() -> None:
    creator, buyer = factories.make_creator(), factories.make_user()
    listing = _listing(creator, SPEAKER)
    order = quotes.accept(quote=_offer(listing, buyer), by=buyer)
    _listing(creator, SPEAKER)
    assert _pay(order) is None
    order.refresh_from_db()
    assert order.state == Order.State.TOO_LATE
    listing.refresh_from_db()
    assert listing.state == State.LIVE


def test_an_order_of_the_twin_that_is_paid_after_the_exclusive_one_grants_nothing() -> None:
    creator = factories.make_creator()
    twin = _listing(creator, SPEAKER)
    late = factories.make_order(twin)
    Listing.objects.filter(pk=twin.pk).update(state=State.DRAFT)
    _sold_exclusively(creator)
    assert _pay(late) is None
    assert not Licence.objects.filter(voice=twin.voice).exists()


def test_the_twin_is_not_sold_even_if_it_was_on_sale_before_this_was_compared() -> None:
    creator = factories.make_creator()
    _sold_exclusively(creator)
    twin = _listing(creator, SPEAKER)
    with pytest.raises(Refused) as refusal:
        place_order(buyer=factories.make_user(), offer=public_offers(twin).get())
    assert refusal.value.code == "sold_exclusively"


def test_of_two_exclusive_twins_the_one_that_ends_first_waits_for_the_moderators() -> None:
    creator = factories.make_creator()
    _sold_exclusively(creator)
    twin = _listing(creator, SPEAKER)
    until = timezone.now() + timedelta(days=1)
    listings.take_off_sale(listing=twin, until=until, by=factories.make_user())
    assert listings.end_exclusivity(listing=twin).state == State.SUBMITTED


def test_another_creators_exclusive_licence_is_none_of_ones_business() -> None:
    _sold_exclusively(factories.make_creator())
    other = _listing(factories.make_creator(), SPEAKER, State.SUBMITTED)
    approved = listings.approve_listing(listing=other, by=factories.make_moderator())
    assert approved.state == State.LIVE


def _merely_similar() -> list[float]:
    for share in np.linspace(0, 1, 101):
        mixed = (1 - share) * np.array(STRANGER) + share * np.array(SPEAKER)
        mixed /= np.linalg.norm(mixed)
        if alike.SIMILAR + 0.2 < likeness(mixed.tolist(), SPEAKER) < SAME_SPEAKER - 0.2:
            return mixed.tolist()  # type: ignore[no-any-return]
    raise AssertionError("no mixture is merely similar")


def test_moderators_hear_a_voice_that_is_similar_beside_the_one_that_is_licensed_exclusively() -> (
    None
):
    creator = factories.make_creator()
    sold = _sold_exclusively(creator)
    similar = _listing(creator, _merely_similar(), State.SUBMITTED)
    client = Client()
    client.force_login(moderator := factories.make_moderator())
    page = client.get(reverse("storefront:moderation")).text
    assert f"Like {sold.voice.name} of the same creator" in page
    clip = sold.version.previews.get() if sold.version else None
    assert clip is not None
    assert reverse("storefront:preview", args=[clip.public_id]) in page
    seen = facts.fingerprint(facts.facts_of(similar))
    approved = listings.approve_listing(listing=similar, by=moderator, seen=seen)
    assert approved.state == State.LIVE


def test_an_exclusive_order_compares_the_creators_voices_once_and_its_payment_once_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    creator, buyer = factories.make_creator(), factories.make_user("exclusive")
    listing = _listing(creator, SPEAKER)
    _listing(creator, STRANGER)
    quote = _offer(listing, buyer)
    compared: list[Listing] = []
    compare = alike._alike

    def counted(one: Listing, others: QuerySet[Listing]) -> list[alike.Alike]:
        compared.append(one)
        return compare(one, others)

    monkeypatch.setattr(alike, "_alike", counted)
    order = quotes.accept(quote=quote, by=buyer)
    assert len(compared) == 1
    assert _pay(order) is not None
    assert len(compared) == 2


def test_an_exclusive_licence_that_is_over_keeps_no_other_name_from_being_sold() -> None:
    creator = factories.make_creator()
    sold, twin = _sold_exclusively(creator), _listing(creator, SPEAKER, State.DRAFT)
    assert [each.listing for each in alike.held_alike(twin)] == [sold]
    past = timezone.now() - timedelta(minutes=1)
    Listing.objects.filter(pk=sold.pk).update(exclusive_until=past)
    assert [each.listing for each in alike.held_alike(twin)] == [sold]  # it may be renewed late
    Listing.objects.filter(pk=sold.pk).update(state=State.SUSPENDED)
    assert alike.held_alike(twin) == []
    assert listings.submit_listing(listing=twin, by=creator.user).state == State.SUBMITTED
