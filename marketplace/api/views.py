"""The public API: thin over licensing and listings."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.api import rate_limit
from marketplace.api.problems import problem
from marketplace.api.serializers import MODEL, SpeechRequest, VoiceDocument
from marketplace.licensing import usage
from marketplace.licensing.models import ApiKey, Generation
from marketplace.listings.queries import Filters, on_sale, search
from synthesis import tasks
from synthesis.audio.encoding import FORMATS
from synthesis.speech_stream import Receiver, SpeechFailed
from synthesis.speech_stream import SpeechRequest as StreamRequest

FIRST_AUDIO = 120.0  # seconds a listener waits for the first sound
NEXT_AUDIO = 60.0  # seconds between pieces
_FAILURES = {
    "timeout": (503, "system_busy", "The engine is busy. Try again in a moment."),
    "interrupted": (503, "interrupted", "The engine was restarted. Send the request again."),
    "engine_failed": (500, "engine_failed", "Speaking failed on our side; nothing was charged."),
}


class AnyAccept(BaseContentNegotiation):
    """The body asks for a format; speech clients send an Accept header that means nothing."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        return renderers[0], renderers[0].media_type


class Speech(APIView):
    """POST /v1/audio/speech: speak as a licensed voice."""

    permission_classes = (IsAuthenticated,)
    content_negotiation_class = AnyAccept

    @extend_schema(
        request=SpeechRequest,
        responses={
            200: OpenApiResponse(OpenApiTypes.BINARY, "Audio, streamed while it is made."),
            (401, "application/problem+json"): OpenApiResponse(OpenApiTypes.OBJECT, "Key unknown."),
            (402, "application/problem+json"): OpenApiResponse(OpenApiTypes.OBJECT, "Quota used."),
            (403, "application/problem+json"): OpenApiResponse(OpenApiTypes.OBJECT, "Refused."),
            (404, "application/problem+json"): OpenApiResponse(OpenApiTypes.OBJECT, "No voice."),
            (422, "application/problem+json"): OpenApiResponse(OpenApiTypes.OBJECT, "Invalid."),
        },
    )
    def post(self, request: Request) -> HttpResponse | StreamingHttpResponse:
        key = request.auth
        assert isinstance(key, ApiKey)
        limits = rate_limit.spend(key)
        wanted = SpeechRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        options = wanted.validated_data
        generation = usage.reserve(
            key=key,
            voice_slug=options["voice"],
            text=options["input"],
            audio_format=options["response_format"],
            request_id=request.META.get("timbre.request_id", ""),
        )
        receiver = Receiver(settings.REDIS_URL, str(generation.public_id))
        begin = async_to_sync(_begin)
        try:
            first = begin(receiver, generation, options)
        except SpeechFailed as failure:
            async_to_sync(_abandon)(receiver)
            usage.release(generation_id=generation.pk, failure=failure.code)
            status, code, detail = _FAILURES.get(
                failure.code, (422, failure.code, "This text can't be spoken.")
            )
            return problem(request._request, status, code, detail, headers={"Retry-After": "5"})
        headers = {
            **limits,
            "X-Licence": generation.licence.number,
            "X-Generation-Id": str(generation.public_id),
            "X-AI-Generated": "true",
            "Character-Cost": str(generation.characters_reserved),
            "Cache-Control": "no-store",
        }
        return StreamingHttpResponse(
            _audio(receiver, first),
            content_type=FORMATS[options["response_format"]].media_type,
            headers=headers,
        )


async def _begin(receiver: Receiver, generation: Generation, options: dict[str, Any]) -> bytes:
    """Hand the work to a speech worker and wait for the first sound."""
    await receiver.request(
        StreamRequest(options["input"], options["speed"], options["response_format"])
    )
    await sync_to_async(tasks.speak.delay)(generation.pk)
    return await receiver.next(FIRST_AUDIO) or b""


async def _abandon(receiver: Receiver) -> None:
    await receiver.stop()
    await receiver.close()


async def _audio(receiver: Receiver, first: bytes) -> AsyncIterator[bytes]:
    """The audio; when the listener hangs up, the worker is told to stop."""
    whole = False
    try:
        yield first
        async for piece in receiver.rest(NEXT_AUDIO):
            yield piece
        whole = True
    finally:
        if not whole:
            await receiver.stop()
        with contextlib.suppress(Exception):
            await receiver.close()


class Models(APIView):
    """GET /v1/models: what clients probe before they speak."""

    permission_classes = (AllowAny,)
    authentication_classes = ()

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        model = {"id": MODEL, "object": "model", "created": 1_790_000_000, "owned_by": "timbre"}
        return Response({"object": "list", "data": [model]})


class AudioVoices(APIView):
    """GET /v1/audio/voices: every voice on sale, in the form that speech clients probe."""

    permission_classes = (AllowAny,)
    authentication_classes = ()

    @extend_schema(responses=VoiceDocument(many=True))
    def get(self, request: Request) -> Response:
        listings = on_sale().order_by("voice__slug")
        data = VoiceDocument(listings, many=True).data
        return Response({"object": "list", "data": data, "voices": [v["id"] for v in data]})


class Voices(APIView):
    """GET /v1/voices: voices on sale, filtered."""

    permission_classes = (AllowAny,)
    authentication_classes = ()

    @extend_schema(
        parameters=[
            OpenApiParameter(name, str)
            for name in ("q", "language", "gender", "age", "use", "style")
        ],
        responses=VoiceDocument(many=True),
    )
    def get(self, request: Request) -> Response:
        asked = request.query_params
        filters = Filters(
            words=asked.get("q", "")[:100],
            language=asked.get("language", ""),
            gender=asked.get("gender", ""),
            age=asked.get("age", ""),
            use=asked.get("use", ""),
            style=asked.get("style", ""),
        )
        return Response(
            {"object": "list", "data": VoiceDocument(search(filters)[:100], many=True).data}
        )


def unknown(request: HttpRequest, path: str = "") -> HttpResponse:
    """Any other path under /v1/."""
    return problem(request, 404, "not_found", f"There is nothing at /v1/{path}.")
