"""The page of a creator: what they say, what others say, and following."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.letters import preferences
from marketplace.letters.kinds import Kind
from marketplace.listings.models import Listing
from marketplace.privacy import services as privacy
from marketplace.privacy.copies import data_of
from marketplace.profiles import biographies, following
from marketplace.profiles.models import Biography, Follow
from marketplace.storefront.templatetags.presentation import at_least
from marketplace.storefront.views.creators import creator_page
from tests import factories, reviewing

pytestmark = pytest.mark.django_db


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_creator_writes_in_the_studio_and_a_moderator_lets_it_be_shown() -> None:
    creator = factories.make_listing().voice.creator
    _as(creator.user).post("/studio/page", {"text": "I have read to people since 1990."})
    assert "since 1990" not in Client().get(creator_page(creator)).text
    desk = _as(factories.make_moderator())
    assert "since 1990" in desk.get("/moderation").text
    found = Biography.objects.get()
    address = f"/moderation/biographies/{found.public_id}"
    desk.post(address, {"decision": "approve", "seen": found.digest})
    assert "since 1990" in Client().get(creator_page(creator)).text


def test_the_reviews_of_all_their_voices_on_sale_are_on_it() -> None:
    creator = factories.make_creator()
    for stars in (5, 4):
        voice = factories.make_voice(creator)
        reviewing.make_review(factories.make_listing(voice), stars=stars, text=f"Gets {stars}.")
    gone = factories.make_listing(factories.make_voice(creator))
    reviewing.make_review(gone, stars=1, text="Gets 1.")
    Listing.objects.filter(pk=gone.pk).update(state="suspended")
    page = Client().get(creator_page(creator)).text
    assert "4.5 (2)" in page
    assert "Gets 5." in page
    assert "Gets 1." not in page


def test_sales_are_said_in_round_numbers() -> None:
    assert [at_least(count) for count in (0, 4, 5, 57, 2_600)] == ["", "", "5+", "50+", "2,000+"]


def test_a_member_follows_on_the_page_and_sees_whom_they_follow_on_their_shortlist() -> None:
    creator = factories.make_listing().voice.creator
    reader, address = factories.make_user(), f"/creators/{creator.pk}/follow"
    member = _as(reader)
    assert ">Follow</button>" in member.get(creator_page(creator)).text
    assert member.post(address)["Location"] == creator_page(creator)
    assert "Unfollow" in member.get(creator_page(creator)).text
    assert creator.display_name in member.get("/shortlist").text
    assert creator.display_name not in _as(factories.make_user()).get("/shortlist").text
    member.post(address, {"off": "on", "listed": "on"})
    assert not Follow.objects.exists()


def test_a_visitor_signs_in_first_and_a_creator_with_nothing_on_sale_is_not_followed() -> None:
    creator = factories.make_creator()
    address = f"/creators/{creator.pk}/follow"
    assert Client().post(address)["Location"].startswith("/accounts/login/")
    assert _as(factories.make_user()).post(address).status_code == 404
    assert not Follow.objects.exists()


def test_whoever_unfollows_a_creator_with_nothing_on_sale_learns_no_name() -> None:
    creator = factories.make_creator()
    answer = _as(factories.make_user()).post(f"/creators/{creator.pk}/follow", {"off": "1"})
    assert answer["Location"] == reverse("storefront:shortlist")


def test_the_link_in_a_letter_stops_letters_after_one_click_and_not_when_it_is_opened() -> None:
    creator, user = factories.make_creator(), factories.make_user()
    following.follow(user=user, creator=creator)
    address = f"/following/stop/{following.stopping_token(user)}"
    assert Client().get(address).status_code == 200
    assert not following.has_turned_off(user)
    Client().post(address)
    assert following.has_turned_off(user)
    assert preferences.unwanted_by(user.pk) == {Kind.NEW_VOICES}
    assert "no e-mails about their new voices" in _as(user).get("/shortlist").text
    assert Client().get("/following/stop/1:forged").status_code == 404


def test_whom_one_follows_is_in_ones_copy_alone_and_erased() -> None:
    creator, user = factories.make_creator(), factories.make_user()
    following.follow(user=user, creator=creator)
    biographies.propose_biography(creator=creator, text="I read aloud.", by=creator.user)
    assert data_of(user)["profiles.follow"][0]["creator__display_name"] == "Kim Doe"
    assert "profiles.follow" not in data_of(creator.user)
    assert data_of(creator.user)["profiles.biography"][0]["proposed"] == "I read aloud."
    privacy.erase(request=privacy.ask(user=creator.user, kind="erasure"), say=lambda *_: None)
    assert not Biography.objects.exists()
    assert not Follow.objects.exists()


def test_the_shortlist_asks_the_database_as_often_for_many_followed_as_for_one(
    django_assert_max_num_queries: Any,
) -> None:
    user = factories.make_user()
    member = _as(user)
    following.follow(user=user, creator=factories.make_listing().voice.creator)
    member.get("/shortlist")
    with CaptureQueriesContext(connection) as one:
        member.get("/shortlist")
    for _ in range(4):
        following.follow(user=user, creator=factories.make_listing().voice.creator)
    with django_assert_max_num_queries(len(one)):
        member.get("/shortlist")
