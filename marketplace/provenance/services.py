"""Operations on provenance: mark speech, examine audio."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from marketplace import storage
from marketplace.in_line import LEFT, require_place, take_place
from marketplace.licensing.models import Generation
from marketplace.provenance.models import Examination, Mark
from marketplace.queue import Work, at_commit, at_once, lost
from marketplace.refusals import Refused, SpeechRefused
from marketplace.voices.models import Voice

MAX_UPLOAD = 20 * 1024 * 1024
MOST_WAITING = 200
_TRIES = 8
_FOLDER = "examinations"
LOST_AFTER = timedelta(minutes=10)  # an examination that nobody has begun is queued again,
KEPT = timedelta(hours=1)  # and given up, with its clip
RESULTS_KEPT = timedelta(days=90)  # so that a signed report can be fetched again


def mark_generation(*, generation: Generation) -> Mark:
    """The mark of a licensed request, the same for every repeat."""
    existing = Mark.objects.filter(generation=generation).first()
    return existing or _new_mark(
        kind=Mark.Kind.SPEECH, voice_id=generation.voice_id, generation=generation
    )


def mark_preview(*, voice: Voice) -> Mark:
    """A mark for one preview clip."""
    return _new_mark(kind=Mark.Kind.PREVIEW, voice_id=voice.pk)


def mark_trial(*, voice: Voice) -> Mark:
    """A mark for one line that a visitor tried."""
    return _new_mark(kind=Mark.Kind.TRIAL, voice_id=voice.pk)


def _new_mark(**fields: Any) -> Mark:
    """Create a mark with an unused payload, random so that it reveals nothing by itself."""
    for _ in range(_TRIES):
        try:
            with transaction.atomic():
                return Mark.objects.create(payload=secrets.randbits(32), **fields)
        except IntegrityError:
            generation = fields.get("generation")
            existing = Mark.objects.filter(generation=generation).first() if generation else None
            if existing is not None:
                return existing
    raise RuntimeError("No free payload was found.")


def begin_examination(*, data: bytes, sender: str) -> Examination:
    """Accept a clip and queue its examination; sender: as `in_line.sender_of` counts them.

    Raises:
        Refused: no_file, too_large.
        SpeechRefused: system_busy (503), rate_limited (429).
        StorageUnavailable: try again.
    """
    if not data:
        raise Refused("no_file", gettext("Choose an audio file first."))
    if len(data) > MAX_UPLOAD:
        raise Refused(
            "too_large",
            gettext("Send at most %(most)s MB; a minute is plenty.")
            % {"most": MAX_UPLOAD // 1024**2},
        )
    require_place(Examination.objects, sender)
    if Examination.objects.filter(state=Examination.State.QUEUED).count() >= MOST_WAITING:
        raise SpeechRefused(
            503,
            "system_busy",
            gettext("Many clips are waiting to be examined. Try again in a few minutes."),
        )
    key = f"{_FOLDER}/{storage.random_name()}"
    with transaction.atomic():
        sha256 = storage.put_encrypted(key, data)
        examination = take_place(
            sender,
            lambda sender, place: Examination.objects.create(
                storage_key=key, sha256=sha256, sender=sender, place=place
            ),
        )
        at_commit(Work.EXAMINE, examination.pk)
    return examination


def finish_examination(
    *,
    examination_id: int,
    verdict: str,
    findings: dict[str, Any],
    mark: Mark | None,
    report: str,
) -> None:
    """Store the result and delete the clip; a repeat changes nothing."""
    _end(
        examination_id,
        Examination.State.DONE,
        verdict=verdict,
        findings=findings,
        mark=mark,
        report=report,
    )


def refuse_examination(*, examination_id: int, code: str, reason: str) -> None:
    """Record why a clip can't be examined and delete it; a repeat changes nothing."""
    _end(examination_id, Examination.State.REFUSED, reason_code=code, reason=reason)


def give_up_examination(*, examination_id: int) -> None:
    """Refuse a clip that no worker could examine; a repeat changes nothing."""
    refuse_examination(
        examination_id=examination_id,
        code="not_examined",
        reason=gettext_noop(
            "We could not examine this clip, and tried several times. Send a shorter part of it."
        ),
    )


def _end(examination_id: int, state: str, **fields: Any) -> None:
    with transaction.atomic():
        examination = Examination.objects.select_for_update(no_key=True).get(pk=examination_id)
        if examination.state != Examination.State.QUEUED:
            return
        key, examination.storage_key = examination.storage_key, ""
        for name, value in fields.items():
            setattr(examination, name, value)
        examination.finished_at = timezone.now()
        examination.leave_line()
        examination.save(update_fields=[*fields, *LEFT, "storage_key", "finished_at"])
        examination.transition(state)
        at_commit(Work.DELETE_OBJECT, key)


def forget_results() -> int:
    """Delete examinations older than `RESULTS_KEPT`; returns how many."""
    old = Examination.objects.filter(created_at__lt=timezone.now() - RESULTS_KEPT)
    return old.delete()[0]


def forget_clips() -> int:
    """Examine clips whose turn was lost, erase those that nobody will; returns how many were erased."""
    now = timezone.now()
    waiting = Examination.objects.filter(state=Examination.State.QUEUED)
    late = waiting.filter(created_at__range=(now - KEPT, now - LOST_AFTER))
    for pk in lost(Work.EXAMINE, late.values_list("pk", flat=True), most=100):
        at_once(Work.EXAMINE, pk)
    unheard = list(waiting.filter(created_at__lt=now - KEPT).values_list("pk", flat=True))
    for pk in unheard:
        refuse_examination(
            examination_id=pk,
            code="not_examined",
            reason=gettext_noop(
                "Nobody had time for this clip within an hour, so it was erased. Send it again."
            ),
        )
    named = Examination.objects.exclude(storage_key="").values_list("storage_key", flat=True)
    return len(unheard) + storage.delete_strays(_FOLDER, set(named))
