"""Operations on reviews: write, change, remove, answer; drop those whose licence was refunded."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from marketplace.accounts.models import User
from marketplace.accounts.organizations import Right, may
from marketplace.compliance import audit
from marketplace.licensing.models import Licence
from marketplace.listings import noted
from marketplace.policy.public_words import public_signature, public_words
from marketplace.refusals import InvalidTransition, Refused
from marketplace.reviews import letters, queries
from marketplace.reviews.models import Review
from marketplace.voices.models import Voice
from marketplace.voices.uses import Use

LONGEST = 1_000  # characters of a review, and of an answer
LONGEST_SIGNATURE = 40
_REPORTED = gettext_noop(
    "Moderators are looking at this review. You can change it, and delete it once they have decided."
)
_TAKEN_DOWN = gettext_noop(
    "Your review was taken down. You can appeal, but not change or delete it."
)


@dataclass(frozen=True)
class ReviewDraft:
    """A review as it was sent. use: what the voice was used for; signature: empty for none."""

    stars: int
    text: str
    use: str
    signature: str = ""


def write_review(*, voice: Voice, draft: ReviewDraft, by: User) -> Review:
    """Say what a licensee thinks of a voice, in place of what they said before.

    Raises:
        Refused: stars, use, words_missing, words_too_long, signature_too_long, signature_taken, text_refused;
            own_voice, not_a_licensee, role_too_small, team_reviewed, not_spoken, review_taken_down.
    """
    written = _checked(draft, by)
    with transaction.atomic():
        noted.lock_stars(voice.pk)
        licence = require_may_review(by, voice)
        review = (
            Review.objects.select_for_update(no_key=True).filter(voice=voice, writer=by).first()
        )
        if review is None:
            review = Review(voice=voice, writer=by)
        else:
            _require_shown(review)
            review.changed_at = timezone.now()
        action = "changed" if review.pk else "written"
        review.licence, review.organization_id = licence, licence.organization_id
        for name, value in written.items():
            setattr(review, name, value)
        review.save()
        recount(voice.pk)
        audit.record(
            actor=by,
            action=f"review.{action}",
            subject=review,
            stars=review.stars,
            text_sha256=audit.digest(review.text),
        )
    return review


def _checked(draft: ReviewDraft, by: User) -> dict[str, object]:
    if draft.stars not in range(1, 6):
        raise Refused("stars", gettext("Give one to five stars."))
    if draft.use not in Use.values:
        raise Refused("use", gettext("Choose what you used the voice for."))
    return {
        "stars": draft.stars,
        "use": draft.use,
        "text": public_words(draft.text, longest=LONGEST),
        "signature": public_signature(draft.signature, longest=LONGEST_SIGNATURE, by=by),
    }


def require_may_review(by: User, voice: Voice) -> Licence:
    """The licence that lets a person say something about a voice.

    Raises:
        Refused: own_voice, not_a_licensee, role_too_small, team_reviewed, not_spoken.
    """
    if queries.is_own(by, voice):
        raise Refused(
            "own_voice", gettext("This voice is yours, or your team's: others say what it is like.")
        )
    licence = queries.reviewable_licences(by, voice).first()
    if licence is not None:
        return licence
    paid = queries.paid_licences(by, voice)
    if not paid.exists():
        raise Refused(
            "not_a_licensee", gettext("Only who paid for a licence of this voice can review it.")
        )
    paid = queries.written_for(by, paid)
    if not paid.exists():
        raise Refused(
            "role_too_small",
            gettext(
                "Your role does not let you review for your team; owners, administrators and "
                "developers can."
            ),
        )
    of_team = Review.objects.filter(voice=voice, organization__in=paid.values("organization"))
    if of_team.exclude(writer=by).exists():
        raise Refused(
            "team_reviewed",
            gettext(
                "Somebody in your team has reviewed this voice; each licensee has one review. An owner or "
                "administrator can delete it."
            ),
        )
    raise Refused(
        "not_spoken", gettext("Have the voice speak with your licence first; then say how it was.")
    )


def _require_shown(review: Review) -> None:
    if review.state != Review.State.SHOWN:
        raise Refused("review_taken_down", gettext(_TAKEN_DOWN))


def remove_review(*, review: Review, by: User) -> None:
    """Delete what somebody wrote, as its writer or who sees to their team; an answer goes, too.

    Raises:
        Refused: not_the_writer, review_taken_down, review_reported.
    """
    if review.writer_id != by.pk and not may(by, review.organization, Right.MEMBERS):
        raise Refused(
            "not_the_writer",
            gettext(
                "Only its writer, and the owners and administrators of their team, can delete a review."
            ),
        )
    with transaction.atomic():
        noted.lock_stars(review.voice_id)
        locked = Review.objects.select_for_update(no_key=True).filter(pk=review.pk).first()
        if locked is None:
            return
        _require_shown(locked)
        if locked.reports.filter(closed_at=None).exists():
            raise Refused("review_reported", gettext(_REPORTED))
        audit.record(actor=by, action="review.removed", subject=locked)
        if locked.writer_id != by.pk:
            letters.tell_of_removal(locked, by)
        locked.delete()
        recount(review.voice_id)


def answer_review(*, review: Review, answer: str, by: User) -> Review:
    """Answer a review in public, once, as the creator of the voice.

    Raises:
        Refused: not_the_creator, words_missing, words_too_long, text_refused.
        InvalidTransition: it is not shown, or was answered before.
    """
    if review.voice.creator.user_id != by.pk:
        raise Refused("not_the_creator", gettext("Only the creator of the voice can answer."))
    words = public_words(answer, longest=LONGEST)
    with transaction.atomic():
        review = Review.objects.select_for_update(no_key=True).get(pk=review.pk)
        if review.state != Review.State.SHOWN:
            raise InvalidTransition(gettext("This review is not shown any more."))
        if review.answered_at is not None:
            raise InvalidTransition(
                gettext("This review has been answered; there is one answer to each.")
            )
        review.answer, review.answered_at = words, timezone.now()
        review.save(update_fields=["answer", "answered_at"])
        audit.record(
            actor=by, action="review.answered", subject=review, text_sha256=audit.digest(words)
        )
        letters.tell_of_answer(review)
    return review


def lock_reviewed_by(user: User) -> list[int]:
    """Keep others from reviewing what a person reviewed, until it is counted anew; returns the voices."""
    voices = sorted(Review.objects.filter(writer=user).values_list("voice", flat=True))
    for voice_id in voices:
        noted.lock_stars(voice_id)
    return voices


def recount(voice_id: int) -> None:
    """Tell the shop what the shown reviews of a voice come to, in the caller's transaction."""
    noted.note_stars(voice_id=voice_id, given=queries.stars_of(voice_id))


def drop_reviews() -> int:
    """Delete reviews whose licence was refunded or revoked, unless their writer has another one that
    spoke; returns how many. Safe to repeat.
    """
    dropped = 0
    for found in list(queries.reviews_without_say()):
        with transaction.atomic():
            noted.lock_stars(found.voice_id)
            review = queries.reviews_without_say().filter(pk=found.pk).first()
            if review is None:
                continue
            dropped += not _keep_for_another_licence(review)
            recount(review.voice_id)
    return dropped


def _keep_for_another_licence(review: Review) -> bool:
    """Whether a review stands by another licence of its writer; else it is deleted."""
    other = queries.reviewable_licences(review.writer, review.voice).first()
    if other is None:
        audit.record(actor=None, action="review.dropped", subject=review)
        review.delete()
        return False
    review.licence, review.organization_id = other, other.organization_id
    review.save(update_fields=["licence", "organization"])
    return True
