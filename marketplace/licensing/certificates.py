"""A licence as a PDF, with a link that lets anyone verify it."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from marketplace import dates
from marketplace.licensing import terms_text
from marketplace.licensing.models import Generation, Licence
from marketplace.pdf import QUIET, Document

PRIVATE = frozenset({"Licensee", "Price"})  # hidden from people who merely have the link


def verification_link(licence: Licence) -> str:
    """The link where anyone can verify a certificate and see the state of its licence."""
    return str(settings.BASE_URL) + reverse("storefront:verify", args=[licence.public_id])


def public_terms(licence: Licence) -> dict[str, terms_text.Lines]:
    """The terms without the buyer and the price, for a page."""
    return terms_text.for_page(licence.terms, without=PRIVATE)


def rights_summary(licence: Licence) -> dict[str, object]:
    """What the licence allows, in machine-readable form, sent with every API response."""
    frozen = licence.terms
    return {
        "licence": licence.number,
        "voice": frozen["voice"],
        "voice_version": frozen.get("voice_version"),
        "tier": frozen["tier"],
        "uses": frozen["uses"],
        "forbidden_uses": frozen.get("forbidden_uses", []),
        "territory": frozen.get("territory") or ["*"],
        "attribution": frozen.get("attribution", ""),
        "ends": licence.ends_at.isoformat(),
        "terms_sha256": licence.terms_sha256,
    }


def plan_rights(generation: Generation) -> dict[str, object]:
    """The same for speech that a plan pays for."""
    month = generation.plan_month
    assert month is not None
    return {
        "plan": month.plan,
        "voice": generation.voice.slug,
        "uses": [] if generation.preview else [generation.use],
        "preview": generation.preview,
        "ends": month.ends_at.isoformat(),
    }


def pdf(licence: Licence) -> bytes:
    """The certificate: the frozen terms, their hash, the dates and the link."""
    document = Document(f"Licence {licence.number}", licence.order.paid_at or licence.starts_at)
    document.paragraph(
        f"Granted {dates.in_words_with_time(licence.starts_at)} · ends "
        f"{dates.in_words_with_time(licence.ends_at)}",
        colour=QUIET,
        gap=4,
    )
    document.facts(terms_text.as_text(licence.terms))
    link = verification_link(licence)
    document.paragraph("Check this certificate", bold=True, size=12, gap=0.5)
    document.paragraph(link, link=link)
    document.paragraph(
        f"Terms {licence.terms.get('version', '')} · SHA-256 {licence.terms_sha256}",
        size=8,
        colour=QUIET,
    )
    return document.to_bytes()
