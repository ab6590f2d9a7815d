"""What a voice is like, in words that do not depend on who asks."""

from __future__ import annotations

from django.conf import settings
from django.utils import translation

from marketplace.voices.models import Voice


def traits_of(voice: Voice) -> list[str]:
    """Styles, presentation, age and language in the site's own language, as searches find them."""
    with translation.override(settings.LANGUAGE_CODE):
        styles = [str(Voice.Style(style).label) for style in voice.styles]
        shown = (voice.get_gender_display(), voice.get_age_display(), voice.get_language_display())
        return [*styles, *map(str, shown)]


def language_of(voice: Voice) -> str:
    """The name of the language that a voice speaks, in the site's own language."""
    with translation.override(settings.LANGUAGE_CODE):
        return str(voice.get_language_display())
