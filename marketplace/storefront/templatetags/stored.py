"""Sentences of ours that were stored in the site's own language, on the pages of whoever reads them."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext

register = template.Library()


@register.filter
def retold(sentence: str) -> str:
    """A stored sentence in the language of the page; as it was written where no translation is known."""
    return gettext(sentence) if sentence else ""
