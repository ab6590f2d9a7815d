"""What search engines read: which pages there are, and which are none of their business."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from marketplace.listings.search import slugs_on_sale

_PRIVATE = (
    "/account/",
    "/accounts/",
    "/admin/",
    "/following/",
    "/go-on",
    "/letters",
    "/studio",
    "/licences",
    "/metrics",
    "/v1/",
    "/v2/",
)
_PAGES = (
    "home",
    "voices",
    "plans",
    "api-guide",
    "help",
    "terms",
    "origin",
    "sounds-like",
    "my-voice",
    "transparency",
)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """robots.txt (RFC 9309)."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _PRIVATE), ""]
    lines.append(f"Sitemap: {settings.BASE_URL}{reverse('storefront:sitemap')}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


class Pages(Sitemap[str]):
    """The pages that are always there."""

    def items(self) -> list[str]:
        return list(_PAGES)

    def location(self, item: str) -> str:
        return reverse(f"storefront:{item}")


class Voices(Sitemap[tuple[str, datetime | None]]):
    """Every voice on sale, by its address and when it was published."""

    limit = 500  # of a file; the index names them all

    def items(self) -> list[tuple[str, datetime | None]]:
        return slugs_on_sale()

    def location(self, item: tuple[str, datetime | None]) -> str:
        return reverse("storefront:voice", args=[item[0]])

    def lastmod(self, item: tuple[str, datetime | None]) -> datetime | None:
        return item[1]


SITEMAPS = {"pages": Pages, "voices": Voices}
