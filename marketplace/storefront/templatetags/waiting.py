"""The intent that waits while a visitor signs in."""

from __future__ import annotations

from typing import Any

from django import template

from marketplace.storefront import intent_words, intents

register = template.Library()


@register.inclusion_tag("storefront/_waits.html", takes_context=True)
def what_waits(context: dict[str, Any]) -> dict[str, Any]:
    """A sentence about the waiting intent, if there is one."""
    intent = intents.pending(context["request"])
    return {"words": intent and intent_words.words_for(intent)}
