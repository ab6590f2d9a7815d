"""One statement counts at a time: the newest that was verified replaces what was said before."""

from __future__ import annotations

from django.utils.translation import gettext

from marketplace.accounts.models import User
from marketplace.compliance import audit
from marketplace.consent.models import Consent
from marketplace.queue import Work, at_commit
from marketplace.refusals import Refused
from marketplace.voices.models import Voice

OVERTAKEN = "overtaken"


def lock_voice(voice_id: int) -> Voice:
    """Lock and return the voice before its consents, so that decisions on two of them can't cross."""
    # a weaker lock than for a deletion: rows that refer to the voice are still inserted meanwhile
    return Voice.objects.select_for_update(no_key=True).get(pk=voice_id)


def require_not_silenced(voice: Voice) -> None:
    """Refuse a voice that was taken down or erased, which the caller has locked.

    Raises:
        Refused: taken_down.
    """
    if voice.silenced_at is not None:
        raise Refused(
            "taken_down",
            gettext("This voice is silent for good. For your own voice, make a new one."),
        )


def replace_former(voice: Voice, *, newer: Consent | None, by: User | None) -> None:
    """Make room for a consent: the one before is replaced, and readings older than it are refused.

    newer: the statement about to be verified; None if there was nothing to read. The caller has
    locked the voice.
    """
    former = voice.consents.select_for_update(no_key=True).filter(state=Consent.State.VERIFIED)
    for consent in former:
        consent.transition(Consent.State.REPLACED)
        audit.record(actor=by, action="consent.replaced", subject=consent)
        at_commit(Work.HOLD_TO_CONSENT, voice.pk)  # the newer statement may allow less
        at_commit(Work.ANNOUNCE_NARROWING, voice.pk)
    refuse_readings(voice, before=newer, why="You read a newer statement, which counts instead.")


def refuse_readings(voice: Voice, *, before: Consent | None = None, why: str) -> None:
    """Refuse readings that wait for a decision, because the speaker has said something newer."""
    readings = voice.consents.select_for_update(no_key=True).filter(state__in=Consent.READ)
    if before is not None:
        readings = readings.filter(pk__lt=before.pk)
    for consent in readings:
        consent.reason_code, consent.reason = OVERTAKEN, why
        consent.save(update_fields=["reason_code", "reason"])
        consent.transition(Consent.State.REFUSED)
        audit.record(actor=None, action="consent.overtaken", subject=consent)
