"""The intent, or the team, that waits while a visitor signs in."""

from __future__ import annotations

from typing import Any

from django import template

from marketplace.storefront import intent_words, intents, invited

register = template.Library()


@register.inclusion_tag("storefront/_waits.html", takes_context=True)
def what_waits(context: dict[str, Any]) -> dict[str, Any]:
    """A sentence about the waiting intent or team, if there is one."""
    request = context["request"]
    intent = intents.pending(request)
    return {
        "words": intent and intent_words.words_for(intent),
        "invitation": invited.waiting(request),
        "user": request.user,  # else the sentence is a visitor's for everybody
    }
