"""Operations on provenance: mark speech, examine audio."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from marketplace import storage
from marketplace.licensing.models import Generation
from marketplace.provenance.models import Examination, Mark
from marketplace.queue import Work, at_commit
from marketplace.refusals import Refused
from marketplace.voices.models import Voice

MAX_UPLOAD = 20 * 1024 * 1024
_TRIES = 8


def mark_generation(*, generation: Generation) -> Mark:
    """The mark of a licensed request, the same for every repeat."""
    existing = Mark.objects.filter(generation=generation).first()
    return existing or _new_mark(
        kind=Mark.Kind.SPEECH, voice_id=generation.voice_id, generation=generation
    )


def mark_preview(*, voice: Voice) -> Mark:
    """A mark for one preview clip."""
    return _new_mark(kind=Mark.Kind.PREVIEW, voice_id=voice.pk)


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


def begin_examination(*, data: bytes) -> Examination:
    """Accept a clip and queue its examination.

    Raises:
        Refused: no_file, too_large.
        StorageUnavailable: try again.
    """
    if not data:
        raise Refused("no_file", "Choose an audio file first.")
    if len(data) > MAX_UPLOAD:
        raise Refused("too_large", f"Send at most {MAX_UPLOAD // 1024**2} MB; a minute is plenty.")
    key = f"examinations/{storage.random_name()}"
    storage.put(key, data)
    with transaction.atomic():
        examination = Examination.objects.create(
            storage_key=key, sha256=hashlib.sha256(data).hexdigest()
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


def _end(examination_id: int, state: str, **fields: Any) -> None:
    with transaction.atomic():
        examination = Examination.objects.select_for_update().get(pk=examination_id)
        if examination.state != Examination.State.QUEUED:
            return
        key, examination.storage_key = examination.storage_key, ""
        for name, value in fields.items():
            setattr(examination, name, value)
        examination.finished_at = timezone.now()
        examination.save(update_fields=[*fields, "storage_key", "finished_at"])
        examination.transition(state)
        at_commit(Work.DELETE_OBJECT, key)
