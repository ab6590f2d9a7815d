"""A creator's own voices that are alike: an exclusive licence of one keeps the same voice under any name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from marketplace import dates
from marketplace.listings.models import Listing
from marketplace.moderation import services as moderation
from marketplace.refusals import Refused
from marketplace.voices.models import VoiceVersion
from synthesis.verification.cohort import SAME_SPEAKER, ge2e_cohort

SIMILAR = 2.3  # GE2E score at which as many strangers as recordings of one person are misjudged
_LOCK = 7264021  # the space of our advisory locks, one for each creator


@dataclass(frozen=True)
class Alike:
    """Another listing of the same creator, and how alike its voice sounds (GE2E score)."""

    listing: Listing
    score: float

    @property
    def is_same(self) -> bool:
        """Whether both count as one person's voice."""
        return self.score >= SAME_SPEAKER


def lock_creator(listing: Listing) -> None:
    """Let one transaction at a time decide what of a creator's is on sale or exclusive."""
    with connection.cursor() as cursor:
        creator = listing.voice.creator_id % 2**31
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, creator])


def held_alike(listing: Listing) -> list[Alike]:
    """The creator's other voices like this one that are licensed exclusively, the likest first."""
    return _alike(listing, _others(listing).filter(_held()))


def held_under_another_name(listing: Listing) -> Alike | None:
    """The same voice, licensed exclusively as another one of its creator's."""
    return next((each for each in held_alike(listing) if each.is_same), None)


def under_other_names(listing: Listing) -> tuple[Alike | None, Alike | None]:
    """The same voice as other ones of its creator's: (licensed exclusively, on sale); compared once."""
    offered = _others(listing).filter(_held() | Q(state=Listing.State.LIVE))
    same = [each for each in _alike(listing, offered) if each.is_same]
    live = [each for each in same if each.listing.state == Listing.State.LIVE]
    held = [each for each in same if each not in live or each.listing.is_exclusive]
    return next(iter(held), None), next(iter(live), None)


def _held() -> Q:
    """Listings that an exclusive licence keeps: also while it is renewed late, until they are on sale again."""
    return Q(exclusive_until__gt=timezone.now()) | Q(
        exclusive_until__isnull=False, state=Listing.State.EXCLUSIVE
    )


def _others(listing: Listing) -> QuerySet[Listing]:
    mine = Listing.objects.filter(voice__creator=listing.voice.creator_id)
    return mine.exclude(pk=listing.pk).select_related("voice").defer("words", "search_text")


def _alike(listing: Listing, others: QuerySet[Listing]) -> list[Alike]:
    """Measured over all versions, since a licence speaks with the one of its day.

    Whom a moderator has called two people are left out, unless they are much more alike by now.
    """
    listings = {other.voice_id: other for other in others}
    if not listings:
        return []
    kept = VoiceVersion.objects.exclude(storage_key="")  # an erased embedding belongs to nobody
    own = np.array([each.embedding for each in kept.filter(voice=listing.voice_id)], np.float32)
    theirs = list(kept.filter(voice__in=listings))
    if not len(own) or not theirs:
        return []
    scores = ge2e_cohort().scores(own, np.array([each.embedding for each in theirs], np.float32))
    best: dict[int, float] = {}
    for version, score in zip(theirs, scores.max(0), strict=True):
        best[version.voice_id] = max(float(score), best.get(version.voice_id, SIMILAR))
    apart = moderation.told_apart(listing.voice_id)
    found = [
        Alike(listings[voice], score)
        for voice, score in best.items()
        if score > SIMILAR and not (voice in apart and score < apart[voice] + moderation.MUCH_MORE)
    ]
    return sorted(found, key=lambda each: -each.score)


def ask_moderators(listing: Listing) -> None:
    """Have moderators compare a voice with each that is licensed exclusively and seems the same."""
    with transaction.atomic():
        for each in held_alike(listing):
            if each.is_same:
                moderation.open_case(listing.voice, each.score, like_voice=each.listing.voice)


def require_free(listing: Listing) -> None:
    """Refuse to sell what an exclusive licence keeps to its buyer under another name.

    Raises:
        Refused: sold_exclusively.
    """
    _require_not_held(held_under_another_name(listing))


def _require_not_held(held: Alike | None) -> None:
    if held is not None:
        until = held.listing.exclusive_until
        assert until is not None
        raise Refused(
            "sold_exclusively",
            gettext(
                "This is the voice of %(other)s, which is licensed exclusively until %(day)s, so it can be sold "
                "to nobody else. If two people speak, a moderator who has compared them lets it pass."
            )
            % {"other": held.listing.voice.name, "day": dates.to_the_reader(until)},
        )


def require_only_one(listing: Listing) -> None:
    """Refuse to promise exclusivity for a voice that is sold under another name too.

    Raises:
        Refused: sold_exclusively, same_voice_on_sale.
    """
    held, other = under_other_names(listing)
    _require_not_held(held)
    if other is not None:
        raise Refused(
            "same_voice_on_sale",
            gettext(
                "%(other)s is the same voice and on sale too, and an exclusive licence is for a voice under every "
                "name. Its creator takes %(other)s off sale first, by changing what it is offered for."
            )
            % {"other": other.listing.voice.name},
        )
