"""Help, the terms of use, and whom to write to."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketplace.storefront import help as documents


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What there is to read, or the sections that say what a visitor looks for."""
    words = request.GET.get("q", "").replace("\0", "")[:100]
    return render(
        request,
        "storefront/help.html",
        {
            "words": words,
            "found": documents.find_sections(words) if words else [],
            "documents": {name: documents.document(name) for name in documents.FOR},
        },
    )


@require_safe
def page(request: HttpRequest, name: str) -> HttpResponse:
    """One document."""
    if name not in documents.FOR:
        raise Http404
    return render(request, "storefront/help_page.html", {"document": documents.document(name)})


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """The rules that everybody agrees to who uses the platform, and who runs it."""
    return render(
        request,
        "storefront/terms.html",
        {
            "seller": {
                "name": settings.SELLER_NAME,
                "street": settings.SELLER_STREET,
                "place": f"{settings.SELLER_POSTAL_CODE} {settings.SELLER_CITY}".strip(),
                "country": settings.SELLER_COUNTRY,
                "registration": settings.SELLER_REGISTRATION,
                "vat": settings.SELLER_VAT_NUMBER,
                "email": settings.SELLER_EMAIL,
            }
        },
    )
