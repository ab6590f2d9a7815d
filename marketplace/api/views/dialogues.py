"""Dialogues as the `elevenlabs` client asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request

from marketplace.api.dialogues import Dialogue, begin_dialogue, collect_dialogue
from marketplace.api.lists import BoundedList
from marketplace.api.options import Tolerant, ignored_header, without_effect
from marketplace.api.serializers import locators, parse_text
from marketplace.api.views.elevenlabs import (
    ElevenLabsView,
    described,
    dictionaries_of,
    ignored_in_address,
    output_format,
)
from marketplace.api.views.speech import AnyAccept
from synthesis.speech_request import SpeechRequest
from synthesis.text.wording import Wording

MAX_PARTS = 50


class DialogueInput(Tolerant):
    """One part: what a voice says."""

    text = serializers.CharField(trim_whitespace=False)
    voice_id = serializers.CharField(max_length=100)

    def validate_text(self, text: str) -> Wording:
        return parse_text(text)


class DialogueRequest(Tolerant):
    """A dialogue: parts in the order in which they are spoken, as long as one text together."""

    WITHOUT_EFFECT: ClassVar[frozenset[str]] = frozenset(
        {
            "settings", "language_code", "seed", "previous_text", "future_text", "previous_request_ids",
            "next_request_ids", "use_pvc_as_ivc", "audio_effects", "model_id", "apply_text_normalization",
        }
    )  # fmt: skip

    inputs = BoundedList(child=DialogueInput(), min_length=1, max_length=MAX_PARTS)
    model_id = without_effect("there is one engine.")
    settings = without_effect("they tune another engine.")
    language_code = without_effect("each voice has its own language.")
    seed = without_effect("equal requests sound the same.")
    apply_text_normalization = without_effect("it is always on.")
    previous_text = without_effect("each part is read by itself.")
    future_text = without_effect("each part is read by itself.")
    previous_request_ids = without_effect("each part is read by itself.")
    next_request_ids = without_effect("each part is read by itself.")
    use_pvc_as_ivc = without_effect("a voice has one template.")
    audio_effects = without_effect("there are none.")
    pronunciation_dictionary_locators = locators()

    def to_internal_value(self, data: Any) -> Any:
        inputs = data.get("inputs") if isinstance(data, Mapping) else None
        parts = inputs if isinstance(inputs, list) and len(inputs) <= MAX_PARTS else []
        texts = [each.get("text") for each in parts if isinstance(each, Mapping)]
        if not all(isinstance(text, str | None) for text in texts):  # a number would be read as one
            raise serializers.ValidationError({"inputs": ["Every text is a string."]})
        length = sum(len(text or "") for text in texts)
        if length > settings.API_TEXT_LIMIT:  # before any is read: SSML takes time
            raise serializers.ValidationError(
                {
                    "inputs": [
                        f"{length} characters; a dialogue has at most {settings.API_TEXT_LIMIT}."
                    ]
                }
            )
        return super().to_internal_value(data)

    def ignored(self) -> list[str]:
        as_it_is = ("model_id", "apply_text_normalization")
        return [name for name in super().ignored() if name not in as_it_is]


class TextToDialogue(ElevenLabsView):
    """POST /v1/text-to-dialogue: audio of several voices; WAV as a whole, whose header holds its length."""

    permission_classes = (IsAuthenticated,)
    content_negotiation_class = AnyAccept
    streams = False

    @described("elevenlabs_dialogue", OpenApiTypes.BINARY, "audio/mpeg", DialogueRequest)
    def post(self, request: Request) -> HttpResponse | StreamingHttpResponse:
        serializer = DialogueRequest(data=request.data)
        serializer.is_valid(raise_exception=True)
        dialogue = _begun(request, serializer.validated_data)
        in_vain = [*serializer.ignored(), *ignored_in_address(request)]
        dialogue.headers |= ignored_header(in_vain)
        kind = dialogue.wanted.media_type
        if dialogue.wanted.audio_format == "wav" and not self.streams:
            return HttpResponse(
                collect_dialogue(dialogue), content_type=kind, headers=dialogue.headers
            )
        return _Answer(dialogue, content_type=kind, headers=dialogue.headers)


class _Answer(StreamingHttpResponse):
    """Audio as it is made; what nobody began to listen to is given back at once."""

    def __init__(self, dialogue: Dialogue, **options: Any) -> None:
        super().__init__(dialogue.audio(), **options)
        self._dialogue = dialogue

    def close(self) -> None:
        try:
            self._dialogue.leave()
        finally:
            super().close()  # gives the database connection back


class TextToDialogueStream(TextToDialogue):
    """POST /v1/text-to-dialogue/stream: audio of several voices as it is made, in every format."""

    streams = True

    @described("elevenlabs_dialogue_stream", OpenApiTypes.BINARY, "audio/mpeg", DialogueRequest)
    def post(self, request: Request) -> HttpResponse | StreamingHttpResponse:
        return super().post(request)


def _begun(request: Request, options: dict[str, Any]) -> Dialogue:
    match = output_format(request)
    wanted = [
        SpeechRequest(
            wording=each["text"],
            voice=each["voice_id"],
            audio_format=match["name"] or match["raw"] or match["phone"],
            use=request.headers.get("Timbre-Use", ""),
            rate=int(match["rate"] or match["raw_rate"] or 8000),
            bit_rate=int(match["kbps"] or 0) * 1000,
        )
        for each in options["inputs"]
    ]
    named = options.get("pronunciation_dictionary_locators") or ()
    return begin_dialogue(request, wanted, dictionaries_of(request, named))
