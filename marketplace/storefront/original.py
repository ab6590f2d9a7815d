"""Pages whose English text is the binding one: `?original=1` shows it to readers of another language."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

ORIGINAL = "original"
View = Callable[[HttpRequest], HttpResponse]


def has_original(view: View) -> View:
    """Let a page be shown in the site's own language, whatever its reader's is."""

    @wraps(view)
    def shown(request: HttpRequest) -> HttpResponse:
        if ORIGINAL not in request.GET:
            return view(request)
        with translation.override(settings.LANGUAGE_CODE):
            response = view(request)
        response.headers["Content-Language"] = settings.LANGUAGE_CODE
        return response

    return shown
