"""Reviews are reported, taken down with a reason, and appealed to another moderator."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import pytest

from marketplace import storage
from marketplace.compliance.models import AuditEvent
from marketplace.letters.models import Letter
from marketplace.letters.services import SEAL
from marketplace.listings.models import Listing
from marketplace.refusals import InvalidTransition, Refused
from marketplace.reviews import moderation, services
from marketplace.reviews.models import Review, ReviewReport
from marketplace.reviews.queries import waiting_reviews
from tests import factories, reviewing

pytestmark = pytest.mark.django_db


def _refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refusal:
        act()
    return refusal.value.code


def _letters(address: str) -> list[str]:
    sealed = Letter.objects.filter(email=address).order_by("id").values_list("sealed", flat=True)
    return [" ".join(json.loads(storage.unseal(bytes(each), SEAL))) for each in sealed]


def _take_down(review: Review, note: str = "It names a private person.") -> Review:
    return moderation.decide_reports(
        review=review, decision="take_down", note=note, by=factories.make_moderator(),
        seen=reviewing.seen(review),
    )  # fmt: skip


def test_anybody_signed_in_reports_a_review_once() -> None:
    review, reader = reviewing.make_review(), factories.make_user()
    report = moderation.report_review(review=review, reason=" It is an advert. ", by=reader)
    assert report.reason == "It is an advert."
    assert list(waiting_reviews()) == [review]
    again = lambda: moderation.report_review(review=review, reason="Again.", by=reader)  # noqa: E731
    assert _refused(again) == "already_reported"
    assert ReviewReport.objects.get().reason == "It is an advert."


def test_a_report_says_why_and_is_not_about_ones_own_review() -> None:
    review = reviewing.make_review()
    report = moderation.report_review
    assert _refused(lambda: report(review=review, reason="x", by=review.writer)) == "own_review"
    reader = factories.make_user()
    assert _refused(lambda: report(review=review, reason=" ", by=reader)) == "reason_missing"
    assert not ReviewReport.objects.exists()


def test_a_review_that_was_changed_since_it_was_left_is_reported_again() -> None:
    review, reader = reviewing.make_review(), factories.make_user()
    moderation.report_review(review=review, reason="Rude.", by=reader)
    moderation.decide_reports(
        review=review, decision="leave", note="It is blunt.", by=factories.make_moderator(),
        seen=reviewing.seen(review),
    )  # fmt: skip
    assert not waiting_reviews().exists()
    reviewing.make_review(Listing.objects.get(), review.writer, stars=1, text="Dull and dear.")
    moderation.report_review(review=review, reason="Ruder.", by=reader)
    assert list(waiting_reviews()) == [review]


def test_a_review_that_is_taken_down_counts_no_more_and_its_writer_reads_why() -> None:
    review = reviewing.make_review()
    moderation.report_review(review=review, reason="Private.", by=factories.make_user())
    down = _take_down(review)
    listing = Listing.objects.get()
    assert (down.state, listing.stars) == ("taken_down", [])
    assert not waiting_reviews().exists()
    letter = _letters(review.writer.email)[-1]
    assert "It names a private person." in letter
    assert f"/voices/{review.voice.slug}/review" in letter
    event = AuditEvent.objects.get(action="review.take_down")
    assert set(event.details) == {"note_sha256"}


def test_a_review_that_is_reported_is_not_deleted_and_written_again_without_its_report() -> None:
    review = reviewing.make_review()
    moderation.report_review(review=review, reason="It is an insult.", by=factories.make_user())
    with pytest.raises(Refused) as refusal:
        services.remove_review(review=review, by=review.writer)
    assert refusal.value.code == "review_reported"
    moderation.decide_reports(
        review=review, decision="leave", note="It is none.", by=factories.make_moderator(),
        seen=reviewing.seen(review),
    )  # fmt: skip
    services.remove_review(review=review, by=review.writer)
    assert not Review.objects.exists()


def test_what_was_taken_down_is_neither_changed_nor_deleted_nor_answered() -> None:
    review = _take_down(reviewing.make_review())
    listing, writer = Listing.objects.get(), review.writer
    change = lambda: reviewing.make_review(listing, writer)  # noqa: E731
    assert _refused(change) == "review_taken_down"
    remove = lambda: services.remove_review(review=review, by=writer)  # noqa: E731
    assert _refused(remove) == "review_taken_down"
    with pytest.raises(InvalidTransition):
        services.answer_review(review=review, answer="Ha.", by=review.voice.creator.user)
    review.refresh_from_db()
    assert (review.state, review.answer) == ("taken_down", "")


def test_only_impartial_moderators_with_a_reason_decide() -> None:
    review, moderator = reviewing.make_review(), factories.make_moderator()
    review.organization.memberships.create(user=moderator, role="developer")
    decide = moderation.decide_reports
    for by, note, code in (
        (factories.make_user(), "x", "not_a_moderator"),
        (moderator, "x", "own_team"),
        (factories.make_moderator(), " ", "note_missing"),
    ):
        act = lambda by=by, note=note: decide(  # noqa: E731
            review=review, decision="take_down", note=note, by=by, seen=reviewing.seen(review)
        )
        assert _refused(act) == code
    reporter = factories.make_moderator()
    moderation.report_review(review=review, reason="Bad.", by=reporter)
    act = lambda: decide(  # noqa: E731
        review=review, decision="take_down", note="x", by=reporter, seen=reviewing.seen(review)
    )
    assert _refused(act) == "own_voice"
    review.refresh_from_db()
    assert review.state == "shown"


def test_the_creators_answer_is_taken_down_alone() -> None:
    review = reviewing.make_review()
    creator = review.voice.creator.user
    services.answer_review(review=review, answer="You are a fool.", by=creator)
    moderation.decide_reports(
        review=review,
        decision="take_down_answer",
        note="It insults.",
        by=factories.make_moderator(),
        seen=reviewing.seen(review),
    )
    review.refresh_from_db()
    assert (review.state, review.answer) == ("shown", "")
    assert "It insults." in _letters(creator.email)[-1]
    with pytest.raises(InvalidTransition):
        services.answer_review(review=review, answer="Once more.", by=creator)


@pytest.mark.parametrize(("restore", "state"), [(True, "shown"), (False, "upheld")])
def test_another_moderator_decides_on_an_appeal(restore: bool, state: str) -> None:
    review = _take_down(reviewing.make_review())
    review = moderation.appeal(review=review, reason="It is my own name.", by=review.writer)
    assert list(waiting_reviews()) == [review]
    first = review.decided_by
    assert first is not None
    decide = partial(moderation.decide_appeal, review=review, seen=review.digest)
    same = lambda: decide(restore=restore, note="x", by=first)  # noqa: E731
    assert _refused(same) == "second_person"
    decided = decide(restore=restore, note="Checked.", by=factories.make_moderator())
    assert decided.state == state
    assert Listing.objects.get().stars == ([0, 0, 0, 0, 1] if restore else [])
    assert "Checked." in _letters(review.writer.email)[-1]


def test_only_its_writer_appeals_and_once() -> None:
    review = _take_down(reviewing.make_review())
    appeal = moderation.appeal
    stranger = factories.make_user()
    assert _refused(lambda: appeal(review=review, reason="x", by=stranger)) == "not_the_writer"
    assert _refused(lambda: appeal(review=review, reason=" ", by=review.writer)) == "reason_missing"
    appeal(review=review, reason="It is true.", by=review.writer)
    with pytest.raises(InvalidTransition):
        appeal(review=review, reason="Still.", by=review.writer)
    review.refresh_from_db()
    assert review.appeal == "It is true."


def test_what_was_changed_after_a_moderator_read_it_is_not_decided() -> None:
    review, moderator = reviewing.make_review(), factories.make_moderator()
    moderation.report_review(review=review, reason="Rude.", by=factories.make_user())
    read = reviewing.seen(review)
    leave = partial(
        moderation.decide_reports, review=review, decision="leave", note="Blunt.", by=moderator
    )
    reviewing.make_review(Listing.objects.get(), review.writer, text="Ten times ruder.")
    assert _refused(lambda: leave(seen=read)) == "changed_meanwhile"
    read = reviewing.seen(review)
    moderation.report_review(review=review, reason="A name.", by=factories.make_user())
    assert _refused(lambda: leave(seen=read)) == "changed_meanwhile"
    assert ReviewReport.objects.filter(closed_at=None).count() == 2
    leave(seen=reviewing.seen(review))
    assert not waiting_reviews().exists()


def test_an_appeal_is_decided_by_who_has_read_it() -> None:
    review = _take_down(reviewing.make_review())
    read = reviewing.seen(review)
    moderation.appeal(review=review, reason="It is my own name.", by=review.writer)
    decide = partial(
        moderation.decide_appeal, review=review, restore=True, note="x",
        by=factories.make_moderator(),
    )  # fmt: skip
    assert _refused(lambda: decide(seen=read)) == "changed_meanwhile"
    review.refresh_from_db()
    assert review.state == "appealed"
