"""Letters about reviews: to who wrote one, and to who answered."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from marketplace.accounts.models import User
from marketplace.letters import services as letters
from marketplace.reviews.models import Review

_DECIDED = {
    Review.State.TAKEN_DOWN: (
        gettext_lazy("Your review on %(platform)s was taken down"),
        gettext_lazy(
            "A moderator has taken down your review of %(voice)s. They wrote: %(note)s\n\n"
            "If you think that is wrong, appeal on this page, and another moderator looks at it:"
        ),
    ),
    Review.State.SHOWN: (
        gettext_lazy("Your review on %(platform)s is shown again"),
        gettext_lazy(
            "Another moderator has looked at your review of %(voice)s, and it is shown again. They "
            "wrote: %(note)s\n\nYou can change or delete it here:"
        ),
    ),
    Review.State.UPHELD: (
        gettext_lazy("Your review on %(platform)s stays down"),
        gettext_lazy(
            "Another moderator has looked at your review of %(voice)s, and it stays down. They "
            "wrote: %(note)s\n\nWhat you had written is here:"
        ),
    ),
}
_ANSWERED = (
    gettext_lazy("Your review on %(platform)s was answered"),
    gettext_lazy("The creator of %(voice)s has answered your review:\n\n%(answer)s\n\nIt is here:"),
)
_DELETED = (
    gettext_lazy("Your review on %(platform)s was deleted"),
    gettext_lazy(
        "%(by)s, who sees to %(team)s, has deleted your review of %(voice)s, which you wrote for "
        "them. It is gone for good. The voice is here:"
    ),
)
_ANSWER_LOST = (
    gettext_lazy("An answer of yours on %(platform)s was taken down"),
    gettext_lazy(
        "A moderator has taken down your answer to a review of %(voice)s. They wrote: %(note)s\n\n"
        "If you think that is wrong, reply to this e-mail."
    ),
)
_Letter = tuple[StrOrPromise, StrOrPromise]


def tell_of_decision(review: Review) -> None:
    """Tell its writer what a moderator decided, and why."""
    _write(review, _DECIDED[Review.State(review.state)], {"note": review.note})


def tell_of_answer(review: Review) -> None:
    """Tell its writer that the creator answered."""
    _write(review, _ANSWERED, {"answer": review.answer})


def tell_of_removal(review: Review, by: User) -> None:
    """Tell its writer that somebody who sees to their team deleted it."""
    said = {"by": by.email, "team": str(review.organization)}
    _write(review, _DELETED, said, page="storefront:voice")


def tell_of_lost_answer(review: Review, note: str) -> None:
    """Tell a creator that their answer was taken down, and why."""

    def words() -> tuple[str, str]:
        subject, text = _filled(_ANSWER_LOST, review, {"note": note})
        return subject, f"{text}\n"

    letters.write(to=[review.voice.creator.user.email], words=words)


def _write(
    review: Review, letter: _Letter, said: Mapping[str, str], *, page: str = "storefront:review"
) -> None:
    link = settings.BASE_URL + reverse(page, args=[review.voice.slug])

    def words() -> tuple[str, str]:
        subject, text = _filled(letter, review, said)
        return subject, f"{text}\n{link}\n"

    letters.write(to=[review.writer.email], words=words)


def _filled(letter: _Letter, review: Review, said: Mapping[str, str]) -> tuple[str, str]:
    known = {"voice": str(review.voice), "platform": settings.PLATFORM_NAME, **said}
    subject, text = letter
    return str(subject) % known, str(text) % known
