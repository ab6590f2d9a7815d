"""Wire shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from marketplace.api import jobs
from marketplace.api.lists import BoundedList
from marketplace.api.model_names import MODEL, MODELS
from marketplace.api.options import SpeedField, Tolerant, given, without_effect
from marketplace.lexicons.queries import MAX_AT_ONCE
from marketplace.licensing.certificates import rights_summary, verification_link
from marketplace.licensing.models import Licence
from marketplace.refusals import SpeechRefused
from marketplace.retelling import retell
from marketplace.voices.uses import Use
from synthesis.refusals import TextRefused
from synthesis.text.ssml import MAX_PHONEMES, MAX_SAID, MAX_SAID_LENGTH, length_said_as
from synthesis.text.wording import Wording

FORMATS = ("mp3", "opus", "aac", "flac", "wav", "pcm")
PAGE = [
    OpenApiParameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": 100},
        description="50 if none is given.",
    ),
    OpenApiParameter("cursor", str, description="`next_cursor` of the previous page."),
]


def parse_text(text: str, limit: int = 0) -> Wording:
    """Parse the text of one request: not too long, not empty, well-formed if it is SSML.

    limit: characters; 0 for the limit of the settings.

    Raises:
        serializers.ValidationError: its length, or that it has no words.
        SpeechRefused: ssml, language_not_spoken, pronunciation.
    """
    most = limit or settings.API_TEXT_LIMIT
    if len(text) > most:
        hint = "" if limit else " Longer texts go to /v1/speech-jobs."
        raise serializers.ValidationError(
            f"{len(text)} characters; the limit per request is {most}.{hint}"
        )
    try:
        wording = Wording.of(text)
    except TextRefused as refusal:
        raise SpeechRefused(422, refusal.code, retell(str(refusal))) from refusal
    if not any(character.isalnum() for character in wording.spoken):
        raise serializers.ValidationError("There is nothing to say: the text has no words.")
    return wording


class Strict(serializers.Serializer):  # type: ignore[type-arg]
    """A request; an unknown option is refused, never ignored."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        unknown = set(self.initial_data) - set(self.fields)
        if unknown:
            raise serializers.ValidationError(
                f"Unknown option {', '.join(sorted(unknown))}; leave it out."
            )
        return attrs


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "minLength": 1},
            {
                "type": "object",
                "properties": {"id": {"type": "string", "minLength": 1}},
                "required": ["id"],
            },
        ]
    }
)
class VoiceField(serializers.JSONField):
    """A voice's slug, or {"id": slug}."""

    def to_internal_value(self, data: Any) -> Any:
        slug = data.get("id") if isinstance(data, dict) else data
        if not isinstance(slug, str) or not slug or "\0" in slug:
            raise serializers.ValidationError("Name a voice by its slug.")
        return slug


class ModelField(serializers.ChoiceField):
    """The engine, by any of its names."""

    default_error_messages = {  # noqa: RUF012  # as the framework declares it
        "invalid_choice": f"There is no model {{input}}. The engine is {MODEL}; tts-1, gpt-4o-mini-tts, "
        "eleven_multilingual_v2 and the like are taken as names of it.",
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(
            choices=MODELS,
            required=False,
            allow_null=True,
            help_text=f"The engine; there is one, {MODEL}. Other services' names stand for it too.",
            **options,
        )


class LexiconField(serializers.CharField):
    """Which lexicon is applied."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            required=False,
            allow_null=True,
            max_length=80,
            help_text="The account's default lexicon if left out; `none` for none; or a lexicon's id, "
            "alone or with `:` and a version's id.",
            **options,
        )


@extend_schema_serializer(component_name="SpeechRequest")
class OpenAIRequest(Tolerant):
    """OpenAI's speech request, and our own options: `use`, `timestamps`, `lexicon`, SSML as `input`."""

    WITHOUT_EFFECT = frozenset({"instructions"})

    model = ModelField()
    input = serializers.CharField(
        trim_whitespace=False, help_text="The text to speak, or an SSML document."
    )
    voice = VoiceField(help_text='A voice\'s slug, or {"id": slug}.')
    response_format = serializers.ChoiceField(choices=FORMATS, default="mp3", allow_null=True)
    speed = SpeedField(default=1.0)
    stream_format = serializers.ChoiceField(
        choices=["audio", "sse"], default="audio", allow_null=True
    )
    instructions = without_effect("ask for pace, pitch and level with `speed` and SSML.")
    use = serializers.ChoiceField(choices=Use.choices, required=False, allow_null=True)
    timestamps = serializers.ChoiceField(choices=["word"], required=False, allow_null=True)
    lexicon = LexiconField()

    def validate_input(self, text: str) -> Wording:
        return parse_text(text)


class _InBackground(Tolerant):
    """The fields that a job and a batch share."""

    model = ModelField()
    response_format = serializers.ChoiceField(choices=FORMATS, default="mp3", allow_null=True)
    speed = SpeedField(default=1.0)
    use = serializers.ChoiceField(choices=Use.choices, required=False, allow_null=True)
    lexicon = LexiconField()


class JobRequest(_InBackground):
    """One long text, up to 100,000 characters."""

    input = serializers.CharField(trim_whitespace=False)
    voice = VoiceField()

    def validate_input(self, text: str) -> Wording:
        return parse_text(text, jobs.MAX_TEXT)


class BatchItem(Tolerant):
    """One text of a batch."""

    input = serializers.CharField(trim_whitespace=False)
    voice = VoiceField(required=False, allow_null=True)
    use = serializers.ChoiceField(choices=Use.choices, required=False, allow_null=True)

    def validate_input(self, text: str) -> Wording:
        return parse_text(text)


class BatchRequest(_InBackground):
    """Up to a hundred texts, together as long as a job's; `voice` applies to those that name none."""

    items = BoundedList(child=BatchItem(), min_length=1, max_length=jobs.MAX_ITEMS)
    voice = VoiceField(required=False, allow_null=True)

    def to_internal_value(self, data: Any) -> Any:
        items = data.get("items") if isinstance(data, Mapping) else None
        texts = [
            text
            for item in (items if isinstance(items, list) else ())
            if isinstance(item, Mapping) and isinstance(text := item.get("input"), str)
        ]
        if sum(map(len, texts)) > jobs.MAX_TEXT:
            raise serializers.ValidationError(
                {"items": [f"A batch has at most {jobs.MAX_TEXT:,} characters; send several."]}
            )
        if sum(text.count("<phoneme") for text in texts) > MAX_PHONEMES:
            raise serializers.ValidationError(
                {"items": [f"A batch has at most {MAX_PHONEMES} <phoneme> elements; send several."]}
            )
        _require_little_to_say_as(texts)
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "voice" not in attrs and any("voice" not in item for item in attrs["items"]):
            raise serializers.ValidationError({"voice": ["Name a voice here or in each item."]})
        return attrs

    def ignored(self) -> list[str]:
        known = BatchItem().fields
        of_items = (
            f"items.{name}"
            for item in self.initial_data["items"]
            for name in given(item)
            if name not in known
        )
        return [*super().ignored(), *of_items]


def _require_little_to_say_as(texts: Sequence[str]) -> None:
    """Refuse a batch with more to put into words than one document may have."""
    some = [text for text in texts if "<say-as" in text]
    if (
        sum(text.count("<say-as") for text in some) > MAX_SAID
        or sum(map(length_said_as, some)) > MAX_SAID_LENGTH
    ):
        raise serializers.ValidationError(
            {
                "items": [
                    f"A batch has at most {MAX_SAID} <say-as> elements with {MAX_SAID_LENGTH:,} characters in "
                    "them; send several."
                ]
            }
        )


class TimedSpeech(serializers.Serializer):  # type: ignore[type-arg]
    """Audio in base64, and the time of each word in seconds."""

    audio = serializers.CharField()
    format = serializers.ChoiceField(choices=FORMATS)
    words = serializers.ListField(child=serializers.DictField())
    marks = serializers.ListField(
        child=serializers.DictField(), required=False, help_text="When each SSML `mark` is reached."
    )


class VoiceSettings(Tolerant):
    """ElevenLabs voice settings: only speed has an effect; the others tune a different engine."""

    WITHOUT_EFFECT = frozenset({"stability", "similarity_boost", "style", "use_speaker_boost"})

    speed = SpeedField(required=False)
    stability = without_effect("it tunes another engine.")
    similarity_boost = without_effect("it tunes another engine.")
    style = without_effect("it tunes another engine.")  # type: ignore[assignment]
    use_speaker_boost = without_effect("it tunes another engine.")


class Locator(serializers.Serializer):  # type: ignore[type-arg]
    """A pronunciation dictionary, in its latest version unless one is named."""

    pronunciation_dictionary_id = serializers.CharField(max_length=80)
    version_id = serializers.CharField(required=False, allow_null=True, max_length=80)


def locators() -> BoundedList:
    """The dictionaries that a request names."""
    return BoundedList(child=Locator(), required=False, allow_null=True, max_length=MAX_AT_ONCE)


class ElevenLabsRequest(Tolerant):
    """The `elevenlabs` client's request."""

    WITHOUT_EFFECT = frozenset(
        {
            "language_code", "seed", "previous_text", "next_text", "previous_request_ids",
            "next_request_ids", "use_pvc_as_ivc", "audio_effects",
        }
    )  # fmt: skip

    text = serializers.CharField(trim_whitespace=False)
    model_id = serializers.CharField(
        required=False, allow_null=True, help_text="Any name: there is one engine."
    )
    voice_settings = VoiceSettings(required=False, allow_null=True)
    language_code = without_effect("each voice has its own language.")
    seed = without_effect("equal requests sound the same.")
    previous_text = without_effect("each request is read by itself.")
    next_text = without_effect("each request is read by itself.")
    previous_request_ids = without_effect("each request is read by itself.")
    next_request_ids = without_effect("each request is read by itself.")
    use_pvc_as_ivc = without_effect("a voice has one template.")
    audio_effects = without_effect("there are none.")
    pronunciation_dictionary_locators = locators()
    apply_text_normalization = serializers.ChoiceField(
        choices=["auto", "on", "off"],
        required=False,
        allow_null=True,
        help_text="Always on here; `off` has no effect.",
    )
    apply_language_text_normalization = serializers.BooleanField(
        required=False, allow_null=True, help_text="Always on here; `false` has no effect."
    )
    enable_ssml_parsing = serializers.BooleanField(
        required=False, allow_null=True, help_text="Always on here; `false` has no effect."
    )

    def validate_text(self, text: str) -> Wording:
        return parse_text(text)

    def ignored(self) -> list[str]:
        options = self.validated_data
        unknown_model = options.get("model_id", MODEL) not in MODELS
        in_vain = {
            "model_id": unknown_model,
            "apply_text_normalization": options.get("apply_text_normalization") == "off",
            "apply_language_text_normalization": (
                options.get("apply_language_text_normalization") is False
            ),
            "enable_ssml_parsing": options.get("enable_ssml_parsing") is False,
        }
        settings_given = given(self.initial_data.get("voice_settings") or {})
        return [
            *super().ignored(),
            *(name for name, is_so in in_vain.items() if is_so),
            *(f"voice_settings.{name}" for name in settings_given if name != "speed"),
        ]


class Page(serializers.Serializer):  # type: ignore[type-arg]
    """A page of a list."""

    object = serializers.CharField()
    has_more = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True)


class LicenceDocument(serializers.ModelSerializer):  # type: ignore[type-arg]
    """A licence: its state, and what it allows."""

    rights = serializers.SerializerMethodField()
    certificate_url = serializers.SerializerMethodField()
    characters_left = serializers.IntegerField()

    class Meta:
        model = Licence
        fields = (
            "number", "state", "rights", "terms", "characters_included", "characters_used",
            "characters_left", "starts_at", "ends_at", "certificate_url",
        )  # fmt: skip

    def get_rights(self, licence: Licence) -> dict[str, Any]:
        return rights_summary(licence)

    def get_certificate_url(self, licence: Licence) -> str:
        return verification_link(licence)


class LicencePage(Page):
    data = LicenceDocument(many=True)  # type: ignore[assignment]
