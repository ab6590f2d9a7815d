"""Verbs on consent: challenge, record, decide, narrow, revoke."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.consent import statement as statements
from marketplace.consent.models import Agreement, Consent, SpeakerInvitation
from marketplace.consent.queries import invitation_of, is_open
from marketplace.creators import vault
from marketplace.queue import Work, at_commit
from marketplace.refusals import Refused
from marketplace.voices.models import Recording, Voice
from marketplace.voices.uses import SENSITIVE_USES, Use

AGREEMENTS_VERSION = "2026-12-2"
YEARS = (1, 5, 10)  # that a consent may last; nothing is for ever
DECIDE = "consent.decide_consent"
_SUSPECTED = frozenset({"synthetic_suspected", "replay_suspected"})
# what a browser's recorder writes: WebM, MP4, Ogg
_RECORDED = ((0, b"\x1a\x45\xdf\xa3"), (4, b"ftyp"), (0, b"OggS"))


@dataclass(frozen=True)
class Agreements:
    """What a person ticked."""

    biometric: bool
    replication: bool
    terms: bool


@dataclass(frozen=True)
class Minor:
    """A speaker under 18 says so, and who their parent or guardian is."""

    guardian: str


def _require_speaker(voice: Voice, by: User | None, invitation: SpeakerInvitation | None) -> None:
    """Whether this is the person whose voice it is, or is to be.

    Raises:
        Refused: not_the_creator, speaker_elsewhere, invitation_over.
    """
    expected = invitation_of(voice)
    if expected is not None:
        if invitation is None:
            raise Refused(
                "speaker_elsewhere",
                f"This voice is {expected.legal_name}'s. Only they can consent, by their own link.",
            )
        if invitation.pk != expected.pk or not is_open(expected):
            raise Refused("invitation_over", "This link is no longer good. Ask for a new one.")
    elif by is None or voice.creator.user_id != by.pk:
        raise Refused("not_the_creator", "Only the person whose voice it is can consent.")


def issue_challenge(
    *,
    voice: Voice,
    by: User | None,
    uses: Sequence[str],
    agreements: Agreements,
    years: int = 10,
    invitation: SpeakerInvitation | None = None,
    minor: Minor | None = None,
    demonstration: bool = False,
) -> Consent:
    """A statement with a fresh phrase, to be read within ten minutes.

    minor: the speaker is under 18; then a moderator decides, whatever the checks say.

    Raises:
        Refused: not_the_creator, speaker_elsewhere, agreement_missing, no_uses, years,
            guardian_missing, not_for_minors, no_recordings, already_consented, with_a_moderator, demonstration_not_allowed.
    """
    _require_speaker(voice, by, invitation)
    if not (agreements.replication and agreements.terms):
        raise Refused(
            "agreement_missing",
            "Without agreeing to replication and to the terms there is nothing to consent to.",
        )
    chosen = [str(use) for use in Use if use in uses]
    if not chosen:
        raise Refused("no_uses", "Choose at least one use that your voice may be licensed for.")
    if years not in YEARS:
        raise Refused("years", "A consent lasts one, five or ten years.")
    if minor is not None:
        _require_for_minor(minor, chosen)
    if demonstration and not settings.PAYMENT_SANDBOX:
        raise Refused(
            "demonstration_not_allowed",
            "Demonstration consents exist only where payments are a sandbox.",
        )
    now = timezone.now()
    with transaction.atomic():
        voice = Voice.objects.select_for_update().get(pk=voice.pk)
        if not voice.recordings.filter(state=Recording.State.ACCEPTED).exists():
            raise Refused(
                "no_recordings", "Add a good recording first: we compare your voice with it."
            )
        if voice.consents.filter(state=Consent.State.VERIFIED).exists():
            raise Refused("already_consented", "You have already given your consent.")
        if voice.consents.filter(state=Consent.State.REVIEW).exists():
            raise Refused(
                "with_a_moderator", "A moderator is listening to your last reading; please wait."
            )
        phrase = statements.fresh_phrase()
        legal_name = invitation.legal_name if invitation else voice.creator.legal_name
        ends_at = now + timedelta(days=365 * years)
        consent = Consent.objects.create(
            voice=voice,
            legal_name=legal_name,
            statement_version=statements.STATEMENT_VERSION,
            statement=statements.statement_of(
                name=legal_name,
                now=now,
                uses=chosen,
                ends_at=ends_at,
                phrase=phrase,
                guardian=minor.guardian.strip() if minor else "",
            ),
            phrase=phrase,
            expires_at=now + timedelta(seconds=settings.CONSENT_PHRASE_SECONDS),
            uses=chosen,
            ends_at=ends_at,
            compared=agreements.biometric,
            invitation=invitation,
            given_by=Consent.GivenBy.GUARDIAN if minor else Consent.GivenBy.SPEAKER,
            representative=minor.guardian.strip() if minor else "",
            demonstration=demonstration,
        )
        Agreement.objects.bulk_create(
            Agreement(consent=consent, kind=kind, version=AGREEMENTS_VERSION, given=given)
            for kind, given in asdict(agreements).items()
        )
        audit.record(
            actor=by,
            action="consent.challenged",
            subject=consent,
            statement_version=statements.STATEMENT_VERSION,
            agreements=asdict(agreements),
            uses=chosen,
            demonstration=demonstration,
        )
    return consent


def _require_for_minor(minor: Minor, uses: Sequence[str]) -> None:
    if not minor.guardian.strip():
        raise Refused("guardian_missing", "Give the legal name of your parent or guardian.")
    if any(use in SENSITIVE_USES for use in uses):
        raise Refused(
            "not_for_minors",
            "The voice of somebody under 18 is not licensed for advertising, politics, adult "
            "content, advice or training.",
        )


def require_recorder(data: bytes) -> None:
    """Nothing, where a browser's recorder wrote this.

    Raises:
        Refused: not_from_microphone.
    """
    if not any(data[at : at + len(magic)] == magic for at, magic in _RECORDED):
        raise Refused(
            "not_from_microphone",
            "A statement is recorded in this page, with the microphone; files are not taken.",
        )


def record_statement(
    *,
    consent: Consent,
    data: bytes,
    by: User | None,
    invitation: SpeakerInvitation | None = None,
) -> Consent:
    """Keep the reading and have it checked.

    Raises:
        Refused: not_the_creator, speaker_elsewhere, challenge_used, challenge_expired,
            not_from_microphone.
        StorageUnavailable: try again.
    """
    _require_speaker(consent.voice, by, invitation)
    if consent.state != Consent.State.CHALLENGED:
        raise Refused("challenge_used", "This statement was read already. Ask for a new one.")
    if timezone.now() > consent.expires_at:
        raise Refused(
            "challenge_expired", "The words were valid for ten minutes. Ask for new ones."
        )
    require_recorder(data)
    key = f"consents/{consent.voice.public_id}/{consent.public_id}"
    sha256 = vault.put(consent.voice.creator_id, key, data)
    with transaction.atomic():
        consent = Consent.objects.select_for_update().get(pk=consent.pk)
        if consent.state != Consent.State.CHALLENGED:
            raise Refused("challenge_used", "This statement was read already. Ask for a new one.")
        consent.recording_key, consent.recording_sha256 = key, sha256
        consent.recorded_at = timezone.now()
        consent.save(update_fields=["recording_key", "recording_sha256", "recorded_at"])
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
    """Where a checked reading goes, and why to a moderator."""
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
    """Verify or refuse a reading, or give it to a moderator; once.

    Transcript and scores are kept either way. To a moderator go doubtful readings, those that may
    not be compared, the last try of a day, and demonstrations that were heard to be synthetic.
    """
    with transaction.atomic():
        consent = Consent.objects.select_for_update().get(pk=consent_id)
        if consent.state != Consent.State.CHECKING:
            return consent
        to, code = _outcome(consent, reason_code, doubtful=doubtful)
        consent.transcript, consent.scores = transcript, scores
        consent.reason_code, consent.reason = code, reason
        consent.decided_at = timezone.now()
        consent.save(update_fields=["transcript", "scores", "reason_code", "reason", "decided_at"])
        consent.transition(to, only_from={Consent.State.CHECKING})
        audit.record(
            actor=None,
            action=f"consent.{to}",
            subject=consent,
            reason=code,
            sealed=vault.sealed(consent.voice.creator_id, scores=scores),
        )
    return consent


def approve(*, consent: Consent, by: User, note: str) -> Consent:
    """A moderator vouches for a reading, by name.

    Raises:
        Refused: not_a_moderator, note_missing, demonstration_not_allowed.
        InvalidTransition: it is not waiting for one.
    """
    return _by_hand(consent, Consent.State.VERIFIED, by=by, note=note)


def reject(*, consent: Consent, by: User, note: str) -> Consent:
    """A moderator refuses a reading; the note is shown to the speaker.

    Raises:
        Refused: not_a_moderator, note_missing.
        InvalidTransition: it is not waiting for one.
    """
    return _by_hand(consent, Consent.State.REFUSED, by=by, note=note)


def _by_hand(consent: Consent, to: str, *, by: User, note: str) -> Consent:
    if not by.has_perm(DECIDE):
        raise Refused("not_a_moderator", "Only moderators decide on consents.")
    if consent.voice.creator.user_id == by.pk:
        raise Refused("own_voice", "Nobody decides on their own voice.")
    if not note.strip():
        raise Refused("note_missing", "Say why in a sentence; it is kept.")
    if to == Consent.State.VERIFIED and consent.demonstration and not settings.PAYMENT_SANDBOX:
        raise Refused(
            "demonstration_not_allowed",
            "Demonstration consents exist only where payments are a sandbox.",
        )
    with transaction.atomic():
        consent = Consent.objects.select_for_update().get(pk=consent.pk)
        found = consent.reason_code
        consent.decided_by, consent.decided_at = by, timezone.now()
        consent.reason = note.strip() if to == Consent.State.REFUSED else consent.reason
        consent.save(update_fields=["decided_by", "decided_at", "reason"])
        consent.transition(to, only_from={Consent.State.REVIEW})
        audit.record(
            actor=by,
            action=f"consent.{to}_by_hand",
            subject=consent,
            sealed=vault.sealed(consent.voice.creator_id, note=note.strip()),
            found=found,
            demonstration=consent.demonstration,
        )
    return consent


def narrow(*, consent: Consent, uses: Sequence[str], by: User) -> Consent:
    """Take uses out of a living consent: they are refused at the next request.

    Raises:
        Refused: not_the_creator, speaker_elsewhere, no_uses, not_narrower.
        InvalidTransition: it is not living.
    """
    _require_speaker(consent.voice, by, None)
    with transaction.atomic():
        consent = Consent.objects.select_for_update().get(pk=consent.pk)
        kept = [use for use in consent.uses if use in uses]
        if not kept:
            raise Refused("no_uses", "Nothing would be left; withdraw the consent instead.")
        if kept == consent.uses:
            raise Refused("not_narrower", "A consent is only widened by a new statement.")
        gone = [use for use in consent.uses if use not in kept]
        consent.uses, consent.revision = kept, consent.revision + 1
        consent.save(update_fields=["uses", "revision"])
        consent.transition(Consent.State.VERIFIED, only_from={Consent.State.VERIFIED})
        audit.record(actor=by, action="consent.narrowed", subject=consent, gone=gone, kept=kept)
    return consent


def give_up(*, consent: Consent) -> Consent:
    """Let a consent that nobody has decided yet be none: its speaker had it erased.

    Raises:
        InvalidTransition: it was decided already.
    """
    with transaction.atomic():
        consent = Consent.objects.select_for_update().get(pk=consent.pk)
        consent.transition(Consent.State.REFUSED)
        audit.record(actor=None, action="consent.given_up", subject=consent)
    return consent


def revoke(
    *,
    consent: Consent,
    by: User | None,
    reason: str = "",
    for_abuse: bool = False,
) -> Consent:
    """Withdraw a consent: the voice goes off sale and is silent at the next request, cached or not.

    Licences sold with a notice period speak on through it, unless the withdrawal is for abuse.

    Raises:
        InvalidTransition: it was never verified, or is withdrawn already.
    """
    with transaction.atomic():
        consent = Consent.objects.select_for_update().get(pk=consent.pk)
        consent.revoked_at, consent.revoked_for_abuse = timezone.now(), for_abuse
        consent.transition(Consent.State.REVOKED)
        consent.save(update_fields=["revoked_at", "revoked_for_abuse"])
        audit.record(
            actor=by, action="consent.revoked", subject=consent, reason=reason, abuse=for_abuse
        )
        at_commit(Work.FORGET_AUDIO, consent.voice_id)
        at_commit(Work.ANNOUNCE_WITHDRAWAL, consent.voice_id)
    return consent
