"""GET /openapi.json: the description of the API, made once in each process."""

from __future__ import annotations

from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer


@lru_cache(maxsize=1)
def _document() -> bytes:
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return bytes(OpenApiJsonRenderer().render(schema))


@require_safe
@cache_control(public=True, max_age=300)
def openapi(_request: HttpRequest) -> HttpResponse:
    """The description in OpenAPI 3."""
    return HttpResponse(_document(), content_type="application/vnd.oai.openapi+json")
