"""The terms of a licence: as data, frozen when it is ordered, and as readable text."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from marketplace import dates
from marketplace.accounts.models import Organization
from marketplace.consent.queries import agreed
from marketplace.licensing.calendar import months_later
from marketplace.listings.models import Offer
from marketplace.money import Money
from marketplace.refusals import Refused
from marketplace.voices.uses import SENSITIVE_USES, Use

VERSION = "2026-12-4"
NEVER = (
    "impersonating a person",
    "fraud",
    "sexual content involving minors",
)
OUTPUTS_AFTER_TERM = "audio made during the term may still be used afterwards"


def forbidden_uses(allowed: list[str]) -> list[str]:
    """The sensitive uses that are not allowed."""
    return sorted(str(use) for use in SENSITIVE_USES if use not in allowed)


def of_offer(
    offer: Offer,
    organization: Organization,
    price: Money | None = None,
    *,
    until: datetime | None,
) -> dict[str, Any]:
    """The terms that an offer sells to an organization: for the uses that the speaker still allows.

    until: when their consent ends (`consented_until`), which the terms say.
    price: what it costs, in one of its currencies; none: its own price. What is spoken beyond is paid
    from credit, in the offer's own currency whatever the price is in.

    Raises:
        Refused: not_on_sale; none of its uses is allowed any more.
    """
    price = price or offer.price
    listing, voice = offer.listing, offer.listing.voice
    uses = agreed(voice, listing.uses)
    if not uses:
        raise Refused(
            "not_on_sale", gettext("The speaker no longer allows what this voice was offered for.")
        )
    version = listing.version
    return {
        "version": VERSION,
        "voice": voice.slug,
        "voice_name": voice.name,
        "voice_version": version.number if version else None,
        "synthetic": voice.synthetic,
        "creator": voice.creator.display_name,
        "licensee": organization.name,
        "tier": offer.tier,
        "uses": uses,
        "forbidden_uses": forbidden_uses(uses),
        "forbidden": list(NEVER),
        "territory": list(offer.territory),
        "attribution": listing.attribution,
        "notice_days": listing.notice_days,
        "consent_ends": until.date().isoformat() if until else None,
        "characters": offer.characters,
        "overage_minor": offer.overage_minor,
        "overage_currency": offer.currency,
        "term_months": offer.term_months,
        "price_minor": price.minor,
        "currency": price.currency,
        "outputs_after_term": OUTPUTS_AFTER_TERM,
    }


def goes_beyond(until: datetime | None, ends: datetime) -> bool:
    """Whether a term that ends then goes beyond a consent until then; None: the consent has no end."""
    return until is not None and ends > until


def would_go_beyond(until: datetime | None, months: int) -> bool:
    """Whether a term that begins now would go beyond a consent; see `goes_beyond`."""
    return goes_beyond(until, months_later(timezone.now(), months))


def require_within_consent(until: datetime | None, months: int) -> None:
    """Refuse to sell a term that begins now and would go beyond the consent.

    Raises:
        Refused: consent_ends.
    """
    if until is not None and would_go_beyond(until, months):
        raise Refused(
            "consent_ends",
            gettext(
                "The speaker's consent ends on %(day)s, before this term would. Choose a shorter term, or "
                "come back once they have consented for longer."
            )
            % {"day": dates.to_the_reader(until)},
        )


def overage_currency(terms: dict[str, Any]) -> str:
    """The currency of the credit that pays for speech beyond a licence."""
    return str(terms.get("overage_currency") or terms["currency"])


def digest(terms: dict[str, Any]) -> str:
    """SHA-256 of terms as canonical JSON (sorted keys, no spaces), in hex."""
    canonical = json.dumps(terms, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def labels(uses: list[str]) -> str:
    """Uses by their names, in a row."""
    return ", ".join(Use(use).label for use in uses)


def as_text(terms: dict[str, Any]) -> list[tuple[str, str]]:
    """Terms in plain words, as (heading, sentence) pairs."""
    currency = terms["currency"]
    months = terms["term_months"]
    count, unit = (months // 12, "year") if months % 12 == 0 else (months, "month")
    term = f"{count} {unit}" + "s" * (count > 1)
    territory = ", ".join(terms.get("territory") or []) or "Worldwide"
    notice = terms.get("notice_days") or 0
    version = terms.get("voice_version")
    lines = [
        ("Voice", f"{terms['voice_name']}" + (f", version {version}" if version else "")),
        ("Licensor", f"{terms['creator']}, through the platform"),
        ("Licensee", terms.get("licensee", "")),
        (
            "Tier",
            "Exclusive: sold to nobody else in its term"
            if terms["tier"] == "exclusive"
            else terms["tier"].capitalize(),
        ),
        ("Allowed uses", labels(terms["uses"])),
        (
            "Not allowed",
            "; ".join([labels(terms.get("forbidden_uses", [])), *terms["forbidden"]]).strip("; "),
        ),
        ("Territory", territory),
        ("Term", f"{term}; {terms['outputs_after_term']}."),
        ("Included", f"{terms['characters']:,} characters of text."),
        ("Price", f"{Money(terms['price_minor'], currency)}, without tax."),
        (
            "Withdrawal",
            "If the speaker withdraws, takes out a use or lets the consent end, the voice continues under "
            f"this licence for {notice} days, but not beyond its term."
            if notice
            else "If the speaker withdraws, the voice is silent at once; if they take out a use, for that use.",
        ),
        (
            "What is licensed",
            "The right to have the platform speak in this voice. The voice template itself is not "
            "sold, shown or handed over.",
        ),
    ]
    if terms.get("consent_ends"):
        day = dates.in_words(date.fromisoformat(terms["consent_ends"]))
        lines.insert(
            -1,
            (
                "Consent",
                f"As of the order, until {day}: no term goes beyond, unless it is given anew.",
            ),
        )
    if terms.get("overage_minor"):
        beyond = Money(terms["overage_minor"], overage_currency(terms))
        kept = "" if beyond.currency == currency else f", which is kept in {beyond.currency}"
        lines.insert(
            9, ("Beyond that", f"{beyond} for each further 1,000 characters, from credit{kept}.")
        )
    if terms.get("attribution"):
        lines.insert(9, ("Attribution", f"“{terms['attribution']}” where credits are given."))
    return [(heading, sentence) for heading, sentence in lines if sentence]
