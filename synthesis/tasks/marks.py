"""The watermark of what is delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from marketplace.provenance.models import Mark
    from synthesis.watermark.embedding import Watermarker


def watermarker_for(mark: Mark) -> Watermarker:
    """What writes a mark into chunks of audio, in their order."""
    from marketplace.signing import watermark_key
    from synthesis.watermark.embedding import Watermarker

    return Watermarker(watermark_key(), mark.payload)
