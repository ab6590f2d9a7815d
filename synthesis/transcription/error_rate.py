"""Word error rate (Levenshtein over normalized words)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from synthesis.text.marks import with_few_marks

MAX_TRANSCRIPT = 2_000  # characters that are said in an utterance, and more than in any
_CONTRACTIONS = {"mr": "mister", "mrs": "missus", "dr": "doctor", "ok": "okay"}
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")


def words(text: str) -> list[str]:
    """Lower-case words without punctuation; hyphens separate, apostrophes vanish, 26th is 26."""
    text = (
        unicodedata.normalize("NFKC", with_few_marks(text))
        .lower()
        .replace("’", "'")
        .replace("'", "")
    )
    # vowel signs and viramas belong to a word although they are not letters
    characters = (c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in text)
    tokens = "".join(characters).split()
    return [_ORDINAL.sub(r"\1", _CONTRACTIONS.get(word, word)) for word in tokens]


def edit_distance(
    reference: Sequence[str], hypothesis: Sequence[str], *, anywhere: bool = False
) -> int:
    """Fewest insertions, deletions and substitutions between two sequences of words or letters.

    anywhere: compare with the most similar part of the hypothesis, not all of it (Sellers 1980).
    """
    row = [0] * (len(hypothesis) + 1) if anywhere else list(range(len(hypothesis) + 1))
    for i, expected in enumerate(reference, 1):
        previous, row[0] = row[0], i
        for j, actual in enumerate(hypothesis, 1):
            previous, row[j] = (
                row[j],
                min(row[j] + 1, row[j - 1] + 1, previous + (expected != actual)),
            )
    return min(row) if anywhere else row[-1]


def _join_compounds(tokens: list[str], known: set[str]) -> list[str]:
    """Join neighbouring words that form a known word, as "audio books" forms "audiobooks"."""
    joined: list[str] = []
    for word in tokens:
        if joined and joined[-1] + word in known:
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def word_error_rate(reference: str, hypothesis: str) -> float:
    """Errors per reference word, 0 for a perfect reading; may exceed 1.

    Writing a compound as one word or as two is not an error.
    """
    expected, actual = words(reference), words(hypothesis)
    if not expected:
        return 0.0 if not actual else 1.0
    actual = _join_compounds(actual, set(expected))
    return edit_distance(_join_compounds(expected, set(actual)), actual) / len(expected)
