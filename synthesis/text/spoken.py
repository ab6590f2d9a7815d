"""A whole text as it is spoken: its sentences in order, each in the words that are said."""

from __future__ import annotations

from synthesis.text.normalize import normalize
from synthesis.text.sentences import split_sentences


def spoken(text: str, language: str) -> str:
    """How a text of any number of sentences is read aloud, in one line."""
    read = (
        normalize(sentence.text, language) for sentence in split_sentences(text, language=language)
    )
    return " ".join(" ".join(read).split())
