"""Withdrawal of consent: of some uses, or of all of them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.consent.challenges import require_speaker
from marketplace.consent.models import Consent
from marketplace.consent.replacement import lock_voice, refuse_readings
from marketplace.queue import Work, at_commit
from marketplace.refusals import Refused
from marketplace.voices.models import Voice


def narrow(*, consent: Consent, uses: Sequence[str], by: User) -> Consent:
    """Remove uses from a consent in force: nothing is sold for them from the next request on.

    Licences sold with a notice period go on speaking for them through it.

    Raises:
        Refused: not_the_creator, speaker_elsewhere, no_uses, not_narrower.
        InvalidTransition: it is not in force.
    """
    require_speaker(consent.voice, by, None)
    with transaction.atomic():
        voice = lock_voice(consent.voice_id)
        consent = Consent.objects.select_for_update(no_key=True).get(pk=consent.pk)
        remaining = [use for use in consent.uses if use in uses]
        if not remaining:
            raise Refused(
                "no_uses", gettext("Nothing would be left; withdraw the consent instead.")
            )
        if remaining == consent.uses:
            raise Refused("not_narrower", gettext("Only a new statement can widen a consent."))
        removed = [use for use in consent.uses if use not in remaining]
        now = timezone.now().isoformat()
        consent.taken_out = {**consent.taken_out, **dict.fromkeys(removed, now)}
        consent.uses, consent.revision = remaining, consent.revision + 1
        consent.save(update_fields=["taken_out", "uses", "revision"])
        consent.transition(Consent.State.VERIFIED, only_from={Consent.State.VERIFIED})
        audit.record(
            actor=by, action="consent.narrowed", subject=consent, gone=removed, kept=remaining
        )
        refuse_readings(voice, why="You allowed less after you read this statement.")
        at_commit(Work.HOLD_TO_CONSENT, voice.pk)
        at_commit(Work.ANNOUNCE_NARROWING, voice.pk)
    return consent


def silence(*, voice: Voice, by: User | None, reason: str) -> None:
    """Silence a voice for everyone: its consent is withdrawn for abuse, and no notice runs on.

    An earlier withdrawal that left licences a notice period becomes one for abuse; statements that
    are not yet decided on are refused, and nobody consents for this voice again: its template is of
    whoever was recorded then, whatever recordings it has later.
    """
    with transaction.atomic():
        voice = lock_voice(voice.pk)
        if voice.silenced_at is None:
            voice.silenced_at = timezone.now()
            voice.save(update_fields=["silenced_at"])
        for consent in voice.consents.filter(state__in=Consent.UNDECIDED):
            give_up(consent=consent)
        for consent in voice.consents.filter(state=Consent.State.VERIFIED):
            revoke(consent=consent, by=by, reason=reason, for_abuse=True)
        noticed = voice.consents.select_for_update(no_key=True).filter(
            state=Consent.State.REVOKED, revoked_for_abuse=False
        )
        for consent in noticed:
            consent.revoked_for_abuse = True
            consent.save(update_fields=["revoked_for_abuse"])
            audit.record(actor=by, action="consent.notice_ended", subject=consent, reason=reason)
            at_commit(Work.FORGET_AUDIO, voice.pk)
            at_commit(Work.ANNOUNCE_WITHDRAWAL, voice.pk)


def give_up(*, consent: Consent) -> Consent:
    """Drop an undecided consent whose speaker had it erased.

    Raises:
        InvalidTransition: it has already been decided.
    """
    with transaction.atomic():
        consent = Consent.objects.select_for_update(no_key=True).get(pk=consent.pk)
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

    Licences sold with a notice period keep working through it, unless the withdrawal is for abuse.
    A reading that is not yet decided on is refused, or it would undo the withdrawal.

    Raises:
        InvalidTransition: it was never verified, or has already been withdrawn.
    """
    with transaction.atomic():
        voice = lock_voice(consent.voice_id)
        consent = Consent.objects.select_for_update(no_key=True).get(pk=consent.pk)
        consent.revoked_at, consent.revoked_for_abuse = timezone.now(), for_abuse
        consent.transition(Consent.State.REVOKED)
        consent.save(update_fields=["revoked_at", "revoked_for_abuse"])
        audit.record(
            actor=by, action="consent.revoked", subject=consent, reason=reason, abuse=for_abuse
        )
        refuse_readings(voice, why="You withdrew your consent after you read this statement.")
        at_commit(Work.FORGET_AUDIO, consent.voice_id)
        at_commit(Work.ANNOUNCE_WITHDRAWAL, consent.voice_id)
    return consent
