"""The terms of a licence: as data, frozen when it is ordered."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from marketplace import dates
from marketplace.accounts.models import Organization
from marketplace.consent.queries import agreed
from marketplace.licensing.calendar import months_later
from marketplace.listings.models import Offer
from marketplace.money import Money
from marketplace.refusals import Refused
from marketplace.voices.uses import SENSITIVE_USES

VERSION = "2026-12-4"
NEVER = (
    gettext_noop("impersonating a person"),
    gettext_noop("fraud"),
    gettext_noop("sexual content involving minors"),
)
OUTPUTS_AFTER_TERM = gettext_noop("audio made during the term may still be used afterwards")


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
