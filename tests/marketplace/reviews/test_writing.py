"""Who paid for a voice and had it speak reviews it, once; nobody else does."""

from __future__ import annotations

import pytest

from marketplace import storage
from marketplace.accounts import organizations
from marketplace.accounts.models import Organization, User
from marketplace.compliance.models import AuditEvent
from marketplace.letters.models import Letter
from marketplace.letters.services import SEAL
from marketplace.licensing import lifecycle
from marketplace.licensing.models import Licence, Order
from marketplace.listings.models import Listing
from marketplace.refusals import InvalidTransition, Refused
from marketplace.reviews import services
from marketplace.reviews.models import Review
from marketplace.reviews.queries import may_review, shown_reviews
from tests import factories, reviewing

pytestmark = pytest.mark.django_db


def _refusal(listing: Listing, by: object, **more: object) -> str:
    before = Review.objects.count()
    with pytest.raises(Refused) as refusal:
        services.write_review(voice=listing.voice, draft=reviewing.draft(**more), by=by)  # type: ignore[arg-type]
    assert Review.objects.count() == before
    return refusal.value.code


def _stars(listing: Listing) -> list[int]:
    listing.refresh_from_db()
    return listing.stars


def test_a_licensee_who_has_spoken_reviews_and_the_shop_counts_the_stars() -> None:
    listing = factories.make_listing()
    review = reviewing.make_review(listing, stars=4, signature="  North\u200b Studio ")
    assert (review.signature, review.state) == ("North Studio", "shown")
    assert _stars(listing) == [0, 0, 0, 1, 0]
    assert (listing.rating.mean, listing.rating.count) == (4.0, 1)
    event = AuditEvent.objects.get(action="review.written")
    assert (event.actor, event.details["stars"]) == (review.writer, 4)
    assert review.text not in str(event.details)


def test_a_stranger_and_a_licensee_who_has_not_spoken_do_not_review() -> None:
    listing = factories.make_listing()
    licence = factories.make_licence(listing)
    assert _refusal(listing, factories.make_user()) == "not_a_licensee"
    assert _refusal(listing, licence.buyer) == "not_spoken"
    assert not may_review(licence.buyer, listing.voice)
    assert _stars(listing) == []


def test_free_previews_are_not_speech_of_a_licence() -> None:
    listing = factories.make_listing()
    licence = factories.make_licence(listing)
    generation = reviewing.speak(licence)
    generation.preview = True
    generation.save(update_fields=["preview"])
    assert _refusal(listing, licence.buyer) == "not_spoken"


def test_a_licence_that_was_given_away_is_no_ground_for_a_review() -> None:
    listing = factories.make_listing()
    buyer = reviewing.make_licensee(listing)
    Order.objects.update(payment_intent="")
    assert _refusal(listing, buyer) == "not_a_licensee"


def test_an_expired_licence_still_is() -> None:
    listing = factories.make_listing()
    buyer = reviewing.make_licensee(listing)
    lifecycle.expire_licence(licence=Licence.objects.get())
    assert may_review(buyer, listing.voice)
    assert reviewing.make_review(listing, buyer).pk


def test_neither_the_creator_nor_their_team_reviews_their_voice() -> None:
    listing = factories.make_listing()
    creator = listing.voice.creator.user
    team = organizations.create_organization(name="Studio", by=creator)
    mate = reviewing.make_licensee(listing)
    team.memberships.create(user=mate, role="developer")
    assert _refusal(listing, creator) == "own_voice"
    assert _refusal(listing, mate) == "own_voice"
    assert not may_review(mate, listing.voice)


def test_a_second_text_of_the_same_person_takes_the_place_of_the_first() -> None:
    listing = factories.make_listing()
    first = reviewing.make_review(listing, stars=2)
    again = reviewing.make_review(listing, first.writer, stars=5, text="Better since the update.")
    assert (again.pk, again.text) == (first.pk, "Better since the update.")
    assert again.changed_at is not None
    assert _stars(listing) == [0, 0, 0, 0, 1]


def test_a_team_speaks_with_one_voice() -> None:
    listing = factories.make_listing()
    first = reviewing.make_review(listing)
    team, mate = first.organization, factories.make_user("mate")
    team.memberships.create(user=mate, role="developer")
    assert _refusal(listing, mate) == "team_reviewed"
    assert not may_review(mate, listing.voice)


def _team(listing: Listing, *roles: str) -> tuple[Organization, list[User]]:
    """A team whose licence spoke, and a member of each role."""
    owner = factories.make_user("owner")
    team = organizations.create_organization(name="Studio", by=owner)
    licence = factories.make_licence(listing, owner)
    licence.organization = team
    licence.save(update_fields=["organization"])
    reviewing.speak(licence)
    members = [factories.make_user(role) for role in roles]
    for role, member in zip(roles, members, strict=True):
        team.memberships.create(user=member, role=role)
    return team, members


def test_owners_administrators_and_developers_write_for_a_team_and_finance_does_not() -> None:
    listing = factories.make_listing()
    _, (admin, developer, finance) = _team(listing, "admin", "developer", "finance")
    assert not may_review(finance, listing.voice)
    assert _refusal(listing, finance) == "role_too_small"
    assert may_review(admin, listing.voice)
    assert may_review(developer, listing.voice)
    assert reviewing.make_review(listing, developer).writer == developer


def test_who_sees_to_a_team_deletes_its_review_and_writes_another() -> None:
    listing = factories.make_listing()
    team, (admin, developer, mate) = _team(listing, "admin", "developer", "developer")
    review = reviewing.make_review(listing, developer, stars=1)
    with pytest.raises(Refused) as refusal:
        services.remove_review(review=review, by=mate)
    assert refusal.value.code == "not_the_writer"
    assert _refusal(listing, admin) == "team_reviewed"
    assert _stars(listing) == [1, 0, 0, 0, 0]
    services.remove_review(review=review, by=admin)
    assert AuditEvent.objects.get(action="review.removed").actor == admin
    letter = Letter.objects.filter(email=developer.email).latest("pk")
    assert admin.email in storage.unseal(bytes(letter.sealed), SEAL).decode()
    assert reviewing.make_review(listing, admin, stars=4).organization == team
    assert _stars(listing) == [0, 0, 0, 1, 0]


def test_who_left_a_team_deletes_what_they_wrote_for_it_and_does_not_change_it() -> None:
    listing = factories.make_listing()
    team, (developer,) = _team(listing, "developer")
    review = reviewing.make_review(listing, developer, text="Fine.")
    team.memberships.get(user=developer).delete()
    assert _refusal(listing, developer, text="Not fine.") == "not_a_licensee"
    assert Review.objects.get().text == "Fine."
    services.remove_review(review=review, by=developer)
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"stars": 0}, "stars"),
        ({"stars": 6}, "stars"),
        ({"use": "anything"}, "use"),
        ({"text": " \u200b "}, "words_missing"),
        ({"text": "a" * 1001}, "words_too_long"),
        ({"signature": "a" * 41}, "signature_too_long"),
        ({"text": "I will kill you, you worthless pig."}, "text_refused"),
    ],
)
def test_what_is_no_review_is_refused_with_its_reason(sent: dict[str, object], code: str) -> None:
    listing = factories.make_listing()
    assert _refusal(listing, reviewing.make_licensee(listing), **sent) == code


def test_addresses_are_left_out_of_texts_and_names() -> None:
    review = reviewing.make_review(
        text="Buy from me@cheap.example.com or https://cheap.example/x?y=1 instead.",
        signature="cheap.com",
    )
    assert review.text == "Buy from … or … instead."
    assert review.signature == "…"


def test_a_writer_deletes_their_review_and_nobody_elses() -> None:
    listing = factories.make_listing()
    review, other = reviewing.make_review(listing), factories.make_user()
    with pytest.raises(Refused) as refusal:
        services.remove_review(review=review, by=other)
    assert refusal.value.code == "not_the_writer"
    assert Review.objects.exists()
    services.remove_review(review=review, by=review.writer)
    assert not Review.objects.exists()
    assert _stars(listing) == []
    assert listing.rating_rank == pytest.approx(2.05, abs=0.01)


def test_the_creator_answers_once_and_the_writer_is_told() -> None:
    review = reviewing.make_review()
    creator = review.voice.creator.user
    with pytest.raises(Refused):
        services.answer_review(review=review, answer="Thanks.", by=review.writer)
    services.answer_review(review=review, answer="Thank you!", by=creator)
    with pytest.raises(InvalidTransition):
        services.answer_review(review=review, answer="And more.", by=creator)
    review.refresh_from_db()
    assert review.answer == "Thank you!"
    letter = Letter.objects.filter(email=review.writer.email).latest("pk")
    assert "Thank you!" in storage.unseal(bytes(letter.sealed), SEAL).decode()


def test_an_answer_to_other_words_is_known() -> None:
    review = reviewing.make_review()
    services.answer_review(review=review, answer="Thank you!", by=review.voice.creator.user)
    listing = Listing.objects.get()
    changed = reviewing.make_review(listing, review.writer, stars=1, text="Now I am not sure.")
    assert changed.changed_since_answer


@pytest.mark.parametrize("end", [lifecycle.refund_licence, lifecycle.revoke_licence])
def test_the_review_of_a_licence_that_is_taken_back_goes(
    end: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = factories.make_listing()
    review = reviewing.make_review(listing)
    queued: list[str] = []
    monkeypatch.setattr(lifecycle, "at_commit", lambda work, *_: queued.append(work))
    more = {"reason": "x"} if end is lifecycle.revoke_licence else {}
    end(licence=review.licence, **more)  # type: ignore[operator]
    assert queued == ["marketplace.reviews.tasks.drop_reviews"]
    assert not shown_reviews().exists()  # before any worker has come to it
    assert services.drop_reviews() == 1
    assert not Review.objects.exists()
    assert _stars(listing) == []
    assert _refusal(listing, review.writer) == "not_a_licensee"


def test_a_review_stands_by_another_licence_of_its_writer() -> None:
    listing = factories.make_listing()
    review = reviewing.make_review(listing)
    other = factories.make_licence(listing, review.writer)
    reviewing.speak(other)
    lifecycle.refund_licence(licence=review.licence)
    assert services.drop_reviews() == 0
    review.refresh_from_db()
    assert review.licence == other
    assert _stars(listing) == [0, 0, 0, 0, 1]
