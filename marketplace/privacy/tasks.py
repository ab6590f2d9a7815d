"""Background work on personal data: copies, erasure, retention."""

from __future__ import annotations

from functools import partial

from celery import shared_task

from marketplace.privacy import copies, services
from marketplace.privacy.models import PrivacyRequest
from marketplace.queue import Work, at_once, lost
from marketplace.refusals import StorageUnavailable


@shared_task(
    soft_time_limit=1800,
    time_limit=1860,
    autoretry_for=(StorageUnavailable,),
    retry_backoff=True,
    max_retries=5,
)
def fulfil(request_id: int) -> None:
    """Make a copy or erase, as requested. Safe to repeat; retried while the store is unavailable."""
    request = PrivacyRequest.objects.select_related("user").get(pk=request_id)
    if request.state != PrivacyRequest.State.QUEUED:
        return
    say = partial(_say, request_id)
    if request.kind == PrivacyRequest.Kind.ERASURE:
        services.erase(request=request, say=say)
    else:
        with copies.make_copy(request.user, say) as file:
            services.keep_copy(request_id=request_id, file=file)


def _say(request_id: int, stage: str, progress: float) -> None:
    services.report_progress(request_id=request_id, stage=stage, progress=progress)


@shared_task
def forget_what_is_over() -> None:
    """Delete old copies, retained records that are due, and measurements of voices that have been
    silent for years. Harmless to repeat."""
    services.forget_what_is_over()
    services.forget_silent_voices()


@shared_task
def resume_requests() -> None:
    """Requeue what a dead worker left."""
    queued = PrivacyRequest.objects.filter(state=PrivacyRequest.State.QUEUED)
    for pk in lost(Work.FULFIL_PRIVACY_REQUEST, queued.values_list("pk", flat=True)):
        at_once(Work.FULFIL_PRIVACY_REQUEST, pk)
