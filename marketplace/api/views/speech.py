"""Speech as OpenAI's clients ask for it."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.api.options import ignored_header
from marketplace.api.problems import REFUSALS
from marketplace.api.serializers import OpenAIRequest, TimedSpeech
from marketplace.api.speaking import Speaking, begin, collect
from marketplace.lexicons.models import LexiconVersion
from marketplace.lexicons.queries import chosen_versions
from marketplace.licensing.models import ApiKey
from synthesis.speech_request import SpeechRequest
from synthesis.text.words import MarkTime, WordSpan

IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="A repeat with the same key gets the same answer and is charged once; stored for a day.",
)
USE = OpenApiParameter(
    "Timbre-Use",
    str,
    OpenApiParameter.HEADER,
    description="What the speech is for, if the key doesn't say.",
)


class AnyAccept(BaseContentNegotiation):
    """The format comes from the body; the Accept header of speech clients means nothing."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        return renderers[0], renderers[0].media_type


def word_rows(text: str, words: tuple[WordSpan, ...]) -> list[dict[str, Any]]:
    """Words as written, with their character offsets and times in seconds."""
    return [
        {
            "word": text[word.start : word.end],
            "start": word.start,
            "end": word.end,
            "begins": round(word.begins, 3),
            "ends": round(word.ends, 3),
        }
        for word in words
    ]


def mark_rows(marks: tuple[MarkTime, ...]) -> list[dict[str, Any]]:
    """SSML's marks with their times in seconds."""
    return [{"name": mark.name, "at": round(mark.at, 3)} for mark in marks]


class Speech(APIView):
    """POST /v1/audio/speech: speak as a licensed voice."""

    permission_classes = (IsAuthenticated,)
    content_negotiation_class = AnyAccept

    @extend_schema(
        operation_id="speak",
        parameters=[IDEMPOTENCY, USE],
        request=OpenAIRequest,
        responses={
            (200, "audio/mpeg"): OpenApiResponse(
                OpenApiTypes.BINARY, "Audio, streamed as it is made."
            ),
            (200, "text/event-stream"): OpenApiResponse(
                OpenApiTypes.STR, "`speech.audio.delta` events, then `speech.audio.done`."
            ),
            (200, "application/json"): OpenApiResponse(
                TimedSpeech, "Audio and word times, if `timestamps` asks for them."
            ),
            **REFUSALS,
        },
    )
    def post(self, request: Request) -> HttpResponse | StreamingHttpResponse:
        serializer = OpenAIRequest(data=request.data)
        serializer.is_valid(raise_exception=True)
        options = serializer.validated_data
        timed = options.get("timestamps") == "word"
        wanted = SpeechRequest(
            wording=options["input"],
            voice=options["voice"],
            audio_format=options["response_format"],
            speed=options["speed"],
            use=options.get("use") or request.headers.get("Timbre-Use", ""),
            words=timed,
        )
        speaking = begin(request, wanted, _lexicons(request, options.get("lexicon", "")))
        speaking.headers |= ignored_header(serializer.ignored())
        if options["stream_format"] == "sse":
            return StreamingHttpResponse(
                _events(speaking, wanted),
                content_type="text/event-stream",
                headers=speaking.headers,
            )
        if timed:
            return _document(speaking, wanted)
        return StreamingHttpResponse(
            speaking.audio(), content_type=wanted.media_type, headers=speaking.headers
        )


def _lexicons(request: Request, choice: str) -> list[LexiconVersion]:
    assert isinstance(request.auth, ApiKey)
    return chosen_versions(request.auth.organization, choice)


def _document(speaking: Speaking, wanted: SpeechRequest) -> Response:
    whole = collect(speaking, wanted)
    body: dict[str, Any] = {
        "audio": base64.b64encode(whole.audio).decode(),
        "format": wanted.audio_format,
        "words": word_rows(wanted.wording.written, whole.words),
    }
    if whole.marks:
        body["marks"] = mark_rows(whole.marks)
    return Response(body, headers=speaking.headers)


async def _events(speaking: Speaking, wanted: SpeechRequest) -> AsyncIterator[bytes]:
    """Server-sent events in OpenAI's format, and one event of our own for words."""
    async for piece in speaking.pieces():
        if piece.words or piece.marks:
            told = {"words": word_rows(wanted.wording.written, piece.words)}
            marks = {"marks": mark_rows(piece.marks)} if piece.marks else {}
            yield _event("speech.audio.timestamps", told | marks)
        if piece.audio:
            yield _event("speech.audio.delta", {"audio": base64.b64encode(piece.audio).decode()})
    characters = speaking.generation.characters_reserved
    counts = {"input_tokens": characters, "output_tokens": 0, "total_tokens": characters}
    yield _event("speech.audio.done", {"usage": counts})


def _event(kind: str, fields: dict[str, Any]) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()
