"""Help, the terms of use, and whom to write to."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from marketplace.storefront import help as documents
from marketplace.storefront.original import has_original


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What there is to read, or the sections that say what a visitor looks for."""
    language = _language()
    words = request.GET.get("q", "").replace("\0", "")[:100]
    return render(
        request,
        "storefront/help.html",
        {
            "words": words,
            "found": documents.find_sections(words, language) if words else [],
            "documents": {name: documents.document(name, language) for name in documents.FOR},
        },
    )


@require_safe
def page(request: HttpRequest, name: str) -> HttpResponse:
    """One document."""
    if name not in documents.FOR:
        raise Http404
    found = documents.document(name, _language())
    return render(request, "storefront/help_page.html", {"document": found})


@require_safe
@has_original
def terms(request: HttpRequest) -> HttpResponse:
    """The rules that everybody agrees to who uses the platform, and who runs it."""
    return render(
        request,
        "storefront/terms.html",
        {
            "document": documents.document(documents.TERMS, _language()),
            "seller": {
                "name": settings.SELLER_NAME,
                "street": settings.SELLER_STREET,
                "place": f"{settings.SELLER_POSTAL_CODE} {settings.SELLER_CITY}".strip(),
                "country": settings.SELLER_COUNTRY,
                "registration": settings.SELLER_REGISTRATION,
                "vat": settings.SELLER_VAT_NUMBER,
                "email": settings.SELLER_EMAIL,
            },
        },
    )


def _language() -> str:
    return translation.get_language() or settings.LANGUAGE_CODE
