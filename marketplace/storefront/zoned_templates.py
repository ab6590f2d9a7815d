"""Pages tell times and amounts as whoever reads them does; rules and documents keep the site's own.

The zone and the signs are in force only while a page is rendered: days and months of the books, deadlines and
letters must not depend on who happened to ask. Letters have the signs of their own reader.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.backends.django import DjangoTemplates
from django.template.backends.django import Template as DjangoTemplate
from django.utils import timezone
from django.utils.translation import get_language, to_locale

from marketplace.accounts.models import User
from marketplace.accounts.time_zones import COOKIE, zone_called, zone_of
from marketplace.money import written_in


class ZonedTemplates(DjangoTemplates):
    """Django's templates, whose pages are rendered as their reader tells times and amounts."""

    def from_string(self, template_code: str) -> ZonedTemplate:
        return ZonedTemplate(super().from_string(template_code).template, self)

    def get_template(self, template_name: str) -> ZonedTemplate:
        return ZonedTemplate(super().get_template(template_name).template, self)


class ZonedTemplate(DjangoTemplate):
    """A template that is rendered as the reader of the request tells times and amounts."""

    def render(self, context: Any = None, request: HttpRequest | None = None) -> Any:
        with _zone_for(request), _amounts_for(request):
            return super().render(context, request)


def _zone_for(request: HttpRequest | None) -> AbstractContextManager[Any]:
    """The zone that a user chose, else that of their device; before its first page says it, UTC."""
    if request is None or _is_admin(request):
        return nullcontext()
    user = getattr(request, "user", None)
    zone = (zone_of(user) if isinstance(user, User) else None) or zone_called(
        request.COOKIES.get(COOKIE, "")
    )
    return timezone.override(zone) if zone is not None else nullcontext()


def _amounts_for(request: HttpRequest | None) -> AbstractContextManager[Any]:
    return nullcontext() if request is None else amounts_as_read()


def amounts_as_read() -> AbstractContextManager[None]:
    """Amounts as the language of the page writes them, for words that a view makes before it is rendered."""
    return written_in(to_locale(get_language() or settings.LANGUAGE_CODE))


def _is_admin(request: HttpRequest) -> bool:
    """Whether forms of the admin are shown, which read a time as Django's own zone."""
    match = request.resolver_match
    return match is not None and "admin" in match.namespaces
