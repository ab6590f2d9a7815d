"""In which prosody style, and how high, a voice speaks a language.

Stock styles read another language in the manner of a style of it. A learned voice keeps its own
manner: with a borrowed one Whisper misheard more of its French.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from torch import Tensor

from synthesis.engines import style_tables
from synthesis.template import VoiceTemplate


def style(template: VoiceTemplate, phonemes: int) -> Tensor:
    """The prosody style [128] of a voice for a sentence of so many phonemes.

    A mixture made by length has that of its tables; every other voice keeps its one style.
    """
    found = style_tables.manner(_shares_by_length(template), template.language, phonemes)
    return template.prosody if found is None else found


def speaking(template: VoiceTemplate, language: str) -> VoiceTemplate:
    """The template as it speaks a language, its pitch moved where it borrows another's manner."""
    lent = style_tables.borrowed(_shares_by_length(template), language)
    moved = template.pitch_offset + (lent[1] if lent else 0.0)
    return replace(template, language=language, pitch_offset=moved)


def _shares_by_length(template: VoiceTemplate) -> Mapping[str, float]:
    """The stock styles of a mixture whose manner follows the length of each sentence; else none.

    Mixtures made before that was so keep the one style that their gain was measured with.
    """
    details = template.details
    shares: Mapping[str, float] = details.get("shares") or {}
    return shares if details.get("by_length") else {}
