"""Wire shapes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

FORMATS = ("mp3", "opus", "aac", "flac", "wav", "pcm")
MODEL = "timbre-1"
SPEEDS = (0.5, 2.0)


class SpeechRequest(serializers.Serializer):  # type: ignore[type-arg]
    """OpenAI's speech request; an option we don't have is refused, never dropped."""

    model = serializers.ChoiceField(choices=[MODEL], help_text="The engine; there is one.")
    input = serializers.CharField(trim_whitespace=False, help_text="The text to speak.")
    voice = serializers.JSONField(help_text='A voice\'s slug, or {"id": slug}.')
    response_format = serializers.ChoiceField(choices=FORMATS, default="mp3")
    speed = serializers.FloatField(min_value=SPEEDS[0], max_value=SPEEDS[1], default=1.0)
    stream_format = serializers.ChoiceField(choices=["audio"], default="audio")
    instructions = serializers.CharField(required=False, allow_blank=True, max_length=0)

    def validate_input(self, text: str) -> str:
        if len(text) > settings.API_TEXT_LIMIT:
            raise serializers.ValidationError(
                f"{len(text)} characters; the limit of one request is {settings.API_TEXT_LIMIT}."
            )
        if not any(character.isalnum() for character in text):
            raise serializers.ValidationError("There is nothing to say: the text has no words.")
        return text

    def validate_voice(self, voice: Any) -> str:
        slug = voice.get("id") if isinstance(voice, dict) else voice
        if not isinstance(slug, str) or not slug:
            raise serializers.ValidationError("Name a voice by its slug.")
        return slug

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        unknown = set(self.initial_data) - set(self.fields)
        if unknown:
            raise serializers.ValidationError(
                f"Unknown option {', '.join(sorted(unknown))}; leave it out."
            )
        return attrs


class VoiceDocument(serializers.Serializer):  # type: ignore[type-arg]
    """A voice on sale."""

    id = serializers.CharField(source="voice.slug")
    name = serializers.CharField(source="voice.name")
    creator = serializers.CharField(source="voice.creator.display_name")
    language = serializers.CharField(source="voice.language")
    gender = serializers.CharField(source="voice.gender")
    age = serializers.CharField(source="voice.age")
    styles = serializers.ListField(child=serializers.CharField(), source="voice.styles")
    uses = serializers.ListField(child=serializers.CharField())
    synthetic = serializers.BooleanField(source="voice.synthetic")
    from_price_minor = serializers.IntegerField()
    currency = serializers.SerializerMethodField()

    def get_currency(self, listing: Any) -> str:
        offers = list(listing.offers.all())
        return str(offers[0].currency if offers else settings.CURRENCY)
