"""A text as it will be read, by which equal readings are recognized."""

from __future__ import annotations

import re
import unicodedata

from synthesis.text.normalize import normalize
from synthesis.text.sentences import split_sentences
from synthesis.text.ssml import is_ssml


def reading(text: str, language: str) -> str:
    """The text with numbers and abbreviations in words, and nothing that can't be heard.

    Line ends stay: they part sentences, and blank lines pause. SSML stays as it is. Like the engine it
    reads one sentence at a time, whose length is bounded; some rules look through all that they get.
    """
    if is_ssml(text):
        return text
    lines = [" ".join(line.split()) for line in unicodedata.normalize("NFC", text).split("\n")]
    joined = re.sub(r"\n{3,}", "\n\n", "\n".join(lines).strip())
    return "\n".join(
        " ".join(
            normalize(each.text, language) for each in split_sentences(line, language=language)
        )
        for line in joined.split("\n")
    )
