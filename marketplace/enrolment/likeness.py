"""How like its speaker a learned voice is, in words: measured against how like themselves the speaker is."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

# How far a voice may stay behind what one half of a person's recordings scores against the other: cosines of a
# speaker verifier, in which other people differ from a person by several tenths.
SAME, CLOSE, ALIKE = 0.02, 0.07, 0.15


def in_words(report: dict[str, Any]) -> str:
    """A sentence on the likeness that was measured when a voice was learned; empty if none was."""
    similarity, self_similarity = report.get("similarity"), report.get("self_similarity")
    if not similarity or not self_similarity:
        return ""
    behind = self_similarity - similarity
    if behind <= SAME:
        return gettext("As like you as your own recordings are like each other.")
    if behind <= CLOSE:
        return gettext("Very like you: a little less than your own recordings are like each other.")
    if behind <= ALIKE:
        return gettext("Like you, with differences that people who know you will hear.")
    return gettext("Not very like you. More recordings, in a quieter room, bring it closer.")
