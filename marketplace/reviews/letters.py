"""Letters about reviews: to who wrote one, and to who answered."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.letters import services as letters
from marketplace.reviews.models import Review

_DECIDED = {
    Review.State.TAKEN_DOWN: (
        "was taken down",
        "A moderator has taken down your review of {voice}. They wrote: {note}\n\n"
        "If you think that is wrong, appeal on this page, and another moderator looks at it:",
    ),
    Review.State.SHOWN: (
        "is shown again",
        "Another moderator has looked at your review of {voice}, and it is shown again. They wrote: "
        "{note}\n\nYou can change or delete it here:",
    ),
    Review.State.UPHELD: (
        "stays down",
        "Another moderator has looked at your review of {voice}, and it stays down. They wrote: "
        "{note}\n\nWhat you had written is here:",
    ),
}


def tell_of_decision(review: Review) -> None:
    """Tell its writer what a moderator decided, and why."""
    subject, text = _DECIDED[Review.State(review.state)]
    _write(review.writer.email, review, subject, text.format(voice=review.voice, note=review.note))


def tell_of_answer(review: Review) -> None:
    """Tell its writer that the creator answered."""
    text = (
        f"The creator of {review.voice} has answered your review:\n\n{review.answer}\n\nIt is here:"
    )
    _write(review.writer.email, review, "was answered", text)


def tell_of_removal(review: Review, by: User) -> None:
    """Tell its writer that somebody who sees to their team deleted it."""
    text = (
        f"{by.email}, who sees to {review.organization}, has deleted your review of {review.voice}, "
        "which you wrote for them. It is gone for good. The voice is here:"
    )
    _write(review.writer.email, review, "was deleted", text, page="storefront:voice")


def tell_of_lost_answer(review: Review, note: str) -> None:
    """Tell a creator that their answer was taken down, and why."""
    letters.write(
        to=[review.voice.creator.user.email],
        subject=f"An answer of yours on {settings.PLATFORM_NAME} was taken down",
        text=f"A moderator has taken down your answer to a review of {review.voice}. They wrote: {note}\n\n"
        "If you think that is wrong, reply to this e-mail.\n",
    )


def _write(
    address: str, review: Review, subject: str, text: str, *, page: str = "storefront:review"
) -> None:
    page = settings.BASE_URL + reverse(page, args=[review.voice.slug])
    letters.write(
        to=[address],
        subject=f"Your review on {settings.PLATFORM_NAME} {subject}",
        text=f"{text}\n{page}\n",
    )
