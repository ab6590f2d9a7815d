"""Sentences of ours that were stored in the site's own language, on the pages of whoever reads them."""

from __future__ import annotations

from django import template

from marketplace.retelling import finding, retell

register = template.Library()


register.filter("retold", retell)
register.filter("found", finding)
