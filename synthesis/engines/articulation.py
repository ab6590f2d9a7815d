"""How a voice makes the sounds of a language that isn't its own.

The decoder's first norms shape each sound; the generator's, behind them, the timbre. With the first
ones of a voice of another language Whisper lost every third to every second word of French. There a
voice takes most of them from the language's own style, and keeps the generator's whole: a tenth of
the words were lost, and likeness (cosine of GE2E embeddings) fell by 0.03. Other languages were
understood as well without it, so voices keep their own sounds there.
"""

from __future__ import annotations

import torch
from torch import Tensor

from synthesis.engines import style_tables
from synthesis.models.generator import Decoder
from synthesis.template import VoiceTemplate

TAKEN = {"fr": ("ff_siwis", 0.75)}  # by language: the style that lends, and how much of it


def norms(decoder: Decoder, template: VoiceTemplate, language: str) -> Tensor:
    """The norms [voice_size] with which a voice speaks a language."""
    if language not in TAKEN or home_of(template) == language:
        return template.norms
    lender, share = TAKEN[language]
    style = style_tables.style_tables().style(lender)[None, :128]
    with torch.no_grad():
        native = decoder.voice_from_style(style)[0]
    first = decoder.generator.norms()[0].span.start
    mixed = template.norms.clone()
    mixed[:first] = torch.lerp(template.norms[:first], native[:first], share)
    return mixed


def home_of(template: VoiceTemplate) -> str:
    """The language whose sounds a voice learned.

    A mixture has that of its largest part. An instant voice comes from the prior, which was trained
    on English speech; one that was adapted to recordings has theirs.
    """
    shares = template.details.get("shares")
    if shares:
        return style_tables.language_of(max(shares, key=lambda name: shares[name]))
    return "en-US" if template.details.get("source") == "embedding" else template.language
