"""Operations on biographies: propose one, show it, send it back."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.impartiality import Concerned, require_impartial
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.creators.models import Creator
from marketplace.listings.services import MODERATE
from marketplace.policy.public_words import public_words
from marketplace.profiles import letters
from marketplace.profiles.models import Biography
from marketplace.refusals import Refused

LONGEST = 600  # characters
State = Biography.State


def biography_of(creator: Creator) -> Biography | None:
    """What a creator wrote about themselves, shown or not."""
    return Biography.objects.filter(creator=creator).first()


def waiting_biographies() -> QuerySet[Biography]:
    """What moderators have to read, oldest first."""
    return Biography.objects.filter(state=State.WAITING).select_related("creator")


def propose_biography(*, creator: Creator, text: str, by: User) -> Biography:
    """Write about oneself; a moderator reads it before it is shown. Nothing at all is shown at once.

    Raises:
        Refused: words_too_long, text_refused.
    """
    words = public_words(text, longest=LONGEST) if text.strip() else ""
    with transaction.atomic():
        Creator.objects.select_for_update(no_key=True).get(pk=creator.pk)
        found = Biography.objects.select_for_update(no_key=True).filter(creator=creator).first()
        biography = found or Biography(creator=creator)
        if found and words == (found.proposed if found.state == State.WAITING else found.shown):
            return found
        biography.proposed, biography.proposed_at, biography.note = words, timezone.now(), ""
        if not words:
            biography.shown = ""
        biography.save()
        biography.transition(State.WAITING if words else State.APPROVED)
        audit.record(
            actor=by, action="biography.proposed", subject=biography, sha256=audit.digest(words)
        )
    return biography


def decide_biography(
    *, biography: Biography, approve: bool, note: str, by: User, seen: str
) -> Biography:
    """Show what a creator proposed, or send it back with what to change.

    seen: the digest of the text that the moderator read.

    Raises:
        Refused: not_a_moderator, own_voice, own_team, note_missing, changed_meanwhile.
        InvalidTransition: it does not wait.
    """
    if not by.has_perm(MODERATE):
        raise Refused(
            "not_a_moderator", gettext("Only moderators can decide on what creators write.")
        )
    require_impartial(by, Concerned.of(users=[biography.creator.user_id]))
    if not approve and not note.strip():
        raise Refused("note_missing", gettext("Say what to change; the creator will read it."))
    with transaction.atomic():
        biography = Biography.objects.select_for_update(no_key=True).get(pk=biography.pk)
        if seen != biography.digest:
            raise Refused(
                "changed_meanwhile", gettext("It has changed since you opened it. Look again.")
            )
        to = State.APPROVED if approve else State.SENT_BACK
        biography.transition(to, only_from={State.WAITING})
        biography.note = "" if approve else note.strip()
        biography.shown = biography.proposed if approve else biography.shown
        biography.decided_by, biography.decided_at = by, timezone.now()
        biography.save(update_fields=["note", "shown", "decided_by", "decided_at"])
        audit.record(
            actor=by,
            action=f"biography.{biography.state}",
            subject=biography,
            sha256=biography.digest,
            note_sha256=audit.digest(biography.note),
        )
        if not approve:
            letters.tell_of_sent_back(biography)
    return biography
