"""Moderators hear and decide on listings at the desk; the Django admin only shows them."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace import storage
from marketplace.listings.models import Listing
from marketplace.voices.models import Voice
from tests import factories
from tests.markup import without_gaps

pytestmark = pytest.mark.django_db
DESK = "/moderation"


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(factories.make_moderator())
    return client


def _seen(desk: Client) -> str:
    found = re.search(r'name="seen" value="(\w+)"', desk.get(DESK).text)
    assert found is not None
    return found[1]


def _address(listing: Listing) -> str:
    return reverse("storefront:review-listing", args=[listing.public_id])


def test_the_desk_shows_what_will_be_public_with_its_clips(desk: Client) -> None:
    voice = factories.make_voice(name="Velvet", description="For long roads")
    listing = factories.make_listing(voice, state=Listing.State.SUBMITTED)
    assert listing.version is not None
    clip = listing.version.previews.get()
    storage.put(clip.storage_key, b"ID3 clip")
    page = without_gaps(desk.get(DESK).text)
    for words in (
        "Velvet",
        "For long roads",
        "A voice for tests",
        "Personal $19.99",
        "first review",
    ):
        assert words in page
    audio = reverse("storefront:preview", args=[clip.public_id])
    assert f'data-play="{audio}"' in page
    assert desk.get(audio).content == b"ID3 clip"


def test_what_was_seen_is_put_on_sale(desk: Client) -> None:
    listing = factories.make_listing(state=Listing.State.SUBMITTED)
    desk.post(_address(listing), {"decision": "approve", "seen": _seen(desk)})
    listing.refresh_from_db()
    assert (listing.state, listing.reviewed_by is not None) == ("live", True)


@pytest.mark.parametrize("seen", ["", "0" * 64])
def test_what_was_not_seen_is_not(desk: Client, seen: str) -> None:
    listing = factories.make_listing(state=Listing.State.SUBMITTED)
    desk.post(_address(listing), {"decision": "approve", "seen": seen})
    listing.refresh_from_db()
    assert listing.state == "submitted"


def test_a_listing_is_sent_back_with_a_reason_and_not_without(desk: Client) -> None:
    listing = factories.make_listing(state=Listing.State.SUBMITTED)
    desk.post(_address(listing), {"decision": "send_back", "note": ""})
    listing.refresh_from_db()
    assert listing.state == "submitted"
    desk.post(_address(listing), {"decision": "send_back", "note": "Too quiet."})
    listing.refresh_from_db()
    assert (listing.state, listing.review_note) == ("rejected", "Too quiet.")


def test_the_desk_shows_what_changed_since_the_last_review(desk: Client) -> None:
    listing = factories.make_listing(state=Listing.State.SUSPENDED)
    Voice.objects.filter(pk=listing.voice_id).update(description="Now with pills")
    form = {"voice": listing.voice.slug, "note": "", "decision": "resume"}
    answer = desk.post(reverse("storefront:moderate-listing"), form, follow=True)
    assert "waits here to be reviewed" in answer.text
    page = without_gaps(answer.text)
    assert "<dt>Description</dt><dd><del>" in page
    assert "Now with pills</ins>" in page
    assert "reviewed before" in page


def test_a_listing_on_sale_is_suspended_and_resumed_at_the_desk(desk: Client) -> None:
    listing = factories.make_listing()
    address = reverse("storefront:moderate-listing")
    for decision, state in (("suspend", "suspended"), ("resume", "live")):
        desk.post(
            address, {"voice": listing.voice.slug, "note": "Complaints.", "decision": decision}
        )
        listing.refresh_from_db()
        assert listing.state == state


@pytest.mark.parametrize("action", ["approve", "send_back", "suspend", "resume"])
def test_the_admin_only_shows_listings(desk: Client, action: str) -> None:
    listing = factories.make_listing(state=Listing.State.SUBMITTED)
    page = "/admin/listings/listing/"
    assert listing.voice.name in desk.get(page).text
    assert 'name="action"' not in desk.get(page).text
    desk.post(page, {"action": action, "_selected_action": listing.pk})
    assert desk.post(f"{page}{listing.pk}/change/", {"state": "live"}).status_code == 403
    listing.refresh_from_db()
    assert listing.state == "submitted"


@pytest.mark.parametrize("name", ["review-listing", "moderate-listing"])
def test_others_do_not_decide_on_listings(client: Client, name: str) -> None:
    listing = factories.make_listing(state=Listing.State.SUBMITTED)
    args = [listing.public_id] if name == "review-listing" else []
    client.force_login(listing.voice.creator.user)
    assert client.post(reverse(f"storefront:{name}", args=args)).status_code == 403


def test_the_desk_reads_the_clips_of_listings_once(desk: Client) -> None:
    factories.make_listing(state=Listing.State.SUBMITTED)
    desk.get(DESK)
    with CaptureQueriesContext(connection) as queries:
        assert "first review" in desk.get(DESK).text
    assert len([each for each in queries if 'FROM "voices_preview"' in each["sql"]]) == 1
