"""Operations on samples: take one, hear it, find voices that sound like it, forget it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from marketplace import storage
from marketplace.in_line import LEFT, require_place, take_place
from marketplace.listings.models import Sample
from marketplace.queue import Work, at_commit, at_once, lost
from marketplace.refusals import Refused, SpeechRefused

KEPT = timedelta(hours=1)  # after that, nothing is left of a sample
LOST_AFTER = timedelta(minutes=5)  # one that nobody has begun is queued again
MAX_UPLOAD = 20 * 1024 * 1024
MOST_WAITING = 100
_FOLDER = "samples"
State = Sample.State


def begin_sample(*, data: bytes, agreed: bool, holder: str, sender: str) -> Sample:
    """Take a recording and queue its measuring.

    agreed: whether its sender says that the speaker agrees to be measured; sender: as
    `in_line.sender_of` counts them.

    Raises:
        Refused: not_agreed, no_file, too_large.
        SpeechRefused: system_busy (503), rate_limited (429).
        StorageUnavailable: try again.
    """
    if not data:
        raise Refused("no_file", gettext("Choose or record a sample first."))
    if len(data) > MAX_UPLOAD:
        raise Refused(
            "too_large",
            gettext("Send at most %(size)s MB; ten seconds are plenty.")
            % {"size": MAX_UPLOAD // 1024**2},
        )
    if not agreed:
        raise Refused(
            "not_agreed", gettext("Tick the box: a voice is measured only if its speaker agrees.")
        )
    require_place(Sample.objects, sender)
    if Sample.objects.filter(state=State.QUEUED).count() >= MOST_WAITING:
        raise SpeechRefused(
            503,
            "system_busy",
            gettext("Many samples are waiting to be heard. Try again in a few minutes."),
        )
    key = f"{_FOLDER}/{storage.random_name()}"
    with transaction.atomic():
        sha256 = storage.put_encrypted(key, data)
        sample = take_place(
            sender,
            lambda sender, place: Sample.objects.create(
                holder=holder, storage_key=key, sha256=sha256, sender=sender, place=place
            ),
        )
        at_commit(Work.HEAR_SAMPLE, sample.pk)
    return sample


def sample_of(*, public_id: uuid.UUID, holder: str) -> Sample | None:
    """A sample, for the session that sent it; None for anybody else, and when its hour is over."""
    since = timezone.now() - KEPT
    return Sample.objects.filter(public_id=public_id, holder=holder, created_at__gt=since).first()


def finish_sample(*, sample_id: int, embedding: Sequence[float]) -> None:
    """Keep how a sample sounds, and delete the recording; a repeat changes nothing."""
    _end(sample_id, State.HEARD, embedding=list(embedding))


def refuse_sample(*, sample_id: int, code: str, reason: str) -> None:
    """Record why a sample can't be used, and delete the recording; a repeat changes nothing."""
    _end(sample_id, State.REFUSED, reason_code=code, reason=reason)


def give_up_sample(*, sample_id: int) -> None:
    """Refuse a sample that no worker could hear; a repeat changes nothing."""
    refuse_sample(
        sample_id=sample_id,
        code="not_heard",
        reason=gettext_noop(
            "We could not hear this sample, and tried several times. Send a shorter part of it."
        ),
    )


def _end(sample_id: int, state: str, **fields: Any) -> None:
    with transaction.atomic():
        sample = Sample.objects.select_for_update(no_key=True).filter(pk=sample_id).first()
        if sample is None or sample.state != State.QUEUED:
            return
        at_commit(Work.DELETE_OBJECT, sample.storage_key)
        fields |= {"storage_key": ""}
        for name, value in fields.items():
            setattr(sample, name, value)
        sample.leave_line()
        sample.save(update_fields=[*fields, *LEFT])
        sample.transition(state)


def forget_samples() -> int:
    """Hear samples whose turn was lost, delete those whose hour is over; returns how many were deleted."""
    now = timezone.now()
    late = Sample.objects.filter(
        state=State.QUEUED, created_at__range=(now - KEPT, now - LOST_AFTER)
    )
    for pk in lost(Work.HEAR_SAMPLE, late.values_list("pk", flat=True), most=100):
        at_once(Work.HEAR_SAMPLE, pk)
    over = Sample.objects.filter(created_at__lt=now - KEPT)
    for key in over.exclude(storage_key="").values_list("storage_key", flat=True):
        at_once(Work.DELETE_OBJECT, key)
    count, _ = over.delete()
    named = Sample.objects.exclude(storage_key="").values_list("storage_key", flat=True)
    storage.delete_strays(_FOLDER, set(named))
    return count
