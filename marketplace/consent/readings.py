"""Readings of a statement: recorded, checked by machine, and decided by moderators if in doubt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from marketplace import storage
from marketplace.accounts.impartiality import require_another, require_impartial
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.consent.challenges import ANOTHER_SPEAKER, SANDBOX_ONLY, require_speaker
from marketplace.consent.checks import failed_checks, needs_second
from marketplace.consent.letters import tell_decided
from marketplace.consent.models import Consent, SpeakerInvitation
from marketplace.consent.queries import (
    TO_HEAR,
    concerned_by,
    consent_in_force,
    is_somebody_elses,
)
from marketplace.consent.replacement import lock_voice, replace_former
from marketplace.creators import vault
from marketplace.queue import Work, at_commit
from marketplace.refusals import Refused
from marketplace.voices.models import Recording, Voice

DECIDE = "consent.decide_consent"
_SUSPECTED = frozenset({"synthetic_suspected", "replay_suspected"})
# the containers that browsers record: WebM, MP4, Ogg
_RECORDED = ((0, b"\x1a\x45\xdf\xa3"), (4, b"ftyp"), (0, b"OggS"))


def require_recorder(data: bytes) -> None:
    """Refuse audio that no browser's recorder wrote.

    Raises:
        Refused: not_from_microphone.
    """
    if not any(data[at : at + len(magic)] == magic for at, magic in _RECORDED):
        raise Refused(
            "not_from_microphone",
            gettext(
                "Record the statement on this page with your microphone; files are not accepted."
            ),
        )


def record_statement(
    *,
    consent: Consent,
    data: bytes,
    by: User | None,
    invitation: SpeakerInvitation | None = None,
) -> Consent:
    """Store the reading and queue its check.

    Raises:
        Refused: not_the_creator, speaker_elsewhere, challenge_used, challenge_expired,
            not_from_microphone.
        StorageUnavailable: try again.
    """
    require_speaker(consent.voice, by, invitation)
    if consent.state != Consent.State.CHALLENGED:
        raise Refused(
            "challenge_used", gettext("This statement has already been read. Ask for a new one.")
        )
    if timezone.now() > consent.expires_at:
        raise Refused(
            "challenge_expired", gettext("The words were valid for ten minutes. Ask for new ones.")
        )
    require_recorder(data)
    with transaction.atomic():
        voice = lock_voice(consent.voice_id)
        require_speaker(voice, by, invitation)  # somebody may have been invited, or have said no
        consent = Consent.objects.select_for_update(no_key=True).get(pk=consent.pk)
        if consent.state != Consent.State.CHALLENGED:
            raise Refused(
                "challenge_used",
                gettext("This statement has already been read. Ask for a new one."),
            )
        newer = voice.consents.filter(pk__gt=consent.pk)
        if newer.exclude(state=Consent.State.CHALLENGED).exists():
            raise Refused(
                "challenge_used", gettext("A newer statement was read meanwhile. Ask for another.")
            )
        # of two readings at once one waits here, and neither writes over the other's evidence
        key = f"consents/{voice.public_id}/{consent.public_id}-{storage.random_name()}"
        sha256 = vault.put(voice.creator_id, key, data)
        consent.recording_key, consent.recording_sha256 = key, sha256
        consent.recorded_at = timezone.now()
        accepted = voice.recordings.filter(state=Recording.State.ACCEPTED)
        consent.to_hear = [recording.sha256 for recording in accepted[:TO_HEAR]]
        consent.save(update_fields=["recording_key", "recording_sha256", "recorded_at", "to_hear"])
        consent.transition(Consent.State.CHECKING)
        audit.record(actor=by, action="consent.recorded", subject=consent, sha256=sha256)
        at_commit(Work.VERIFY_CONSENT, consent.pk)
    return consent


def _tries_today(consent: Consent) -> int:
    return Consent.objects.filter(
        voice=consent.voice_id,
        state=Consent.State.REFUSED,
        recorded_at__gt=timezone.now() - timedelta(days=1),
    ).count()


def _outcome(consent: Consent, code: str, *, doubtful: bool) -> tuple[str, str]:
    """The state a checked reading moves to, and why a moderator must decide."""
    if not code:
        if not consent.compared:
            return Consent.State.REVIEW, "not_compared"
        if consent.given_by == Consent.GivenBy.GUARDIAN:
            return Consent.State.REVIEW, "minor"
        return Consent.State.VERIFIED, ""
    if doubtful or (consent.demonstration and code in _SUSPECTED):
        return Consent.State.REVIEW, code
    if _tries_today(consent) + 1 >= settings.CONSENT_TRIES_PER_DAY:
        return Consent.State.REVIEW, code
    return Consent.State.REFUSED, code


def decide(
    *,
    consent_id: int,
    transcript: str,
    scores: dict[str, Any],
    reason_code: str = "",
    reason: str = "",
    doubtful: bool = False,
) -> Consent:
    """Verify or refuse a reading, or pass it to a moderator; a repeat changes nothing.

    Transcript and scores are stored either way. A moderator gets doubtful readings, readings whose
    speaker declined comparison, the last attempt of a day, and demonstrations that were detected as synthetic.
    What is verified replaces the consent before it.
    """
    with transaction.atomic():
        voice = lock_voice(Consent.objects.values_list("voice_id", flat=True).get(pk=consent_id))
        consent = Consent.objects.select_for_update(no_key=True).get(pk=consent_id)
        if consent.state != Consent.State.CHECKING:
            return consent
        to, code = _outcome(consent, reason_code, doubtful=doubtful)
        consent.transcript, consent.scores = transcript, scores
        consent.reason_code, consent.reason = code, reason
        consent.decided_at = timezone.now()
        consent.save(update_fields=["transcript", "scores", "reason_code", "reason", "decided_at"])
        if to == Consent.State.VERIFIED:
            replace_former(voice, newer=consent, by=None)
        consent.transition(to, only_from={Consent.State.CHECKING})
        audit.record(
            actor=None,
            action=f"consent.{to}",
            subject=consent,
            reason=code,
            sealed=vault.seal_details(consent.voice.creator_id, scores=scores),
        )
    return consent


def give_up_check(*, consent_id: int) -> Consent:
    """Pass a reading that no worker could check to the moderators; a repeat changes nothing."""
    return decide(
        consent_id=consent_id,
        transcript="",
        scores={},
        reason_code="not_checked",
        reason=gettext_noop("We could not check this reading by machine. Moderators listen to it."),
        doubtful=True,
    )


def approve(*, consent: Consent, by: User, note: str) -> Consent:
    """Verify a reading in a moderator's name; where `needs_second`, only after another moderator.

    The first of two approvals passes the reading to a second moderator.

    Raises:
        Refused: not_a_moderator, own_voice, own_team, note_missing, demonstration_not_allowed,
            second_person, already_consented, another_speaker.
        InvalidTransition: it is not waiting for a moderator.
    """
    _require_moderator(consent, by, note)
    if consent.demonstration and not settings.PAYMENT_SANDBOX:
        raise Refused("demonstration_not_allowed", gettext(SANDBOX_ONLY))
    with transaction.atomic():
        voice = lock_voice(consent.voice_id)
        consent = Consent.objects.select_for_update(no_key=True).get(pk=consent.pk)
        if consent.state == Consent.State.REVIEW and needs_second(consent):
            return _approve_first(consent, by, note.strip())
        if consent.state == Consent.State.SECOND:
            require_another(by, consent.first_approved_by_id)
        if consent.given_by == Consent.GivenBy.ESTATE:
            _require_still_theirs(voice, consent)
        consent.decided_by, consent.decided_at = by, timezone.now()
        consent.save(update_fields=["decided_by", "decided_at"])
        if consent.state in Consent.WITH_MODERATORS:
            replace_former(voice, newer=consent, by=by)
        consent.transition(Consent.State.VERIFIED, only_from=Consent.WITH_MODERATORS)
        _record(consent, by, note.strip(), failed=len(failed_checks(consent)))
        tell_decided(consent)
    return consent


def _require_still_theirs(voice: Voice, consent: Consent) -> None:
    """Refuse an estate's consent where somebody else consented since the first moderator vouched."""
    if consent_in_force(voice) is not None:
        raise Refused("already_consented", gettext("This voice already has a consent."))
    if is_somebody_elses(voice, None, estate_of=consent.legal_name):
        raise Refused("another_speaker", gettext(ANOTHER_SPEAKER))


def _approve_first(consent: Consent, by: User, note: str) -> Consent:
    """Note the first of two approvals of a locked consent."""
    consent.first_approved_by, consent.first_note = by, note
    consent.first_approved_at = timezone.now()
    consent.save(update_fields=["first_approved_by", "first_note", "first_approved_at"])
    consent.transition(Consent.State.SECOND, only_from={Consent.State.REVIEW})
    _record(consent, by, note, failed=len(failed_checks(consent)))
    return consent


def reject(*, consent: Consent, by: User, note: str) -> Consent:
    """Refuse a reading in a moderator's name; the note is shown to the speaker.

    Raises:
        Refused: not_a_moderator, own_voice, own_team, note_missing.
        InvalidTransition: it is not waiting for a moderator.
    """
    _require_moderator(consent, by, note)
    with transaction.atomic():
        lock_voice(consent.voice_id)
        consent = Consent.objects.select_for_update(no_key=True).get(pk=consent.pk)
        consent.decided_by, consent.decided_at = by, timezone.now()
        consent.reason = note.strip()
        consent.save(update_fields=["decided_by", "decided_at", "reason"])
        consent.transition(Consent.State.REFUSED, only_from=Consent.WITH_MODERATORS)
        _record(consent, by, note.strip())
        tell_decided(consent)
    return consent


def _require_moderator(consent: Consent, by: User, note: str) -> None:
    if not by.has_perm(DECIDE):
        raise Refused("not_a_moderator", gettext("Only moderators can decide on consents."))
    require_impartial(by, concerned_by(consent.voice))
    if not note.strip():
        raise Refused("note_missing", gettext("Give your reason in a sentence; it is stored."))


def _record(consent: Consent, by: User, note: str, **details: int) -> None:
    audit.record(
        actor=by,
        action=f"consent.{consent.state}_by_hand",
        subject=consent,
        sealed=vault.seal_details(consent.voice.creator_id, note=note),
        found=consent.reason_code,
        demonstration=consent.demonstration,
        **details,
    )
