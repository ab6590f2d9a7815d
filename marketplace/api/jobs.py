"""Speech jobs: reserved in full on acceptance, spoken in the background, stored for a week."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from django.core import signing
from django.db import connection, transaction
from django.db.models import (
    Avg,
    Count,
    Exists,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    prefetch_related_objects,
)
from django.utils import timezone

from marketplace import storage
from marketplace.api.models import SpeechJob, SpeechJobItem
from marketplace.compliance import audit
from marketplace.licensing import reservations
from marketplace.licensing.key_access import require_may_still_read
from marketplace.licensing.models import ApiKey
from marketplace.policy.models import Refusal
from marketplace.queue import Turn, Work, at_commit, at_once, lost
from marketplace.refusals import SpeechRefused
from marketplace.webhooks import services as webhooks
from synthesis.speech_request import SpeechRequest

MAX_ITEMS = 100
MAX_TEXT = 100_000  # characters of a job's text: two hours of speech
SHORT = 4_096  # characters of a text that is spoken before longer ones, whoever came first
FEW = 10  # texts of a job that may be: even one of a letter takes a second
LINK_GOOD = timedelta(hours=24)
KEPT = timedelta(days=7)
STALLED = timedelta(minutes=5)
_SALT = "speech-job-audio"
_PLACES = """
    SELECT job_id, min(place) FROM (
        SELECT item.job_id, row_number() OVER (
            ORDER BY generation.characters_reserved > %s OR item.position >= %s, item.id
        ) AS place
        FROM api_speechjobitem item JOIN licensing_generation generation ON generation.id = item.generation_id
        WHERE item.state IN (%s)
    ) AS waiting
    WHERE job_id = ANY(%s) GROUP BY job_id"""


def create_job(
    *,
    key: ApiKey,
    requests: Sequence[SpeechRequest],
    request_id: str = "",
) -> SpeechJob:
    """Accept a job: everything it needs is reserved now, or nothing is.

    requests: at least one, all with the same format and speed.

    Raises:
        SpeechRefused: what `reserve_each` refuses.
    """
    with transaction.atomic():
        reserved = reservations.reserve_each(key=key, requests=requests, request_id=request_id)
        job = SpeechJob.objects.create(
            api_key=key,
            organization=key.organization,
            audio_format=requests[0].audio_format,
            speed=requests[0].speed,
        )
        items = []
        for position, (generation, wanted) in enumerate(zip(reserved, requests, strict=True)):
            item = SpeechJobItem(job=job, position=position, generation=generation)
            item.seal(wanted.wording.written)
            items.append(item)
        for item in SpeechJobItem.objects.bulk_create(items):
            turn = _turn(item.generation.characters_reserved, item.position)
            at_commit(Work.SPEAK_ITEM, item.pk, turn=turn)
        audit.record(actor=key.owner, action="job.created", subject=job, items=len(requests))
    return job


def _turn(characters: int, position: int) -> Turn:
    """A few short texts first: somebody may be waiting for them, and nobody for a book or for a hundred."""
    return Turn.FIRST if characters <= SHORT and position < FEW else Turn.USUAL


def places_of(jobs: Collection[SpeechJob]) -> dict[int, int]:
    """How many texts are spoken before the first of each job that waits, plus one, by the jobs' keys."""
    with connection.cursor() as cursor:
        cursor.execute(
            _PLACES,
            [
                SHORT,
                FEW,
                SpeechJobItem.State.QUEUED,
                [job.pk for job in jobs if job.finished_at is None],
            ],
        )
        return dict(cursor.fetchall())


def claim_item(*, item_id: int) -> SpeechJobItem | None:
    """Claim an item; None if it is finished or another worker has it."""
    with transaction.atomic():
        item = (
            SpeechJobItem.objects.select_for_update(of=("self",), no_key=True)
            .select_related("job", "generation__voice", "generation__voice_version")
            .get(pk=item_id)
        )
        now = timezone.now()
        busy = item.state == SpeechJobItem.State.RUNNING and (
            item.heartbeat_at is not None and item.heartbeat_at > now - STALLED
        )
        if busy or item.state in (SpeechJobItem.State.COMPLETED, SpeechJobItem.State.FAILED):
            return None
        item.heartbeat_at = now
        item.save(update_fields=["heartbeat_at"])
        if item.state == SpeechJobItem.State.QUEUED:
            item.transition(SpeechJobItem.State.RUNNING)
        job = SpeechJob.objects.select_for_update(no_key=True).get(pk=item.job_id)
        if job.state == SpeechJob.State.QUEUED:
            job.transition(SpeechJob.State.RUNNING)
    return item


def report_progress(*, item_id: int, progress: float) -> None:
    """Record an item's progress, 0 to 1, and that a worker still has it."""
    SpeechJobItem.objects.filter(pk=item_id).update(progress=progress, heartbeat_at=timezone.now())


def finish_item(*, item_id: int, storage_key: str) -> None:
    """Record where the audio is and delete the text; a repeat changes nothing."""
    _end(item_id, SpeechJobItem.State.COMPLETED, storage_key=storage_key)


def fail_item(*, item_id: int, code: str, refusal: Refusal | None = None) -> None:
    """Mark an item as failed; a repeat changes nothing.

    refusal: of its text, which can be appealed.
    """
    _end(item_id, SpeechJobItem.State.FAILED, error_code=code, refusal=refusal)


def _end(
    item_id: int,
    state: str,
    *,
    storage_key: str = "",
    error_code: str = "",
    refusal: Refusal | None = None,
) -> None:
    with transaction.atomic():
        job_id = SpeechJobItem.objects.values_list("job_id", flat=True).get(pk=item_id)
        job = SpeechJob.objects.select_for_update(no_key=True).get(pk=job_id)
        item = SpeechJobItem.objects.select_for_update(no_key=True).get(pk=item_id)
        if item.state != SpeechJobItem.State.RUNNING:
            return
        item.storage_key, item.error_code, item.refusal = storage_key, error_code, refusal
        item.sealed_text, item.progress = None, 1.0 if storage_key else item.progress
        item.save(update_fields=["storage_key", "error_code", "refusal", "sealed_text", "progress"])
        item.transition(state)
        left = job.items.exclude(
            state__in=[SpeechJobItem.State.COMPLETED, SpeechJobItem.State.FAILED]
        )
        if left.exists():
            return
        failed = job.items.filter(state=SpeechJobItem.State.FAILED).count()
        to = SpeechJob.State.FAILED if failed == job.items.count() else SpeechJob.State.COMPLETED
        job.finished_at = timezone.now()
        job.save(update_fields=["finished_at"])
        job.transition(to)
        webhooks.emit(
            organization_id=job.organization_id,
            kind=f"job.{to}",
            data={"job": str(job.public_id), "items": job.items.count(), "failed": failed},
        )


def jobs_of(key: ApiKey) -> QuerySet[SpeechJob]:
    """The jobs of a key's organization, newest first.

    A key that is limited to certain licences sees what was spoken under those, and its own.
    """
    jobs = SpeechJob.objects.filter(organization=key.organization_id)
    if key.licences.exists():
        under_others = SpeechJobItem.objects.filter(job=OuterRef("pk")).filter(
            Q(generation__licence=None) | ~Q(generation__licence__in=key.licences.all())
        )
        jobs = jobs.filter(Q(api_key=key) | ~Exists(under_others))
    return jobs


def with_items(jobs: QuerySet[SpeechJob], *, at_most: int = MAX_ITEMS) -> list[Any]:
    """Jobs with the number of their `texts`, their `mean` progress, and `shown`: the items of those with few."""
    counted = jobs.annotate(texts=Count("items"), mean=Avg("items__progress"))
    found: list[Any] = list(counted.order_by("-pk"))
    items = SpeechJobItem.objects.select_related("generation__voice", "refusal")
    few = [job for job in found if job.texts <= at_most]
    prefetch_related_objects(few, Prefetch("items", items, to_attr="shown"))
    return found


def download_token(item: SpeechJobItem, key: ApiKey) -> str:
    """The signed token in a key's link to an item's audio; valid for `LINK_GOOD`."""
    return signing.TimestampSigner(salt=_SALT).sign(f"{item.pk}.{key.pk}")


def item_of_token(token: str) -> SpeechJobItem | None:
    """The finished item that a link is for; None if the link or its key is no longer valid."""
    try:
        signed = signing.TimestampSigner(salt=_SALT).unsign(token, max_age=LINK_GOOD)
    except signing.BadSignature:
        return None
    item_pk, _, key_pk = signed.partition(".")
    if not key_pk:  # a link of before, when they were nobody's
        return None
    try:
        require_may_still_read(int(key_pk))
    except SpeechRefused:
        return None
    items = SpeechJobItem.objects.select_related("job", "generation__voice")
    return items.exclude(storage_key="").filter(pk=item_pk).first()


def require_not_silenced(item: SpeechJobItem) -> None:
    """Refuse audio in a voice that was silenced for abuse, whenever it was made.

    Raises:
        SpeechRefused: voice_silenced (410).
    """
    if item.generation.voice.silenced_at is not None:
        raise SpeechRefused(
            410, "voice_silenced", "This voice was silenced for abuse, and its audio is withheld."
        )


def resume_stalled() -> int:
    """Requeue items left by a dead worker or a lost task; returns how many."""
    old = timezone.now() - STALLED
    stalled = SpeechJobItem.objects.filter(
        state=SpeechJobItem.State.QUEUED, job__created_at__lt=old
    ) | SpeechJobItem.objects.filter(state=SpeechJobItem.State.RUNNING, heartbeat_at__lt=old)
    unspoken = stalled.order_by("pk").values_list(
        "pk", "generation__characters_reserved", "position"
    )
    turns = {pk: _turn(characters, position) for pk, characters, position in unspoken}
    pks = list(lost(Work.SPEAK_ITEM, turns, most=200))
    for pk in pks:
        at_once(Work.SPEAK_ITEM, pk, turn=turns[pk])
    return len(pks)


def forget_old() -> int:
    """Erase the audio of jobs older than `KEPT`, and of voices silenced for abuse; returns how many items."""
    old = Q(job__created_at__lt=timezone.now() - KEPT)
    silenced = Q(generation__voice__silenced_at__isnull=False)
    count = 0
    for item in SpeechJobItem.objects.filter(old | silenced).exclude(storage_key="")[:500]:
        storage.delete(item.storage_key)
        SpeechJobItem.objects.filter(pk=item.pk).update(storage_key="")
        count += 1
    return count
