"""Documents with what the operator has set in them."""

from __future__ import annotations

from django import template
from django.template import Context
from django.utils.html import format_html

from marketplace.storefront.help import Document

register = template.Library()
_SET = ("creator_share", "hold_days", "hold_days_new", "payout_minimum")


@register.simple_tag(takes_context=True)
def filled(context: Context, document: Document) -> str:
    """A document's HTML with the operator's figures where it names them, as the page writes them."""
    return format_html(document.html, **{name: context[name] for name in _SET})
