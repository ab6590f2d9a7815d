"""What a visitor finds, and how listings are published and withdrawn."""

from __future__ import annotations

import numpy as np
import pytest
from django.test import Client

from marketplace.consent.withdrawal import revoke
from marketplace.enrolment import previews
from marketplace.licensing.fulfilment import fulfil_order
from marketplace.licensing.orders import place_order
from marketplace.listings import facts, services
from marketplace.listings.models import Listing
from marketplace.listings.queries import cards, listing_on_sale, listings_like, public_offer
from marketplace.listings.search import Filters, find
from marketplace.listings.services import OfferDraft
from marketplace.refusals import InvalidTransition, Refused
from marketplace.voices.models import Voice, VoiceVersion
from tests import factories

pytestmark = pytest.mark.django_db


def _slugs(**filters: object) -> set[str]:
    return {listing.voice.slug for listing in cards(find(Filters(**filters)).keys)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("filters", "fits"),
    [
        ({"language": "fr"}, True),
        ({"language": "en-US"}, False),
        ({"gender": "masculine"}, True),
        ({"gender": "neutral"}, False),
        ({"age": "old"}, True),
        ({"style": "deep"}, True),
        ({"style": "bright"}, False),
        ({"use": "game"}, True),
        ({"use": "political"}, False),
        ({"max_price_minor": 1200}, True),
        ({"max_price_minor": 1199}, False),
        ({"words": "velvet"}, True),
        ({"words": "Deep velvet"}, True),
        ({"words": "vlevet"}, True),
        ({"words": "narator"}, True),
        ({"words": "trumpet"}, False),
        ({"language": "fr", "use": "game", "words": "narrator"}, True),
    ],
)
def test_filters_and_words_find_what_fits(filters: dict[str, object], fits: bool) -> None:
    voice = factories.make_voice(
        name="Velvet", language="fr", gender="masculine", age="old", styles=["deep"],
        description="A narrator for long roads",
    )  # fmt: skip
    listing = factories.make_listing(voice, price=1200)
    services.draft_listing(
        voice=voice, headline="Low and slow", uses=["game"],
        offers=[OfferDraft("personal", 1200, 1000)], by=voice.creator.user,
    )  # fmt: skip
    Listing.objects.filter(pk=listing.pk).update(state=Listing.State.LIVE)
    assert (voice.slug in _slugs(**filters)) is fits


@pytest.mark.parametrize("state", [s for s in Listing.State.values if s != "live"])
def test_only_live_listings_are_found(state: str) -> None:
    listing = factories.make_listing(state=state)
    assert _slugs() == set()
    assert listing_on_sale(listing.voice.slug) is None


def test_a_voice_without_living_consent_is_not_found() -> None:
    listing = factories.make_listing()
    assert _slugs() == {listing.voice.slug}
    revoke(consent=listing.voice.consents.get(), by=listing.voice.creator.user)
    assert _slugs() == set()


def test_voices_like_this_one_come_closest_first() -> None:
    listings = [factories.make_listing() for _ in range(4)]
    base = np.zeros(256)
    base[0] = 1.0
    for listing, angle in zip(listings, (0.0, 0.9, 0.2, 0.5), strict=True):
        embedding = base * np.cos(angle)
        embedding[1] = np.sin(angle)
        VoiceVersion.objects.filter(voice=listing.voice).update(embedding=embedding.tolist())
    found = [listing.voice_id for listing in listings_like(listings[0])]
    assert found == [listings[i].voice_id for i in (2, 3, 1)]


def test_voices_like_this_one_speak_its_language_first() -> None:
    languages = ("en-US", "fr", "en-GB", "en-US", "fr")
    listings = [factories.make_listing() for _ in languages]
    base = np.zeros(256)
    for listing, angle, language in zip(
        listings, (0.0, 0.1, 0.9, 0.5, 0.3), languages, strict=True
    ):
        base[0], base[1] = np.cos(angle), np.sin(angle)
        VoiceVersion.objects.filter(voice=listing.voice).update(embedding=base.tolist())
        Voice.objects.filter(pk=listing.voice_id).update(language=language)
    alike = [listing.voice_id for listing in listings_like(listings[0], limit=2)]
    assert alike == [listings[i].voice_id for i in (3, 2)]
    alike = [listing.voice_id for listing in listings_like(listings[0], limit=3)]
    assert alike == [listings[i].voice_id for i in (3, 2, 1)]


def test_a_listing_goes_live_only_through_a_moderator() -> None:
    listing = factories.make_listing(state=Listing.State.DRAFT)
    moderator = factories.make_moderator()
    with pytest.raises(InvalidTransition):
        services.approve_listing(listing=listing, by=moderator)
    services.submit_listing(listing=listing, by=listing.voice.creator.user)
    services.approve_listing(listing=listing, by=moderator)
    assert listing_on_sale(listing.voice.slug) is not None


def test_a_tier_that_its_creator_removed_is_not_sold_though_somebody_ordered_it() -> None:
    listing = factories.make_listing(price=1200)
    ordered = factories.make_order(listing)
    creator = listing.voice.creator.user

    def offer(*tiers: OfferDraft) -> None:
        services.draft_listing(
            voice=listing.voice, headline="", uses=["audiobook"], offers=tiers, by=creator
        )
        services.submit_listing(listing=listing, by=creator)
        services.approve_listing(listing=listing, by=factories.make_moderator())

    offer(OfferDraft("broadcast", 500_000, 1_000_000))
    assert public_offer(listing.voice.slug, "personal") is None
    shown = listing_on_sale(listing.voice.slug)
    assert shown is not None
    assert [each.tier for each in shown.offers.all()] == ["broadcast"]
    assert shown.reviewed["offers"][0]["tier"] == "broadcast"
    assert _slugs(max_price_minor=1200) == set()
    with pytest.raises(Refused) as refusal:
        place_order(buyer=factories.make_user(), offer=ordered.offer)
    assert refusal.value.code == "not_on_sale"
    assert fulfil_order(order_id=ordered.pk, payment_intent="pi_1") is not None  # as it was shown
    offer(OfferDraft("personal", 1300, 1_000), OfferDraft("broadcast", 500_000, 1_000_000))
    again = public_offer(listing.voice.slug, "personal")
    assert again is not None
    assert again.price_minor == 1300


def test_a_listing_sent_back_can_be_submitted_again() -> None:
    listing = factories.make_listing(state=Listing.State.SUBMITTED)
    moderator = factories.make_moderator()
    services.send_back_listing(listing=listing, by=moderator, note="Too quiet")
    listing.refresh_from_db()
    assert listing.review_note == "Too quiet"
    services.submit_listing(listing=listing, by=listing.voice.creator.user)
    services.approve_listing(listing=listing, by=moderator)
    listing.refresh_from_db()
    assert (listing.state, listing.review_note) == ("live", "")


def test_a_changed_live_listing_goes_back_to_review() -> None:
    listing = factories.make_listing()
    services.draft_listing(
        voice=listing.voice, headline="Changed", uses=["game"],
        offers=[OfferDraft("personal", 500, 1000)], by=listing.voice.creator.user,
    )  # fmt: skip
    listing.refresh_from_db()
    assert listing.state == Listing.State.DRAFT


def test_nothing_is_submitted_without_clips_or_consent() -> None:
    listing = factories.make_listing(state=Listing.State.DRAFT)
    version = listing.voice.versions.get()
    version.previews.update(storage_key="")
    with pytest.raises(Refused) as refusal:
        services.submit_listing(listing=listing, by=listing.voice.creator.user)
    assert refusal.value.code == "previews_missing"
    version.previews.update(storage_key="x")
    revoke(consent=listing.voice.consents.get(), by=listing.voice.creator.user)
    with pytest.raises(Refused) as refusal:
        services.submit_listing(listing=listing, by=listing.voice.creator.user)
    assert refusal.value.code == "consent_missing"
    listing.refresh_from_db()
    assert listing.state == Listing.State.DRAFT


@pytest.mark.parametrize(
    ("offers", "uses", "code"),
    [
        ([], ["game"], "no_offers"),
        ([OfferDraft("personal", 99, 1000)], ["game"], "price"),
        ([OfferDraft("personal", 500, 999)], ["game"], "characters"),
        ([OfferDraft("personal", 500, 1000)], [], "uses"),
        ([OfferDraft("personal", 500, 1000)], ["everything"], "uses"),
    ],
)
def test_offers_that_make_no_sense_are_refused(
    offers: list[OfferDraft], uses: list[str], code: str
) -> None:
    voice = factories.make_voice()
    with pytest.raises(Refused) as refusal:
        services.draft_listing(
            voice=voice, headline="x", uses=uses, offers=offers, by=voice.creator.user
        )
    assert refusal.value.code == code
    assert not Listing.objects.filter(voice=voice).exists()


def test_a_voice_learnt_again_is_not_sold_before_it_is_heard() -> None:
    listing = factories.make_listing()
    reviewed = listing.version
    factories.make_version(listing.voice, listing.voice.consents.get())
    found = listing_on_sale(listing.voice.slug)
    assert found is not None
    assert found.version == reviewed
    assert factories.make_order(found).voice_version == reviewed
    services.draft_listing(
        voice=listing.voice, headline="Again", uses=["game"],
        offers=[OfferDraft("personal", 500, 1000)], by=listing.voice.creator.user,
    )  # fmt: skip
    listing.refresh_from_db()
    services.submit_listing(listing=listing, by=listing.voice.creator.user)
    listing.refresh_from_db()
    assert listing.version != reviewed


def test_a_listing_changed_under_review_is_submitted_again() -> None:
    listing = factories.make_listing(state=Listing.State.SUBMITTED)
    services.draft_listing(
        voice=listing.voice, headline="Not what was heard", uses=["political"],
        offers=[OfferDraft("personal", 500, 1000)], by=listing.voice.creator.user,
    )  # fmt: skip
    with pytest.raises(InvalidTransition):
        services.approve_listing(listing=listing, by=factories.make_moderator())


def test_likeness_is_that_of_the_voices_on_sale() -> None:
    listing, other, third = (factories.make_listing() for _ in range(3))
    base = np.zeros(256)
    for found, angle in ((listing, 0.0), (other, 0.8), (third, 0.4)):
        base[0], base[1] = np.cos(angle), np.sin(angle)
        VoiceVersion.objects.filter(pk=found.version_id).update(embedding=base.tolist())
    unheard = factories.make_version(other.voice, other.voice.consents.get())
    base[0], base[1] = 1.0, 0.0
    VoiceVersion.objects.filter(pk=unheard.pk).update(embedding=base.tolist())
    assert [f.voice_id for f in listings_like(listing)] == [
        third.voice_id, other.voice_id,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (OfferDraft("personal", 249, 1_000), "price"),
        (OfferDraft("personal", 2_000, 10_000, overage_minor=199), "overage"),
    ],
)
def test_no_offer_costs_the_platform_more_than_it_earns_or_undercuts_itself(
    draft: OfferDraft, code: str
) -> None:
    voice = factories.make_voice()
    with pytest.raises(Refused) as refusal:
        services.draft_listing(
            voice=voice, headline="x", uses=["game"], offers=[draft], by=voice.creator.user
        )
    assert refusal.value.code == code


def test_further_characters_may_cost_as_much_as_those_that_were_bought() -> None:
    voice = factories.make_voice()
    draft = OfferDraft("personal", 2_000, 10_000, overage_minor=200)
    listing = services.draft_listing(
        voice=voice, headline="x", uses=["game"], offers=[draft], by=voice.creator.user
    )
    assert listing.offers.get().overage_minor == 200


def test_a_refused_clip_neither_holds_up_a_submission_nor_is_shown(client: Client) -> None:
    listing = factories.make_listing(state=Listing.State.DRAFT)
    version = listing.voice.versions.get()
    clip = previews.set_own_preview(
        version=version, text="Some words of my own.", by=listing.voice.creator.user
    )
    with pytest.raises(Refused, match="Wait for the preview clips"):
        services.submit_listing(listing=listing, by=listing.voice.creator.user)
    previews.refuse_preview(preview_id=clip.pk, why="It reads like fraud.")
    services.submit_listing(listing=listing, by=listing.voice.creator.user)
    listing.refresh_from_db()
    assert clip.text not in str(facts.facts_of(listing))
    client.force_login(listing.voice.creator.user)
    studio = client.get(f"/studio/voices/{listing.voice.public_id}").text
    assert "This clip was not made. It reads like fraud." in studio
    assert "Being spoken" not in studio
