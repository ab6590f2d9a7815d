"""Queries on reviews: what the public sees, and who may write one."""

from __future__ import annotations

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from marketplace.accounts.impartiality import is_partial
from marketplace.accounts.models import Membership, User
from marketplace.accounts.organizations import Right, roles_with
from marketplace.consent.queries import concerned_by
from marketplace.creators.models import Creator
from marketplace.licensing.models import Generation, Licence
from marketplace.licensing.queries import licences_visible_to
from marketplace.listings.models import Listing
from marketplace.listings.queries import speakable
from marketplace.listings.rating import STARS, Rating
from marketplace.reviews.models import Review
from marketplace.voices.models import Voice

# a licence whose payment went back, or that was revoked for a breach, makes nobody a licensee
_NO_SAY = (Licence.State.REFUNDED, Licence.State.REVOKED)


def shown_reviews() -> QuerySet[Review]:
    """Reviews that the public sees, newest first."""
    return Review.objects.filter(state=Review.State.SHOWN).exclude(licence__state__in=_NO_SAY)


def reviews_without_say() -> QuerySet[Review]:
    """Reviews whose licence was refunded or revoked since."""
    return Review.objects.filter(licence__state__in=_NO_SAY)


def review_by(user: User, voice: Voice) -> Review | None:
    """What a person wrote about a voice, shown or not."""
    return Review.objects.filter(voice=voice, writer=user).first()


def paid_licences(user: User, voice: Voice) -> QuerySet[Licence]:
    """A person's licences of a voice, and their teams', that were paid for and not refunded."""
    theirs = licences_visible_to(user).filter(voice=voice).exclude(state__in=_NO_SAY)
    return theirs.exclude(order__payment_intent="")


def reviewable_licences(user: User, voice: Voice) -> QuerySet[Licence]:
    """Those of them for which they may write, that spoke, and whose team has said nothing yet."""
    spoken = Generation.objects.filter(
        licence=OuterRef("pk"),
        state=Generation.State.SETTLED,
        preview=False,
        characters_spoken__gt=0,
    )
    of_team = Review.objects.filter(voice=voice, organization=OuterRef("organization"))
    unsaid = ~Exists(of_team.exclude(writer=user))
    return written_for(user, paid_licences(user, voice)).filter(Exists(spoken), unsaid)


def written_for(user: User, licences: QuerySet[Licence]) -> QuerySet[Licence]:
    """Those licences whose organization has a user's role write reviews."""
    theirs = Membership.objects.filter(user=user, role__in=roles_with(Right.REVIEW))
    return licences.filter(organization__in=theirs.values("organization"))


def reviews_to_answer_for(user: User, voice: Voice) -> QuerySet[Review]:
    """What others in a user's teams say of a voice, and the user may delete."""
    teams = Membership.objects.filter(user=user, role__in=roles_with(Right.MEMBERS))
    others = Review.objects.filter(voice=voice, state=Review.State.SHOWN).exclude(writer=user)
    found = others.filter(organization__in=teams.values("organization"))
    return found.select_related("organization", "writer")


def may_review(user: User, voice: Voice) -> bool:
    """Whether a person may write about a voice, or change what they wrote."""
    return reviewable_licences(user, voice).exists() and not is_own(user, voice)


def is_own(user: User, voice: Voice) -> bool:
    """Whether a person, or somebody in a team with them, lent this voice."""
    return is_partial(user, concerned_by(voice))


def stars_of(voice_id: int) -> list[int]:
    """How many reviews of a voice have 1, 2, up to 5 stars."""
    rows = shown_reviews().filter(voice=voice_id).order_by().values_list("stars")
    counts = dict(rows.annotate(count=Count("pk")))
    return [counts.get(stars, 0) for stars in STARS] if counts else []


def _of_voices_on_sale(creator: Creator) -> QuerySet[Review]:
    on_sale = speakable(Listing.objects.filter(voice__creator=creator)).values("voice")
    return shown_reviews().filter(voice__in=on_sale)


def reviews_of_creator(creator: Creator) -> QuerySet[Review]:
    """Shown reviews of a creator's voices on sale, newest first, with the voices."""
    return _of_voices_on_sale(creator).select_related("voice__creator")


def rating_of(creator: Creator) -> Rating:
    """What those reviews come to."""
    rows = _of_voices_on_sale(creator).order_by().values_list("stars")
    counts = dict(rows.annotate(count=Count("pk")))
    return Rating.of([counts.get(stars, 0) for stars in STARS])


def waiting_reviews() -> QuerySet[Review]:
    """What moderators have to look at, oldest first: reported reviews, and appeals."""
    reported = Q(state=Review.State.SHOWN, reports__closed_at=None, reports__isnull=False)
    waiting = Review.objects.filter(reported | Q(state=Review.State.APPEALED)).distinct()
    related = waiting.select_related("voice__creator", "organization")
    return related.prefetch_related("reports").order_by("id")
