"""What search engines read: which pages there are, and which are none of their business."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from marketplace.listings.models import Listing
from marketplace.listings.queries import speakable

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


class Voices(Sitemap[Any]):
    """Every voice on sale."""

    limit = 5_000

    def items(self) -> QuerySet[Any]:
        listings = speakable(Listing.objects.select_related("voice"))
        return listings.only("published_at", "voice__slug").order_by("pk")

    def location(self, item: Listing) -> str:
        return reverse("storefront:voice", args=[item.voice.slug])

    def lastmod(self, item: Listing) -> datetime | None:
        return item.published_at


SITEMAPS = {"pages": Pages, "voices": Voices}
