"""Speech as the `elevenlabs` client asks for it: its paths, header, formats and error shape.

An option that we lack, or that only tunes another engine, is ignored, and a header says so
(`ElevenLabsRequest` lists them all).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.api.options import ignored_header
from marketplace.api.problems import NULL_CHARACTER, first_problem
from marketplace.api.serializers import ElevenLabsRequest
from marketplace.api.speaking import Speaking, begin, collect
from marketplace.api.spoken_before import is_inner, is_noticed, spoken_before
from marketplace.api.views.speech import IDEMPOTENCY, USE, AnyAccept
from marketplace.lexicons.models import LexiconVersion
from marketplace.lexicons.queries import version_of
from marketplace.licensing.models import ApiKey
from marketplace.licensing.payers import require_rights
from marketplace.refusals import SpeechRefused
from marketplace.voices.models import Voice
from synthesis.speech_request import SpeechRequest
from synthesis.text.words import WordSpan

DEFAULT_FORMAT = "mp3_44100_128"
FORMAT = re.compile(
    r"(?P<name>mp3|opus)_(?P<rate>22050|24000|44100|48000)(?:_(?P<kbps>32|48|64|96|128|192))?"
    r"|(?P<raw>pcm|wav)_(?P<raw_rate>8000|16000|22050|24000|32000|44100|48000)"
    r"|(?P<phone>ulaw|alaw)_8000"
)

_TAG = re.compile(r"<[^<>]*>")


def error_shape(error: Exception) -> Response | None:
    """A refusal in the form that the `elevenlabs` client reads."""
    if isinstance(error, SpeechRefused):
        status, code, message = error.status, error.code, str(error)
    elif isinstance(error, ValidationError):
        param, message = first_problem(error.detail)
        status, code = 422, "invalid_request"
        message = f"{param}: {message}" if param else message
    elif isinstance(error, APIException):
        status, code, message = error.status_code, str(error.default_code), str(error.detail)
        if status == 401:
            code = "missing_api_key" if code == "not_authenticated" else code
    else:
        return None
    return Response({"detail": {"status": code, "code": code, "message": message}}, status=status)


def _not_offered(text: str) -> JsonResponse:
    detail = {"status": "not_offered", "code": "not_offered", "message": text}
    return JsonResponse({"detail": detail}, status=404)


@csrf_exempt
def no_timed_dialogue(request: HttpRequest) -> JsonResponse:
    """Answer clients that want times, or a WebSocket, for a dialogue."""
    return _not_offered(
        "Dialogues are at /v1/text-to-dialogue and /v1/text-to-dialogue/stream, without times or a WebSocket. "
        "For one voice, POST to /v1/text-to-speech/{voice_id}; clients choose this path by their model's name, so "
        "name another, as eleven_flash_v2_5."
    )


class ElevenLabsView(APIView):
    """A view whose refusals have the form that the `elevenlabs` client reads."""

    def handle_exception(self, exc: Exception) -> Response:
        answer = error_shape(exc)
        if answer is None:
            raise exc
        answer.exception = True
        return answer


class _TextToSpeech(ElevenLabsView):
    permission_classes = (IsAuthenticated,)
    content_negotiation_class = AnyAccept
    timed = False

    def speaking(self, request: Request, voice_id: str) -> tuple[Speaking, SpeechRequest]:
        serializer = ElevenLabsRequest(data=request.data)
        serializer.is_valid(raise_exception=True)
        options = serializer.validated_data
        match = output_format(request)
        wanted = SpeechRequest(
            wording=options["text"],
            voice=voice_id,
            audio_format=match["name"] or match["raw"] or match["phone"],
            speed=(options.get("voice_settings") or {}).get("speed") or 1.0,
            use=request.headers.get("Timbre-Use", ""),
            rate=int(match["rate"] or match["raw_rate"] or 8000),
            bit_rate=int(match["kbps"] or 0) * 1000,
            words=self.timed,
            before=spoken_before(request),
            noticed=is_noticed(request),
        )
        locators = options.get("pronunciation_dictionary_locators") or ()
        speaking = begin(request, wanted, dictionaries_of(request, locators))
        in_vain = [*serializer.ignored(), *ignored_in_address(request)]
        speaking.headers |= ignored_header(in_vain) | {
            "request-id": str(speaking.generation.public_id)
        }
        return speaking, wanted


def output_format(request: Request) -> re.Match[str]:
    """The format that the address names, in its parts.

    Raises:
        SpeechRefused: invalid_output_format.
    """
    name = request.query_params.get("output_format") or DEFAULT_FORMAT
    match = FORMAT.fullmatch(name)
    if match is None or (match["name"] == "opus" and match["rate"] != "48000"):
        raise SpeechRefused(
            422, "invalid_output_format", f"output_format {name!r} is not supported."
        )
    return match


def ignored_in_address(request: Request) -> list[str]:
    """What the address asks for in vain; logging that is wanted, or no lower latency, is as it is."""
    as_it_is = {("enable_logging", "true"), ("optimize_streaming_latency", "0")}
    return [
        name
        for name, value in request.query_params.items()
        if name != "output_format" and (name, value) not in as_it_is
    ]


def dictionaries_of(
    request: Request, locators: Sequence[dict[str, str | None]]
) -> list[LexiconVersion]:
    assert isinstance(request.auth, ApiKey)
    return [
        version_of(
            request.auth.organization,
            str(locator["pronunciation_dictionary_id"]),
            locator.get("version_id") or "",
        )
        for locator in locators
    ]


_View = TypeVar("_View", bound=Callable[..., Any])


def described(
    operation: str, answer: Any, media_type: str, asks: Any = ElevenLabsRequest
) -> Callable[[_View], _View]:
    """How an operation appears in the OpenAPI document."""
    return extend_schema(
        operation_id=operation,
        parameters=[
            IDEMPOTENCY,
            USE,
            OpenApiParameter(
                "output_format", str, description="As `mp3_44100_128` or `pcm_16000`."
            ),
        ],
        request=asks,
        responses={
            (200, media_type): answer,
            **{
                (status, "application/json"): OpenApiResponse(
                    OpenApiTypes.OBJECT, "`detail` says what to do."
                )
                for status in (400, 401, 402, 403, 404, 409, 422, 429, 500, 503)
            },
            **NULL_CHARACTER,
        },
    )


class TextToSpeech(_TextToSpeech):
    """POST /v1/text-to-speech/{voice_id}: audio; WAV as a whole, whose header holds its length."""

    streams = False

    @described("elevenlabs_speak", OpenApiTypes.BINARY, "audio/mpeg")
    def post(self, request: Request, voice_id: str) -> HttpResponse | StreamingHttpResponse:
        speaking, wanted = self.speaking(request, voice_id)
        if wanted.audio_format == "wav" and not self.streams:
            return HttpResponse(
                collect(speaking, wanted).audio,
                content_type=wanted.media_type,
                headers=speaking.headers,
            )
        return StreamingHttpResponse(
            speaking.audio(), content_type=wanted.media_type, headers=speaking.headers
        )


class TextToSpeechStream(TextToSpeech):
    """POST /v1/text-to-speech/{voice_id}/stream: audio as it is made, in every format."""

    streams = True

    @described("elevenlabs_stream", OpenApiTypes.BINARY, "audio/mpeg")
    def post(self, request: Request, voice_id: str) -> HttpResponse | StreamingHttpResponse:
        return super().post(request, voice_id)


class WithTimestamps(_TextToSpeech):
    """POST /v1/text-to-speech/{voice_id}/with-timestamps: audio and when each character is said."""

    timed = True

    @described("elevenlabs_timed", OpenApiTypes.OBJECT, "application/json")
    def post(self, request: Request, voice_id: str) -> HttpResponse:
        speaking, wanted = self.speaking(request, voice_id)
        whole = collect(speaking, wanted)
        body = _timed(whole.audio, wanted.wording.written, whole.words)
        return Response(body, headers=speaking.headers)


class StreamWithTimestamps(_TextToSpeech):
    """POST /v1/text-to-speech/{voice_id}/stream/with-timestamps: the same, piece by piece."""

    timed = True

    @described("elevenlabs_timed_stream", OpenApiTypes.STR, "application/x-ndjson")
    def post(self, request: Request, voice_id: str) -> StreamingHttpResponse:
        speaking, wanted = self.speaking(request, voice_id)
        return StreamingHttpResponse(
            _lines(speaking, wanted), content_type="application/x-ndjson", headers=speaking.headers
        )


class StreamInput(ElevenLabsView):
    """Where a WebSocket is opened: tells `text_streams` whose key it is, and whether it may speak."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(exclude=True)
    def get(self, request: Request, voice_id: str) -> Response:
        assert isinstance(request.auth, ApiKey)
        require_rights(key=request.auth, voice_slugs=[voice_id])
        if not is_inner(request):
            raise SpeechRefused(
                426,
                "websocket_needed",
                "Open a WebSocket at this address, and send the text on it.",
            )
        if output_format(request)["raw"] == "wav":
            raise SpeechRefused(
                422,
                "invalid_output_format",
                "A WAV file has a length; on a WebSocket, ask for pcm_24000 or the like.",
            )
        language = Voice.objects.values_list("language", flat=True).get(slug=voice_id)
        return Response(
            {
                "organization": request.auth.organization_id,
                "by_page": bool(request.auth.origins),
                "language": language,
            }
        )


async def _lines(speaking: Speaking, wanted: SpeechRequest) -> AsyncIterator[bytes]:
    words: tuple[WordSpan, ...] = ()
    before: WordSpan | None = None
    async for piece in speaking.pieces():
        words += piece.words
        if piece.audio:
            line = _timed(piece.audio, wanted.wording.written, words, before)
            yield json.dumps(line).encode() + b"\n"
            before, words = (words[-1] if words else before), ()


def _timed(
    audio: bytes, text: str, words: tuple[WordSpan, ...], before: WordSpan | None = None
) -> dict[str, Any]:
    """The `elevenlabs` document: characters share their word's time; gaps between words take none.

    before: the last word of the earlier document, whose gap to the first one is told in this.
    """
    alignment: dict[str, list[Any]] = {
        "characters": [],
        "character_start_times_seconds": [],
        "character_end_times_seconds": [],
    }
    place, last = (before.end, before.ends) if before else (words[0].start if words else 0, 0.0)
    for word in words:
        for character in _between_tags(text[place : word.start]):
            _add(alignment, character, last, word.begins)
        step = (word.ends - word.begins) / max(1, word.end - word.start)
        for offset, character in enumerate(text[word.start : word.end]):
            _add(
                alignment, character, word.begins + offset * step, word.begins + (offset + 1) * step
            )
        place, last = word.end, word.ends
    shown_alignment = alignment if words else None
    return {
        "audio_base64": base64.b64encode(audio).decode(),
        "alignment": shown_alignment,
        "normalized_alignment": shown_alignment,
    }


def _between_tags(gap: str) -> str:
    """What is written between two words, without SSML's tags; clients part words at its spaces."""
    return (_TAG.sub("", gap) or " ") if "<" in gap else gap


def _add(alignment: dict[str, list[Any]], character: str, begins: float, ends: float) -> None:
    alignment["characters"].append(character)
    alignment["character_start_times_seconds"].append(round(begins, 3))
    alignment["character_end_times_seconds"].append(round(ends, 3))
