"""A shortlist holds voices that are on sale, once each, and up to a limit."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.listings import shortlists
from marketplace.listings.models import Listing, SavedVoice
from marketplace.refusals import Refused
from marketplace.storefront.views.creators import creator_page
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_voice_is_saved_once_and_taken_off_again() -> None:
    user, slug = factories.make_user(), factories.make_listing().voice.slug
    shortlists.save(user=user, slugs=[slug, slug])
    shortlists.save(user=user, slugs=[slug])
    assert shortlists.slugs_of(user) == [slug]
    shortlists.remove(user=user, slugs=[slug])
    assert shortlists.slugs_of(user) == []


def test_what_is_not_on_sale_is_not_saved() -> None:
    user = factories.make_user()
    draft = factories.make_listing(state=Listing.State.DRAFT)
    shortlists.save(user=user, slugs=[draft.voice.slug, "nobody"])
    assert not SavedVoice.objects.exists()


def test_a_full_shortlist_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortlists, "MOST", 1)
    user = factories.make_user()
    first, second = (factories.make_listing().voice.slug for _ in range(2))
    shortlists.save(user=user, slugs=[first])
    with pytest.raises(Refused) as refusal:
        shortlists.save(user=user, slugs=[second])
    assert refusal.value.code == "shortlist_full"


def test_a_shortlist_is_its_owners_alone(client: Client) -> None:
    slug = factories.make_listing().voice.slug
    shortlists.save(user=factories.make_user("a"), slugs=[slug])
    client.force_login(factories.make_user("b"))
    page = client.get(reverse("storefront:shortlist"))
    assert page.context["listings"] == []


def test_a_visitor_without_an_account_sees_the_voices_that_they_name(client: Client) -> None:
    slug = factories.make_listing().voice.slug
    page = client.get(reverse("storefront:shortlist"), {"voice": [slug, "gone"]})
    assert [each.voice.slug for each in page.context["listings"]] == [slug]
    assert "1 saved voice is no longer on sale" in page.content.decode()


def test_a_voice_that_went_off_sale_stays_on_the_shortlist_and_is_counted(client: Client) -> None:
    user, listing = factories.make_user(), factories.make_listing()
    shortlists.save(user=user, slugs=[listing.voice.slug])
    Listing.objects.update(state=Listing.State.DRAFT)
    client.force_login(user)
    assert "no longer on sale" in client.get(reverse("storefront:shortlist")).content.decode()


def test_saving_needs_an_account(client: Client) -> None:
    slug = factories.make_listing().voice.slug
    answer = client.post(reverse("storefront:shortlist"), {"voice": slug})
    assert answer.status_code in (302, 303, 403)
    assert not SavedVoice.objects.exists()


@pytest.mark.parametrize("page", ["home", "voices", "voice", "compare", "creator", "shortlist"])
def test_the_hearts_of_saved_voices_are_full_on_every_page(client: Client, page: str) -> None:
    listing, other, user = factories.make_listing(), factories.make_listing(), factories.make_user()
    shortlists.save(user=user, slugs=[listing.voice.slug, other.voice.slug])
    client.force_login(user)
    address = {
        "voice": reverse("storefront:voice", args=[listing.voice.slug]),
        "compare": f"/compare?voice={listing.voice.slug}&voice={other.voice.slug}",
        "creator": creator_page(listing.voice.creator),
    }.get(page) or reverse(f"storefront:{page}")
    assert client.get(address).context["saved"] == [other.voice.slug, listing.voice.slug]
