"""Background work on personal data: copies, erasure, retention."""

from __future__ import annotations

from functools import partial

from celery import shared_task

from marketplace.privacy import copies, kept_copies, services
from marketplace.privacy.models import PrivacyRequest
from marketplace.queue import Work, at_once, lost
from marketplace.refusals import StorageUnavailable

WHILE_STORE_AWAY = (StorageUnavailable,)


@shared_task(
    soft_time_limit=1800,
    time_limit=1860,
    autoretry_for=WHILE_STORE_AWAY,
    retry_backoff=True,
    max_retries=5,
)
def fulfil(request_id: int) -> None:
    """Erase, as requested. Safe to repeat; retried while the store is unavailable."""
    request = PrivacyRequest.objects.select_related("user").get(pk=request_id)
    if request.state != PrivacyRequest.State.QUEUED:
        return
    if request.kind == PrivacyRequest.Kind.EXPORT:  # queued here by an earlier version
        at_once(Work.MAKE_COPY, request_id)
        return
    services.erase(request=request, say=partial(_say, request_id))


@shared_task(
    soft_time_limit=1800,
    time_limit=1860,
    autoretry_for=WHILE_STORE_AWAY,
    retry_backoff=True,
    max_retries=5,
)
def make_copy(request_id: int) -> None:
    """Make a copy, as requested. Safe to repeat; retried while the store is unavailable."""
    request = PrivacyRequest.objects.select_related("user").get(pk=request_id)
    if request.state != PrivacyRequest.State.QUEUED:
        return
    with copies.make_copy(request.user, partial(_say, request_id)) as file:
        kept_copies.keep(request_id=request_id, file=file)


def _say(request_id: int, stage: str, progress: float) -> None:
    services.report_progress(request_id=request_id, stage=stage, progress=progress)


@shared_task
def forget_what_is_over() -> None:
    """Delete old copies, retained records that are due, old plays, old results of examinations, and
    measurements of voices that have been silent for years. Harmless to repeat."""
    services.forget_what_is_over()
    services.forget_silent_voices()


@shared_task
def resume_requests() -> None:
    """Requeue what a dead worker left."""
    queued = PrivacyRequest.objects.filter(state=PrivacyRequest.State.QUEUED)
    for kind in PrivacyRequest.Kind:
        work = services.work_of(kind)
        for pk in lost(work, queued.filter(kind=kind).values_list("pk", flat=True)):
            at_once(work, pk)
