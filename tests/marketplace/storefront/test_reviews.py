"""Reviews on pages: what visitors read, and the forms of licensees, creators and moderators."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from marketplace.accounts.models import User
from marketplace.listings import noted
from marketplace.listings.models import Listing
from marketplace.privacy import services as privacy
from marketplace.privacy.copies import data_of
from marketplace.reviews import moderation
from marketplace.reviews import services as reviews
from marketplace.reviews.models import Review, ReviewReport
from marketplace.storefront.views import reviews as pages
from tests import factories, reviewing

pytestmark = pytest.mark.django_db
SENT = {"stars": "4", "use": "game", "text": "It shouts without cracking.", "signature": "Ash"}


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _page(listing: Listing, client: Client | None = None, query: str = "") -> str:
    return (client or Client()).get(f"/voices/{listing.voice.slug}{query}").text


def test_a_licensee_publishes_a_review_that_everybody_reads() -> None:
    listing = factories.make_listing()
    buyer = _as(reviewing.make_licensee(listing))
    address = f"/voices/{listing.voice.slug}/review"
    assert f'href="{address}"' in _page(listing, buyer)
    answer = buyer.post(address, SENT)
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/voices/{listing.voice.slug}#reviews",
    )
    page = _page(listing)
    for shown in (
        "It shouts without cracking.", "Ash", "4 of 5 stars", 'itemprop="aggregateRating"',
        '<strong itemprop="ratingValue">4.0</strong>', '<span itemprop="reviewCount">1</span>',
    ):  # fmt: skip
        assert shown in page
    assert f'href="{address}"' not in page


def test_a_refused_review_keeps_what_was_typed() -> None:
    listing = factories.make_listing()
    buyer = _as(reviewing.make_licensee(listing))
    page = buyer.post(f"/voices/{listing.voice.slug}/review", SENT | {"text": "I will kill you."})
    assert "It threatens or abuses somebody." in page.text
    assert "I will kill you." in page.text
    assert not Review.objects.exists()


def test_who_has_no_licence_finds_no_form_and_writes_nothing() -> None:
    listing = factories.make_listing()
    stranger = _as(factories.make_user())
    address = f"/voices/{listing.voice.slug}/review"
    assert f'href="{address}"' not in _page(listing, stranger)
    assert stranger.get(address).status_code == 404
    assert stranger.post(address, SENT).status_code == 404
    assert not Review.objects.exists()


def test_who_has_not_spoken_yet_reads_so() -> None:
    listing = factories.make_listing()
    buyer = _as(factories.make_licence(listing).buyer)
    page = buyer.get(f"/voices/{listing.voice.slug}/review").text
    assert "Have the voice speak with your licence first" in page
    assert "<textarea" not in page


def test_reviews_are_paged_the_newest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "A_PAGE", 2)
    listing = factories.make_listing()
    for number in range(3):
        reviewing.make_review(listing, text=f"Text number {number}.")
    assert re.findall(r"Text number (\d)", _page(listing)) == ["2", "1"]
    assert re.findall(r"Text number (\d)", _page(listing, query="?reviews=2")) == ["0"]


def test_the_page_asks_the_database_as_often_for_many_reviews_as_for_two(
    django_assert_max_num_queries: Any,
) -> None:
    listing = factories.make_listing()
    for _ in range(2):
        reviewing.make_review(listing)
    with CaptureQueriesContext(connection) as few:
        _page(listing)
    for _ in range(4):
        reviewing.make_review(listing)
    with django_assert_max_num_queries(len(few)):
        _page(listing)


def test_a_page_of_24_rated_cards_costs_as_many_queries_as_one_card(
    django_assert_max_num_queries: Any,
) -> None:
    first = factories.make_listing()
    noted.note_stars(voice_id=first.voice_id, given=[0, 0, 0, 1, 2])
    Client().get("/voices")
    with CaptureQueriesContext(connection) as one:
        assert "4.7 (3)" in Client().get("/voices").text
    for _ in range(23):
        listing = factories.make_listing(factories.make_voice(first.voice.creator))
        noted.note_stars(voice_id=listing.voice_id, given=[0, 0, 0, 1, 2])
    with django_assert_max_num_queries(len(one)):
        assert Client().get("/voices").text.count("4.7 (3)") == 24


def test_two_reviews_are_too_few_for_a_card() -> None:
    listing = factories.make_listing()
    noted.note_stars(voice_id=listing.voice_id, given=[0, 0, 0, 0, 2])
    assert "5.0 (2)" not in Client().get("/voices").text
    assert "5.0 (2)" in _page(listing)


def test_the_creator_answers_on_the_page_and_nobody_else_can() -> None:
    listing = factories.make_listing()
    review = reviewing.make_review(listing)
    address = f"/studio/reviews/{review.public_id}/answer"
    creator = _as(listing.voice.creator.user)
    assert address in _page(listing, creator)
    assert address not in _page(listing, _as(review.writer))
    assert _as(review.writer).post(address, {"answer": "No."}).status_code == 404
    creator.post(address, {"answer": "Thank you for that."})
    assert "Thank you for that." in _page(listing)
    assert address not in _page(listing, creator)


def test_a_visitor_is_asked_to_sign_in_before_reporting_and_a_member_reports() -> None:
    listing = factories.make_listing()
    review = reviewing.make_review(listing)
    address = f"/reviews/{review.public_id}/report"
    assert Client().post(address, {"reason": "Spam."})["Location"].startswith("/accounts/login/")
    assert not ReviewReport.objects.exists()
    _as(factories.make_user()).post(address, {"reason": "Spam."})
    assert ReviewReport.objects.get().reason == "Spam."


def test_moderators_take_a_review_down_at_the_desk_and_its_writer_appeals_on_its_page() -> None:
    listing = factories.make_listing()
    review = reviewing.make_review(listing, text="A line that goes.")
    moderation.report_review(review=review, reason="Spam.", by=factories.make_user())
    desk = _as(factories.make_moderator())
    assert "Somebody says: Spam." in desk.get("/moderation").text
    decide = f"/moderation/reviews/{review.public_id}"
    desk.post(
        decide, {"decision": "take_down", "note": "It is spam.", "seen": reviewing.seen(review)}
    )
    assert "A line that goes." not in _page(listing)
    writer = _as(review.writer)
    address = f"/voices/{listing.voice.slug}/review"
    assert "They wrote: It is spam." in writer.get(address).text
    writer.post(f"{address}/appeal", {"reason": "It is no spam."})
    assert "They say: It is no spam." in desk.get("/moderation").text
    _as(factories.make_moderator()).post(
        decide, {"decision": "restore", "note": "Indeed.", "seen": reviewing.seen(review)}
    )
    assert "A line that goes." in _page(listing)


def test_a_writer_deletes_their_review_on_its_page() -> None:
    listing = factories.make_listing()
    review = reviewing.make_review(listing)
    address = f"/voices/{listing.voice.slug}/review/remove"
    assert _as(factories.make_user()).post(address).status_code == 404
    assert Review.objects.exists()
    _as(review.writer).post(address)
    assert not Review.objects.exists()


def test_who_sees_to_a_team_reads_and_deletes_its_review_on_the_same_page() -> None:
    listing = factories.make_listing()
    review, other = reviewing.make_review(listing, text="Ours."), reviewing.make_review(listing)
    admin, developer = factories.make_user("admin"), factories.make_user("developer")
    for member, role in ((admin, "admin"), (developer, "developer")):
        review.organization.memberships.create(user=member, role=role)
    address = f"/voices/{listing.voice.slug}/review"
    named = f'name="review" value="{review.public_id}"'
    assert named in _as(admin).get(address).text
    assert named not in _as(developer).get(address).text
    for client, sent, status in (
        (_as(developer), review.public_id, 404),
        (_as(admin), other.public_id, 404),
        (_as(admin), "no-number", 404),
    ):
        assert client.post(f"{address}/remove", {"review": sent}).status_code == status
    assert Review.objects.count() == 2
    _as(admin).post(f"{address}/remove", {"review": review.public_id})
    assert list(Review.objects.all()) == [other]


def test_a_copy_has_what_one_wrote_and_erasure_takes_it_from_the_page_and_the_mean() -> None:
    listing = factories.make_listing()
    review, reader = reviewing.make_review(listing, text="My own words."), factories.make_user()
    moderation.report_review(review=review, reason="My reason.", by=reader)
    assert data_of(review.writer)["reviews.review"][0]["text"] == "My own words."
    assert data_of(reader)["reviews.reviewreport"][0]["reason"] == "My reason."
    request = privacy.ask(user=review.writer, kind="erasure")
    privacy.erase(request=request, say=lambda *_: None)
    assert not Review.objects.exists()
    assert Listing.objects.get().stars == []


def test_erasing_a_creator_takes_their_answers_and_leaves_what_others_wrote() -> None:
    review = reviewing.make_review(text="Not theirs to erase.")
    creator = review.voice.creator.user
    reviews.answer_review(review=review, answer="Thank you!", by=creator)
    assert data_of(creator)["reviews.review"][0]["answer"] == "Thank you!"
    request = privacy.ask(user=creator, kind="erasure")
    privacy.erase(request=request, say=lambda *_: None)
    review.refresh_from_db()
    assert (review.text, review.answer) == ("Not theirs to erase.", "")
