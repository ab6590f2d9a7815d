"""Verbs of moderation: screen a speaker, protect one, decide a case."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from pgvector.django import CosineDistance

from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.moderation.models import Case, ProtectedVoice
from marketplace.refusals import Refused
from marketplace.voices.models import Voice, VoiceVersion

ALIKE = 0.80  # cosine of two speakers' mean GE2E embeddings from where they are taken for one
DECIDE = "moderation.decide_case"


def screen(*, voice: Voice, embedding: Sequence[float]) -> Case | None:
    """Look for a speaker among protected voices and everybody else's; a likeness opens a case.

    None where nobody is alike, or where a moderator allowed this likeness before.
    """
    distance = CosineDistance("embedding", list(embedding))
    protected = ProtectedVoice.objects.annotate(far=distance).order_by("far").first()
    if protected is not None and 1 - protected.far >= ALIKE:
        return _stopped(voice, 1 - protected.far, like_protected=protected)
    others = VoiceVersion.objects.exclude(voice__creator=voice.creator_id).exclude(
        voice__synthetic=True
    )
    known = others.annotate(far=distance).order_by("far").select_related("voice").first()
    if known is not None and 1 - known.far >= ALIKE:
        return _stopped(voice, 1 - known.far, like_voice=known.voice)
    return None


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
            similarity=round(similarity, 4),
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
        case.transition(
            Case.State.ALLOWED if allow else Case.State.UPHELD, allowed_from={Case.State.OPEN}
        )
        audit.record(actor=by, action=f"case.{case.state}", subject=case, note=case.note)
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
