"""Verbs of moderation: screen a speaker, protect one, decide a case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from pgvector.django import CosineDistance

from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.creators import vault
from marketplace.moderation.models import Case, ProtectedVoice
from marketplace.refusals import Refused
from marketplace.voices.embeddings import rotated
from marketplace.voices.models import Voice, VoiceVersion
from synthesis.verification.cohort import SAME_SPEAKER, likeness

CANDIDATES = 20  # nearest by cosine, which are then scored against the cohort
DECIDE = "moderation.decide_case"
_Row = TypeVar("_Row", ProtectedVoice, VoiceVersion)


def screen(*, voice: Voice, embedding: Sequence[float]) -> Case | None:
    """Look for a speaker among protected voices and everybody else's; a likeness opens a case.

    None where nobody is alike, or where a moderator allowed this likeness before.
    """
    for protected, score in alike(ProtectedVoice.objects.filter(lifted_at=None), embedding):
        return _stopped(voice, score, like_protected=protected)
    others = VoiceVersion.objects.exclude(voice__creator=voice.creator_id).exclude(
        Q(voice__synthetic=True) | Q(storage_key="")  # an erased one is nobody's
    )
    for version, score in alike(others.select_related("voice"), embedding):
        return _stopped(voice, score, like_voice=version.voice)
    return None


def alike(rows: QuerySet[_Row], embedding: Sequence[float]) -> list[tuple[_Row, float]]:
    """The rows that are taken for the same speaker with their scores, likest first."""
    nearest = rows.order_by(CosineDistance("embedding", rotated(embedding)))[:CANDIDATES]
    scored = [(row, likeness(row.embedding, embedding)) for row in nearest]
    same = [pair for pair in scored if pair[1] >= SAME_SPEAKER]
    return sorted(same, key=lambda pair: -pair[1])


def enrolled_alike(embedding: Sequence[float]) -> list[tuple[Voice, float]]:
    """Voices of people here that are taken for the same speaker, likest first, each once."""
    versions = VoiceVersion.objects.filter(voice__synthetic=False).exclude(storage_key="")
    voices: dict[Voice, float] = {}
    for version, score in alike(versions.select_related("voice"), embedding):
        voices.setdefault(version.voice, score)
    return list(voices.items())


def _stopped(
    voice: Voice,
    similarity: float,
    *,
    like_voice: Voice | None = None,
    like_protected: ProtectedVoice | None = None,
) -> Case | None:
    with transaction.atomic():
        Voice.objects.select_for_update().get(pk=voice.pk)
        known = Case.objects.filter(
            voice=voice, like_voice=like_voice, like_protected=like_protected
        ).last()
        if known is not None:
            return None if known.state == Case.State.ALLOWED else known
        case = Case.objects.create(
            voice=voice,
            like_voice=like_voice,
            like_protected=like_protected,
            similarity=round(similarity, 2),
        )
        audit.record(actor=None, action="case.opened", subject=case, similarity=case.similarity)
    return case


def decide_case(*, case: Case, allow: bool, note: str, by: User) -> Case:
    """Let an enrolment that was stopped go on, or stop it for good.

    Raises:
        Refused: not_a_moderator, own_voice, note_missing.
        InvalidTransition: it is decided already.
    """
    if not by.has_perm(DECIDE):
        raise Refused("not_a_moderator", "Only moderators decide on stopped enrolments.")
    if case.voice.creator.user_id == by.pk:
        raise Refused("own_voice", "Nobody decides on their own voice.")
    if not note.strip():
        raise Refused("note_missing", "Say why in a sentence; it is kept.")
    with transaction.atomic():
        case = Case.objects.select_for_update().get(pk=case.pk)
        case.note, case.decided_by, case.decided_at = note.strip(), by, timezone.now()
        case.save(update_fields=["note", "decided_by", "decided_at"])
        case.transition(Case.State.ALLOWED if allow else Case.State.UPHELD)
        note = vault.sealed(case.voice.creator_id, note=case.note)
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
