"""Following a creator: who follows whom, and the letters about new voices."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.core import signing
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.creators.models import Creator
from marketplace.letters import preferences
from marketplace.letters.kinds import Kind
from marketplace.letters.models import UnwantedLetters
from marketplace.listings.models import Listing
from marketplace.listings.queries import speakable
from marketplace.profiles import letters
from marketplace.profiles.models import Follow
from marketplace.refusals import Refused

MOST = 200  # creators whom one person follows
A_LETTER_EACH = timedelta(hours=20)  # the task runs daily, at about the same time
_SALT = "letters about new voices"
_log = logging.getLogger(__name__)


def follow(*, user: User, creator: Creator) -> Follow:
    """Have a person told of a creator's next voices; of those on sale they know.

    Raises:
        Refused: own_page, follows_full.
    """
    if creator.user_id == user.pk:
        raise Refused("own_page", gettext("This is your own page."))
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        found = Follow.objects.filter(user=user, creator=creator).first()
        if found is None and Follow.objects.filter(user=user).count() >= MOST:
            raise Refused(
                "follows_full",
                gettext("You can follow %(most)s creators. Leave one first.") % {"most": MOST},
            )
        followed = found or Follow(user=user, creator=creator, knows_until=timezone.now())
        followed.save()
    return followed


def unfollow(*, user: User, creator: Creator) -> None:
    """Tell a person nothing of a creator any more."""
    Follow.objects.filter(user=user, creator=creator).delete()


def follows(user: User, creator: Creator) -> bool:
    """Whether a person follows a creator."""
    return Follow.objects.filter(user=user, creator=creator).exists()


def followed_by(user: User) -> QuerySet[Any]:
    """Whom a person follows, the latest first, with the creators; `has_page` if they have one now."""
    on_sale = speakable(Listing.objects.filter(voice__creator=OuterRef("creator")))
    theirs = Follow.objects.filter(user=user).select_related("creator")
    return theirs.annotate(has_page=Exists(on_sale))


def has_turned_off(user: User) -> bool:
    """Whether a person wants no letters about new voices, whomever they follow."""
    return Kind.NEW_VOICES in preferences.unwanted_by(user.pk)


def stopping_token(user: User) -> str:
    """What stops the letters to a person, for whoever has one of them; it does nothing else."""
    return signing.dumps(user.pk, salt=_SALT)


def whose_token(token: str) -> User | None:
    """Whose letters a token stops; None if it is no token of ours."""
    try:
        key = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return User.objects.filter(pk=key, is_active=True).first()


def tell_followers() -> int:
    """Write to who follows a creator with a new voice on sale, once a day each; returns how many
    letters. Safe to repeat.
    """
    newest = (
        speakable(Listing.objects.exclude(first_published_at=None))
        .order_by()
        .values("voice__creator")
        .annotate(newest=Max("first_published_at"))
    )
    latest = {row["voice__creator"]: row["newest"] for row in newest}
    turned_off = UnwantedLetters.objects.filter(kind=Kind.NEW_VOICES).values("user")
    due = Follow.objects.filter(user__is_active=True, creator__in=latest).exclude(
        user__in=turned_off
    )
    users = {each.user_id for each in due.iterator() if latest[each.creator_id] > each.knows_until}
    return sum(map(_told, sorted(users)))


def _told(user_id: int) -> bool:
    """`_tell`, whose failure for one person keeps nobody else from their letter."""
    try:
        return _tell(user_id)
    except Exception:  # they are told at the next round
        _log.exception("follower not told", extra={"fields": {"user": user_id}})
        return False


def _tell(user_id: int) -> bool:
    """Write a person one letter about everything new to them; False if they had one today."""
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user_id)
        theirs = list(Follow.objects.filter(user=user).select_for_update(no_key=True))
        lately = timezone.now() - A_LETTER_EACH
        if any(each.told_at and each.told_at > lately for each in theirs):
            return False
        new = _new_to(theirs)
        if not new:
            return False
        letters.tell_of_voices(user, new, stopping_token(user))
        known = {  # the latest of each creator, as the last in order
            each.voice.creator_id: each.first_published_at
            for each in new
            if each.first_published_at
        }
        for each in theirs:
            each.told_at = timezone.now()
            each.knows_until = known.get(each.creator_id, each.knows_until)
        Follow.objects.bulk_update(theirs, ["told_at", "knows_until"])
    return True


def _new_to(follows: list[Follow]) -> list[Listing]:
    """Listings on sale that are new to a follower, by creator."""
    known = {each.creator_id: each.knows_until for each in follows}
    on_sale = speakable(Listing.objects.filter(voice__creator__in=known))
    since = on_sale.filter(first_published_at__gt=min(known.values(), default=timezone.now()))
    found = since.select_related("voice__creator").order_by("voice__creator", "first_published_at")
    return [
        each
        for each in found
        if each.first_published_at and each.first_published_at > known[each.voice.creator_id]
    ]
