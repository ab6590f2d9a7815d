"""Reviews that somebody objects to: reported, left or taken down, appealed."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.impartiality import Concerned, require_another, require_impartial
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.consent.queries import concerned_by
from marketplace.listings import noted
from marketplace.moderation.services import DECIDE
from marketplace.refusals import InvalidTransition, Refused
from marketplace.reviews import letters
from marketplace.reviews.models import Review, ReviewReport
from marketplace.reviews.services import recount
from marketplace.visible_text import beginning

LONGEST_REASON = 500  # characters of a report
LONGEST_APPEAL = 2_000
State = Review.State


def report_review(*, review: Review, reason: str, by: User) -> ReviewReport:
    """Ask moderators to look at a review that is shown; once, until it is changed.

    Raises:
        Refused: own_review, reason_missing, already_reported.
        InvalidTransition: it is not shown.
    """
    if review.writer_id == by.pk:
        raise Refused("own_review", gettext("This review is yours: you can change or delete it."))
    reason = beginning(reason, longest=LONGEST_REASON)
    if not reason:
        raise Refused("reason_missing", gettext("Say in a sentence what is wrong with the review."))
    with transaction.atomic():
        review = Review.objects.select_for_update(no_key=True).get(pk=review.pk)
        if review.state != State.SHOWN:
            raise InvalidTransition(gettext("This review is not shown any more."))
        report = review.reports.filter(by=by).first() or ReviewReport(review=review, by=by)
        if report.pk and not _is_changed_since(review, report):
            raise Refused("already_reported", gettext("You have reported this review before."))
        report.reason, report.closed_at = reason, None
        report.save()
        audit.record(
            actor=by, action="review.reported", subject=review, reason_sha256=audit.digest(reason)
        )
    return report


def _is_changed_since(review: Review, report: ReviewReport) -> bool:
    """Whether a report was decided, and the review then changed."""
    if report.closed_at is None or review.changed_at is None:
        return False
    return review.changed_at > report.closed_at


def decide_reports(*, review: Review, decision: str, note: str, by: User, seen: str) -> Review:
    """Leave a reported review, take it down, or take the creator's answer to it down.

    decision: leave, take_down or take_down_answer. seen: the digest of what the moderator read.

    Raises:
        Refused: not_a_moderator, own_voice, own_team, note_missing, decision, changed_meanwhile.
        InvalidTransition: it is not shown; there is no answer.
    """
    _require_may_decide(review, note, by)
    if decision not in ("leave", "take_down", "take_down_answer"):
        raise Refused("decision", gettext("Choose what to do with the review."))
    with transaction.atomic():
        noted.lock_stars(review.voice_id)
        review = _lock(review)
        if review.state != State.SHOWN:
            raise InvalidTransition(gettext("This review has been taken down already."))
        _require_seen(review, seen)
        review.reports.filter(closed_at=None).update(closed_at=timezone.now())
        if decision == "take_down":
            _note(review, note, by)
            review.transition(State.TAKEN_DOWN)
            recount(review.voice_id)
            letters.tell_of_decision(review)
        elif decision == "take_down_answer":
            _take_answer_down(review, note)
        _record(review, {"leave": "left"}.get(decision, decision), note, by)
    return review


def _take_answer_down(review: Review, note: str) -> None:
    if not review.answer:
        raise InvalidTransition(gettext("There is no answer to this review."))
    review.answer = ""
    review.save(update_fields=["answer"])
    letters.tell_of_lost_answer(review, note.strip())


def appeal(*, review: Review, reason: str, by: User) -> Review:
    """Ask another moderator to look at one's review that was taken down.

    Raises:
        Refused: not_the_writer, reason_missing.
        InvalidTransition: it is shown, or has been appealed before.
    """
    if review.writer_id != by.pk:
        raise Refused("not_the_writer", gettext("Only its writer can appeal."))
    reason = beginning(reason, longest=LONGEST_APPEAL)
    if not reason:
        raise Refused("reason_missing", gettext("Say why the review should be shown."))
    with transaction.atomic():
        review = _lock(review)
        review.appeal = reason
        review.save(update_fields=["appeal"])
        review.transition(State.APPEALED)
        audit.record(
            actor=by, action="review.appealed", subject=review, reason_sha256=audit.digest(reason)
        )
    return review


def decide_appeal(*, review: Review, restore: bool, note: str, by: User, seen: str) -> Review:
    """Show a review again, or leave it down for good; somebody else decides than before.

    seen: the digest of what the moderator read.

    Raises:
        Refused: not_a_moderator, own_voice, own_team, second_person, note_missing, changed_meanwhile.
        InvalidTransition: nobody appealed.
    """
    _require_may_decide(review, note, by)
    with transaction.atomic():
        noted.lock_stars(review.voice_id)
        review = _lock(review)
        require_another(by, review.decided_by_id)
        _require_seen(review, seen)
        review.transition(State.SHOWN if restore else State.UPHELD, only_from={State.APPEALED})
        _note(review, note, by)
        recount(review.voice_id)
        letters.tell_of_decision(review)
        _record(review, "restored" if restore else "upheld", note, by)
    return review


def _require_may_decide(review: Review, note: str, by: User) -> None:
    if not by.has_perm(DECIDE):
        raise Refused("not_a_moderator", gettext("Only moderators can decide on reviews."))
    reporters = review.reports.values_list("by", flat=True)
    asked = Concerned.of(
        users=[review.writer_id, *reporters], organizations=[review.organization_id]
    )
    require_impartial(by, concerned_by(review.voice) | asked)
    if not note.strip():
        raise Refused(
            "note_missing", gettext("Give your reason in a sentence; it is stored and sent.")
        )


def _require_seen(review: Review, seen: str) -> None:
    """Refuse a decision on something else than what was read; the review is locked."""
    if seen != review.digest:
        raise Refused(
            "changed_meanwhile", gettext("It has changed since you opened it. Look again.")
        )


def _lock(review: Review) -> Review:
    locked = Review.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related("voice__creator__user", "writer").get(pk=review.pk)


def _note(review: Review, note: str, by: User) -> None:
    review.note, review.decided_by, review.decided_at = note.strip(), by, timezone.now()
    review.save(update_fields=["note", "decided_by", "decided_at"])


def _record(review: Review, action: str, note: str, by: User) -> None:
    audit.record(
        actor=by,
        action=f"review.{action}",
        subject=review,
        note_sha256=audit.digest(note.strip()),
    )
