"""Operations of moderation: screen a speaker, protect one, decide a case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from pgvector.django import CosineDistance

from marketplace.accounts.impartiality import require_impartial
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.consent.queries import concerned_by
from marketplace.creators import vault
from marketplace.moderation.models import Case, ProtectedVoice
from marketplace.refusals import Refused
from marketplace.voices.embeddings import rotated
from marketplace.voices.models import Voice, VoiceVersion
from synthesis.verification.cohort import SAME_SPEAKER, likeness

MUCH_MORE = 1.5  # of a score, between recordings of one voice; whom it is taken for scores 3 more
CANDIDATES = 20  # nearest by cosine, to be scored against the cohort
DECIDE = "moderation.decide_case"
_Row = TypeVar("_Row", ProtectedVoice, VoiceVersion)


def screen(*, voice: Voice, embedding: Sequence[float]) -> Case | None:
    """Screen a speaker against protected voices and everybody else's; a match opens a case.

    None if nothing matches, or if a moderator has allowed each match before.
    """
    for protected, score in matching_rows(ProtectedVoice.objects.filter(lifted_at=None), embedding):
        case = open_case(voice, score, like_protected=protected)
        if case is not None:
            return case
    others = VoiceVersion.objects.exclude(voice__creator=voice.creator_id).exclude(
        Q(voice__synthetic=True) | Q(storage_key="")  # an erased embedding belongs to nobody
    )
    for version, score in matching_rows(others.select_related("voice"), embedding):
        case = open_case(voice, score, like_voice=version.voice)
        if case is not None:
            return case
    return None


def matching_rows(rows: QuerySet[_Row], embedding: Sequence[float]) -> list[tuple[_Row, float]]:
    """Rows that match the speaker with their scores, best match first."""
    nearest = rows.order_by(CosineDistance("embedding", rotated(embedding)))[:CANDIDATES]
    scored = [(row, likeness(row.embedding, embedding)) for row in nearest]
    same = [pair for pair in scored if pair[1] >= SAME_SPEAKER]
    return sorted(same, key=lambda pair: -pair[1])


def enrolled_matches(embedding: Sequence[float]) -> list[tuple[Voice, float]]:
    """Enrolled voices that match the speaker, best match first, each once."""
    versions = VoiceVersion.objects.filter(voice__synthetic=False).exclude(storage_key="")
    voices: dict[Voice, float] = {}
    for version, score in matching_rows(versions.select_related("voice"), embedding):
        voices.setdefault(version.voice, score)
    return list(voices.items())


def open_case(
    voice: Voice,
    similarity: float,
    *,
    like_voice: Voice | None = None,
    like_protected: ProtectedVoice | None = None,
) -> Case | None:
    """The case that asks whether two voices are one person's, opened once; None if it was allowed.

    What was allowed is asked again once the voice is much more alike: other recordings may be the other's.
    """
    with transaction.atomic():
        Voice.objects.select_for_update(no_key=True).get(pk=voice.pk)
        existing = Case.objects.filter(
            voice=voice, like_voice=like_voice, like_protected=like_protected
        ).last()
        if existing is not None and existing.state != Case.State.ALLOWED:
            return existing
        if existing is not None and similarity < existing.similarity + MUCH_MORE:
            return None
        case = Case.objects.create(
            voice=voice,
            like_voice=like_voice,
            like_protected=like_protected,
            similarity=round(similarity, 2),
        )
        audit.record(actor=None, action="case.opened", subject=case, similarity=case.similarity)
    return case


def told_apart(voice_id: int) -> dict[int, float]:
    """The voices that moderators last found to be somebody else's than this one: how alike they were then."""
    about_it = Case.objects.filter(
        Q(voice=voice_id, like_voice__isnull=False) | Q(like_voice=voice_id)
    )
    found: dict[int, float] = {}
    for case in about_it.order_by("pk"):
        other = case.like_voice_id if case.voice_id == voice_id else case.voice_id
        assert other is not None
        found.pop(other, None)
        if case.state == Case.State.ALLOWED:
            found[other] = case.similarity
    return found


def decide_case(*, case: Case, allow: bool, note: str, by: User) -> Case:
    """Let a stopped enrolment continue, or stop it for good.

    Raises:
        Refused: not_a_moderator, own_voice, own_team, note_missing.
        InvalidTransition: it has already been decided.
    """
    if not by.has_perm(DECIDE):
        raise Refused(
            "not_a_moderator", gettext("Only moderators can decide on stopped enrolments.")
        )
    concerned = concerned_by(case.voice)
    if case.like_voice is not None:
        concerned |= concerned_by(case.like_voice)
    require_impartial(by, concerned)
    if not note.strip():
        raise Refused("note_missing", gettext("Give your reason in a sentence; it is stored."))
    with transaction.atomic():
        case = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
        case.note, case.decided_by, case.decided_at = note.strip(), by, timezone.now()
        case.save(update_fields=["note", "decided_by", "decided_at"])
        case.transition(Case.State.ALLOWED if allow else Case.State.UPHELD)
        note = vault.seal_details(case.voice.creator_id, note=case.note)
        audit.record(actor=by, action=f"case.{case.state}", subject=case, sealed=note)
    return case


def protect(
    *, embedding: Sequence[float], reason: str, encoder: str, by: User | None, note: str = ""
) -> ProtectedVoice:
    """Put a speaker on the list of those whom nobody may enrol."""
    with transaction.atomic():
        protected = ProtectedVoice.objects.create(
            embedding=list(embedding), reason=reason, encoder=encoder, added_by=by, note=note
        )
        audit.record(actor=by, action="voice.protected", subject=protected, reason=reason)
    return protected
