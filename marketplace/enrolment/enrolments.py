"""Operations on enrolments: queue, claim, report, finish, fail."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from marketplace import storage
from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.consent.models import Consent
from marketplace.consent.queries import consents_in_force
from marketplace.consent.replacement import require_not_silenced
from marketplace.creators import vault
from marketplace.enrolment import letters, previews
from marketplace.enrolment.queries import (
    BEYOND,
    STALLED_AFTER,
    recordings_beyond,
    stalled_enrolments,
)
from marketplace.queue import Turn, Work, at_commit, at_once, lost
from marketplace.refusals import Refused
from marketplace.retelling import retell
from marketplace.voices.models import Enrolment, Voice, VoiceVersion
from marketplace.voices.queries import accepted_speech_seconds
from synthesis.audio.speech_amount import require_enough
from synthesis.refusals import AudioRefused

MAX_ATTEMPTS = 3


def start_enrolment(*, voice: Voice, consent: Consent | None, by: User) -> Enrolment:
    """Queue learning a voice from its accepted recordings.

    Raises:
        Refused: taken_down, consent_missing, consent_elsewhere, too_short, enrolment_running.
    """
    with transaction.atomic():
        voice = Voice.objects.select_for_update(no_key=True).get(pk=voice.pk)
        require_not_silenced(voice)
        if consent is not None:
            consent = _lock_in_force(voice).filter(pk=consent.pk).first()
        if consent is None:
            raise Refused(
                "consent_missing",
                gettext("Record your consent first; no voice is made without it."),
            )
        if later := recordings_beyond(consent):
            raise Refused("consent_elsewhere", gettext(BEYOND).format(names=", ".join(later)))
        try:
            require_enough(accepted_speech_seconds(voice))
        except AudioRefused as refusal:
            raise Refused(refusal.code, retell(str(refusal))) from refusal
        if voice.enrolments.filter(state__in=Enrolment.OPEN).exists():
            raise Refused("enrolment_running", gettext("Your voice is already being learned."))
        return _queue(Enrolment(voice=voice, consent=consent), by)


def start_reenrolment(*, voice: Voice, reason: str) -> Enrolment | None:
    """Queue re-learning a voice for a newer engine, from the same input as last time.

    None if consent is not in force, if the voice is already being learned, or if it never was.
    """
    with transaction.atomic():
        voice = Voice.objects.select_for_update(no_key=True).get(pk=voice.pk)
        last = voice.enrolments.filter(state=Enrolment.State.DONE).order_by("-id").first()
        if last is None or voice.enrolments.filter(state__in=Enrolment.OPEN).exists():
            return None
        consent = last.consent
        if consent is not None:
            consent = _lock_in_force(voice).first()  # it may have replaced the one of last time
            if consent is None:
                return None
        anew = Enrolment(voice=voice, consent=consent, style_mix=last.style_mix)
        return _queue(anew, None, reason=reason)


def _lock_in_force(voice: Voice) -> QuerySet[Consent]:
    return consents_in_force().select_for_update(no_key=True).filter(voice=voice)


def start_style_enrolment(*, voice: Voice, style_mix: dict[str, Any], by: User) -> Enrolment:
    """Queue a synthetic voice: a point in the engine's style space that belongs to no person."""
    with transaction.atomic():
        if not voice.synthetic:
            raise Refused(
                "not_synthetic", gettext("Only a synthetic voice can be made without a person.")
            )
        return _queue(Enrolment(voice=voice, style_mix=style_mix), by)


STAGES = (  # as the workers report them; pages translate them
    gettext_noop("Waiting for a free worker"),
    gettext_noop("Listening to your recordings"),
    gettext_noop("Finding a starting point for your voice"),
    gettext_noop("Aligning words and sound"),
    gettext_noop("Mixing a voice that nobody has"),
    gettext_noop("Learning your voice"),
    gettext_noop("Listening to the result"),
    gettext_noop("Done"),
)


def _queue(enrolment: Enrolment, by: User | None, **details: str) -> Enrolment:
    enrolment.stage = STAGES[0]
    enrolment.save()
    audit.record(actor=by, action="enrolment.queued", subject=enrolment, **details)
    at_commit(Work.ENROL_VOICE, enrolment.pk, turn=_turn_of(enrolment))
    return enrolment


def claim_enrolment(*, enrolment_id: int) -> Enrolment | None:
    """Claim a queued or stalled enrolment; None if it is finished or another worker has it."""
    with transaction.atomic():
        enrolment = Enrolment.objects.select_for_update(no_key=True).get(pk=enrolment_id)
        now = timezone.now()
        stalled = (
            enrolment.state == Enrolment.State.RUNNING
            and enrolment.heartbeat_at is not None
            and enrolment.heartbeat_at < now - STALLED_AFTER
        )
        if enrolment.state != Enrolment.State.QUEUED and not stalled:
            return None
        enrolment.attempts += 1
        enrolment.heartbeat_at = now
        enrolment.save(update_fields=["attempts", "heartbeat_at"])
        if enrolment.attempts > MAX_ATTEMPTS:
            fail_enrolment(
                enrolment_id=enrolment.pk,
                code="engine_failed",
                message="Learning this voice failed several times. We have been notified; try again later.",
            )
            return None
        enrolment.transition(Enrolment.State.RUNNING)
    return enrolment


def requeue_stalled() -> None:
    """Requeue enrolments whose worker died, and those whose message was lost."""
    stalled = {enrolment.pk: enrolment for enrolment in stalled_enrolments()}
    for pk in lost(Work.ENROL_VOICE, stalled):
        at_once(Work.ENROL_VOICE, pk, turn=_turn_of(stalled[pk]))


def _turn_of(enrolment: Enrolment) -> Turn:
    """Creators wait for their voice; nobody waits for one without a person, or for one learned anew."""
    if enrolment.style_mix is not None or enrolment.voice.versions.exists():
        return Turn.LAST
    return Turn.USUAL


def report_progress(*, enrolment_id: int, stage: str, progress: float) -> None:
    """Record an enrolment's progress, which is also its heartbeat."""
    Enrolment.objects.filter(pk=enrolment_id, state=Enrolment.State.RUNNING).update(
        stage=stage, progress=progress, heartbeat_at=timezone.now()
    )


def fail_enrolment(*, enrolment_id: int, code: str, message: str) -> None:
    """Fail an enrolment with a message that says what the creator can do."""
    with transaction.atomic():
        enrolment = Enrolment.objects.select_for_update(no_key=True).get(pk=enrolment_id)
        if enrolment.state not in Enrolment.OPEN:
            return
        enrolment.error_code, enrolment.error = code, message
        enrolment.finished_at = timezone.now()
        enrolment.save(update_fields=["error_code", "error", "finished_at"])
        enrolment.transition(Enrolment.State.FAILED)
        previews.forget_first_impression(enrolment=enrolment)
        audit.record(actor=None, action="enrolment.failed", subject=enrolment, code=code)
        letters.tell_failed(enrolment)


def _still_given(consent: Consent) -> bool:
    """Whether the consent to learn a voice stands, or a newer one that replaced it does."""
    if consent.state == Consent.State.REPLACED:
        return _lock_in_force(consent.voice).exists()
    return consent.state == Consent.State.VERIFIED


def finish_enrolment(
    *,
    enrolment_id: int,
    engine: str,
    engine_version: str,
    template: bytes,
    embedding: list[float],
    report: dict[str, Any],
) -> VoiceVersion | None:
    """Store the template encrypted and make it the voice's newest version.

    None if consent was withdrawn or another worker was faster; nothing is stored then.
    """
    enrolment = Enrolment.objects.select_related("voice", "consent").get(pk=enrolment_id)
    # each run has its own key, so that a late worker can't overwrite a stored template
    key = f"templates/{enrolment.voice.public_id}/{storage.random_name()}"
    sha256 = vault.put(enrolment.voice.creator_id, key, template)
    with transaction.atomic():
        enrolment = (
            Enrolment.objects.select_for_update(of=("self",), no_key=True)
            .select_related("voice", "consent")
            .get(pk=enrolment_id)
        )
        if enrolment.state != Enrolment.State.RUNNING:
            at_commit(Work.DELETE_OBJECT, key)
            return None
        consent = enrolment.consent
        if consent is not None:
            consent = Consent.objects.select_for_update(no_key=True).get(pk=consent.pk)
            if not _still_given(consent):
                at_commit(Work.DELETE_OBJECT, key)
                fail_enrolment(
                    enrolment_id=enrolment.pk,
                    code="consent_withdrawn",
                    message="Consent was withdrawn while the voice was being learned.",
                )
                return None
        newest = enrolment.voice.versions.first()
        version = VoiceVersion.objects.create(
            voice=enrolment.voice,
            enrolment=enrolment,
            number=newest.number + 1 if newest else 1,
            engine=engine,
            engine_version=engine_version,
            storage_key=key,
            sha256=sha256,
            embedding=embedding,
            report=report,
        )
        enrolment.stage, enrolment.progress = "Done", 1.0
        enrolment.finished_at = timezone.now()
        enrolment.save(update_fields=["stage", "progress", "finished_at"])
        enrolment.transition(Enrolment.State.DONE)
        previews.forget_first_impression(enrolment=enrolment)
        audit.record(
            actor=None, action="voice.enrolled", subject=version, sha256=sha256, engine=engine
        )
        previews.begin_previews(version=version)
        letters.tell_ready(version, newest)
    return version
