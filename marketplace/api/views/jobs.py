"""Long texts and batches: accepted at once, spoken in the background."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import rate_limit, sending, storage
from marketplace.api import idempotency, jobs, wordings
from marketplace.api.models import SpeechJob, SpeechJobItem
from marketplace.api.options import Tolerant, ignored_header
from marketplace.api.pagination import page_of
from marketplace.api.problems import NOT_FOUND, REFUSALS, problem
from marketplace.api.serializers import PAGE, BatchRequest, JobRequest
from marketplace.api.views.account import OfKey
from marketplace.api.views.speech import IDEMPOTENCY, USE
from marketplace.lexicons import queries as lexicons
from marketplace.licensing.models import ApiKey
from marketplace.licensing.payers import require_rights
from marketplace.policy import patterns
from marketplace.refusals import SpeechRefused, StorageUnavailable
from synthesis.audio.encoding import media_type
from synthesis.speech_request import SpeechRequest

LISTED_ITEMS = 10  # of a job in a list; each has its link, which takes time to sign
OF_A_LINK = 120  # requests a minute for one link's audio, as of a player that seeks


def job_documents(
    found: QuerySet[SpeechJob], key: ApiKey, *, at_most: int = jobs.MAX_ITEMS
) -> list[dict[str, Any]]:
    """Jobs and their items, with a key's links to finished audio; null for more items than `at_most`."""
    rows = jobs.with_items(found, at_most=at_most)
    places = jobs.places_of(rows)
    return [_document(job, key, places.get(job.pk), at_most) for job in rows]


def _document(job: Any, key: ApiKey, place: int | None, at_most: int) -> dict[str, Any]:
    """job: annotated by `with_items`."""
    return {
        "id": str(job.public_id),
        "object": "speech_job",
        "status": job.state,
        "progress": round(job.mean or 0.0, 3),
        "created_at": job.created_at.isoformat(),
        "finished_at": job.finished_at and job.finished_at.isoformat(),
        "queue_position": place,
        "response_format": job.audio_format,
        "item_count": job.texts,
        "items": [_item(item, key) for item in job.shown] if job.texts <= at_most else None,
    }


def _these(rows: list[SpeechJob]) -> QuerySet[SpeechJob]:
    return SpeechJob.objects.filter(pk__in=[job.pk for job in rows])


def _item(item: SpeechJobItem, key: ApiKey) -> dict[str, Any]:
    link = None
    if item.storage_key:
        link = settings.BASE_URL + reverse("api:job-audio", args=[jobs.download_token(item, key)])
    return {
        "position": item.position,
        "voice": item.generation.voice.slug,
        "status": item.state,
        "progress": round(item.progress, 3),
        "characters": item.generation.characters_reserved,
        "audio_url": link,
        "error": item.error_code or None,
        "refusal": item.refusal and str(item.refusal.public_id),
    }


class Jobs(OfKey):
    """/v1/speech-jobs: one long text, spoken in the background."""

    @extend_schema(
        operation_id="jobs",
        description=f"The jobs of the key's organization, the newest first. Of a job with more than {LISTED_ITEMS} "
        "texts, `items` is null here; `GET /v1/speech-jobs/{id}` has them.",
        parameters=PAGE,
        responses={200: OpenApiTypes.OBJECT, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        key = self.key(request)
        page, more = page_of(jobs.jobs_of(key), request)
        return Response(
            {
                "object": "list",
                "data": job_documents(_these(page), key, at_most=LISTED_ITEMS),
                "has_more": more is not None,
                "next_cursor": more,
            }
        )

    @extend_schema(
        operation_id="create_job",
        parameters=[IDEMPOTENCY, USE],
        request=JobRequest,
        responses={202: OpenApiTypes.OBJECT, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        serializer = JobRequest(data=request.data)
        serializer.is_valid(raise_exception=True)
        return _create(self, request, serializer, [serializer.validated_data])


class Batches(OfKey):
    """POST /v1/speech-batches: up to a hundred texts at once."""

    @extend_schema(
        operation_id="create_batch",
        parameters=[IDEMPOTENCY, USE],
        request=BatchRequest,
        responses={202: OpenApiTypes.OBJECT, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        serializer = BatchRequest(data=request.data)
        serializer.is_valid(raise_exception=True)
        return _create(self, request, serializer, serializer.validated_data["items"])


def _create(
    view: OfKey, request: Request, asked: Tolerant, texts: list[dict[str, Any]]
) -> Response:
    key, options = view.key(request), asked.validated_data
    declared = request.headers.get("Timbre-Use", "")
    wanted = [
        SpeechRequest(
            wording=text["input"],
            voice=text.get("voice") or options["voice"],
            audio_format=options["response_format"],
            speed=options["speed"],
            use=text.get("use") or options.get("use") or declared,
        )
        for text in texts
    ]
    versions = [
        str(version.public_id)
        for version in lexicons.chosen_versions(key.organization, options.get("lexicon", ""))
    ]
    patterns.require_trusted(key)
    require_rights(key=key, voice_slugs={each.voice for each in wanted})
    wanted = wordings.read_each(wanted, versions)

    def work() -> tuple[int, Any]:
        job = jobs.create_job(
            key=key, requests=wanted, request_id=request.META.get("timbre.request_id", "")
        )
        return 202, job_documents(_these([job]), key)[0]

    answer = idempotency.once(request, work)
    for name, value in ignored_header(asked.ignored()).items():
        answer[name] = value
    return answer


class JobDetail(OfKey):
    """GET /v1/speech-jobs/{id}: its progress, and links to finished audio."""

    @extend_schema(
        operation_id="job", responses={200: OpenApiTypes.OBJECT, **REFUSALS, **NOT_FOUND}
    )
    def get(self, request: Request, public_id: UUID) -> Response:
        key = self.key(request)
        found = job_documents(jobs.jobs_of(key).filter(public_id=public_id), key)
        if not found:
            raise Http404(f"There is no job {public_id}.")
        return Response(found[0])


@csrf_exempt
@require_safe
def job_audio(request: HttpRequest, token: str) -> HttpResponseBase:
    """The audio behind a signed link, which is valid for a day while the key that got it is."""
    item = jobs.item_of_token(token)
    if item is None:
        return problem(
            request,
            404,
            "link_expired",
            "This link has expired; fetch the job again for a new one.",
        )
    try:
        rate_limit.count(f"job-audio:{item.pk}", OF_A_LINK)
        jobs.require_not_silenced(item)
        answer = sending.send_range(
            request,
            partial(storage.open_source, item.storage_key),
            content_type=media_type(item.job.audio_format),
            turn=sending.take_turn(str(item.job.organization_id), "job-audio"),
        )
    except SpeechRefused as refusal:
        return problem(
            request, refusal.status, refusal.code, str(refusal), headers={"Retry-After": "60"}
        )
    except StorageUnavailable as error:
        return problem(
            request, 503, error.code, "The audio can't be read now. Try again soon.",
            headers={"Retry-After": "5"},
        )  # fmt: skip
    name = f"{item.job.public_id}-{item.position}.{item.job.audio_format}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
